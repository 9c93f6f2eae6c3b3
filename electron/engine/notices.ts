/** What is wrong now, for the operator: one notice a code, gone when it is over. */
import type { Notice } from '#shared/contract/entries/system.ts'
import { AppError, describeFailure, type Failure } from '#shared/contract/errors.ts'
import type { Logger } from './types.ts'

export class Notices {
  readonly #notices = new Map<string, Notice>()
  readonly #changed: () => void
  readonly #log: Logger

  constructor(changed: () => void, log: Logger) {
    this.#changed = changed
    this.#log = log
  }

  /** @param key what it is about, so that it can be taken back */
  raise(key: string, failure: Failure): void {
    const present = this.#notices.get(key)
    const params = failure.params ?? {}
    if (present?.code === failure.code && JSON.stringify(present.params) === JSON.stringify(params)) return
    // Whoever has only the log reads the same sentence as the operator.
    const { message, hint } = describeFailure(failure, 'en')
    this.#log.warn({ code: failure.code }, `${message}. ${hint}`)
    this.#notices.set(key, { code: failure.code, params, since: present?.since ?? Date.now() })
    this.#changed()
  }

  /** Raises what an error says, or takes back what was raised (null). */
  settle(key: string, error: unknown): void {
    if (error === null) return this.clear(key)
    const problem = error instanceof Error ? error.message : String(error)
    this.raise(key, error instanceof AppError ? error.failure : { code: 'storage-failed', params: { problem } })
  }

  clear(key: string): void {
    if (this.#notices.delete(key)) this.#changed()
  }

  /** What was raised under a key and is not over. */
  get(key: string): Notice | undefined {
    return this.#notices.get(key)
  }

  list(): Notice[] {
    return [...this.#notices.values()]
  }
}
