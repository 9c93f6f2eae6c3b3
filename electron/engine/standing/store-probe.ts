/** Asks the store to keep something, as a callback would: only that shows a disk that hangs, or takes nothing more. */
import { setTimeout as pause } from 'node:timers/promises'
import { AppError, type ErrorCode } from '#shared/contract/errors.ts'
import type { Store } from '../store/store.ts'

export interface ProbeTimes {
  /** How long an outcome counts, in milliseconds: whoever asks often must not make the disk busy. */
  readonly countsMs: number
  /** How long the store may take, in milliseconds: a platform that waits longer gives up too. */
  readonly patienceMs: number
}
const usualTimes: ProbeTimes = { countsMs: 5000, patienceMs: 3000 }

const codeOf = (error: unknown): ErrorCode => (error instanceof AppError ? error.code : 'storage-failed')

export class StoreProbe {
  readonly #times: ProbeTimes
  #underWay: { store: Store; outcome: Promise<ErrorCode | null> } | null = null
  #last: { store: Store; at: number; code: ErrorCode | null } | null = null

  constructor(times: ProbeTimes = usualTimes) {
    this.#times = times
  }

  /** @returns why nothing can be kept, or null where it can. Never rejects. */
  async ask(store: Store): Promise<ErrorCode | null> {
    if (this.#last?.store === store && performance.now() - this.#last.at < this.#times.countsMs) return this.#last.code
    const outcome = this.#write(store)
    const patience = new AbortController()
    try {
      const late = pause<ErrorCode>(this.#times.patienceMs, 'storage-failed', { ref: false, signal: patience.signal })
      return await Promise.race([outcome, late])
    } finally {
      patience.abort()
    }
  }

  /* One at a time: where the disk hangs, those who ask wait for the same write. */
  #write(store: Store): Promise<ErrorCode | null> {
    if (this.#underWay?.store === store) return this.#underWay.outcome
    const outcome = store
      .write('values.set', { name: '.health', value: Date.now() })
      .then(() => null, codeOf)
      .then((code) => {
        this.#last = { store, at: performance.now(), code }
        if (this.#underWay?.store === store) this.#underWay = null
        return code
      })
    this.#underWay = { store, outcome }
    return outcome
  }
}
