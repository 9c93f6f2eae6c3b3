/** Sees when the clock was set while the application runs. */
import { uptime } from 'node:os'
import type { Clock, Logger } from '../types.ts'

/** Unlike `performance.now`, the machine's time since its start goes on while it sleeps. */
export const machineClock: Clock = { now: () => Date.now(), steady: () => Math.round(uptime() * 1000) }

/** What the two clocks may differ by without anybody having set one, in milliseconds. */
const toleranceMs = 5000

class ClockWatch {
  readonly #clock: Clock
  #now: number
  #steady: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#now = clock.now()
    this.#steady = clock.steady()
  }

  /** @returns by how many milliseconds the clock was set forward or back since the last look; 0 where it was not */
  look(): number {
    const now = this.#clock.now()
    const steady = this.#clock.steady()
    const jump = Math.round(now - this.#now - (steady - this.#steady))
    this.#now = now
    this.#steady = steady
    return Math.abs(jump) > toleranceMs ? jump : 0
  }

  /** What was seen could not be heeded: the next look finds it again. */
  owe(jump: number): void {
    this.#now -= jump
  }
}

/**
 * @param moved carries what is remembered by the clock along; when it fails, the next look tries again
 * @returns looks whether the clock was set, and heeds it
 */
export function clockHeeder(clock: Clock, moved: (ms: number) => Promise<unknown>, log: Logger): () => Promise<void> {
  const watch = new ClockWatch(clock)
  return async () => {
    const jump = watch.look()
    if (jump === 0) return
    log.warn({ jump }, 'the clock was set')
    await moved(jump).catch((error: unknown) => {
      watch.owe(jump)
      throw error
    })
  }
}
