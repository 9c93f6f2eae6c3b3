/**
 * Which of our pictures a link means, and under which link it is reached now. A picture is known by its name, which holds
 * 160 bits of chance, and not by what stands before it: addresses move (a tunnel opens under another, a bucket gets
 * another name), and the messages that wait, or are sent again, still hold the old ones.
 */
import { AppError } from '#shared/contract/errors.ts'
import { contentMax } from '#shared/protocol/methods.ts'
import type { PictureRow } from '../store/pictures.ts'
import type { Store } from '../store/store.ts'
import type { Clock } from '../types.ts'
import type { Elsewhere } from './elsewhere.ts'
import { hashOfAddress, isName, type Offer, offerPrefix } from './offer.ts'
import type { PicturePlace } from './places.ts'

const dayMs = 86_400_000
/** What a hold would add below this is not worth writing, in milliseconds. */
const littleMs = 60_000

export interface KnownOptions {
  readonly store: Store
  readonly places: PicturePlace
  readonly offer: Offer
  readonly clock: Clock
  /** How long an offer lasts. */
  days(): number
  publicBase(connectionId: number): string | null
  /** All of them. */
  connectionIds(): readonly number[]
}

/** What a link is made of: everything up to its last slash, and the rest. */
function split(link: string): { base: string; name: string } {
  const at = link.lastIndexOf('/') + 1
  return { base: link.slice(0, at), name: link.slice(at) }
}

/** Whether a picture lies at a place that is open now. */
export const liesAt = (
  { place, remote, link }: Pick<PictureRow, 'place' | 'remote' | 'link'>,
  at: Elsewhere,
): boolean => (place === null ? remote !== null && at.linkOf(remote) === link : at.place === place)

export class KnownPictures {
  readonly #options: KnownOptions

  constructor(options: KnownOptions) {
    this.#options = options
  }

  /** Not one whose file is gone, where nobody else could give it. */
  isOffered(row: PictureRow): boolean {
    if (row.file === null && row.remote === null) return false
    return row.ended_at === null && row.expires_at > this.#options.clock.now()
  }

  /** The picture of ours that a link means, also one that begins with another of our addresses; null: none. */
  async find(link: string): Promise<PictureRow | null> {
    const { store } = this.#options
    const row = await store.read('pictures.byLink', link)
    const { base, name } = split(link)
    if (row || !isName(name)) return row
    const named = await store.read('pictures.byName', { name, addressHash: hashOfAddress(name) })
    // Whoever got a picture of ours knows its name: at an address of theirs it means what they say.
    return named && (await this.#isOurs(base)) ? named : null
  }

  async #isOurs(base: string): Promise<boolean> {
    const { store, places, connectionIds, publicBase } = this.#options
    const isBase = (id: number): boolean => {
      const url = publicBase(id)
      return url !== null && `${url}${offerPrefix}` === base
    }
    if (connectionIds().some(isBase)) return true
    const { s3, webdav } = places.kept
    const present = [s3 && `${s3.publicUrl.replace(/\/+$/, '')}/${s3.prefix}`, webdav?.publicUrl]
    if (present.some((url) => url && `${url.replace(/\/+$/, '')}/` === base)) return true
    return store.read('pictures.isBase', base)
  }

  /** The link under which it is reached now; as it was where that cannot be told. */
  async #present(row: PictureRow, connectionId: number): Promise<string> {
    const { places, publicBase } = this.#options
    const { name } = split(row.link)
    if (row.way === 'public') {
      const base = publicBase(connectionId)
      return base === null ? row.link : `${base}${offerPrefix}${name}`
    }
    const elsewhere = await places.elsewhere(row.way).catch(() => null)
    return elsewhere && row.remote !== null && liesAt(row, elsewhere) ? elsewhere.linkOf(row.remote) : row.link
  }

  /**
   * A picture is about to be sent, now or at a time: lets the offer of one of ours last from then on. Safe to be called by
   * several at a time: the longest counts.
   *
   * @returns the picture; null where it is none of ours
   * @throws AppError picture-expired when its offer has ended
   */
  async hold(link: string, at = this.#options.clock.now()): Promise<PictureRow | null> {
    const { store, clock, offer, days } = this.#options
    const row = await this.find(link)
    if (!row) return null
    if (!this.isOffered(row)) throw new AppError('picture-expired')
    const until = at + days() * dayMs
    if (until - row.expires_at < littleMs) return row
    const held = await store.write('pictures.hold', { id: row.id, until, now: clock.now() })
    if (!held) throw new AppError('picture-expired')
    offer.add(held)
    return held
  }

  /**
   * What is to be sent for a link, in the moment when it goes: a message may have waited for days, or be sent again.
   *
   * @returns for a picture of ours the link under which it is reached now; any other link as it is
   * @throws AppError picture-expired, picture-link-too-long
   */
  async forSending(connectionId: number, link: string): Promise<string> {
    const row = await this.hold(link)
    if (!row) return link
    const present = await this.#present(row, connectionId)
    if (present.length > contentMax) {
      throw new AppError('picture-link-too-long', { length: present.length, max: contentMax })
    }
    return present
  }
}
