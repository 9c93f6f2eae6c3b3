/**
 * Work that nobody waits for (old rows that go, room that is given back), between the writer's requests: a few
 * milliseconds at a time, seldom while anything else waits.
 */
import { performance } from 'node:perf_hooks'
import type { Database } from './database.ts'

/** After the start, so that the first screen comes before it. */
const firstMs = 2000
/** Between two looks whether there is something to do. */
const everyMs = 60_000
/** Between two steps: far longer than a step takes. */
const stepPauseMs = 15
/** How long one step may take, in milliseconds. */
const stepMs = 3
/** How long requests and effects go first before one step is made all the same. */
const patienceMs = 200

export interface ChoreOptions {
  readonly db: Database
  /**
   * Does a little. Runs inside a transaction.
   *
   * @param isEnough asked after each piece
   * @returns whether more is to be done now
   */
  step(isEnough: () => boolean): boolean
  /** What is known of the work may no longer be true. */
  restart?(): void
  /** A step was written. */
  committed(): void
  /** Whether anything else waits for the writer. */
  isBusy(): boolean
  failed(error: unknown): void
}

export class Chore {
  readonly #options: ChoreOptions
  #timer: NodeJS.Timeout | null = null
  #lastStep = 0

  constructor(options: ChoreOptions) {
    this.#options = options
    this.#later(firstMs)
  }

  /** Limits, or what there is, changed. */
  restart(): void {
    this.#options.restart?.()
    this.#later(stepPauseMs)
  }

  #later(ms: number): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#look(), ms)
    this.#timer.unref()
  }

  #look(): void {
    const { db, step, restart, committed, isBusy, failed } = this.#options
    const begun = performance.now()
    if (isBusy() && begun - this.#lastStep < patienceMs) return this.#later(stepPauseMs)
    this.#lastStep = begun
    try {
      const isEnough = (): boolean => performance.now() - begun > stepMs
      // Not flushed: what a power cut brings back goes again.
      const more = db.transaction(() => step(isEnough))
      committed()
      if (more) return this.#later(stepPauseMs)
    } catch (error) {
      failed(error)
    }
    restart?.()
    this.#later(everyMs)
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}
