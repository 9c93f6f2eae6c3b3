/** The ways in of all connections: chosen, kept open, told about. */
import type { Reach as ReachItem, ReachSettings, ReachState } from '#shared/contract/entries/reach.ts'
import { AppError } from '#shared/contract/errors.ts'
import { reachSecrets, type ReachSecret } from '#shared/contract/reach-secrets.ts'
import type { NewLeaving } from '../store/leavings.ts'
import { reachSecretPrefix, type ReachRecord } from '../store/reach.ts'
import { checkWay, type CheckResult } from './check.ts'
import { Keeper } from './keeper.ts'
import { Leavings } from './leavings.ts'
import { Nonces } from './nonces.ts'
import { placeOf } from './place.ts'
import type { ReachChoice, ReachOptions } from './reach-options.ts'
import type { WayTools } from './way.ts'
import { chosenUrl, wayLabels } from './way-words.ts'

const none = (connectionId: number): ReachRecord => ({
  connectionId,
  choice: 0,
  settings: { way: 'off' },
  publicUrl: null,
  hostKey: null,
  hostKeyOf: null,
})

export class Reach {
  readonly #options: ReachOptions
  readonly #records = new Map<number, ReachRecord>()
  readonly #kept = new Map<number, Set<ReachSecret>>()
  readonly #keepers = new Map<number, Keeper>()
  readonly #lastCallbacks = new Map<number, number>()
  /** Under what name a connection's way was told to be down. */
  readonly #told = new Map<number, string>()
  readonly #checks = new Map<number, Promise<CheckResult>>()
  readonly #begunAt = Date.now()
  /** Where the ways that are kept open have what is theirs. */
  readonly #places = new Map<number, string | null>()
  /** Relays that were left, and are not cleared yet. */
  readonly leavings: Leavings
  /** What the check is answered by; the listener serves it. */
  readonly nonces = new Nonces()
  #isStarted = false
  #doorWas: string | null = null
  /** One change after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: ReachOptions) {
    this.#options = options
    const { store, vault, notices, connections, log, pauses, makeWay } = options
    this.leavings = new Leavings({
      ...{ store, vault, notices, log, ...(pauses && { pauses }) },
      isPresent: (id) => connections.has(id),
      leave: async (record, { secret, ...leave }) => {
        const { connectionId, settings } = record
        await makeWay(settings, { ...this.#tools(connectionId), secret }, connectionId).leave?.(record, leave)
      },
      changed: (id) => {
        if (connections.has(id)) this.#tell(id, false)
      },
    })
  }

  /** Reads what was chosen; to be called before anybody asks for a callback URL. */
  async load(): Promise<void> {
    const { store } = this.#options
    for (const record of await store.read('reach.list')) this.#records.set(record.connectionId, record)
    for (const name of await store.read('secrets.names')) {
      const [first, id = '', secret = ''] = name.split('/')
      const kind = reachSecrets.find((known) => known === secret)
      if (first === 'reach' && kind) this.#keptOf(Number(id)).add(kind)
    }
    for (const { connectionId, lastAt } of await store.read('watch.marks'))
      this.#lastCallbacks.set(connectionId, lastAt)
  }

  /** Opens the ways; again after the listener came back, perhaps elsewhere. */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      const door = JSON.stringify(this.#options.door())
      // What leads to the listener's old port leads nowhere.
      if (this.#isStarted && door === this.#doorWas) return
      this.#isStarted = true
      this.#doorWas = door
      await this.#takeDown()
      for (const { id } of this.#options.connections.all()) this.#begin(id)
      await this.leavings.start()
    })
  }

  stop(): Promise<void> {
    this.#isStarted = false
    return this.#inTurn(() => this.#takeDown())
  }

  async #takeDown(): Promise<void> {
    const keepers = [...this.#keepers.values()]
    this.#keepers.clear()
    await Promise.all([this.leavings.stop(), ...keepers.map((keeper) => keeper.stop())])
  }

