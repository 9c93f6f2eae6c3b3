/** Where pictures go, as the operator chose it; the secrets for it lie in the vault. */
import { AppError } from '#shared/contract/errors.ts'
import { picturePlacesSchema, type PicturePlaces, type PictureWay } from '#shared/contract/entries/pictures.ts'
import type { EntryParsed } from '#shared/contract/index.ts'
import type { Store } from '../store/store.ts'
import type { Vault } from '../vault/vault.ts'
import type { Elsewhere } from './elsewhere.ts'
import { s3Place } from './s3.ts'
import { webdavPlace } from './webdav.ts'

/** What the choice is kept as, beside the settings. */
const valueName = '.picture-places'
/** Under which names the vault keeps the secrets. */
export const pictureSecrets = { s3: 'pictures/s3', webdav: 'pictures/webdav' } as const

const none: PicturePlaces = { way: 'public', s3: null, webdav: null }

export class PicturePlace {
  readonly #store: Store
  readonly #vault: Vault
  #kept: PicturePlaces = none
  #changing: Promise<unknown> = Promise.resolve()
  /** How many changes have not ended. */
  #changes = 0
  /** The clients that are open, by way. */
  readonly #open = new Map<PictureWay, Elsewhere>()

  constructor(store: Store, vault: Vault) {
    this.#store = store
    this.#vault = vault
  }

  async load(): Promise<void> {
    const stored = picturePlacesSchema.safeParse(await this.#store.read('values.get', valueName))
    this.#kept = stored.success ? stored.data : none
  }

  get kept(): PicturePlaces {
    return this.#kept
  }

  /**
   * Changes what is named, all of it or nothing: everything is checked first, then place and secrets are written in one
   * transaction, so that no secret is ever kept beside an address that it was not given for.
   *
   * @throws AppError invalid-input where a secret, or the place itself, is missing
   */
  change(input: EntryParsed<'pictures.setPlaces'>): Promise<void> {
    // One after another: each begins with what the one before left.
    this.#changes += 1
    const turn = this.#changing
      .then(() => this.#change(input))
      .finally(() => {
        this.#changes -= 1
      })
    this.#changing = turn.catch(() => undefined)
    return turn
  }

  async #change({ way, s3, webdav }: EntryParsed<'pictures.setPlaces'>): Promise<void> {
    const next = { ...this.#kept }
    const puts: { name: string; sealed: Uint8Array }[] = []
    const forget = new Set<string>()
    const keep = async (name: string, field: string, secret: string | undefined, isSame: boolean): Promise<void> => {
      if (secret === undefined) await this.#requireSecret(name, field, isSame)
      else puts.push({ name, sealed: this.#vault.sealed(name, secret) })
    }
    if (s3) {
      const { secretAccessKey, ...place } = s3
      const kept = this.#kept.s3
      const isSame = kept?.endpoint === place.endpoint && kept.accessKeyId === place.accessKeyId
      await keep(pictureSecrets.s3, 's3.secretAccessKey', secretAccessKey, isSame)
      next.s3 = place
    } else if (s3 === null) next.s3 = null
    if (webdav) {
      const { password, ...place } = webdav
      const kept = this.#kept.webdav
      const isSame = kept?.url === place.url && kept.username === place.username
      if (place.username === '') forget.add(pictureSecrets.webdav)
      else await keep(pictureSecrets.webdav, 'webdav.password', password, isSame)
      next.webdav = place
    } else if (webdav === null) next.webdav = null
    if (way) next.way = way
    // A place that is taken away is no longer where pictures go.
    if (next.way !== 'public' && next[next.way] === null) {
      if (way) throw new AppError('invalid-input', { field: way, problem: 'is needed to send pictures there' })
      next.way = 'public'
    }
    for (const kind of ['s3', 'webdav'] as const) if (next[kind] === null) forget.add(pictureSecrets[kind])
    await this.#store.write('pictures.setPlaces', {
      place: { name: valueName, value: next },
      puts: puts.filter(({ name }) => !forget.has(name)),
      forget: [...forget],
    })
    this.#kept = next
    this.close()
  }

  /** @param isSame whether the secret that is kept was given for this address and name: it goes to no other */
  async #requireSecret(name: string, field: string, isSame: boolean): Promise<void> {
    if ((await this.#vault.get(name)) === null) {
      throw new AppError('invalid-input', { field, problem: 'is needed at first' })
    }
    if (!isSame) throw new AppError('invalid-input', { field, problem: 'is needed anew for another address or name' })
  }

  /**
   * The way that pictures go now, and its server: both of the same choice.
   *
   * @returns null as server for our own listener alone
   * @throws AppError picture-not-stored, vault-locked
   */
  async present(): Promise<{ way: PictureWay; elsewhere: Elsewhere | null }> {
    await this.#settled()
    const kept = this.#kept
    const elsewhere = await this.elsewhere(kept.way)
    if (this.#kept !== kept) return this.present()
    // Never by our own listener where another server was chosen.
    if (kept.way !== 'public' && !elsewhere) {
      throw new AppError('picture-not-stored', { problem: 'picture-place-changed' })
    }
    return { way: kept.way, elsewhere }
  }

  /** While a change is written, its secrets are kept before the addresses that they are for are known here. */
  async #settled(): Promise<void> {
    while (this.#changes > 0) await this.#changing
  }

  /** The other server of a way; null where that is no longer known. @throws AppError picture-not-stored, vault-locked */
  async elsewhere(way: PictureWay): Promise<Elsewhere | null> {
    if (this.#changes > 0) await this.#settled()
    const present = this.#open.get(way)
    if (present || way === 'public') return present ?? null
    const kept = this.#kept
    const { s3, webdav } = kept
    if (kept[way] === null) return null
    const isOpen = way === 'webdav' && webdav?.username === ''
    const secret = isOpen ? '' : await this.#vault.get(pictureSecrets[way])
    // Chosen anew, or opened by another, while the secret was fetched.
    if (this.#changes > 0 || this.#kept !== kept || this.#open.has(way)) return this.elsewhere(way)
    if (secret === null) throw new AppError('picture-not-stored', { problem: 'picture-secret' })
    const made = way === 's3' && s3 ? s3Place(s3, secret) : webdav && webdavPlace(webdav, secret)
    if (made) this.#open.set(way, made)
    return made
  }

  close(): void {
    for (const place of this.#open.values()) place.close()
    this.#open.clear()
  }
}
