/** The ways by which the platform's callbacks get in: the listener, and whatever leads to it from outside. */
export interface DownWay {
  readonly way: string
  /** Since when, milliseconds UTC. */
  readonly since: number
}

export class Ways {
  readonly #down = new Map<string, number>()

  /** A way does not work. @param way `listener`, or a name that operators know it by */
  down(way: string): void {
    if (!this.#down.has(way)) this.#down.set(way, Date.now())
  }

  /** It works, or is no longer wanted. */
  up(way: string): void {
    this.#down.delete(way)
  }

  list(): DownWay[] {
    return [...this.#down].map(([way, since]) => ({ way, since }))
  }
}
