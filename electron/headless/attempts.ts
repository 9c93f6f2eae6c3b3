/** Counts wrong guesses at token and code, by address and over all, and says when no more are looked at. */
/** Wrong guesses of one address, and of all together, within the window. */
const limits = { perAddress: 20, overAll: 200 }
/** The window, in milliseconds. */
export const attemptWindowMs = 60_000
/* Addresses that are remembered; those that guessed longest ago go first. */
const addressLimit = 10_000

export class Attempts {
  readonly #now: () => number
  readonly #byAddress = new Map<string, number[]>()
  #all: number[] = []

  /** @param now the clock, in milliseconds */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /**
   * Whether an address has guessed wrongly too often. Over all, only those who guessed wrongly themselves are
   * held up: nobody is kept out by what others do.
   */
  isOver(address: string): boolean {
    const since = this.#now() - attemptWindowMs
    this.#all = this.#all.filter((at) => at > since)
    const own = (this.#byAddress.get(address) ?? []).filter((at) => at > since)
    return own.length >= limits.perAddress || (own.length > 0 && this.#all.length >= limits.overAll)
  }

  /** Notes a wrong guess. */
  failed(address: string): void {
    const now = this.#now()
    const own = (this.#byAddress.get(address) ?? []).filter((at) => at > now - attemptWindowMs)
    this.#byAddress.delete(address)
    this.#byAddress.set(address, [...own, now].slice(-limits.perAddress))
    this.#all = [...this.#all, now].slice(-limits.overAll)
    for (const oldest of this.#byAddress.keys()) {
      if (this.#byAddress.size <= addressLimit) break
      this.#byAddress.delete(oldest)
    }
  }
}
