/** The ways in of all connections: chosen, kept open, told about. */
import type { Reach as ReachItem, ReachSettings, ReachState } from '#shared/contract/entries/reach.ts'
import { AppError } from '#shared/contract/errors.ts'
import { reachSecrets, type ReachSecret } from '#shared/contract/reach-secrets.ts'
import type { Door } from '../callbacks/entrance.ts'
import type { Notices } from '../notices.ts'
import type { Connections } from '../platform/connections.ts'
import { reachSecretPrefix, type ReachRecord } from '../store/reach.ts'
import type { Store } from '../store/store.ts'
import type { Logger } from '../types.ts'
import type { Vault } from '../vault/vault.ts'
import type { Ways } from '../watch/ways.ts'
import { checkWay, type CheckResult } from './check.ts'
import { Keeper, type Pauses } from './keeper.ts'
import { Nonces } from './nonces.ts'
import type { AskOutside } from './outside.ts'
import type { MakeWay, WayTools } from './way.ts'

/** What a caller gives to choose a way. */
export interface ReachChoice {
  readonly settings: ReachSettings
  /** Text is kept, null forgets, what is left out stays. */
  readonly secrets: Partial<Record<ReachSecret, string | null | undefined>>
}

export interface ReachOptions {
  readonly store: Store
  readonly vault: Vault
  readonly connections: Connections
  readonly notices: Notices
  readonly ways: Pick<Ways, 'up' | 'down'>
  /** Where the listener takes requests in the clear; null while it does not listen. */
  door(): Door | null
  /** A connection's callback URL as it is now. */
  callbackUrl(connectionId: number): string
  /** When a connection's last callback came since the start. */
  lastCallbackAt(connectionId: number): number | undefined
  /** The way of a connection changed, and perhaps (`moved`) its callback URL. */
  changed(item: ReachItem, moved: boolean): void
  readonly log: Logger
  readonly makeWay: MakeWay
  /** Has somebody outside look at a public address of ours. */
  readonly outside: AskOutside
  readonly pauses?: Pauses
}

/** What is told of in alarms: a name that stays the same while the way is down. */
const labels: Record<ReachSettings['way'], string> = {
  off: '',
  direct: 'HTTP',
  ssh: 'SSH',
  ngrok: 'ngrok',
  command: 'command',
  relay: 'relay',
}

/** The address that the settings themselves name. */
function chosenUrl(settings: ReachSettings): string | null {
  if (settings.way === 'direct' || settings.way === 'command' || settings.way === 'relay') return settings.publicUrl
  if (settings.way === 'ssh' && !settings.publicUrl.includes('{port}')) return settings.publicUrl
  return settings.way === 'ngrok' && settings.domain !== null ? `https://${settings.domain}` : null
}

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
  /** What the check is answered by; the listener serves it. */
  readonly nonces = new Nonces()
  #isStarted = false
  #doorWas: string | null = null
  /** One change after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: ReachOptions) {
    this.#options = options
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
    })
  }

  stop(): Promise<void> {
    this.#isStarted = false
    return this.#inTurn(() => this.#takeDown())
  }

  async #takeDown(): Promise<void> {
    const keepers = [...this.#keepers.values()]
    this.#keepers.clear()
    await Promise.all(keepers.map((keeper) => keeper.stop()))
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
      const isSameWay = this.#recordOf(connectionId).settings.way === settings.way
      // Until this is written the way before it is what holds, whatever becomes of it meanwhile.
      const record = await store.write('reach.choose', {
        ...{ connectionId, settings },
        secrets: given.map(({ name, sealed }) => ({ name, sealed })),
      })
      this.#records.set(connectionId, record)
      const kept = this.#keptOf(connectionId)
      for (const { secret, sealed } of given) {
        if (sealed) kept.add(secret)
        else kept.delete(secret)
      }
      if (!isSameWay) await this.#forget(connectionId)
      await this.#keepers.get(connectionId)?.stop()
      this.#keepers.delete(connectionId)
      this.#settle(connectionId, null)
      if (this.#isStarted) this.#begin(connectionId)
      this.#tell(connectionId, true)
      return this.item(connectionId)
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

  /** A connection is gone, or there is a new one. */
  connectionsChanged(): void {
    const present = new Set(this.#options.connections.all().map(({ id }) => id))
    for (const id of [...this.#records.keys()].filter((known) => !present.has(known))) {
      this.#records.delete(id)
      this.#kept.delete(id)
      this.#settle(id, null)
      const keeper = this.#keepers.get(id)
      void this.#forget(id).then(() => keeper?.stop())
      this.#keepers.delete(id)
    }
  }

  /** Takes back what others were told of a way that is no longer wanted, where they can be told now. */
  async #forget(connectionId: number): Promise<void> {
    try {
      await this.#keepers.get(connectionId)?.open?.forget?.()
    } catch (error) {
      this.#options.log.warn({ err: error, connectionId }, 'a way that is no longer wanted could not be taken back')
    }
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
    keeper.start()
  }

  #stateChanged(connectionId: number, state: ReachState, tries: number): void {
    const record = this.#records.get(connectionId)
    // The first state comes while it is being put in its place.
    if (!record) return
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
      const label = `${labels[this.#recordOf(connectionId).settings.way]} #${connectionId}`
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
