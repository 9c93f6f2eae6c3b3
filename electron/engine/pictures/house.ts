/**
 * Pictures, put together for the engine: those of others through the proxy, and those of this machine, which are taken
 * in, checked, stripped, kept, offered to the platform by a link for a time, and shown from here.
 */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pictureBytes, type Picture, type PictureTest, type PictureWay } from '#shared/contract/entries/pictures.ts'
import type { Settings } from '#shared/contract/entries/system.ts'
import { AppError, type Failure, type Locale } from '#shared/contract/errors.ts'
import { contentMax } from '#shared/protocol/methods.ts'
import { mediaLimits, mediaProxy, type MediaProxy } from './proxy/proxy.ts'
import type { Connections } from '../platform/connections.ts'
import type { PictureRow } from '../store/pictures.ts'
import type { Store } from '../store/store.ts'
import type { Clock, Logger, Media } from '../types.ts'
import type { Vault } from '../vault/vault.ts'
import { PictureFiles } from './files.ts'
import { mayHaveArrived, type Elsewhere } from './elsewhere.ts'
import { Keeping, type NewlyPlaced } from './keeping.ts'
import { KnownPictures } from './known.ts'
import { hashOfAddress, nameLength, newName, Offer, offerPrefix, type OfferLimits } from './offer.ts'
import { PicturePlace } from './places.ts'
import { pixel, probe } from './probe.ts'
import { stripPicture, type Stripped } from './strip.ts'
import { tooManyBytes, Uploads } from './uploads.ts'

const dayMs = 86_400_000

export interface PictureHouseOptions {
  readonly dataDir: string
  readonly store: Store
  readonly vault: Vault
  readonly connections: Connections
  readonly clock: Clock
  readonly log: Logger
  settings(): Settings
  /** What stands before the path of our own listener, as the platform reaches it; null where it does not. */
  publicBase(connectionId: number): string | null
  readonly offerLimits?: Partial<OfferLimits>
}

/** How long a stop waits for what is taken back from another server, in milliseconds; the rest is done after the start. */
const stopMs = 2000

export class PictureHouse {
  readonly #options: PictureHouseOptions
  readonly #files: PictureFiles
  readonly #proxy: MediaProxy
  readonly #keeping: Keeping
  readonly #finishing = new Set<Promise<unknown>>()
  readonly places: PicturePlace
  readonly uploads = new Uploads()
  readonly offer: Offer
  readonly known: KnownPictures

  constructor(options: PictureHouseOptions) {
    this.#options = options
    const { dataDir, store, vault, log, clock } = options
    this.#files = new PictureFiles(dataDir)
    this.places = new PicturePlace(store, vault)
    this.offer = new Offer({ files: this.#files, clock, log, limits: options.offerLimits })
    this.known = new KnownPictures({
      ...{ store, places: this.places, offer: this.offer, clock },
      days: () => options.settings().pictureDays,
      publicBase: (id) => options.publicBase(id),
      connectionIds: () => options.connections.all().map(({ id }) => id),
    })
    this.#keeping = new Keeping({
      ...{ store, files: this.#files, places: this.places, offer: this.offer, clock, log },
      limits: () => mediaLimits(options.settings()),
    })
    this.#proxy = mediaProxy(join(dataDir, 'media'), log, () => {
      const limits = mediaLimits(options.settings())
      // Ours count, too; a little is always left for what others send.
      return { ...limits, bytes: Math.max(limits.bytes - this.#keeping.bytes, limits.bytes / 4) }
    })
  }

  async start(): Promise<void> {
    await this.places.load()
    for (const row of await this.#options.store.read('pictures.offered')) this.offer.add(row)
    this.#keeping.start()
  }

  /** Limits, or what there is, changed. */
  tidy(): void {
    void this.#proxy.tidy()
    this.#keeping.soon()
  }

  get #days(): number {
    return this.#options.settings().pictureDays
  }

  #item(row: PictureRow): Picture {
    const { link, type, width, height, bytes } = row
    const times = { createdAt: row.created_at, expiresAt: row.expires_at }
    return { link, type, width, height, bytes, ...times, isOffered: this.known.isOffered(row) }
  }

