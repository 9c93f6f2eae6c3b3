/** The ways in of all connections, kept up to date by events. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { ContractError } from '#shared/contract/errors.ts'
import type { Reach } from '#shared/contract/entries/reach.ts'
import { call, onEvent } from '@/bridge/index.ts'
import { useSession } from './session.ts'

export const useReach = defineStore('reach', () => {
  const session = useSession()
  const items = shallowRef<readonly Reach[]>([])
  const error = shallowRef<ContractError | null>(null)
  const isLoaded = ref(false)

  async function load(): Promise<void> {
    const answer = await call('reach.list', {})
    if (answer.ok) items.value = answer.result.items
    error.value = answer.ok ? null : answer.error
    isLoaded.value = true
  }
  watch(
    () => session.generation,
    (generation) => generation > 0 && void load(),
    { immediate: true },
  )

  function take(changed: Reach): void {
    const others = items.value.filter((item) => item.connectionId !== changed.connectionId)
    items.value = [...others, changed]
  }
  onEvent('reach.changed', take)
  onEvent('connection.changed', ({ id, callbackUrl }) => {
    const known = items.value.find((item) => item.connectionId === id)
    if (known) take({ ...known, callbackUrl })
    else void load()
  })
  onEvent('connection.removed', ({ id }) => {
    items.value = items.value.filter((item) => item.connectionId !== id)
  })
  onEvent('callback.changed', ({ connectionId, at }) => {
    const known = items.value.find((item) => item.connectionId === connectionId)
    if (known && (known.lastCallbackAt ?? 0) < at) take({ ...known, lastCallbackAt: at })
  })

  return {
    items,
    byId: computed(() => new Map(items.value.map((item) => [item.connectionId, item]))),
    error,
    isLoaded,
    load,
    take,
  }
})
