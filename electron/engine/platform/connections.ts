/** The connections that are in use, with their keys parsed once. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { AppError } from '#shared/contract/errors.ts'
import { keyName } from '../store/connection-doors.ts'
import type { ConnectionRecord } from '../store/connections.ts'
import type { Store } from '../store/store.ts'
import type { Vault } from '../vault/vault.ts'

export class Connections {
  readonly #store: Store
  readonly #vault: Vault
  #records = new Map<number, ConnectionRecord>()
  readonly #keys = new Map<number, KeyObject>()
  /** Connections of robots that were asked for: a robot keeps its own as long as both are there. */
  readonly #ofRobots = new Map<number, Promise<number | null>>()

  constructor(store: Store, vault: Vault) {
    this.#store = store
    this.#vault = vault
  }

  /** Reads all afresh; to be called after every change. */
  async load(): Promise<void> {
    const records = await this.#store.read('connections.list')
    this.#records = new Map(records.map((record) => [record.id, record]))
    this.#keys.clear()
    this.#ofRobots.clear()
  }

  all(): ConnectionRecord[] {
    return [...this.#records.values()]
  }

  has(id: number): boolean {
    return this.#records.has(id)
  }

  /** @throws AppError not-found */
  get(id: number): ConnectionRecord {
    const record = this.#records.get(id)
    if (!record) throw new AppError('not-found', { what: 'connection' })
    return record
  }

  /**
   * The connection of a robot; null where there is no such robot, as far as is known: one that is gone is found missing
   * when it is written for.
   */
  async ofRobot(robotId: number): Promise<ConnectionRecord | null> {
    // Whoever asks while it is found out waits for the same answer: what was asked first goes on first.
    let found = this.#ofRobots.get(robotId)
    if (!found) {
      found = this.#store.read('robots.connection', robotId)
      this.#ofRobots.set(robotId, found)
    }
    const id = await found.catch(() => null)
    if (id !== null) return this.get(id)
    if (this.#ofRobots.get(robotId) === found) this.#ofRobots.delete(robotId)
    // What kept it from being found out is the caller's to know.
    await found
    return null
  }

  /** The private key, for signing only. @throws AppError vault-locked */
  async key(id: number): Promise<KeyObject> {
    const known = this.#keys.get(id)
    if (known) return known
    const { name, publicKeyFingerprint } = this.get(id)
    const key = await this.#stored(name, publicKeyFingerprint)
    this.#keys.set(id, key)
    return key
  }

  /** The private key that is to follow. @throws AppError not-allowed-now when there is none; vault-locked */
  async nextKey(id: number): Promise<KeyObject> {
    const { name, nextKey } = this.get(id)
    if (!nextKey) throw new AppError('not-allowed-now', { state: 'no-next-key' })
    return this.#stored(name, nextKey.publicKeyFingerprint)
  }

  async #stored(name: string, fingerprint: string): Promise<KeyObject> {
    const pem = await this.#vault.get(keyName(fingerprint))
    if (pem === null) throw new AppError('vault-locked', { problem: 'key-missing', name })
    // As it was written: a rule that came later refuses new keys, not those in use.
    return createPrivateKey(pem)
  }
}
