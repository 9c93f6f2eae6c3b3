/** Wakes when the time of something has come, of an operation's end or a conversation's return. */
import type { Logger } from './types.ts'

/** Longest pause of a timer, in milliseconds: the clock may be set meanwhile. */
const longestMs = 60_000

export interface DeadlineWork {
  /** When the next time comes, milliseconds UTC; null where none waits. */
  next(): Promise<number | null>
  /** Does what is due. @param now milliseconds UTC */
  due(now: number): Promise<unknown>
  readonly log: Logger
}

export class Deadlines {
  readonly #work: DeadlineWork
  #timer: NodeJS.Timeout | null = null
  #stopped = false

  constructor(work: DeadlineWork) {
    this.#work = work
  }

  /** Looks for the next time; to be called whenever one may have been set. */
  arm(): void {
    this.#look().catch((error: unknown) => this.#work.log.error({ err: error }, 'deadlines cannot be read'))
  }

  async #look(): Promise<void> {
    const next = await this.#work.next()
    if (this.#stopped) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (next === null) return
    const wait = Math.min(Math.max(next - Date.now(), 0), longestMs)
    this.#timer = setTimeout(() => void this.#expire(), wait + 1)
    this.#timer.unref()
  }

  async #expire(): Promise<void> {
    try {
      await this.#work.due(Date.now())
      this.arm()
    } catch (error) {
      this.#work.log.error({ err: error }, 'deadlines cannot be kept')
      this.#timer = setTimeout(() => void this.#expire(), longestMs)
      this.#timer.unref()
    }
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
  }
}
