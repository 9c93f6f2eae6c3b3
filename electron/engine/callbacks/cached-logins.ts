/**
 * Cached log-ins (`cache_info` of 1001) on their way into the vault. The record keeps a body without them, so they are
 * taken out of what arrives, and sealed once the callback was applied to its robot: what is quarantined leaves nothing.
 */
import type { ContractEvent } from '#shared/contract/events.ts'
import type { ArrivedCallback } from '../store/arrived.ts'
import { mayHaveCachedLogin } from '../store/cached-login.ts'
import type { Store } from '../store/store.ts'
import type { Logger } from '../types.ts'
import { cachedLoginName } from '../vault/names.ts'
import type { Vault } from '../vault/vault.ts'
import { dataObject, readCallback } from './read.ts'

/** Most that wait to be applied; of more than these the oldest are dropped. */
const waitingLimit = 100

interface Waiting {
  readonly connectionId: string
  readonly robotSerialNo: string | null
  readonly serialNo: string | null
  readonly cachedLogin: string
}

export class CachedLogins {
  readonly #store: Pick<Store, 'read'>
  readonly #vault: Pick<Vault, 'put'>
  readonly #log: Logger
  readonly #emit: (events: ContractEvent[]) => void
  #waiting: Waiting[] = []

  constructor(
    store: Pick<Store, 'read'>,
    vault: Pick<Vault, 'put'>,
    log: Logger,
    emit: (events: ContractEvent[]) => void,
  ) {
    this.#store = store
    this.#vault = vault
    this.#log = log
    this.#emit = emit
  }

  /** Looks through bodies that are about to be kept. */
  note(arrived: readonly ArrivedCallback[]): void {
    for (const one of arrived) {
      try {
        this.#noteOne(one)
      } catch (error) {
        // A body that cannot be looked through keeps nobody from being kept.
        this.#log.warn({ err: error }, 'a callback could not be looked through for a cached log-in')
      }
    }
    if (this.#waiting.length > waitingLimit) this.#waiting = this.#waiting.slice(-waitingLimit)
  }

  #noteOne({ connectionId, raw }: ArrivedCallback): void {
    const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
    if (!mayHaveCachedLogin(bytes)) return
    // Its time is not looked at, so neither is its zone.
    const read = readCallback(connectionId, bytes.toString('utf8'), 'UTC')
    const value = read?.type === 1001 ? dataObject(read.data).get('cache_info') : undefined
    if (!read || value === undefined || value === '') return
    const { robotSerialNo, serialNo } = read
    const cachedLogin = typeof value === 'string' ? value : JSON.stringify(value)
    this.#waiting.push({ connectionId: String(connectionId), robotSerialNo, serialNo, cachedLogin })
  }

  /** Seals what the platform gave with a log-in that was applied. */
  heed(events: readonly ContractEvent[]): void {
    if (this.#waiting.length === 0) return
    for (const { event, data } of events) {
      if (event !== 'callback.changed' || data.type !== '1001' || data.state === 'pending') continue
      const mine = ({ connectionId, serialNo }: Waiting): boolean =>
        connectionId === data.connectionId && serialNo === data.serialNo
      const found = this.#waiting.filter(mine)
      if (found.length === 0 || data.robotId === null || data.state !== 'applied') continue
      this.#keep(Number(data.robotId), found).catch((error: unknown) =>
        this.#log.error({ err: error }, 'a cached log-in could not be kept'),
      )
    }
  }

  async #keep(robotId: number, found: readonly Waiting[]): Promise<void> {
    const robot = await this.#store.read('robots.get', robotId)
    const own = found.findLast(({ robotSerialNo }) => robotSerialNo === null || robotSerialNo === robot?.serialNo)
    if (!robot || !own) return
    this.#waiting = this.#waiting.filter((one) => one !== own)
    await this.#vault.put(cachedLoginName(robotId), own.cachedLogin)
    this.#emit([{ event: 'robot.keptLogins', data: { robotId: String(robotId) } }])
  }
}
