/** Sees when the clock was set while the application runs. */
import { uptime } from 'node:os'
import type { Clock, Logger } from '../types.ts'

/** How long the machine's time since its start is taken from the process's own clock, in milliseconds. */
const rereadMs = 1000

/**
 * Unlike `performance.now`, the machine's time since its start goes on while it sleeps. To ask for it reads a file of the
 * system, which every turn of the outbox would pay for: it is asked again after a second, and where the clocks that cost
 * nothing disagree, as they do after a sleep.
 */
function machineSteady(): () => number {
  let [readAt, readNow, read] = [-Infinity, 0, 0]
  return () => {
    const [at, now] = [performance.now(), Date.now()]
    const passed = at - readAt
    if (passed > rereadMs || Math.abs(now - readNow - passed) > rereadMs) {
      ;[readAt, readNow, read] = [at, now, uptime() * 1000]
      return Math.round(read)
    }
    return Math.round(read + passed)
  }
}

export const machineClock: Clock = { now: () => Date.now(), steady: machineSteady() }

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
 * @returns looks whether the clock was set, and heeds it; undefined where it was not
 */
export function clockHeeder(
  clock: Clock,
  moved: (ms: number) => Promise<unknown>,
  log: Logger,
): () => Promise<void> | undefined {
  const watch = new ClockWatch(clock)
  const heed = async (jump: number): Promise<void> => {
    log.warn({ jump }, 'the clock was set')
    await moved(jump).catch((error: unknown) => {
      watch.owe(jump)
      throw error
    })
  }
  return () => {
    const jump = watch.look()
    return jump === 0 ? undefined : heed(jump)
  }
}
