/** Messages that wait for their time, the next one first. */
import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import type { Scheduled } from '#shared/contract/entries/scheduled.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { call, onEvent } from '@/bridge/index.ts'
import { placeKey, type Place } from './keys.ts'
import { useSession } from './session.ts'

export const useScheduled = defineStore('scheduled', () => {
  const items = shallowRef<readonly Scheduled[]>([])
  const error = shallowRef<ContractError | null>(null)
  onEvent('scheduled.changed', (changed) => {
    items.value = changed.items
  })

  async function load(): Promise<void> {
    const answer = await call('scheduled.list', {})
    if (answer.ok) items.value = answer.result.items
    error.value = answer.ok ? null : answer.error
  }
  watch(() => useSession().generation, load, { immediate: true })

  const of = (place: Place): Scheduled[] => items.value.filter((item) => placeKey(item) === placeKey(place))
  return { items, error, load, of }
})
