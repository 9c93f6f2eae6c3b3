/**
 * Gives pictures to whoever has their address, out of the callback listener. An address is looked up as a whole, by its
 * hash, in memory: nothing of it ever becomes part of a path, and what is unknown, expired or malformed costs the same
 * and is answered by the listener as everything else is. Downloads are few, short and bounded, so that callbacks
 * always find a free connection.
 */
import { hash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { pictureHeaders } from '#shared/security/headers.ts'
import type { PictureRow } from '../store/pictures.ts'
import type { Clock, Logger, Media } from '../types.ts'
import type { PictureFiles } from './files.ts'

/** What every address begins with. It counts towards the 256 characters of a link. */
export const offerPrefix = '/p/'
/** Bytes of chance in an address: 160 bits. */
const chanceBytes = 20
/** Longest address that is looked at. */
const addressLimit = 64
/** How long others may keep a picture, in seconds. */
const cacheSeconds = 3600

const endings: Readonly<Record<Media['type'], string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
}

/** A name that nobody can guess; its ending tells those who judge by it what it is. */
export const newName = (type: Media['type']): string =>
  `${randomBytes(chanceBytes).toString('base64url')}.${endings[type]}`
/** Whether a text can be the name of a picture of ours. */
export const isName = (text: string): boolean => /^[\w-]{27}\.(?:png|jpg|gif|webp)$/.test(text)
/** Longest name. */
export const nameLength = newName('image/webp').length

export const hashOfAddress = (address: string): string => hash('sha256', address, 'base64')

export interface OfferLimits {
  /** Downloads at a time. */
  readonly downloads: number
  /** How long one may take, in milliseconds. */
  readonly downloadMs: number
}
const defaultLimits: OfferLimits = { downloads: 32, downloadMs: 30_000 }

export interface OfferOptions {
  readonly files: PictureFiles
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
  readonly limits?: Partial<OfferLimits> | undefined
}

export class Offer {
  readonly #options: OfferOptions
  readonly #limits: OfferLimits
  readonly #pictures = new Map<string, PictureRow>()
  #downloads = 0

  constructor(options: OfferOptions) {
    this.#options = options
    this.#limits = { ...defaultLimits, ...options.limits }
  }

  /** Offers a picture, or the same for longer. */
  add(row: PictureRow): void {
    const { address_hash: address } = row
    if (address === null) return
    // Two may have held it at the same time: the longer counts, whichever is told last.
    const expires = Math.max(row.expires_at, this.#pictures.get(address)?.expires_at ?? 0)
    this.#pictures.set(address, { ...row, expires_at: expires })
  }

  remove({ address_hash }: Pick<PictureRow, 'address_hash'>): void {
    if (address_hash !== null) this.#pictures.delete(address_hash)
  }

  /** @param rest what stands behind the prefix */
  readonly route = (request: IncomingMessage, response: ServerResponse, rest: string): boolean => {
    const row = rest.length > addressLimit ? undefined : this.#pictures.get(hashOfAddress(rest))
    if (!row?.file || row.expires_at <= this.#options.clock.now()) return false
    if (this.#downloads >= this.#limits.downloads) {
      response.writeHead(503, { 'retry-after': '5', 'content-length': '0', connection: 'close' }).end()
      return true
    }
    this.#downloads += 1
    const tooLong = setTimeout(() => response.destroy(), this.#limits.downloadMs)
    void this.#give(row, row.file, request.method === 'HEAD', response)
      .catch((error: unknown) => {
        this.#options.log.debug({ err: error }, 'a picture was not fetched to its end')
        response.destroy()
      })
      .finally(() => {
        clearTimeout(tooLong)
        this.#downloads -= 1
      })
    return true
  }

  async #give(row: PictureRow, name: string, isHead: boolean, response: ServerResponse): Promise<void> {
    const file = await this.#options.files.open(name)
    if (!file) {
      this.#options.log.warn({ picture: row.id }, 'the file of a picture on offer is gone')
      response.writeHead(404, ['content-length', '0', 'connection', 'close']).end()
      return
    }
    try {
      const { size } = await file.stat()
      const leftSeconds = Math.max(0, Math.floor((row.expires_at - this.#options.clock.now()) / 1000))
      response.writeHead(200, {
        'content-type': row.type,
        'content-length': String(size),
        'cache-control': `private, max-age=${Math.min(cacheSeconds, leftSeconds)}`,
        'x-content-type-options': 'nosniff',
        'x-robots-tag': 'noindex',
        'referrer-policy': 'no-referrer',
        ...pictureHeaders,
        // A caller that lingers takes no connection from callbacks.
        connection: 'close',
      })
      if (isHead) response.end()
      else await pipeline(file.createReadStream({ autoClose: false, start: 0 }), response)
    } finally {
      await file.close()
    }
  }
}
