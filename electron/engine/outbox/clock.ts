/** Sees when the clock was set while the application runs. */
import { randomUUID } from 'node:crypto'
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
}

/** That the clock was set, and by how much. It is known by its id: one that was heeded though it failed is not heeded twice. */
export interface Jump {
  readonly id: string
  /** Milliseconds, forward or back. */
  readonly ms: number
}

/**
 * @param moved carries what is remembered by the clock along; when it fails, the next look tries the same again
 * @returns looks whether the clock was set, and heeds it; undefined where it was not
 */
export function clockHeeder(
  clock: Clock,
  moved: (jump: Jump) => Promise<unknown>,
  log: Logger,
): () => Promise<void> | undefined {
  const watch = new ClockWatch(clock)
  const owed: Jump[] = []
  let heeding: Promise<void> | undefined
  const heed = async (): Promise<void> => {
    for (let [jump] = owed; jump; [jump] = owed) {
      await moved(jump)
      owed.shift()
    }
  }
  return () => {
    const ms = watch.look()
    if (ms !== 0) {
      log.warn({ jump: ms }, 'the clock was set')
      owed.push({ id: randomUUID(), ms })
    }
    if (owed.length > 0) heeding ??= heed().finally(() => (heeding = undefined))
    return heeding
  }
}