  /** A picture that a message names: one of ours from here, any other through the proxy; null when there is none. */
  async media(robotId: string, link: string): Promise<Media | null> {
    const { store, connections } = this.#options
    const robot = /^\d{1,15}$/.test(robotId) ? await store.read('robots.get', Number(robotId)) : null
    if (!robot) return null
    const own = await this.known.find(link)
    const body = own && (await this.#bodyOf(own))
    if (own && body) return { type: own.type, body }
    const { advanced } = connections.get(Number(robot.connectionId))
    return this.#proxy.get(robot.connectionId, link, advanced.mediaOrigins)
  }

  /** Its own file, or that of the same picture where it was offered another time; null where none is left. */
  async #bodyOf({ file, digest }: PictureRow): Promise<Buffer | null> {
    const own = file === null ? null : await this.#files.read(file)
    if (own || digest === null) return own
    const same = await this.#options.store.read('pictures.sameFile', digest)
    return same === null ? null : this.#files.read(same)
  }

  /** What is known of a picture of ours; null where it is none. */
  async get(link: string): Promise<Picture | null> {
    const row = await this.known.find(link)
    return row && this.#item(row)
  }

  /** How much of ours is offered, and kept. */
  async facts(): Promise<{ offered: number; overdue: number; bytes: number; nextExpiryAt: number | null }> {
    const all = await this.#options.store.read('pictures.offered')
    const rows = all.filter((row) => this.known.isOffered(row))
    const overdue = all.filter(
      (row) => row.remote !== null && !this.known.isOffered(row) && !this.#keeping.isArriving(row),
    ).length
    return { offered: rows.length, overdue, bytes: this.#keeping.bytes, nextExpiryAt: rows[0]?.expires_at ?? null }
  }

  /** Why no picture of a connection's robots could get a link; null where one can. */
  async obstacle(connectionId: number): Promise<Failure | null> {
    try {
      await this.#target(connectionId, 'x'.repeat(nameLength))
      return null
    } catch (error) {
      if (error instanceof AppError) return error.failure
      throw error
    }
  }

  /** Where pictures go now, and the link that a name would have. @throws AppError picture-no-address, picture-link-too-long */
  async #target(
    connectionId: number,
    name: string,
  ): Promise<{ way: PictureWay; elsewhere: Elsewhere | null; link: string }> {
    const { way, elsewhere } = await this.places.present()
    const base = this.#options.publicBase(connectionId)
    if (!elsewhere && base === null) throw new AppError('picture-no-address')
    const link = elsewhere ? elsewhere.linkOf(name) : `${base ?? ''}${offerPrefix}${name}`
    // Of plain letters, whatever the connection counts in.
    if (link.length > contentMax) throw new AppError('picture-link-too-long', { length: link.length, max: contentMax })
    return { way, elsewhere, link }
  }

  /** Begins to take a picture for a robot. @throws AppError as pictures.begin */
  async begin(robotId: number, connectionId: number, bytes: number): Promise<string> {
    if (bytes > pictureBytes) throw tooManyBytes()
    await this.#target(connectionId, 'x'.repeat(nameLength))
    await this.#keeping.requireRoom(bytes)
    return this.uploads.begin(robotId, bytes)
  }

  /** @throws AppError as pictures.finish */
  finish(uploadId: string): Promise<Picture> {
    const finishing = this.#finish(uploadId).finally(() => this.#finishing.delete(finishing))
    this.#finishing.add(finishing)
    return finishing
  }

  async #finish(uploadId: string): Promise<Picture> {
    const { upload, body } = this.uploads.take(uploadId)
    try {
      const robot = await this.#options.store.read('robots.get', upload.robotId)
      if (!robot) throw new AppError('not-found', { what: 'robot' })
      const picture = stripPicture(body, this.#options.settings().pictureSide)
      if (picture.body.length > pictureBytes) throw tooManyBytes()
      const digest = hash('sha256', picture.body, 'base64')
      await this.#keeping.requireRoom(picture.body.length, digest)
      const placed = await this.#put(Number(robot.connectionId), picture, upload.abort.signal)
      return this.#item(await this.#keep(picture, digest, placed, upload.abort.signal))
    } catch (error) {
      // Given up meanwhile: whoever did so has their answer, and nobody needs another.
      if (upload.abort.signal.aborted) throw new AppError('not-found', { what: 'upload' })
      throw error
    } finally {
      this.uploads.cancel(uploadId)
    }
  }

