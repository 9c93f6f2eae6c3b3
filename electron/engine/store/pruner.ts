/** Lets old rows go between the writer's requests: a few milliseconds at a time, seldom while anything else waits. */
import { performance } from 'node:perf_hooks'
import type { Database } from './database.ts'
import type { Limits, Retention } from './retention.ts'

/** After the start, so that the first screen comes before it. */
const firstMs = 2000
/** Between two looks for rows that have become too old. */
const everyMs = 60_000
/** Between two steps: far longer than a step takes. */
const stepPauseMs = 15
/** How long one step may take, in milliseconds. */
const stepMs = 3
/** How long requests and effects go first before one step is made all the same. */
const patienceMs = 200

export interface PrunerOptions {
  readonly db: Database
  readonly retention: Retention
  limits(): Limits
  /** Whether anything else waits for the writer. */
  isBusy(): boolean
  failed(error: unknown): void
}

export class Pruner {
  readonly #options: PrunerOptions
  #timer: NodeJS.Timeout | null = null
  #lastStep = 0

  constructor(options: PrunerOptions) {
    this.#options = options
    this.#later(firstMs)
  }

  /** Limits, or what there is, changed. */
  restart(): void {
    this.#options.retention.restart()
    this.#later(stepPauseMs)
  }

  #later(ms: number): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#look(), ms)
    this.#timer.unref()
  }

  #look(): void {
    const { db, retention, limits, isBusy, failed } = this.#options
    const begun = performance.now()
    if (isBusy() && begun - this.#lastStep < patienceMs) return this.#later(stepPauseMs)
    this.#lastStep = begun
    try {
      const isEnough = (): boolean => performance.now() - begun > stepMs
      // Not flushed: what a power cut brings back goes again.
      const more = db.transaction(() => retention.step(limits(), Date.now(), isEnough))
      if (more) return this.#later(stepPauseMs)
    } catch (error) {
      failed(error)
    }
    retention.restart()
    this.#later(everyMs)
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}
