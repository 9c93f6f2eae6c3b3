/**
 * The application lock: a seat (a browser's session, or the desktop's window) is open only after the passphrase
 * was given there since the engine started. While it is closed the engine refuses everything there but the
 * lock's own entries; callbacks, outbox and scripts with the token go on. A seat where nobody touches anything for
 * a while closes by itself, here and not on the page alone: a window that is closed, or put to sleep, has no timer.
 *
 * It guards the screen, not the disk: what it keeps is a verifier, and the data is not sealed with it.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import type { EntryName } from '#shared/contract/index.ts'

/** What a closed seat may ask. */
export const lockEntries: ReadonlySet<EntryName> = new Set<EntryName>(['lock.get', 'lock.open'])

/* N of scrypt (RFC 7914): 32 MiB and a twelfth of a second; there are never more than a few attempts. */
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }

/** Wrong attempts without a pause, the first pause, which then doubles, and the longest, in milliseconds. */
const pauses = { freeAttempts: 3, firstMs: 5_000, mostMs: 15 * 60_000 }

/** How often it is looked for seats that nobody touches, in milliseconds. */
const sweepMs = 5000

const storedShape = z.object({
  salt: z.base64(),
  hash: z.base64(),
  /** Wrong attempts since the last right one, and when the last was. */
  failures: z.int().min(0),
  failedAt: z.int(),
})
type Stored = z.output<typeof storedShape>

/** How long after the last wrong attempt the next is looked at, in milliseconds. */
export const pauseAfter = (failures: number): number =>
  failures < pauses.freeAttempts ? 0 : Math.min(pauses.firstMs * 2 ** (failures - pauses.freeAttempts), pauses.mostMs)

const derive = (passphrase: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    // The same passphrase typed on another keyboard may be composed of other code points.
    scrypt(passphrase.normalize('NFKC'), salt, 32, cost, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })

export interface LockKeep {
  read(): Promise<unknown>
  write(value: unknown): Promise<void>
}

export class AppLock {
  readonly #keep: LockKeep
  readonly #changed: () => void
  readonly #now: () => number
  #stored: Stored | null = null
  /** The open seats, each with when it was last touched. */
  readonly #open = new Map<string, { wall: number; steady: number }>()
  #timer: NodeJS.Timeout | null = null
  #attempt: Promise<unknown> = Promise.resolve()

  /**
   * @param keep where the verifier lies
   * @param changed called when a seat was closed or opened, or the passphrase changed
   */
  constructor(keep: LockKeep, changed: () => void, now: () => number = Date.now) {
    this.#keep = keep
    this.#changed = changed
    this.#now = now
  }

  /** Reads what is kept; until then nothing is locked. @param remove forgets the passphrase instead */
  async load(remove = false): Promise<void> {
    const value = await this.#keep.read()
    if (value !== null && remove) await this.#keep.write(null)
    else if (value !== null) this.#stored = storedShape.parse(value)
  }

  get isSet(): boolean {
    return this.#stored !== null
  }

  /** Whether a seat is closed. Who has none, a script with the token, is never. */
  isClosed(seat: string | undefined): boolean {
    return this.#stored !== null && seat !== undefined && !this.#open.has(seat)
  }

  /** How long no attempt is looked at, in milliseconds. */
  get waitMs(): number {
    if (!this.#stored) return 0
    const { failures, failedAt } = this.#stored
    const pause = pauseAfter(failures)
    // A clock that was set back must not make it longer than the pause.
    return Math.min(pause, Math.max(0, failedAt + pause - this.#now()))
  }

  /** One attempt after the other: many at once must not slip past the pause. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#attempt.then(work)
    this.#attempt = turn.catch(() => undefined)
    return turn
  }

  /** @throws AppError lock-wait, wrong-passphrase */
  async #check(stored: Stored, passphrase: string): Promise<void> {
    const waitMs = this.waitMs
    if (waitMs > 0) throw new AppError('lock-wait', { seconds: Math.ceil(waitMs / 1000) })
    // Counted before it is compared, and on disk: neither haste nor a restart gives more attempts.
    await this.#write({ ...stored, failures: stored.failures + 1, failedAt: this.#now() })
    const hash = await derive(passphrase, Buffer.from(stored.salt, 'base64'))
    if (!timingSafeEqual(hash, Buffer.from(stored.hash, 'base64'))) throw new AppError('wrong-passphrase')
    await this.#write({ ...stored, failures: 0, failedAt: 0 })
  }

  async #write(stored: Stored | null): Promise<void> {
    await this.#keep.write(stored)
    this.#stored = stored
  }

  /** Opens a seat by the passphrase. @throws AppError lock-not-set, lock-wait, wrong-passphrase */
  open(seat: string | undefined, passphrase: string): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#stored) throw new AppError('lock-not-set')
      await this.#check(this.#stored, passphrase)
      this.#opened(seat)
    })
  }

  /** Opens a seat whose operator the system has recognised. @throws AppError lock-not-set */
  openBySystem(seat: string | undefined): void {
    if (!this.#stored) throw new AppError('lock-not-set')
    this.#opened(seat)
  }

  #opened(seat: string | undefined): void {
    if (seat !== undefined) this.#open.set(seat, this.#moment())
    this.#changed()
  }

  #moment(): { wall: number; steady: number } {
    return { wall: this.#now(), steady: performance.now() }
  }

  /** The operator is there. */
  touch(seat: string | undefined): void {
    if (seat !== undefined && this.#open.has(seat)) this.#open.set(seat, this.#moment())
  }

  /** From now on closes the seats that nobody touches. @param minutes tells how long; 0: never */
  guard(minutes: () => number): void {
    this.#timer = setInterval(() => this.closeIdle(minutes()), sweepMs)
    this.#timer.unref()
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
  }

  /**
   * Closes the seats that nobody touched for so many minutes. Of two clocks the one counts that ran further: the
   * steady one stands still while the machine sleeps, the other can be set back.
   */
  closeIdle(minutes: number): void {
    if (!this.#stored || minutes === 0) return
    const now = this.#moment()
    const idle = [...this.#open].filter(
      ([, at]) => Math.max(now.wall - at.wall, now.steady - at.steady) >= minutes * 60_000,
    )
    if (idle.length === 0) return
    for (const [seat] of idle) this.#open.delete(seat)
    this.#changed()
  }

  /** Closes a seat. @throws AppError lock-not-set */
  close(seat: string | undefined): void {
    if (!this.#stored) throw new AppError('lock-not-set')
    if (seat !== undefined) this.#open.delete(seat)
    this.#changed()
  }

  /**
   * Sets, changes or removes the passphrase. The caller's seat stays open, the others close.
   *
   * @param current the present one, where there is one
   * @param next null: no lock any more
   * @throws AppError wrong-passphrase, lock-wait
   */
  set(seat: string | undefined, current: string | undefined, next: string | null): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#stored) await this.#check(this.#stored, current ?? '')
      if (next === null) {
        await this.#write(null)
      } else {
        const salt = randomBytes(16)
        const hash = await derive(next, salt)
        await this.#write({ salt: salt.toString('base64'), hash: hash.toString('base64'), failures: 0, failedAt: 0 })
      }
      this.#open.clear()
      this.#opened(seat)
    })
  }
}
