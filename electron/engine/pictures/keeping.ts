/**
 * What becomes of our own pictures with time: offers end, what lies on other servers is removed there, and files go by
 * the limits that the settings give pictures. What is still offered stays, whatever its size.
 */
import { AppError } from '#shared/contract/errors.ts'
import type { CacheLimits } from './proxy/cache.ts'
import type { PictureRow } from '../store/pictures.ts'
import type { Store } from '../store/store.ts'
import type { Clock, Logger } from '../types.ts'
import { elsewhereMs } from './elsewhere.ts'
import type { PictureFiles } from './files.ts'
import { liesAt } from './known.ts'
import type { Offer } from './offer.ts'
import type { PicturePlace } from './places.ts'
import type { Stripped } from './strip.ts'

/** How often it is looked for what has expired, in milliseconds. */
const everyMs = 600_000
/** After the start, so that the first screen comes before it. */
const firstMs = 5000
/** So long a picture counts as one that just came in, in milliseconds. */
const newMs = 60_000

/** How it is told that a picture lies at a place that is no longer known. */
const placeChanged = 'picture-place-changed'
type Placed = Pick<PictureRow, 'way' | 'remote' | 'link' | 'place'>
/** Where a picture went: its link, what undoes it, and the row that told of it before it went there. */
export type NewlyPlaced = Placed & Pick<PictureRow, 'address_hash'> & { readonly replaces: number | null }

export interface KeepingOptions {
  readonly store: Store
  readonly files: PictureFiles
  readonly places: PicturePlace
  readonly offer: Offer
  readonly clock: Clock
  readonly log: Logger
  limits(): CacheLimits
}

export class Keeping {
  readonly #options: KeepingOptions
  #bytes = 0
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null
  /** Whether something changed while it was looked: that look may have missed it. */
  #isAskedAgain = false
  #stopped = false
  /** Pictures that cannot be removed since their place was changed: each is told of once. */
  readonly #stranded = new Set<number>()
  /** Links of pictures that are on their way to another server, or back. */
  readonly #arriving = new Set<string>()
  readonly #leaving = new Set<Promise<void>>()

  constructor(options: KeepingOptions) {
    this.#options = options
  }

  /** Room that our pictures take here, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  added(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#options.limits().bytes) this.soon()
  }

  start(): void {
    this.#later(firstMs)
  }

  #later(ms: number): void {
    if (this.#timer) clearTimeout(this.#timer)
    if (!this.#stopped) this.#timer = setTimeout(() => void this.tidy(), ms).unref()
  }

  /** Limits, or what there is, changed. */
  soon(): void {
    if (this.#running) this.#isAskedAgain = true
    else this.#later(0)
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
  }

  /**
   * @param digest of the bytes, where they are known: what is on offer already takes no further room
   * @throws AppError picture-no-room when what is on offer leaves none for so many bytes
   */
  async requireRoom(bytes: number, digest: string | null = null): Promise<void> {
    const now = this.#options.clock.now()
    const offered = (await this.#options.store.read('pictures.offered')).filter((row) => row.expires_at > now)
    if (digest !== null && offered.some((row) => row.file !== null && row.digest === digest)) return
    // The same picture may be offered several times, and takes room once.
    const files = new Map(offered.flatMap((row) => (row.file === null ? [] : [[row.file, row.bytes]])))
    const taken = [...files.values()].reduce((sum, size) => sum + size, 0)
    const limit = this.#options.limits().bytes
    if (taken + bytes > limit) throw new AppError('picture-no-room', { megabytes: Math.floor(limit / 1024 / 1024) })
  }

  /**
   * Removes a picture from the server that it lies on. Where the place is another one by now, it is not touched: removing
   * what never lay there would succeed, and the picture would stay where its link leads.
   *
   * @throws AppError picture-not-stored, with the problem picture-place-changed for that; vault-locked
   */
  async removeElsewhere(placed: Placed): Promise<void> {
    const { way, remote } = placed
    if (remote === null) return
    const elsewhere = await this.#options.places.elsewhere(way)
    if (!elsewhere || !liesAt(placed, elsewhere)) throw new AppError('picture-not-stored', { problem: placeChanged })
    await elsewhere.remove(remote, AbortSignal.timeout(elsewhereMs))
  }

  /**
   * Notes a picture before it is put on another server, as one whose offer is over: whatever happens from here on, also
   * to this process, it is known what may lie there for everybody to read, and it is removed with what expired.
   */
  async begin(placed: NewlyPlaced, { type, width, height, body }: Stripped): Promise<NewlyPlaced> {
    const { store, clock } = this.#options
    const now = clock.now()
    const facts = { type, width, height, bytes: body.length, digest: null, created_at: now, expires_at: now }
    this.#arriving.add(placed.link)
    try {
      const { id } = await store.write('pictures.add', { ...placed, ...facts, file: null })
      return { ...placed, replaces: id }
    } catch (error) {
      this.#arriving.delete(placed.link)
      throw error
    }
  }

  /** It is known as what it is by now; what expired may be removed. */
  arrived({ link }: NewlyPlaced): void {
    this.#arriving.delete(link)
  }

  /** Whether it is on its way to another server, or from there: it is neither offered nor overdue. */
  isArriving({ link }: Pick<PictureRow, 'link'>): boolean {
    return this.#arriving.has(link)
  }

  /** It never came there: nothing of it is left to be removed. */
  async forget(placed: NewlyPlaced): Promise<void> {
    try {
      if (placed.replaces !== null) await this.#options.store.write('pictures.forget', placed.replaces)
    } finally {
      this.arrived(placed)
    }
  }

  /** Removes one that did not come to be. @throws AppError as removeElsewhere; then it is tried again with what expired */
  async removeArrived(placed: NewlyPlaced): Promise<void> {
    try {
      await this.removeElsewhere(placed)
      await this.forget(placed)
    } finally {
      this.arrived(placed)
    }
  }

  /**
   * One that did not come to be: what was put elsewhere is removed. Where that cannot be now it stays noted as one whose
   * offer has ended, and so is tried again, and told as overdue, as any other. Never rejects.
   */
  takeBack(placed: NewlyPlaced): Promise<void> {
    const leaving = this.removeArrived(placed)
      .catch((error: unknown) => {
        const { log } = this.#options
        log.warn({ err: error, way: placed.way }, 'a picture that was given up stays on the other server for now')
      })
      .finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
    return leaving
  }

  /** Resolves when all that is being taken back now has been, or could not be. */
  async left(): Promise<void> {
    await Promise.all(this.#leaving)
  }

  /** Looks once, now. */
  async tidy(): Promise<void> {
    this.#running ??= this.#tidy()
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'pictures could not be tidied up'))
      .finally(() => {
        this.#running = null
        this.#later(this.#isAskedAgain ? 0 : everyMs)
        this.#isAskedAgain = false
      })
    await this.#running
  }

  async #tidy(): Promise<void> {
    const { store, files } = this.#options
    await this.#endOffers()
    await files.sweep(async () => new Set((await store.read('pictures.kept')).map(({ file }) => file ?? '')))
    await this.#dropFiles(await this.#forgetGone(await store.read('pictures.kept')))
  }

