/** Operations as they change, for whoever started one and waits for its end. */
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { Operation, OperationState } from '#shared/contract/entries/record.ts'
import { call, onEvent } from '@/bridge/index.ts'

const ended: readonly OperationState[] = ['done', 'failed', 'unknown', 'cancelled']

/** Whether nothing more is expected of an operation. A late callback may still change it. */
export const isSettled = (operation: Operation): boolean => ended.includes(operation.state)

export const useOperations = defineStore('operations', () => {
  const byId = shallowReactive(new Map<string, Operation>())
  const watched = new Set<string>()

  onEvent('operation.changed', (operation) => {
    if (watched.has(operation.id)) byId.set(operation.id, operation)
  })

  /** Follows an operation that was just started; its state is then in `byId`. */
  async function follow(id: string): Promise<void> {
    watched.add(id)
    const answer = await call('operations.get', { id })
    // An event may have been quicker, and is then the newer one.
    if (answer.ok && !byId.has(id)) byId.set(id, answer.result)
  }

  /** Ends `follow`. */
  function forget(id: string): void {
    watched.delete(id)
    byId.delete(id)
  }

  return { byId, follow, forget }
})
