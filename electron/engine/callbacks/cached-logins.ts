/**
 * Cached log-ins (`cache_info` of 1001) on their way into the vault. The record keeps a body without them, so they are
 * taken out of what arrives, and sealed before it is kept: whatever is acknowledged outlasts an end of the process. They
 * become the robot's once the callback was applied to it; what is quarantined leaves nothing.
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { ContractEvent, EventData } from '#shared/contract/events.ts'
import type { ArrivedCallback } from '../store/arrived.ts'
import { mayHaveCachedLogin } from '../store/cached-login.ts'
import type { Store } from '../store/store.ts'
import type { Logger } from '../types.ts'
import { arrivedLoginPrefix, cachedLoginName } from '../vault/names.ts'
import type { Vault } from '../vault/vault.ts'
import { dataObject, readCallback } from './read.ts'

/** Most that wait to be applied; of more than these the oldest are dropped. */
const waitingLimit = 100

const arrivedLogin = z.object({
  connectionId: z.string(),
  robotSerialNo: z.string().nullable(),
  serialNo: z.string().nullable(),
  cachedLogin: z.string(),
})

interface Waiting extends z.infer<typeof arrivedLogin> {
  /** The vault's name for it meanwhile. */
  readonly name: string
}

export class CachedLogins {
  readonly #store: Pick<Store, 'read' | 'write'>
  readonly #vault: Pick<Vault, 'get' | 'put'>
  readonly #log: Logger
  readonly #emit: (events: ContractEvent[]) => void
  #waiting: Waiting[] = []

  constructor(
    store: Pick<Store, 'read' | 'write'>,
    vault: Pick<Vault, 'get' | 'put'>,
    log: Logger,
    emit: (events: ContractEvent[]) => void,
  ) {
    this.#store = store
    this.#vault = vault
    this.#log = log
    this.#emit = emit
  }

  /** Goes on with those that the process before this one had not given to their robots. */
  static async open(...parts: ConstructorParameters<typeof CachedLogins>): Promise<CachedLogins> {
    const logins = new CachedLogins(...parts)
    await logins.#recall()
    return logins
  }

  async #recall(): Promise<void> {
    const names = await this.#store.read('secrets.names')
    for (const name of names.filter((one) => one.startsWith(arrivedLoginPrefix))) {
      try {
        const waiting = { name, ...arrivedLogin.parse(JSON.parse((await this.#vault.get(name)) ?? 'null')) }
        const { connectionId, serialNo } = waiting
        const input = { connectionId: Number(connectionId), serialNo }
        const outcome = await this.#store.read('callbacks.loginOutcome', input)
        if (outcome === 'pending') this.#waiting.push(waiting)
        else if (outcome !== null && (await this.#isNewest(waiting, outcome.robotId))) {
          await this.#keep(outcome.robotId, [waiting])
        } else await this.#drop([waiting])
      } catch (error) {
        this.#log.warn({ err: error }, 'a cached log-in of an earlier run could not be read')
      }
    }
  }

  async #isNewest({ name }: Waiting, robotId: number): Promise<boolean> {
    const [its, kept] = await Promise.all(
      [name, cachedLoginName(robotId)].map((one) => this.#store.read('secrets.keptAt', one)),
    )
    return (kept ?? 0) <= (its ?? 0)
  }

  /**
   * Looks through bodies that are about to be kept, and seals what they carry.
   *
   * @throws AppError disk-full, storage-failed: then they must not be acknowledged
   */
  async note(arrived: readonly ArrivedCallback[]): Promise<void> {
    const found = arrived.flatMap((one) => {
      try {
        return this.#foundIn(one) ?? []
      } catch (error) {
        // A body that cannot be looked through keeps nobody from being kept.
        this.#log.warn({ err: error }, 'a callback could not be looked through for a cached log-in')
        return []
      }
    })
    if (found.length === 0) return
    // There before the callback can be applied, which is told while this still waits for the disk.
    this.#waiting.push(...found)
    await Promise.all(found.map(({ name, ...login }) => this.#vault.put(name, JSON.stringify(login))))
    if (this.#waiting.length > waitingLimit) await this.#drop(this.#waiting.slice(0, -waitingLimit))
  }

  async #drop(all: readonly Waiting[]): Promise<void> {
    this.#waiting = this.#waiting.filter((one) => !all.includes(one))
    for (const { name } of all) await this.#store.write('secrets.delete', name)
  }

  #foundIn({ connectionId, raw }: ArrivedCallback): Waiting | null {
    const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
    if (!mayHaveCachedLogin(bytes)) return null
    // Its time is not looked at, so neither is its zone.
    const read = readCallback(connectionId, bytes.toString('utf8'), 'UTC')
    const value = read?.type === 1001 ? dataObject(read.data).get('cache_info') : undefined
    if (!read || value === undefined || value === '') return null
    const { robotSerialNo, serialNo } = read
    const cachedLogin = typeof value === 'string' ? value : JSON.stringify(value)
    const name = `${arrivedLoginPrefix}${randomUUID()}`
    return { name, connectionId: String(connectionId), robotSerialNo, serialNo, cachedLogin }
  }

  /** Seals what the platform gave with a log-in that was applied. */
  heed(events: readonly ContractEvent[]): void {
    if (this.#waiting.length === 0) return
    for (const { event, data } of events) {
      if (event !== 'callback.changed' || data.type !== '1001' || data.state === 'pending') continue
      const mine = ({ connectionId, serialNo }: Waiting): boolean =>
        connectionId === data.connectionId && serialNo === data.serialNo
      const found = this.#waiting.filter(mine)
      if (found.length === 0) continue
      this.#settle(data, found).catch((error: unknown) =>
        this.#log.error({ err: error }, 'a cached log-in could not be kept'),
      )
    }
  }

  async #settle({ state, robotId }: EventData<'callback.changed'>, found: readonly Waiting[]): Promise<void> {
    if (state === 'applied' && robotId !== null) await this.#keep(Number(robotId), found)
    // It came after the one that it repeats. Of several others the news do not say whose it was.
    else if (state === 'repeat' || found.length === 1) await this.#drop(found.slice(-1))
  }

  async #keep(robotId: number, found: readonly Waiting[]): Promise<void> {
    const robot = await this.#store.read('robots.get', robotId)
    const own = found.filter(({ robotSerialNo }) => robotSerialNo === null || robotSerialNo === robot?.serialNo)
    const last = own.at(-1)
    if (!robot || !last) return
    await this.#vault.put(cachedLoginName(robotId), last.cachedLogin)
    await this.#drop(own)
    this.#emit([{ event: 'robot.keptLogins', data: { robotId: String(robotId) } }])
  }
}
