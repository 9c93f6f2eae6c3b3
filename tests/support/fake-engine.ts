/** An engine that does nothing but answer, for tests of what carries it. */
import { describeFailure, type Locale } from '#shared/contract/errors.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import type { Answer } from '#shared/contract/index.ts'
import type { Engine, Health, Measures, Media } from '#engine/types.ts'

export interface FakeEngine extends Engine {
  /** What was called, in order. */
  readonly calls: { entry: string; input: unknown; locale: Locale }[]
  emit(events: readonly ContractEvent[]): void
  /** Answers of entries; others answer `{ echo: <input> }`. */
  readonly answers: Map<string, Answer<unknown>>
  /** Seats where the application is locked; `*`: all. */
  readonly lockedSeats: Set<string>
  /** How it stands; to be set. */
  standing: { health: Health; measures: Measures | null }
  /** Pictures by `<robotId> <link>`; there are no others. */
  readonly pictures: Map<string, Media>
}

export function fakeEngine(): FakeEngine {
  const listeners = new Set<(events: readonly ContractEvent[]) => void>()
  const calls: FakeEngine['calls'] = []
  const answers: FakeEngine['answers'] = new Map()
  const lockedSeats: FakeEngine['lockedSeats'] = new Set()
  const pictures: FakeEngine['pictures'] = new Map()
  const standing: FakeEngine['standing'] = { health: { reason: null, code: null }, measures: null }
  return {
    standing,
    health: () => Promise.resolve(standing.health),
    measures: () => Promise.resolve(standing.measures),
    id: 'engine-1',
    callbackBaseUrl: 'http://127.0.0.1:1',
    calls,
    answers,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    rest: () => Promise.resolve(),
    quiet: () => Promise.resolve(true),
    wake() {},
    async call(entry, input, { locale, sessions }) {
      calls.push({ entry, input, locale })
      if (entry === 'sessions.list') return { ok: true, result: { items: sessions?.list() } }
      if (entry === 'sessions.revoke') {
        return { ok: true, result: await sessions?.end((input as { id: string }).id) }
      }
      if (entry === 'no.such') {
        const error = describeFailure({ code: 'unknown-entry', params: { entry } }, locale)
        return { ok: false, error }
      }
      return answers.get(entry) ?? { ok: true, result: { echo: input } }
    },
    pictures,
    lockedSeats,
    isLocked: (seat) => seat !== undefined && (lockedSeats.has(seat) || lockedSeats.has('*')),
    media: (robotId, link) => Promise.resolve(pictures.get(`${robotId} ${link}`) ?? null),
    onEvents(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    emit(events) {
      for (const listener of listeners) listener(events)
    },
  }
}

export const silentLog = { debug() {}, info() {}, warn() {}, error() {} }