  /** What stands before `/callback/…` of a connection; null where nothing was chosen, or never was up. */
  publicUrlOf(connectionId: number): string | null {
    const { settings, publicUrl } = this.#recordOf(connectionId)
    if (settings.way === 'off') return null
    return this.#keepers.get(connectionId)?.state.publicUrl ?? chosenUrl(settings) ?? publicUrl
  }

  /** Where others reach what this machine's listener offers beside callbacks; a relay passes on nothing else. */
  listenerUrlOf(connectionId: number): string | null {
    return this.#recordOf(connectionId).settings.way === 'relay' ? null : this.publicUrlOf(connectionId)
  }

  list(): ReachItem[] {
    return this.#options.connections.all().map(({ id }) => this.item(id))
  }

  /** @throws AppError not-found */
  item(connectionId: number): ReachItem {
    this.#options.connections.get(connectionId)
    const record = this.#recordOf(connectionId)
    const { settings, hostKey, hostKeyOf } = record
    const publicUrl = this.publicUrlOf(connectionId)
    const off: ReachState = { state: 'off', since: this.#begunAt, publicUrl, failure: null, retryAt: null }
    const isTheirs = settings.way === 'ssh' && hostKeyOf === `${settings.host}:${settings.port}`
    return {
      ...(this.#keepers.get(connectionId)?.state ?? off),
      connectionId: String(connectionId),
      settings,
      kept: [...this.#keptOf(connectionId)],
      callbackUrl: this.#options.callbackUrl(connectionId),
      lastCallbackAt: this.#options.lastCallbackAt(connectionId) ?? this.#lastCallbacks.get(connectionId) ?? null,
      hostKey: isTheirs ? hostKey : null,
      leaving: this.leavings.items().filter((leaving) => leaving.connectionId === String(connectionId)),
    }
  }

  /** Chooses a way and opens it. @throws AppError not-found, vault-locked */
  save(connectionId: number, { settings, secrets }: ReachChoice): Promise<ReachItem> {
    return this.#inTurn(async () => {
      const { store, vault, connections } = this.#options
      connections.get(connectionId)
      const given = reachSecrets.flatMap((name) => {
        const secret = secrets[name]
        const inVault = `${reachSecretPrefix(connectionId)}${name}`
        if (secret === undefined) return []
        return [{ secret: name, name: inVault, sealed: secret === null ? null : vault.sealed(inVault, secret) }]
      })
      const leaving = await this.#leaving(connectionId, settings, connections.get(connectionId).merchantNo)
      const place = this.#placeOf(connectionId, settings)
      // Until this is written the way before it is what holds, whatever becomes of it meanwhile.
      const choice = {
        ...{ connectionId, settings, leaving },
        secrets: given.map(({ name, sealed }) => ({ name, sealed })),
        again: place === null ? null : this.leavings.at(connectionId, place),
      }
      const record = await this.#leavingWith(connectionId, leaving, () => store.write('reach.choose', choice))
      this.#records.set(connectionId, record)
      const kept = this.#keptOf(connectionId)
      for (const { secret, sealed } of given) {
        if (sealed) kept.add(secret)
        else kept.delete(secret)
      }
      await this.#restart(connectionId)
      await this.leavings.refresh()
      this.#tell(connectionId, true)
      return this.item(connectionId)
    })
  }

  /** Ends what is there of a way, and begins with what is chosen now. */
  async #restart(connectionId: number): Promise<void> {
    await this.#keepers.get(connectionId)?.stop()
    this.#keepers.delete(connectionId)
    this.#settle(connectionId, null)
    if (this.#isStarted && this.#options.connections.has(connectionId)) this.#begin(connectionId)
  }

  #placeOf(connectionId: number, settings: ReachSettings): string | null {
    return placeOf(settings, this.#options.connections.get(connectionId).merchantNo)
  }

  /** What is left where a connection has its way by `next` and under that merchant's number; null: nothing. */
  async #leaving(connectionId: number, next: ReachSettings, merchantNo: string): Promise<NewLeaving | null> {
    const { settings } = this.#recordOf(connectionId)
    if (settings.way !== 'relay' || this.#placeOf(connectionId, settings) === placeOf(next, merchantNo)) return null
    const present = this.#options.connections.get(connectionId).merchantNo
    return this.leavings.prepare(connectionId, settings, present)
  }

  /** Writes what leaves a relay. Its session ends first, so that it notes nothing more of the place. */
  async #leavingWith<Result>(id: number, leaving: NewLeaving | null, write: () => Promise<Result>): Promise<Result> {
    if (!leaving) return write()
    await this.#keepers.get(id)?.stop()
    try {
      return await write()
    } catch (error) {
      await this.#restart(id)
      throw error
    }
  }

