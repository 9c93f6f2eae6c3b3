/** A clock that tests turn. */
import type { Clock } from '#engine/types.ts'

export interface FakeClock extends Clock {
  /** Time passes. */
  pass(ms: number): void
  /** Somebody sets the clock, forward or back. */
  set(ms: number): void
}

/** A clock that runs on from the machine's. @param startAt what it shows at first, milliseconds UTC */
export function fakeClock(startAt = Date.now()): FakeClock {
  const begun = performance.now()
  let passed = 0
  let set = 0
  const steady = (): number => performance.now() - begun + passed
  return {
    now: () => Math.round(startAt + steady() + set),
    steady,
    pass: (ms) => {
      passed += ms
    },
    set: (ms) => {
      set += ms
    },
  }
}

export const minuteMs = 60_000
export const dayMs = 24 * 60 * minuteMs
export const yearMs = 365 * dayMs