  /** Puts it where it will be offered; with our own listener that needs no more than an address. */
  async #put(connectionId: number, facts: Stripped, signal: AbortSignal): Promise<NewlyPlaced> {
    const { type, body } = facts
    const name = newName(type)
    const { way, elsewhere, link } = await this.#target(connectionId, name)
    if (!elsewhere)
      return { link, way: 'public', address_hash: hashOfAddress(name), remote: null, place: null, replaces: null }
    const going = { link, way, address_hash: null, remote: name, place: elsewhere.place, replaces: null }
    const placed = await this.#keeping.begin(going, facts)
    try {
      await elsewhere.put(name, body, type, signal)
    } catch (error) {
      // It may lie there all the same, for everybody to read. Nobody waits for its end.
      if (signal.aborted || mayHaveArrived(error)) void this.#keeping.takeBack(placed)
      // What cannot be forgotten now is found not to be there, with what expired.
      else await this.#keeping.forget(placed).catch(() => undefined)
      throw error
    }
    return placed
  }

  async #keep(picture: Stripped, digest: string, placed: NewlyPlaced, signal: AbortSignal): Promise<PictureRow> {
    const { store, clock } = this.#options
    const { type, width, height, body } = picture
    const now = clock.now()
    try {
      const facts = { type, width, height, bytes: body.length, created_at: now, expires_at: now + this.#days * dayMs }
      const row = await this.#files.write(body, async (file) => {
        signal.throwIfAborted()
        const added = await store.write('pictures.add', { ...placed, ...facts, digest, file })
        // The file that it shares may be gone: a backup holds none. This one takes its place for all who share it.
        const isNew = added.file === file || (added.file !== null && (await this.#files.isGone(added.file)))
        if (!isNew) await this.#files.remove(file).catch(() => undefined)
        else if (added.file !== null && added.file !== file) await this.#files.rename(file, added.file)
        if (isNew) this.#keeping.added(body.length)
        return added
      })
      this.#keeping.arrived(placed)
      this.offer.add(row)
      return row
    } catch (error) {
      await this.#keeping.takeBack(placed)
      const code = error instanceof Error && 'code' in error ? error.code : null
      throw code === 'ENOSPC' || code === 'EDQUOT' ? new AppError('disk-full', {}, { cause: error }) : error
    }
  }

  /** Tries the way that pictures go. */
  test(connectionId: number, locale: Locale): Promise<PictureTest> {
    const { clock } = this.#options
    return probe(async () => {
      const picture = stripPicture(pixel, 1)
      const placed = await this.#put(connectionId, picture, AbortSignal.timeout(60_000))
      if (placed.way !== 'public') return { link: placed.link, remove: () => this.#keeping.removeArrived(placed) }
      const { type, width, height, body } = picture
      const times = { created_at: clock.now(), expires_at: clock.now() + 60_000, ended_at: null }
      // Nothing knows it but the offer: what is left of it after a crash is swept away.
      const row = await this.#files.write(body, (file) => {
        this.#files.hold(file)
        return Promise.resolve({
          id: 0,
          ...placed,
          ...{ file, type, width, height },
          bytes: body.length,
          digest: null,
          ...times,
        })
      })
      this.offer.add(row)
      const remove = async (): Promise<void> => {
        this.offer.remove(row)
        await this.#files.remove(row.file)
      }
      return { link: placed.link, remove }
    }, locale)
  }

  async stop(): Promise<void> {
    this.uploads.stop()
    this.#keeping.stop()
    // What was under way has been given up now, and is taken back.
    const left = Promise.allSettled(this.#finishing).then(() => this.#keeping.left())
    await Promise.race([left, setTimeout(stopMs, undefined, { ref: false })])
    this.#proxy.stop()
    this.places.close()
  }
}
