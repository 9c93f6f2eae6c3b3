import type { CallbackState } from '#shared/contract/entries/record.ts'
import type { EntryInput, EntryResult } from '#shared/contract/index.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { t } from '@/app/i18n/index.ts'
import { call } from '@/bridge/index.ts'
import { reasonWords } from './words.ts'

/** Whether a callback of this state can be read again; what was applied or is a repeat would change nothing. */
export const mayReplay = (state: CallbackState): boolean => state !== 'applied' && state !== 'repeat'

export type Outcomes = EntryResult<'callbacks.replay'>['outcomes']

/** `3 applied · 2 quarantined: No robot of this number was added` */
export const outcomeWords = (outcomes: Outcomes): string =>
  outcomes
    .map(({ state, reason, count }) => {
      const words = t('callbacks.outcome', { n: count, state: t(`callbacks.states.${state}`) })
      return reason === null ? words : `${words} – ${reasonWords(reason)}`
    })
    .join(' · ')

/** Adds outcomes of the same state and reason. */
export function addOutcomes(sum: Outcomes, more: Outcomes): Outcomes {
  const all = new Map(sum.map((one) => [`${one.state} ${one.reason}`, one]))
  for (const one of more) {
    const name = `${one.state} ${one.reason}`
    all.set(name, { ...one, count: one.count + (all.get(name)?.count ?? 0) })
  }
  return [...all.values()]
}

/** How many are read again by one request. */
const step = 100

/**
 * Reads callbacks again: those picked, or all that the filter finds, oldest last.
 *
 * @param progress told after each step what became of them so far
 * @returns why it ended early; null when it went through or was cancelled
 */
export async function replay(
  which: readonly string[] | EntryInput<'callbacks.list'>,
  signal: AbortSignal,
  progress: (outcomes: Outcomes) => void,
): Promise<ContractError | null> {
  let outcomes: Outcomes = []
  const some = async (ids: string[]): Promise<ContractError | null> => {
    if (ids.length === 0 || signal.aborted) return null
    const answer = await call('callbacks.replay', { ids })
    if (!answer.ok) return answer.error
    outcomes = addOutcomes(outcomes, answer.result.outcomes)
    progress(outcomes)
    return null
  }
  if ('length' in which) {
    for (let from = 0; from < which.length; from += step) {
      const error = await some(which.slice(from, from + step))
      if (error) return error
    }
    return null
  }
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof call<'callbacks.list'>>> = await call('callbacks.list', {
      ...which,
      limit: step,
      ...(cursor === null ? {} : { cursor }),
    })
    if (!page.ok) return page.error
    const error = await some(page.result.items.filter((item) => mayReplay(item.state)).map((item) => item.id))
    if (error) return error
    cursor = page.result.nextCursor
  } while (cursor !== null && !signal.aborted)
  return null
}
