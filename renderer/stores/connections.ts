/** All connections; there are few, so they are held whole. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { ContractError } from '#shared/contract/errors.ts'
import type { Connection } from '#shared/contract/entries/connections.ts'
import { call, onEvent } from '@/bridge/index.ts'

export const useConnections = defineStore('connections', () => {
  const items = shallowRef<readonly Connection[]>([])

  onEvent('connection.changed', (connection) => {
    const known = items.value.some((item) => item.id === connection.id)
    items.value = known
      ? items.value.map((item) => (item.id === connection.id ? connection : item))
      : [...items.value, connection]
  })
  onEvent('connection.removed', ({ id }) => {
    items.value = items.value.filter((item) => item.id !== id)
  })

  async function load(): Promise<ContractError | null> {
    const answer = await call('connections.list', {})
    if (answer.ok) items.value = answer.result.items
    return answer.ok ? null : answer.error
  }

  return { items, byId: computed(() => new Map(items.value.map((item) => [item.id, item]))), load }
})
