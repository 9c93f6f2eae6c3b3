/** What is kept for robots' log-ins, as far as anybody looks at it. */
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { ContractError } from '#shared/contract/errors.ts'
import type { EntryInput, EntryResult } from '#shared/contract/index.ts'
import { call, onEvent } from '@/bridge/index.ts'

type KeptLogins = EntryResult<'robots.remembered'>
const none: KeptLogins = { username: null, password: false, cachedAt: null }

export const useKeptLogins = defineStore('kept-logins', () => {
  const known = shallowReactive(new Map<string, KeptLogins>())

  async function look(robotId: string): Promise<void> {
    const answer = await call('robots.remembered', { robotId })
    if (answer.ok) known.set(robotId, answer.result)
  }
  onEvent('robot.keptLogins', ({ robotId }) => {
    if (known.has(robotId)) void look(robotId)
  })

  /** Its event brings the new state. */
  async function forget(robotId: string, what: EntryInput<'robots.forget'>['what']): Promise<ContractError | null> {
    const answer = await call('robots.forget', { robotId, what })
    return answer.ok ? null : answer.error
  }

  return { look, forget, of: (robotId: string): KeptLogins => known.get(robotId) ?? none }
})
