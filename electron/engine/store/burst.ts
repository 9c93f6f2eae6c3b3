/**
 * Bursts of callbacks: while more arrive than could be applied, the writer only keeps them, so that senders have their
 * acknowledgement and the processors are free for receiving. Effects follow when the burst is over. It is bounded: from
 * so many on that wait, as much is applied as arrives, and so it stays until the load has ended.
 */
import type { ApplyQueue } from './apply-queue.ts'
import { heldBytes } from './apply-queue.ts'

/** How many callbacks may wait for their effects before a burst is none any more. */
export const burstCallbacks = 20_000
/** How long the oldest of them may, in milliseconds. */
export const burstMs = 3000
/**
 * Below so many callbacks a second there is no burst, however slow the machine: they are applied as they come. What is
 * called usual ends at 2,000; those that come together count for a little more than they are.
 */
const usualPerSecond = 2500
/** From which part of what could be applied a second on there is one, and down to which it lasts. */
const beginPart = 0.6
const endPart = 0.5
/** Over which time arrivals are counted, in milliseconds. */
const windowMs = 25
/** For how long nothing has to come until a burst is over, in milliseconds. */
const quietMs = 10
/** How long the load has to be usual after a burst that came to its bound, before there may be another, in milliseconds. */
const restMs = 1000
/** Down to how many that wait after such a burst more is applied than arrives. */
const behindFrom = 512
/** From how many callbacks of a transaction its time says what one of them takes; with few it is the commit's. */
const tellingCount = 16
/** How many callbacks it takes until what was measured before counts for little. */
const memoryCount = 512

export class Burst {
  readonly #queue: Pick<ApplyQueue, 'length' | 'held' | 'waited'>
  #isActive = false
  #isSpent = false
  #lastAt = -windowMs
  /** When arrivals were last so many that a burst would have gone on. */
  #busyAt = -restMs
  /** Arrivals since `#windowAt`, and in the window before. */
  #windowAt = -windowMs
  #count = 0
  #before = 0
  /** What a callback takes of the writer's time with its effects, in milliseconds; first a guess. */
  #cost = 0.1

  /** @param queue what waits for its effects */
  constructor(queue: Pick<ApplyQueue, 'length' | 'held' | 'waited'>) {
    this.#queue = queue
  }

  /** Whether a burst came to its bound and much of it still waits: it is worked off beside what arrives. */
  get isBehind(): boolean {
    return this.#isSpent && this.#queue.length > behindFrom
  }

  /** Callbacks were applied in one transaction that took so many milliseconds. */
  noteApplied(count: number, ms: number): void {
    if (count < tellingCount) return
    this.#cost += (ms / count - this.#cost) * Math.min(1, count / memoryCount)
  }

  /**
   * Callbacks arrived together.
   *
   * @param bytes of their bodies
   * @returns whether they are kept, and no more is done now
   */
  takes(count: number, bytes: number): boolean {
    const now = performance.now()
    const perMs = this.#rate(now, count)
    const capacity = 1 / this.#cost
    this.#lastAt = now
    const goesOn = perMs >= Math.max(capacity * endPart, usualPerSecond / 1000)
    if (goesOn) this.#busyAt = now
    else if (this.#isSpent && this.#queue.length === 0 && now - this.#busyAt > restMs) this.#isSpent = false
    const begins = perMs >= Math.max(capacity * beginPart, usualPerSecond / 1000)
    const isBurst = this.#isActive ? goesOn : begins
    if (isBurst && !this.#hasRoom(count, bytes)) this.#isSpent = true
    this.#isActive = isBurst && !this.#isSpent
    return this.#isActive
  }

  #hasRoom(count: number, bytes: number): boolean {
    const { length, held, waited } = this.#queue
    return length + count <= burstCallbacks && held + bytes <= heldBytes && waited <= burstMs
  }

  /** Counts arrivals. @returns how many came a millisecond of late */
  #rate(now: number, count: number): number {
    const passed = now - this.#windowAt
    if (passed >= windowMs) {
      const isNext = passed < 2 * windowMs
      this.#before = isNext ? this.#count : 0
      this.#windowAt = isNext ? this.#windowAt + windowMs : now
      this.#count = 0
    }
    this.#count += count
    const rest = 1 - (now - this.#windowAt) / windowMs
    return (this.#before * rest + this.#count) / windowMs
  }

  /** How long effects are still held back unless more comes, in milliseconds; 0: the burst is over, or there was none. */
  holdsFor(): number {
    if (!this.#isActive) return 0
    const left = this.#lastAt + quietMs - performance.now()
    if (left > 0) return left
    this.#isActive = false
    return 0
  }
}
