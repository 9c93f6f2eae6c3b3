/** The watch with its webhook, put together for the engine. */
import type { ContractEvent } from '#shared/contract/events.ts'
import type { Connections } from '../platform/connections.ts'
import type { Store } from '../store/store.ts'
import type { Clock, EngineOptions } from '../types.ts'
import type { Vault } from '../vault/vault.ts'
import { freeBytesOf, Watch } from './watch.ts'
import { Ways } from './ways.ts'
import { Webhook } from './webhook.ts'

/** Under which name the vault keeps what deliveries are signed with. */
export const webhookSecret = 'watch/webhook'

interface HouseOptions extends Pick<EngineOptions, 'dataDir' | 'log' | 'freeBytes'> {
  readonly store: Store
  readonly vault: Vault
  readonly connections: Connections
  readonly clock: Clock
  emit(events: ContractEvent[]): void
}

export class WatchHouse {
  readonly ways = new Ways()
  readonly watch: Watch
  readonly webhook: Webhook
  readonly #options: HouseOptions

  constructor(options: HouseOptions) {
    this.#options = options
    const { store, dataDir, log, clock, connections, freeBytes = freeBytesOf } = options
    this.webhook = new Webhook({
      store,
      target: () => this.target(),
      attempted: (data) => options.emit([{ event: 'watch.delivered', data }]),
      log,
    })
    this.watch = new Watch({
      store,
      dataDir,
      ways: this.ways,
      clock,
      freeBytes,
      timeZoneOf: (id) => connections.all().find((connection) => connection.id === id)?.timeZone ?? 'UTC',
      emit: (events) => options.emit(events),
      posted: () => this.webhook.wake(),
      log,
    })
  }

  /** Where alarms are posted to. */
  async target(): Promise<{ url: string; secret: string } | null> {
    const { url } = this.watch.settings
    const secret = url === null ? null : await this.#options.vault.get(webhookSecret)
    return url === null || secret === null ? null : { url, secret }
  }

  async start(): Promise<void> {
    await this.watch.start()
    this.webhook.wake()
  }

  /** A robot may have changed its state. */
  heed(events: readonly ContractEvent[]): void {
    if (events.some(({ event }) => event === 'robot.changed' || event === 'robot.removed')) this.watch.soon()
  }

  async stop(): Promise<void> {
    await Promise.all([this.watch.stop(), this.webhook.stop()])
  }
}
