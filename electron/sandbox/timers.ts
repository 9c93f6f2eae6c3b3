/** Timers that can all be ended at once, so that nothing runs on after the sandbox was stopped. */
export class Timers {
  readonly #running = new Set<NodeJS.Timeout>()

  /** @returns a function that calls it off */
  after(ms: number, work: () => void): () => void {
    const timer = setTimeout(() => {
      this.#running.delete(timer)
      work()
    }, ms)
    this.#running.add(timer)
    return () => {
      clearTimeout(timer)
      this.#running.delete(timer)
    }
  }

  stop(): void {
    for (const timer of this.#running) clearTimeout(timer)
    this.#running.clear()
  }
}
