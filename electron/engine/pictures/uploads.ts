/** Pictures on their way in, piece by piece, in memory: few at a time, each within the largest size, none for long. */
import { randomBytes } from 'node:crypto'
import { pictureBytes } from '#shared/contract/entries/pictures.ts'
import { AppError } from '#shared/contract/errors.ts'

/** Most at a time: together they stay below 160 MB. */
const uploadLimit = 16
/** One that nothing was added to for so long is dropped, in milliseconds. */
const idleMs = 60_000

export const tooManyBytes = (): AppError =>
  new AppError('picture-too-large', { problem: 'picture-bytes', megabytes: pictureBytes / 1024 / 1024 })

export interface Upload {
  readonly robotId: number
  /** Ends what is being done with it. */
  readonly abort: AbortController
  readonly expected: number
  received: number
  /** Room for all of it, made with the first piece: however small the pieces are, it takes what it was said to take. */
  body: Buffer | null
  /** Whether it is being stored: nothing can be added any more. */
  isFinishing: boolean
  timer: NodeJS.Timeout
}

export class Uploads {
  readonly #all = new Map<string, Upload>()

  /** @throws AppError picture-too-large, too-many-requests */
  begin(robotId: number, bytes: number): string {
    if (bytes > pictureBytes) throw tooManyBytes()
    if (this.#all.size >= uploadLimit) throw new AppError('too-many-requests')
    const id = randomBytes(16).toString('hex')
    const timer = setTimeout(() => this.cancel(id), idleMs).unref()
    const abort = new AbortController()
    this.#all.set(id, { robotId, abort, expected: bytes, received: 0, body: null, isFinishing: false, timer })
    return id
  }

  #get(id: string): Upload {
    const upload = this.#all.get(id)
    if (!upload) throw new AppError('not-found', { what: 'upload' })
    return upload
  }

  /** @returns bytes so far. @throws AppError not-found; not-allowed-now for what does not follow, or is too much */
  add(id: string, offset: number, piece: Buffer): number {
    const upload = this.#get(id)
    const fits = offset === upload.received && offset + piece.length <= upload.expected
    if (!fits || upload.isFinishing) throw new AppError('not-allowed-now', { state: 'upload' })
    upload.body ??= Buffer.alloc(upload.expected)
    piece.copy(upload.body, offset)
    upload.received += piece.length
    // Nothing at all keeps nothing open.
    if (piece.length > 0) upload.timer.refresh()
    return upload.received
  }

  /** All of it, for one caller. @throws AppError not-found; not-allowed-now where pieces are missing */
  take(id: string): { upload: Upload; body: Buffer } {
    const upload = this.#get(id)
    if (upload.received !== upload.expected || upload.isFinishing) {
      throw new AppError('not-allowed-now', { state: 'upload' })
    }
    upload.isFinishing = true
    clearTimeout(upload.timer)
    return { upload, body: upload.body ?? Buffer.alloc(0) }
  }

  /** Forgets it, and ends what is being done with it. */
  cancel(id: string): void {
    const upload = this.#all.get(id)
    this.#all.delete(id)
    if (!upload) return
    clearTimeout(upload.timer)
    upload.abort.abort()
  }

  stop(): void {
    for (const id of [...this.#all.keys()]) this.cancel(id)
  }
}
