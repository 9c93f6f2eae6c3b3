/** After all rounds: what the history says, held against what the world outside knows. */
import type { EntryResult } from '#shared/contract/index.ts'
import type { Host } from './host.ts'
import type { Ledger } from './ledger.ts'
import { friendIds, type Scene } from './scene.ts'

type Message = EntryResult<'messages.page'>['items'][number]

export interface Figures {
  rounds: number
  /** Rounds in which the host was killed before it was ready. */
  startsKilled: number
  /** Callbacks that were acknowledged. */
  acknowledged: number
  /** Of those: how many the history does not have. Must be 0. */
  lost: number
  /** Messages that the history has more than once, in or out. Must be 0. */
  doubled: number
  /** Messages that operators wrote. */
  written: number
  /** Of those: how many the history does not have. Must be 0. */
  writtenLost: number
  /** Messages that the platform was asked to send. */
  sent: number
  /** Requests to send one once more that nobody had asked for. Must be 0. */
  repeated: number
  /** Messages that never went out. Must be 0. */
  unsent: number
  /** Messages that were in doubt at some time. */
  unknown: number
  settledByEcho: number
  settledByOperator: number
  /** Messages that are still in doubt, or on their way. Must be 0. */
  unsettled: number
  /** Acknowledged callbacks that came once more. */
  redelivered: number
  /** Failures that nothing caught. Must be 0. */
  uncaught: number
}

export const mustBeZero = [
  'lost',
  'doubled',
  'writtenLost',
  'repeated',
  'unsent',
  'unsettled',
  'uncaught',
] as const satisfies readonly (keyof Figures)[]

/** The whole history, as a screen would read it. */
async function historyOf(host: Host, scene: Scene): Promise<Message[]> {
  const all: Message[] = []
  for (const { id: robotId } of scene.robots) {
    for (const id of friendIds) {
      for (let cursor: string | undefined; ;) {
        const more = cursor === undefined ? {} : { cursor }
        const page = await host.api('messages.page', { robotId, peer: { kind: 'friend', id }, limit: 500, ...more })
        all.push(...page.items)
        if (page.nextCursor === null) break
        cursor = page.nextCursor
      }
    }
  }
  return all
}

const settled: readonly string[] = ['received', 'accepted', 'done']

export async function judge(
  host: Host,
  scene: Scene,
  ledger: Ledger,
): Promise<Omit<Figures, 'rounds' | 'startsKilled' | 'uncaught'>> {
  const history = await historyOf(host, scene)
  const times = new Map<string, number>()
  for (const { content } of history) times.set(content, (times.get(content) ?? 0) + 1)
  const acknowledged = [...ledger.told].filter(([, isAcknowledged]) => isAcknowledged)
  const written = [...ledger.written.values()]
  const repeats = written.map(({ text, resent }) => Math.max((ledger.received.get(text) ?? 0) - 1 - resent, 0))
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter(([text]) => !times.has(text)).length,
    doubled: [...times.values()].filter((count) => count > 1).length,
    written: written.length,
    writtenLost: written.filter(({ text }) => !times.has(text)).length,
    sent: ledger.received.size,
    repeated: repeats.reduce((sum, count) => sum + count, 0),
    unsent: written.filter(({ text }) => !ledger.received.has(text)).length,
    unknown: ledger.doubted.size,
    settledByEcho: [...ledger.doubted].filter((id) => !ledger.decided.has(id)).length,
    settledByOperator: ledger.decided.size,
    unsettled: history.filter(({ status }) => !settled.includes(status)).length,
    redelivered: ledger.repeats,
  }
}
