/**
 * Callbacks that were kept and wait for their effects, and when the writer turns to them: they leave off where an
 * acknowledgement waits, and many effects in a transaction cost each of them less.
 */
import type { ToApply } from '../callbacks/apply.ts'

/** How many callbacks share one transaction of effects. */
const batchSize = 512
/** Shortest time between two batches that are not full, in milliseconds: nobody sees it, and what gathers costs less. */
const gatherMs = 20
/** How long requests may hold up the effects of the oldest callback, in milliseconds. */
const patienceMs = 2000
/** How long effects go on while a request waits, in milliseconds: so long may they hold up an acknowledgement. */
const sliceMs = 1
/** The same where the oldest has waited longer than the patience. */
const longSliceMs = 8
/** How many bytes of bodies wait in memory for their effects; those beyond are read back from the file. */
export const heldBytes = 16 * 1024 * 1024
/** From how many bytes on what a body shares with others that came with it is not kept in memory for it. */
const sharedBytes = 1024 * 1024
/** From how many places that are done with the list is made anew: moving it after each batch would cost more. */
const worthMoving = 4096

export class ApplyQueue {
  #queue: ToApply[] = []
  /** How many at its beginning are done with. */
  #gone = 0
  #held = 0
  /** When each came into the queue: by the steady clock, since a relay says when it came there, by its own. */
  #times: number[] = []
  #lastBatchAt = -gatherMs

  get length(): number {
    return this.#queue.length - this.#gone
  }

  /** Bytes of the bodies that wait in memory. */
  get held(): number {
    return this.#held
  }

  /** How long the oldest has waited, in milliseconds; 0 where none waits. */
  get waited(): number {
    const since = this.#times[this.#gone]
    return since === undefined ? 0 : performance.now() - since
  }

  add(all: readonly ToApply[]): void {
    const now = performance.now()
    for (const one of all) {
      this.#queue.push(this.#hold(one))
      this.#times.push(now)
    }
  }

  /** Keeps a row in memory until its effects, while there is room. */
  #hold(one: ToApply): ToApply {
    if (typeof one === 'number') return one
    if (this.#held + one.raw.byteLength > heldBytes) return one.id
    this.#held += one.raw.byteLength
    return one.raw.buffer.byteLength > sharedBytes ? { ...one, raw: Buffer.from(one.raw) } : one
  }

  /** Rows in memory may no longer be true: they are read anew. */
  release(): void {
    if (this.#held === 0) return
    this.#queue = this.#queue.map((one) => (typeof one === 'number' ? one : one.id))
    this.#held = 0
  }

  get #isImpatient(): boolean {
    return this.waited > patienceMs
  }

  /** Milliseconds until the next batch should be taken. */
  delay(): number {
    if (this.#isImpatient || this.length >= batchSize) return 0
    return Math.max(0, this.#lastBatchAt + gatherMs - performance.now())
  }

  /** The next batch, which stays in the queue until {@link done}. */
  next(): readonly ToApply[] {
    return this.#queue.slice(this.#gone, this.#gone + batchSize)
  }

  /** How long the next batch may go on while a request waits, in milliseconds. */
  slice(): number {
    return this.#isImpatient ? longSliceMs : sliceMs
  }

  /** Takes away the first `count`, which are applied. What a request cut short goes on right after it. */
  done(count: number): void {
    const wasCut = count < Math.min(this.length, batchSize)
    for (const end = this.#gone + count; this.#gone < end; this.#gone += 1) {
      const one = this.#queue[this.#gone]
      if (one === undefined || typeof one === 'number') continue
      this.#held -= one.raw.byteLength
      // Its place stays for a while, its body does not.
      this.#queue[this.#gone] = one.id
    }
    this.#move()
    this.#lastBatchAt = wasCut ? -gatherMs : performance.now()
  }

  #move(): void {
    if (this.length > 0 && this.#gone < worthMoving) return
    this.#queue = this.#queue.slice(this.#gone)
    this.#times = this.#times.slice(this.#gone)
    this.#gone = 0
  }
}
