/** The log-in of one robot: the one under way, or the one that is started here; nothing is asked twice. */
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import type { Operation } from '#shared/contract/entries/record.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import type { EntryInput } from '#shared/contract/index.ts'
import { call, onEvent } from '@/bridge/index.ts'
import { isSettled } from '@/stores/operations.ts'

export type LoginMethod = EntryInput<'robots.login'>['method']

export function useLogin(robotId: string) {
  const operation = shallowRef<Operation | null>(null)
  /** How it is done, where that is known; a log-in that was found under way does not say. */
  const method = ref<LoginMethod | null>(null)
  const refused = shallowRef<ContractError | null>(null)
  const asking = ref(false)

  function take(now: Operation): void {
    operation.value = now
    if (now.login?.method) method.value = now.login.method
    else if (now.login?.qr) method.value = 'qr'
  }
  const isOurs = (id: string): boolean => operation.value?.id === id
  onScopeDispose(
    onEvent('operation.changed', (now) => {
      if (isOurs(now.id)) take(now)
    }),
  )
  onScopeDispose(
    onEvent('login.progress', ({ operationId, login }) => {
      if (operation.value && isOurs(operationId)) take({ ...operation.value, login })
    }),
  )

  async function follow(id: string): Promise<void> {
    const answer = await call('operations.get', { id })
    if (answer.ok) take(answer.result)
    else refused.value = answer.error
  }

  /** Takes up a log-in that is under way, after the dialog was closed or the page loaded anew. */
  async function find(): Promise<void> {
    const answer = await call('operations.list', { robotId, kind: 'login', limit: 1 })
    const [last] = answer.ok ? answer.result.items : []
    if (last && !isSettled(last) && operation.value === null) take(last)
    else if (operation.value) await follow(operation.value.id)
  }

  /** @returns whether the engine took it */
  async function start(input: Omit<EntryInput<'robots.login'>, 'robotId'>): Promise<boolean> {
    refused.value = null
    asking.value = true
    const answer = await call('robots.login', { robotId, ...input })
    asking.value = false
    if (!answer.ok) {
      refused.value = answer.error
      return false
    }
    operation.value = null
    method.value = input.method
    await follow(answer.result.operationId)
    return true
  }

  /** Ends it at our side and leads back to the choice of a way. */
  async function cancel(): Promise<boolean> {
    const id = operation.value?.id
    if (id === undefined) return true
    const answer = await call('operations.cancel', { id })
    // It may have ended in the meantime: then there is nothing left to cancel.
    if (!answer.ok && answer.error.code !== 'not-allowed-now') {
      refused.value = answer.error
      return false
    }
    return true
  }

  function forget(): void {
    operation.value = null
    refused.value = null
  }

  return {
    operation,
    method,
    refused,
    asking,
    login: computed(() => operation.value?.login),
    running: computed(() => operation.value !== null && !isSettled(operation.value)),
    find,
    start,
    cancel,
    forget,
  }
}
