/** Machines sleep, and timers with them: what counts here is the clock on the wall. */
import { setTimeout as wait } from 'node:timers/promises'

/** How often a wait looks at the clock, in milliseconds. */
const lookMs = 1000

/**
 * Waits by the clock on the wall, so that a machine that slept does not wait on after it woke; no longer than it was told
 * where that clock is set back. Resolves at the signal, too.
 */
export async function waitAwake(ms: number, signal: AbortSignal): Promise<void> {
  const [wallEnd, end] = [Date.now() + ms, performance.now() + ms]
  for (;;) {
    const left = Math.min(wallEnd - Date.now(), end - performance.now())
    if (left <= 0 || signal.aborted) return
    await wait(Math.min(left, lookMs), undefined, { signal, ref: false }).catch(() => undefined)
  }
}

export interface SleepOptions {
  /** How often it is looked at the clock, and how much more than that is a sleep, in milliseconds. */
  readonly everyMs: number
  readonly leastMs: number
}
/** Shorter ones break no connection. */
export const usualSleep: SleepOptions = { everyMs: 5000, leastMs: 20_000 }

/** Tells when the machine woke. @returns a function that ends it */
export function noticeSleep(woke: () => void, { everyMs, leastMs }: SleepOptions): () => void {
  let lastAt = Date.now()
  const timer = setInterval(() => {
    const sleptMs = Date.now() - lastAt - everyMs
    lastAt = Date.now()
    if (sleptMs >= leastMs) woke()
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
