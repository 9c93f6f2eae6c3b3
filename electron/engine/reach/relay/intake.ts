/**
 * Has what came by NATS kept, many in one transaction, and tells NATS of each only then. One intake serves all robots of
 * the host, so that those that write at the same time share their commits as callbacks at the listener do.
 */
import type { ArrivedCallback } from '../../store/arrived.ts'
import type { Logger } from '../../types.ts'

/** A callback that has to be kept, and what is done then. */
export interface Delivered {
  readonly body: ArrivedCallback
  /** How often it was given out, from 1. */
  readonly attempt: number
  /** It is on the disk: it need not come again. */
  kept(): void
  /** It is not: it has to come again, after so many milliseconds. */
  again(ms: number): void
}

export interface IntakeOptions {
  /** Keeps bodies durably; rejects when that was not possible. */
  keep(arrived: ArrivedCallback[]): Promise<unknown>
  /** Told what was kept; after it is on the disk, before NATS is told. */
  arrived(bodies: readonly ArrivedCallback[]): void
  /** Told after bodies could not be kept (with why), and after they could again (null). */
  health(error: Error | null): void
  readonly log: Logger
}

/** Most of one commit. */
const commitLimit = 512
const commitBytes = 8 * 2 ** 20
/** What may wait for a commit before nothing more is asked for. */
const waitingLimit = 2048
const waitingBytes = 32 * 2 ** 20
/** So many failures one after another are trouble with the store, and not with a body. */
const failuresInARow = 3

/** How long what could not be kept stays away: longer from time to time, so that one body does not keep the store busy. */
const pauseMs = (attempt: number): number => Math.min(300_000, 5000 * 2 ** Math.min(10, attempt - 1))

const errorOf = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

export class Intake {
  readonly #options: IntakeOptions
  #waiting: Delivered[] = []
  #bytes = 0
  /** How many the next commit takes, as the store said last. */
  #most = commitLimit
  #committing: Promise<void> | null = null
  /** Those who wait for room; null while there is some. */
  #room: PromiseWithResolvers<undefined> | null = null
  #isHealthy = true

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Takes one. @returns resolves when there is room for the next: whoever asks for more waits for it */
  async take(delivered: Delivered): Promise<void> {
    this.#waiting.push(delivered)
    this.#bytes += delivered.body.raw.byteLength
    this.#committing ??= this.#commitAll()
    if (this.#isFull) this.#room ??= Promise.withResolvers()
    await this.#room?.promise
  }

  get #isFull(): boolean {
    return this.#waiting.length >= waitingLimit || this.#bytes >= waitingBytes
  }

  /** Resolves when all that was taken so far was kept, or sent back. */
  async settled(): Promise<void> {
    while (this.#committing) await this.#committing
  }

  async #commitAll(): Promise<void> {
    // What came in this turn of the loop shares the commit.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) await this.#commit(this.#next())
    this.#committing = null
  }

  #next(): Delivered[] {
    let bytes = 0
    let count = 0
    for (const { body } of this.#waiting) {
      bytes += body.raw.byteLength
      if (count > 0 && (count >= this.#most || bytes > commitBytes)) break
      count += 1
    }
    const batch = this.#waiting.splice(0, count)
    for (const { body } of batch) this.#bytes -= body.raw.byteLength
    return batch
  }

  async #commit(batch: readonly Delivered[]): Promise<void> {
    const error = await this.#keep(batch)
    if (error && batch.length > 1) await this.#oneByOne(batch)
    else if (error) this.#sendBack(batch, error)
    if (this.#isFull) return
    this.#room?.resolve(undefined)
    this.#room = null
  }

  async #keep(batch: readonly Delivered[]): Promise<Error | null> {
    const bodies = batch.map(({ body }) => body)
    try {
      const most = await this.#options.keep(bodies)
      this.#most = typeof most === 'number' ? most : commitLimit
    } catch (error) {
      return errorOf(error)
    }
    this.#options.arrived(bodies)
    for (const delivered of batch) delivered.kept()
    if (!this.#isHealthy) this.#options.health(null)
    this.#isHealthy = true
    return null
  }

  /** One that cannot be kept must not hold up those that came with it. */
  async #oneByOne(batch: readonly Delivered[]): Promise<void> {
    let failures = 0
    for (const [index, delivered] of batch.entries()) {
      const error = await this.#keep([delivered])
      failures = error ? failures + 1 : 0
      if (error) this.#sendBack([delivered], error)
      if (error && failures === failuresInARow) return this.#sendBack(batch.slice(index + 1), error)
    }
  }

  #sendBack(batch: readonly Delivered[], error: Error): void {
    for (const delivered of batch) delivered.again(pauseMs(delivered.attempt))
    this.#isHealthy = false
    this.#options.health(error)
    this.#options.log.error(
      { err: error, count: batch.length },
      'callbacks from the relay could not be kept; they come again',
    )
  }
}
