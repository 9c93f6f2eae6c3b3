/** Whatever lets callbacks in, put together for the engine: the listener, who may come, and the ways that lead to it. */
import type { ContractEvent } from '#shared/contract/events.ts'
import type { Settings, SystemInfo } from '#shared/contract/entries/system.ts'
import { Doors } from '../callbacks/doors.ts'
import { secretHash } from '../callbacks/incoming.ts'
import { CallbackListener } from '../callbacks/listener.ts'
import { Listening, rememberedPort } from '../callbacks/listening.ts'
import { connectionItem } from '../handlers/connections.ts'
import type { EngineContext } from '../handlers/context.ts'
import type { Notices } from '../notices.ts'
import type { Connections } from '../platform/connections.ts'
import type { ArrivedCallback } from '../store/arrived.ts'
import type { Store } from '../store/store.ts'
import type { EngineOptions } from '../types.ts'
import type { Vault } from '../vault/vault.ts'
import type { Ways } from '../watch/ways.ts'
import { makeWays } from './make-way.ts'
import { Reach } from './reach.ts'
import { RelayHouse } from './relay/house.ts'

export interface InletOptions {
  readonly options: EngineOptions
  /** The port before a new start on other data. */
  readonly keptPort: number | null
  readonly store: Store
  readonly vault: Vault
  readonly connections: Connections
  readonly notices: Notices
  readonly ways: Ways
  settings(): Settings
  /** Keeps bodies durably. @returns how many should be kept together next */
  keep(arrived: ArrivedCallback[]): Promise<unknown>
  trouble(error: Error | null): void
  /** Known by the time that anything is let in. */
  context(): EngineContext
  emit(events: ContractEvent[]): void
  systemChanged(): void
}

export class Inlet {
  readonly listener: CallbackListener
  readonly reach: Reach
  readonly relay: RelayHouse
  readonly #doors: Doors
  readonly #listening: Listening
  readonly #connections: Connections

  private constructor(given: InletOptions, remembered: number | null) {
    const { options, store, vault, connections, notices, ways, keptPort, emit } = given
    const { log } = options
    const keep = (arrived: ArrivedCallback[]): Promise<unknown> => given.keep(arrived)
    const listener = new CallbackListener({
      port: keptPort ?? options.callbackPort ?? remembered ?? 0,
      keep,
      health: (error) => given.trouble(error),
      log,
    })
    const told = (id: number): ContractEvent => ({
      event: 'connection.changed',
      data: connectionItem(connections.get(id), given.context()),
    })
    this.#doors = new Doors(async (counts) => {
      await store.write('connections.noteDoors', counts)
      await given.context().connectionsChanged()
      const present = new Set(connections.all().map(({ id }) => id))
      emit(counts.filter(({ id }) => present.has(id)).map(({ id }) => told(id)))
    })
    this.relay = new RelayHouse({
      ...{ store, connections, notices, doors: this.#doors, keep, emit, log },
      arrived: (bodies) => listener.noteElsewhere(bodies),
      trouble: (error) => given.trouble(error),
      probe: (nonce, door) => this.reach.nonces.proof(nonce, (secret) => secretHash(secret) === door),
    })
    this.reach = new Reach({
      makeWay: makeWays(this.relay),
      outside: (asked) => this.relay.look(asked),
      ...{ store, vault, connections, notices, ways, log },
      door: () => listener.entrance.door,
      callbackUrl: (id) => given.context().callbackUrl(connections.get(id).callbackSecret, id),
      lastCallbackAt: (id) => listener.counts.lastAt.get(id),
      changed: (data, moved) => {
        emit([{ event: 'reach.changed', data }])
        if (!moved) return
        const record = connections.get(Number(data.connectionId))
        emit([told(record.id)])
        if (record.sandbox) void this.#tellSandbox(given, record.publicKeyPem)
      },
    })
    // Behind the same path as callbacks, since a proxy may pass on no other.
    listener.serve('/callback/', (_request, response, rest) => this.reach.nonces.answer(response, rest))
    this.#listening = new Listening({
      ...{ listener, store, options, keptPort, remembered, notices, ways, log },
      settings: () => given.settings().listener,
      ready: async () => {
        this.recipientsChanged()
        given.systemChanged()
        await this.reach.start()
      },
      ending: () => this.reach.stop(),
    })
    this.listener = listener
    this.#connections = connections
  }

  static async make(given: InletOptions): Promise<Inlet> {
    const inlet = new Inlet(given, await rememberedPort(given.store))
    await inlet.reach.load()
    return inlet
  }

  /** The built-in sandbox calls where its connection is reached, as the platform would. */
  async #tellSandbox({ context, options }: InletOptions, publicKeyPem: string): Promise<void> {
    try {
      await context().sandbox.tell(publicKeyPem)
    } catch (error) {
      options.log.warn({ err: error }, 'the sandbox was not told of its callback URL')
    }
  }

  /** What the command line says of where it listens. */
  get fixed(): SystemInfo['listener']['fixed'] {
    return this.#listening.fixed
  }

  /** A callback URL. @param connectionId whose way leads there; null: the address on this machine */
  callbackUrl(secret: string, connectionId: number | null): string {
    const outside = connectionId === null ? null : this.reach.publicUrlOf(connectionId)
    return `${outside ?? this.listener.baseUrl ?? ''}/callback/${secret}`
  }

  #admit(): void {
    this.listener.setRecipients(this.#doors.recipients(this.#connections.all()))
  }

  /** Connections, or their secrets, changed. */
  recipientsChanged(): void {
    this.#admit()
    this.reach.connectionsChanged()
    this.relay.connectionsChanged()
  }

  /** @throws AppError tls-unusable, port-in-use, listener-failed: it could not listen there */
  check(settings: Settings['listener']): Promise<void> {
    return this.#listening.check(settings)
  }

  settingsChanged(): Promise<void> {
    return this.#listening.settingsChanged()
  }

  /** @throws AppError port-in-use, listener-failed, tls-unusable */
  start(): Promise<void> {
    // Whoever calls as soon as it listens is known.
    this.#admit()
    return this.#listening.start()
  }

  /** Lets nothing more in; what is under way is answered. The ways go first, then the listener. */
  async stop(): Promise<void> {
    await this.#listening.stop()
    await this.relay.settled()
    await this.#doors.flush()
  }
}
