/**
 * Bursts of callbacks: while more arrive than could be applied, the writer only keeps them, so that senders have their
 * acknowledgement and the processors are free for receiving. Effects follow when the burst is over. It is bounded: from
 * so many on that wait, more is applied than arrives, and so it stays until the load has ended.
 *
 * Whoever waits for an answer before sending the next sends no faster than is applied. So a burst is tried where the
 * thread has little time left, and goes on where more comes then.
 */
import { heldBytes, type ApplyQueue } from './apply-queue.ts'

/** How many callbacks may wait for their effects before a burst is none any more. */
export const burstCallbacks = 20_000
/** How long the oldest of them may, in milliseconds. */
export const burstMs = 3000
/**
 * Below so many callbacks a second there is no burst, however slow the machine: they are applied as they come. What is
 * called usual ends at 2,000, and never comes quite evenly.
 */
const usualPerSecond = 2500
/** From which part of its time on that the thread works a trial is worth it: with others it shares few processors. */
const busyPart = 0.85
/** How much of what could be applied has to arrive for a burst to go on, and to begin without a trial. */
const goOnPart = 0.9
const plainPart = 1
/** How long a trial lasts, in milliseconds. */
const trialMs = 50
/**
 * How long after a trial that brought nothing the next may follow, in milliseconds: each time twice as long. Under a load that
 * keeps the thread busy, but no more, each trial delays what comes after it.
 */
const restMs = 1000
const mostRestMs = 16_000
/** How long a burst has to last until it is not over as soon as fewer come, in milliseconds. */
const sureMs = 150
/** For how long fewer have to come then: while one flush takes its time, nobody who waits for it sends. In milliseconds. */
const fewMs = 100
/** Over which time arrivals, and the thread's work, are counted, in milliseconds. */
const windowMs = 25
/** For how long nothing has to come until a burst is over, in milliseconds. */
const quietMs = 40
/** Down to how many that wait after a burst that came to its bound more is applied than arrives. */
const behindFrom = 512
/** Most callbacks of one commit, and what part of those that it applied the next may bring where too many wait. */
const mostTogether = 512
const togetherPart = 0.75
/** How many callbacks have to be applied in a time for it to say what one takes, and until what it said before is forgotten. */
const tellingCount = 64
const memoryCount = 512
/** What one may take at most, in milliseconds: beyond that the thread did something else, too. */
const mostCost = 0.4

/** How long this thread has worked since it began, in milliseconds. */
const threadActive = (): number => performance.eventLoopUtilization().active

export class Burst {
  readonly #queue: Pick<ApplyQueue, 'length' | 'held' | 'waited'>
  readonly #active: () => number
  #isActive = false
  /** When the burst began, and when enough came last for it to go on. */
  #beganAt = 0
  #enoughAt = 0
  #restsUntil = 0
  /** How long the next rest is. */
  #rest = restMs
  #isSpent = false
  /** How many that waited were last applied in the commit of others. */
  #beside = mostTogether
  #lastAt = -windowMs
  /** When so many came last, or there was so much to do, that a burst might have been tried. */
  #busyAt = -restMs
  /** Arrivals since `#windowAt`, and in the window before. */
  #windowAt = -windowMs
  #count = 0
  #before = 0
  /** How much of the last two windows the thread worked, and of the last alone, of 1. */
  #work = 0
  #lastWork = 0
  /** What was measured last, and when. */
  #activeBefore: number
  #measuredAt = performance.now()
  #applied = 0
  /** What a callback takes of the thread's time with its effects, in milliseconds; first a guess. */
  #cost = 0.1

  /**
   * @param queue what waits for its effects
   * @param active how long the thread has worked in all, in milliseconds
   */
  constructor(queue: Pick<ApplyQueue, 'length' | 'held' | 'waited'>, active = threadActive) {
    this.#queue = queue
    this.#active = active
    this.#activeBefore = active()
  }

  /**
   * Whether so much waits, or for so long, that it is worked off beside what arrives: after a burst that came to its bound,
   * and where fewer come than make one, but still more than can be applied.
   */
  get isBehind(): boolean {
    return this.#isLate || (this.#isSpent && this.#queue.length > behindFrom)
  }

  get #isLate(): boolean {
    return this.#queue.length > burstCallbacks || this.#queue.waited > burstMs
  }

  /** So many callbacks were applied. */
  noteApplied(count: number): void {
    this.#applied += count
  }

  /** So many that waited were applied in the commit of callbacks that arrived. */
  noteBeside(count: number): void {
    this.#beside = count
  }

  /** How many the next commit should bring: while too many wait, fewer than it can apply in its time. */
  get together(): number {
    return this.isBehind ? Math.max(1, Math.min(mostTogether, Math.floor(this.#beside * togetherPart))) : mostTogether
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
    const part = perMs * this.#cost
    const isUsual = perMs < usualPerSecond / 1000
    this.#lastAt = now
    if (!this.#isActive && this.#isLate) this.#isSpent = true
    if (part >= goOnPart || this.#work >= busyPart) this.#busyAt = now
    else if (this.#isSpent && this.#queue.length === 0 && now - this.#busyAt > restMs) this.#isSpent = false
    if (this.#isActive) this.#goOn(now, part, isUsual)
    else if (!isUsual && !this.#isSpent) this.#begin(now, part)
    if (this.#isActive && !this.#hasRoom(count, bytes)) {
      this.#isSpent = true
      this.#isActive = false
    }
    return this.#isActive
  }

  #begin(now: number, part: number): void {
    const mayTry = this.#work >= busyPart && now >= this.#restsUntil
    if (part < plainPart && !mayTry) return
    this.#isActive = true
    this.#beganAt = now
    this.#enoughAt = now
    if (now > this.#restsUntil + mostRestMs) this.#rest = restMs
  }

  #goOn(now: number, part: number, isUsual: boolean): void {
    const lasted = now - this.#beganAt
    const isSure = lasted >= sureMs
    if (!isUsual && part >= goOnPart) this.#enoughAt = now
    if (lasted < trialMs || now - this.#enoughAt <= (isSure ? fewMs : 0)) return
    this.#rest = isSure ? restMs : Math.min(mostRestMs, this.#rest * 2)
    this.#isActive = false
    this.#restsUntil = now + this.#rest
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
      this.#measure(now)
    }
    this.#count += count
    const rest = 1 - (now - this.#windowAt) / windowMs
    // Those that came with it came in the time before it: half of them stands for that.
    return (this.#before * rest + this.#count - count / 2) / windowMs
  }

  #measure(now: number): void {
    const active = this.#active()
    const worked = active - this.#activeBefore
    const work = worked / (now - this.#measuredAt)
    this.#work = (this.#lastWork + work) / 2
    this.#lastWork = work
    this.#activeBefore = active
    this.#measuredAt = now
    if (this.#applied >= tellingCount) {
      const cost = Math.min(mostCost, worked / this.#applied)
      this.#cost += (cost - this.#cost) * Math.min(1, this.#applied / memoryCount)
    }
    this.#applied = 0
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