  /**
   * Has a connection changed so that its relay may be left.
   *
   * @param merchantNo the merchant's number that it is to have; null: it is removed
   * @param write writes the change, and with it what is left, in one transaction
   */
  leaveFor<Result>(
    connectionId: number,
    merchantNo: string | null,
    write: (leaving: NewLeaving | null) => Promise<Result>,
  ): Promise<Result> {
    return this.#inTurn(async () => {
      const { settings } = this.#recordOf(connectionId)
      const next: ReachSettings = merchantNo === null ? { way: 'off' } : settings
      const leaving = await this.#leaving(connectionId, next, merchantNo ?? '')
      const change = (): Promise<Result> => this.#leavingWith(connectionId, leaving, () => write(leaving))
      return merchantNo === null ? this.leavings.removing(connectionId, change) : change()
    })
  }

  /** Tries again now. @throws AppError not-found, not-allowed-now */
  retry(connectionId: number): ReachItem {
    const item = this.item(connectionId)
    if (item.state !== 'failed') throw new AppError('not-allowed-now', { state: item.state })
    this.#keepers.get(connectionId)?.retry()
    return item
  }

  /** Sees whether it works, the whole way round; those who ask meanwhile share the answer. @throws AppError not-found */
  check(connectionId: number): Promise<CheckResult> {
    const { settings, state, publicUrl, callbackUrl } = this.item(connectionId)
    const present = this.#checks.get(connectionId)
    if (present) return present
    const { callbackSecret: secret } = this.#options.connections.get(connectionId)
    const { outside } = this.#options
    const source = { settings, isUp: state === 'up', publicUrl, callbackUrl, secret, outside }
    const check = checkWay(source, this.nonces).finally(() => this.#checks.delete(connectionId))
    this.#checks.set(connectionId, check)
    return check
  }

  /** Trusts the key that a server showed. @throws AppError not-found, not-allowed-now */
  acceptHostKey(connectionId: number, fingerprint: string): Promise<ReachItem> {
    return this.#inTurn(async () => {
      const { failure } = this.item(connectionId)
      const { settings } = this.#recordOf(connectionId)
      const isShown = failure?.code === 'reach-host-key' && failure.params['fingerprint'] === fingerprint
      if (!isShown || settings.way !== 'ssh') throw new AppError('not-allowed-now', { state: 'host-key' })
      await this.#pin(connectionId, `${settings.host}:${settings.port}`, fingerprint)
      this.#keepers.get(connectionId)?.retry()
      return this.item(connectionId)
    })
  }

  /** A connection is gone, or new, or another merchant's. */
  connectionsChanged(): void {
    void this.#inTurn(async () => {
      const { connections } = this.#options
      for (const id of [...this.#records.keys()].filter((known) => !connections.has(known))) {
        this.#records.delete(id)
        this.#kept.delete(id)
        await this.#restart(id)
      }
      for (const { id } of connections.all()) {
        const { settings } = this.#recordOf(id)
        if (this.#keepers.has(id) && this.#places.get(id) !== this.#placeOf(id, settings)) await this.#restart(id)
      }
      await this.leavings.refresh()
    })
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  #recordOf(connectionId: number): ReachRecord {
    return this.#records.get(connectionId) ?? none(connectionId)
  }

  #keptOf(connectionId: number): Set<ReachSecret> {
    const kept = this.#kept.get(connectionId) ?? new Set()
    this.#kept.set(connectionId, kept)
    return kept
  }

  async #pin(connectionId: number, server: string, fingerprint: string): Promise<void> {
    const pin = { connectionId, hostKey: fingerprint, hostKeyOf: server }
    await this.#options.store.write('reach.pinKey', pin)
    this.#records.set(connectionId, { ...this.#recordOf(connectionId), ...pin })
    this.#tell(connectionId, false)
  }

  #tools(connectionId: number): WayTools {
    const { vault, log } = this.#options
    return {
      door: () => {
        const door = this.#options.door()
        if (!door) throw new AppError('reach-lost', { problem: 'listener-down' })
        return door
      },
      secret: (name) => vault.get(`${reachSecretPrefix(connectionId)}${name}`),
      pinnedKey: (server) => {
        const { hostKey, hostKeyOf } = this.#recordOf(connectionId)
        return hostKeyOf === server ? hostKey : null
      },
      pin: (server, fingerprint) => this.#pin(connectionId, server, fingerprint),
      log,
    }
  }

  #begin(connectionId: number): void {
    const { settings, publicUrl } = this.#recordOf(connectionId)
    if (settings.way === 'off') return
    const { pauses, log } = this.#options
    const keeper = new Keeper({
      way: this.#options.makeWay(settings, this.#tools(connectionId), connectionId),
      publicUrl: chosenUrl(settings) ?? publicUrl,
      changed: (state, tries) => this.#stateChanged(connectionId, state, tries),
      log,
      ...(pauses && { pauses }),
    })
    this.#keepers.set(connectionId, keeper)
    this.#places.set(connectionId, this.#placeOf(connectionId, settings))
    keeper.start()
  }

  #stateChanged(connectionId: number, state: ReachState, tries: number): void {
    const record = this.#records.get(connectionId)
    // What is removed is told of no more.
    if (!record || !this.#options.connections.has(connectionId)) return
    this.#settle(connectionId, state, tries)
    const { publicUrl } = state
    const moved = state.state === 'up' && publicUrl !== record.publicUrl
    if (moved) {
      const { choice } = record
      this.#records.set(connectionId, { ...record, publicUrl })
      this.#options.store.write('reach.noteUp', { connectionId, choice, publicUrl }).catch((error: unknown) => {
        this.#options.log.error({ err: error }, 'a public address could not be kept')
      })
    }
    this.#tell(connectionId, moved)
  }

  /** Tells the operator and the watch of a way that is down, and takes it back. @param state null: none is wanted */
  #settle(connectionId: number, state: ReachState | null, tries = 0): void {
    const { notices, ways, connections } = this.#options
    const notice = `reach ${connectionId}`
    if (!state || state.state === 'up') {
      const told = this.#told.get(connectionId)
      this.#told.delete(connectionId)
      if (told !== undefined) ways.up(told)
      notices.clear(notice)
      return
    }
    const { name } = connections.get(connectionId)
    if (state.state === 'failed' && !this.#told.has(connectionId)) {
      // Alarms go through other people's machines: no name is in them.
      const label = `${wayLabels[this.#recordOf(connectionId).settings.way]} #${connectionId}`
      this.#told.set(connectionId, label)
      ways.down(label)
    }
    // One break of a moment is nobody's concern.
    if (state.state === 'failed' && (tries > 1 || state.retryAt === null)) {
      notices.raise(notice, { code: 'reach-down', params: { connection: name } })
    }
  }

  #tell(connectionId: number, moved: boolean): void {
    this.#options.changed(this.item(connectionId), moved)
  }
}
