/** Replies that are held back until somebody decides: how many there are, and what is decided. */
import { defineStore } from 'pinia'
import { shallowRef, watch } from 'vue'
import type { LateSummary } from '#shared/contract/entries/late.ts'
import type { EntryInput } from '#shared/contract/index.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { call, onEvent } from '@/bridge/index.ts'
import { useSession } from './session.ts'

const none: LateSummary = { messages: 0, conversations: 0, oldestAt: null }

export const useLate = defineStore('late', () => {
  const session = useSession()
  const summary = shallowRef<LateSummary>(none)

  onEvent('late.changed', (held) => {
    summary.value = held
  })

  async function load(): Promise<void> {
    const answer = await call('late.list', { limit: 1 })
    if (answer.ok) summary.value = answer.result.summary
  }
  watch(
    () => session.generation,
    (generation) => generation > 0 && void load(),
    { immediate: true },
  )

  async function settle(decision: EntryInput<'late.settle'>): Promise<ContractError | null> {
    const answer = await call('late.settle', decision)
    return answer.ok ? null : answer.error
  }

  return { summary, settle }
})
