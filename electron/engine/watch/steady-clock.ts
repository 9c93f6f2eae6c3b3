/**
 * Tells how long time has simply gone by. A machine that slept, and a clock that was set, make every age that is
 * reckoned from stored times a lie: ages are counted from then on only.
 *
 * The steady clock stands still in a sleeping machine on some systems and goes on in others; so both are signs:
 * that the two clocks part, and that a look comes far too late.
 */
const mayPartMs = 5000

export class SteadyClock {
  readonly #lateMs: number
  #last: { wall: number; steady: number } | null = null
  #since = 0

  /** @param lateMs a pause between two looks that means that the machine slept */
  constructor(lateMs: number) {
    this.#lateMs = lateMs
  }

  /** Since when time went by without a break, milliseconds UTC. */
  get since(): number {
    return this.#since
  }

  /** To be called at every look. @returns whether there was a break since the last */
  tick(wall: number, steady: number): boolean {
    const last = this.#last
    this.#last = { wall, steady }
    if (last) {
      const [byWall, bySteady] = [wall - last.wall, steady - last.steady]
      if (Math.abs(byWall - bySteady) <= mayPartMs && bySteady <= this.#lateMs) return false
    }
    this.#since = wall
    return true
  }

  /** How long something lasts that began at a stored time, as far as it was watched; never negative. */
  age(begunAt: number, now: number): number {
    // A time that lies ahead was written before the clock was set back.
    const from = begunAt > now ? this.#since : Math.max(begunAt, this.#since)
    return Math.max(0, now - from)
  }
}