  async #endOffers(): Promise<void> {
    const { store, offer, clock } = this.#options
    const now = clock.now()
    const expired = (await store.read('pictures.offered')).filter((row) => row.expires_at <= now)
    const ended: number[] = []
    /** Servers that do not do it now: each of their pictures would wait for its time-out, and what is here with them. */
    const away = new Set<string>()
    for (const row of expired) {
      offer.remove(row)
      const server = `${row.way} ${row.place ?? ''}`
      if (away.has(server) || this.isArriving(row)) continue
      // One that was on its way when it was looked, and has arrived since, is another one now.
      if ((await store.read('pictures.byLink', row.link))?.id !== row.id) continue
      try {
        await this.removeElsewhere(row)
        ended.push(row.id)
      } catch (error) {
        // It is tried again; its link still leads to it, which the list of what is offered no longer says.
        if (this.#tellOf(row, error)) away.add(server)
      }
      if (this.#stopped) break
    }
    if (ended.length > 0) await store.write('pictures.end', { ids: ended, now })
  }

  /** @returns whether the server is away; one that answers, and refuses, may refuse this picture alone */
  #tellOf({ id, way }: PictureRow, error: unknown): boolean {
    const { log } = this.#options
    if (!(error instanceof AppError) || error.params?.['problem'] !== placeChanged) {
      log.warn({ err: error, picture: id, way }, 'an expired picture could not be removed')
      return !(error instanceof AppError) || typeof error.params?.['status'] !== 'number'
    }
    if (!this.#stranded.has(id)) {
      this.#stranded.add(id)
      log.warn({ picture: id, way }, 'an expired picture stays public where it was put: the place was changed since')
    }
    return false
  }

  /**
   * Forgets files that are not here any more, as after a backup was restored, which holds none.
   *
   * @returns the others
   */
  async #forgetGone(kept: readonly PictureRow[]): Promise<PictureRow[]> {
    const { store, files, clock } = this.#options
    const there = new Set((await files.list()).map(({ name }) => name))
    // One that just came in may be about to get its file.
    const before = clock.now() - newMs
    const missing = kept.filter(({ file, created_at }) => file !== null && !there.has(file) && created_at < before)
    const gone = new Set<number>()
    for (const { id, file } of missing) if (file !== null && (await files.isGone(file))) gone.add(id)
    if (gone.size > 0) await store.write('pictures.dropFiles', [...gone])
    return kept.filter(({ id }) => !gone.has(id))
  }

  async #dropFiles(kept: readonly PictureRow[]): Promise<void> {
    const { store, files, clock, limits } = this.#options
    const { bytes, ageMs } = limits()
    const now = clock.now()
    const found = new Map((await files.list()).map((file) => [file.name, file]))
    this.#bytes = [...found.values()].reduce((sum, file) => sum + file.bytes, 0)
    const tooOld = ageMs > 0 ? Date.now() - ageMs : -Infinity
    const usedAt = ({ file }: PictureRow): number => found.get(file ?? '')?.usedAt ?? 0
    // Also one that could not be removed elsewhere: for that its file is not needed.
    const isOver = (row: PictureRow): boolean => row.ended_at !== null || (row.remote !== null && row.expires_at <= now)
    const mayGo = kept.filter(isOver).sort((one, other) => usedAt(one) - usedAt(other))
    const gone: number[] = []
    // A file that another offer shares stays as long as that one lasts.
    const inUse = new Set(kept.filter((row) => !isOver(row)).map(({ file }) => file))
    for (const row of mayGo) {
      const file = found.get(row.file ?? '')
      if (inUse.has(row.file)) continue
      if (file && this.#bytes <= bytes && file.usedAt >= tooOld) break
      if (file && found.delete(file.name)) {
        await files.remove(file.name)
        this.#bytes -= file.bytes
      }
      gone.push(row.id)
    }
    if (gone.length > 0) await store.write('pictures.dropFiles', gone)
  }
}
