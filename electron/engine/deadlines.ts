/** Wakes when the time of an operation is up. */
import type { Store } from './store/store.ts'
import type { Logger } from './types.ts'

/** Longest pause of a timer, in milliseconds: the clock may be set meanwhile. */
const longestMs = 60_000

export class Deadlines {
  readonly #store: Store
  readonly #log: Logger
  #timer: NodeJS.Timeout | null = null
  #stopped = false

  constructor(store: Store, log: Logger) {
    this.#store = store
    this.#log = log
  }

  /** Looks for the next deadline; to be called whenever one may have been set. */
  arm(): void {
    this.#look().catch((error: unknown) => this.#log.error({ err: error }, 'deadlines cannot be read'))
  }

  async #look(): Promise<void> {
    const next = await this.#store.read('operations.nextDeadline')
    if (this.#stopped) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (!next) return
    const wait = Math.min(Math.max(next.at - Date.now(), 0), longestMs)
    this.#timer = setTimeout(() => void this.#expire(), wait + 1)
    this.#timer.unref()
  }

  async #expire(): Promise<void> {
    try {
      await this.#store.write('operations.expire', Date.now())
      this.arm()
    } catch (error) {
      this.#log.error({ err: error }, 'deadlines cannot be kept')
      this.#timer = setTimeout(() => void this.#expire(), longestMs)
      this.#timer.unref()
    }
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
  }
}
