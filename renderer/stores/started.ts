/** An operation that a button starts, followed to its end: what a button's progress and outcome are made of. */
import { useTimeoutFn } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { ContractError } from '#shared/contract/errors.ts'
import type { Answer } from '#shared/contract/index.ts'
import { isSettled, useOperations } from './operations.ts'

export interface StartedOptions {
  /** Whether an operation that the platform accepted counts as ended: friend requests wait on people. */
  enough?: 'settled' | 'accepted'
  /** What went well is forgotten after so many milliseconds; what did not stays. */
  fadesAfter?: number
}

export function useStarted({ enough = 'settled', fadesAfter }: StartedOptions = {}) {
  const operations = useOperations()
  const id = ref<string | null>(null)
  const asking = ref(false)
  const refused = shallowRef<ContractError | null>(null)
  const operation = computed(() => (id.value === null ? undefined : operations.byId.get(id.value)))
  const isEnded = computed(
    () =>
      operation.value !== undefined &&
      (isSettled(operation.value) || (enough === 'accepted' && operation.value.state === 'accepted')),
  )
  const running = computed(() => asking.value || (id.value !== null && !isEnded.value))

  function clear(): void {
    if (id.value !== null) operations.forget(id.value)
    id.value = null
    refused.value = null
  }

  /** @returns whether the engine took it */
  async function start(request: () => Promise<Answer<{ operationId: string }>>): Promise<boolean> {
    clear()
    asking.value = true
    const answer = await request()
    asking.value = false
    if (!answer.ok) {
      refused.value = answer.error
      return false
    }
    id.value = answer.result.operationId
    await operations.follow(answer.result.operationId)
    return true
  }
  onScopeDispose(clear)
  const fade = useTimeoutFn(clear, fadesAfter ?? 0, { immediate: false })
  watch(
    () => operation.value?.state,
    (state) => {
      if (state === 'done' && fadesAfter !== undefined) fade.start()
      else fade.stop()
    },
  )

  return {
    operation,
    running,
    /** Why it was not taken, or what it came to. */
    error: computed(() => refused.value ?? operation.value?.error ?? null),
    isEnded,
    start,
    clear,
  }
}
