/** Many operations that were started together, each followed to its end: what a list of results is made of. */
import { computed, onScopeDispose, shallowRef } from 'vue'
import type { Operation } from '#shared/contract/entries/record.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { call } from '@/bridge/index.ts'
import { isSettled, useOperations } from './operations.ts'

export interface BatchItem {
  key: string
  /** Null where it was not even taken: then `refused` says why. */
  operationId: string | null
  refused?: ContractError | null
}

export interface BatchLine extends BatchItem {
  operation: Operation | undefined
  error: ContractError | null
  ended: boolean
}

/** @param acceptedIsEnough what the platform accepted counts as ended: friend requests wait on people */
export function useBatch({ acceptedIsEnough = false } = {}) {
  const operations = useOperations()
  const items = shallowRef<readonly BatchItem[]>([])

  const lines = computed<BatchLine[]>(() =>
    items.value.map((item) => {
      const operation = item.operationId === null ? undefined : operations.byId.get(item.operationId)
      const ended =
        item.operationId === null ||
        (operation !== undefined && (isSettled(operation) || (acceptedIsEnough && operation.state === 'accepted')))
      return { ...item, operation, error: item.refused ?? operation?.error ?? null, ended }
    }),
  )
  const ended = computed(() => lines.value.filter((line) => line.ended).length)

  function follow(next: readonly BatchItem[]): void {
    clear()
    items.value = next
    for (const { operationId } of next) if (operationId !== null) void operations.follow(operationId)
  }
  function clear(): void {
    for (const { operationId } of items.value) if (operationId !== null) operations.forget(operationId)
    items.value = []
  }
  onScopeDispose(clear)

  return {
    lines,
    total: computed(() => items.value.length),
    ended,
    failed: computed(() => lines.value.filter((line) => line.error !== null).length),
    running: computed(() => items.value.length > 0 && ended.value < items.value.length),
    follow,
    clear,
    /** Takes back what has not gone yet. */
    async stop(): Promise<void> {
      const waiting = lines.value.filter((line) => line.operation?.state === 'queued')
      await Promise.all(waiting.map((line) => call('operations.cancel', { id: line.operationId ?? '' })))
    },
  }
}
