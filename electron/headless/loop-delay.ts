/** How long the event loop keeps others waiting, by minutes. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How often it is looked, and over what time an answer counts, in milliseconds. */
const resolutionMs = 20
const windowMs = 60_000

export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  readonly #timer: NodeJS.Timeout
  #lastMinute: number | null = null

  constructor() {
    this.#histogram.enable()
    this.#timer = setInterval(() => {
      this.#lastMinute = this.#present()
      this.#histogram.reset()
    }, windowMs).unref()
  }

  /* What the histogram counts is the time between two looks, of which the first `resolution` is no delay. */
  #present(): number {
    return Math.max(0, this.#histogram.percentile(99) / 1e6 - resolutionMs) / 1000
  }

  /** The delay that 99 of 100 looks did not exceed, in seconds: over the last whole minute, else since the start. */
  get p99(): number {
    return this.#lastMinute ?? this.#present()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#histogram.disable()
  }
}
