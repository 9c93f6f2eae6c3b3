/** Composes the engine: store, vault, listener, outbox, sandbox, and the contract in front of them. */
import { randomUUID } from 'node:crypto'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { contractVersion, type Answer } from '#shared/contract/index.ts'
import { AppError, describeFailure } from '#shared/contract/errors.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import { settingsSchema, type Notice, type Settings, type SystemInfo } from '#shared/contract/entries/system.ts'
import { keepCopies } from './backup/copies.ts'
import { answerInRescue } from './backup/rescue.ts'
import { CachedLogins } from './callbacks/cached-logins.ts'
import { heedDamage } from './damage.ts'
import { prepareDataDir } from './data-folder.ts'
import type { EngineContext } from './handlers/context.ts'
import { answer } from './handlers/index.ts'
import { openLock } from './lock/open-lock.ts'
import { Notices } from './notices.ts'
import { clockHeeder, machineClock } from './outbox/clock.ts'
import { openPump } from './outbox/open-pump.ts'
import { becomeQuiet } from './outbox/quiet.ts'
import { PictureHouse } from './pictures/house.ts'
import { offerPrefix } from './pictures/offer.ts'
import { publicBase } from './pictures/public-base.ts'
import { Connections } from './platform/connections.ts'
import { Transport } from './platform/transport.ts'
import { Inlet } from './reach/inlet.ts'
import { makeReport, type ReportFile } from './report.ts'
import { RobotWatch } from './robot-watch.ts'
import type { Running } from './running.ts'
import { SandboxLink } from './sandbox-link.ts'
import { Standing } from './standing/standing.ts'
import { Tally } from './standing/tally.ts'
import { lanes, type Wake } from './store/lanes.ts'
import { openStore, type Store } from './store/store.ts'
import { makeTimers } from './timers.ts'
import type { Caller, Engine, EngineOptions, Health, Measures, Media } from './types.ts'
import { VaultGuard } from './vault/vault-guard.ts'
import type { KeyProtector } from './vault/protector.ts'
import { openVault } from './vault/vault.ts'
import { WatchHouse } from './watch/house.ts'

/** How long a stop waits for answers that are on their way, in milliseconds. */
const stopPatienceMs = 3000

class SwitchboardEngine implements Engine {
  #id = randomUUID()
  readonly #options: EngineOptions
  #protector: KeyProtector
  readonly #listeners = new Set<(events: readonly ContractEvent[]) => void>()
  readonly #notices: Notices
  readonly #startedAt = Date.now()
  #settings: Settings = settingsSchema.parse({})
  #running: Running | null = null
  #stopping: Promise<void> | null = null
  /** New starts go one after another: damage and an operator may each ask for one. */
  #restarts: Promise<void> = Promise.resolve()
  /** The port before a new start on other data: the platform goes on calling it. */
  #keptPort: number | null = null
  /** Why the data cannot be used, where it cannot. */
  #rescue: Notice | null = null
  readonly #heedDamage: ReturnType<typeof heedDamage>
  readonly #standing: Standing

  constructor(options: EngineOptions) {
    this.#options = options
    this.#protector = options.protector
    this.#notices = new Notices(() => this.#systemChanged(), options.log)
    this.#standing = new Standing({
      dataDir: options.dataDir,
      notices: this.#notices,
      running: () => this.#running,
      rescue: () => this.#rescue,
      isStopping: () => this.#stopping !== null,
    })
    this.#heedDamage = heedDamage(this.#notices, () => this.#running?.store, this.#restartSoon)
  }

  get id(): string {
    return this.#id
  }

  get callbackBaseUrl(): string | null {
    return this.#running?.listener.baseUrl ?? null
  }

  async start(): Promise<void> {
    try {
      await this.#open()
    } catch (error) {
      // The screens have to come up for this one: they offer the ways back.
      if (!(error instanceof AppError) || error.code !== 'data-damaged') throw error
      this.#needRescue(error)
    }
  }

  async #open(): Promise<void> {
    const { dataDir, storeThread, log } = this.#options
    prepareDataDir(dataDir)
    // Until everything stands, what the store tells is held back.
    let hear: ((events: ContractEvent[]) => void) | null = null
    let wake: ((robots: Wake) => void) | null = null
    const store = await openStore(storeThread, dataDir, log, {
      changed: (events) => hear?.(events),
      wake: (robots) => wake?.(robots),
      trouble: (error) => this.#storeTrouble(error),
      damaged: (error) => this.#heedDamage(error),
      backupProgress: (progress) => this.#emit([{ event: 'backups.changed', data: { progress } }]),
    })
    try {
      const running = await this.#compose(store, await openVault(dataDir, this.#protector))
      hear = (events) => this.#storeChanged(events)
      wake = (robots) => {
        for (const lane of lanes) for (const robotId of robots[lane]) this.#running?.pump.wake(robotId, lane)
      }
      // A stop that came meanwhile found nothing to end.
      if (this.#stopping) return await store.close()
      await this.#begin(running)
    } catch (error) {
      await this.#running?.inlet.stop().catch(() => undefined)
      this.#running = null
      await store.close()
      throw error
    }
  }

  #needRescue({ code, params = {}, failure }: AppError): void {
    this.#options.log.error({ code, params }, describeFailure(failure, 'en').message)
    this.#rescue = { code, params, since: Date.now() }
  }

  /** Starts anew on the data as it will then be. Whatever keeps it from that is shown, with the ways back. */
  async #restart(): Promise<void> {
    // Whoever asked for it has the answer first.
    await setImmediate()
    if (this.#stopping) return
    const { listener, context } = this.#running ?? {}
    this.#keptPort = listener?.port ?? this.#keptPort
    this.#protector = context?.vault.protector ?? this.#protector
    await this.#halt()
    if (this.#stopping) return
    this.#rescue = null
    this.#notices.clear('damage')
    this.#id = randomUUID()
    try {
      await this.#open()
    } catch (error) {
      this.#needRescue(error instanceof AppError ? error : new AppError('internal'))
    }
    // Where there is a lock, every seat is closed now.
    for (const event of ['system.restarted', 'lock.changed'] as const) this.#emit([{ event, data: {} }])
  }

  readonly #restartSoon = (): Promise<void> => {
    this.#restarts = this.#restarts
      .then(() => this.#restart())
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'the engine did not start anew'))
    return this.#restarts
  }

  async #compose(store: Store, vaultFor: Awaited<ReturnType<typeof openVault>>): Promise<Running> {
    const { log, dataDir } = this.#options
    const vault = vaultFor(store)
    const connections = new Connections(store, vault)
    await connections.load()
    this.#settings = await store.read('settings.get')
    const transport = new Transport(this.#options.proxyFor)
    const clock = this.#options.clock ?? machineClock
    const heedClock = clockHeeder(clock, (jump) => store.write('outbox.moveTimes', jump), log)
    const timers = makeTimers(store, heedClock, log)
    const cachedLogins = new CachedLogins(store, vault, log, (events) => this.#emit(events))
    const emit = (events: ContractEvent[]): void => this.#emit(events)
    const settings = (): Settings => this.#settings
    const lock = await openLock({
      store,
      remove: this.#options.removeLock ?? false,
      minutes: () => this.#settings.lockAfterMinutes,
      changed: () => emit([{ event: 'lock.changed', data: {} }]),
    })
    const house = new WatchHouse({ ...this.#options, store, vault, connections, clock, emit })
    const inlet = await Inlet.make({
      ...{ options: this.#options, keptPort: this.#keptPort, store, vault, connections, notices: this.#notices },
      ...{ ways: house.ways, settings, emit },
      keep: async (arrived) => {
        cachedLogins.note(arrived)
        return await store.keep(arrived)
      },
      trouble: (error) => this.#storeTrouble(error),
      context: () => context,
      systemChanged: () => this.#systemChanged(),
    })
    const { listener } = inlet
    const pictures = new PictureHouse({
      ...{ dataDir, store, vault, connections, clock, log, settings },
      publicBase: (id) => publicBase(connections.all(), id, inlet.reach.listenerUrlOf(id), listener.baseUrl),
    })
    listener.serve(offerPrefix, pictures.offer.route)
    const { backups, archives, freeBytes } = keepCopies({
      ...{ options: this.#options, store, vault, notices: this.#notices, emit, settings, damaged: this.#heedDamage },
    })
    const context: EngineContext = {
      store,
      backups,
      archives,
      pictures,
      freeBytes,
      dataDir,
      restart: () => void this.#restartSoon(),
      vault,
      vaultGuard: new VaultGuard(this.#options, vault),
      watch: house,
      lock,
      connections,
      transport,
      passwords: new Map(),
      connectionsChanged: async () => {
        await connections.load()
        inlet.recipientsChanged()
      },
      callbackUrl: (secret, connectionId) => inlet.callbackUrl(secret, connectionId),
      reach: inlet.reach,
      relay: inlet.relay,
      checkListener: (wanted) => inlet.check(wanted),
      emit,
      info: () => this.#info(),
      report: (settings) => this.#report(settings),
      settingsChanged: async (settings) => {
        this.#settings = settings
        pictures.tidy()
        await inlet.settingsChanged()
        // At another pace something may go now.
        for (const robotId of await store.read('robots.withQueue')) pump.wakeAll(robotId)
      },
      followUpsChanged: () => timers.followUps.arm(),
      scheduledChanged: () => timers.scheduled.arm(),
      sandbox: {
        start: () => sandbox.start(),
        stop: () => sandbox.stopForGood(),
        tell: (publicKeyPem) => sandbox.tell(publicKeyPem),
      },
    }
    const sandbox = new SandboxLink(this.#options, context, () => this.#systemChanged())
    const pump = openPump({ store, context, timers, notices: this.#notices, clock, heedClock, settings, log })
    const robots = new RobotWatch(this.#notices, () => timers.relogins.arm())
    const parts = { store, context, connections, transport, listener, inlet, pump, backups, timers }
    return { ...parts, robots, cachedLogins, sandbox, pictures, tally: new Tally() }
  }

  async #begin(running: Running): Promise<void> {
    const { store, pump, timers, robots, sandbox } = running
    this.#running = running
    await running.pictures.start()
    // First what was being sent is put in doubt: callbacks that waited for its answer are then read again, before new ones.
    const waiting = await store.write('outbox.recover')
    await store.write('callbacks.resume')
    await running.inlet.start()
    if (this.#stopping) return
    for (const robotId of waiting) pump.wakeAll(robotId)
    for (const timer of Object.values(timers)) timer.arm()
    for (const robot of await store.read('robots.list', undefined)) robots.changed(robot)
    running.backups.start()
    await running.context.watch.start()
    sandbox.resume().catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'the sandbox did not start')
      if (error instanceof AppError) this.#notices.raise('sandbox', error.failure)
    })
  }

  #storeChanged(events: ContractEvent[]): void {
    this.#emit(events)
    const running = this.#running
    if (!running) return
    running.context.watch.heed(events)
    running.tally.heed(events)
    running.cachedLogins.heed(events)
    for (const event of events) {
      if (event.event === 'robot.changed') running.robots.changed(event.data)
      if (event.event !== 'operation.changed') continue
      running.sandbox.operationChanged(event.data).catch((error: unknown) => {
        this.#options.log.warn({ err: error }, 'the sandbox’s lists could not be asked for')
      })
    }
  }

  #storeTrouble(error: Error | null): void {
    if (error) this.#options.log.error({ err: error }, 'the store is in trouble')
    this.#notices.settle('store', error)
  }

  #emit(events: ContractEvent[]): void {
    if (events.length === 0) return
    for (const { event, data } of events) if (event === 'robot.removed') this.#running?.robots.removed(data.id)
    this.#running?.inlet.relay.heed(events)
    for (const listener of this.#listeners) listener(events)
  }

  #systemChanged(): void {
    if (this.#running) this.#emit([{ event: 'system.changed', data: this.#info() }])
  }

  #info(): SystemInfo {
    const { version, host, dataDir } = this.#options
    return {
      version,
      contractVersion,
      host,
      platform: process.platform,
      startedAt: this.#startedAt,
      dataDir,
      listener: {
        url: this.callbackBaseUrl,
        port: this.#running?.listener.port ?? null,
        fixed: this.#running?.inlet.fixed ?? [],
      },
      vault: { kind: this.#running?.context.vault.kind ?? this.#protector.kind },
      sandbox: this.#running?.sandbox.info ?? { state: 'stopped', pageUrl: null, connectionId: null },
      notices: this.#notices.list(),
      rescue: this.#rescue,
    }
  }

  #report(settings: Settings | null): Promise<ReportFile[]> {
    const { health, measures } = this
    return makeReport({ ...this.#options, info: this.#info(), settings, health, measures })
  }

  async call(entry: string, input: unknown, caller: Caller): Promise<Answer<unknown>> {
    const running = this.#running
    if (!running) {
      if (!this.#rescue) return { ok: false, error: describeFailure({ code: 'connection-lost' }, caller.locale) }
      const { dataDir } = this.#options
      const restart = (): void => void this.#restartSoon()
      const report = (): Promise<ReportFile[]> => this.#report(null)
      const ways = { dataDir, failure: this.#rescue, info: () => this.#info(), report, restart }
      return answerInRescue(entry, input, ways, caller)
    }
    return answer(entry, input, running.context, caller, this.#options.log)
  }

  readonly health = (): Promise<Health> => this.#standing.health()
  readonly measures = (): Promise<Measures | null> => this.#standing.measures()

  isLocked(seat: string | undefined): boolean {
    return this.#running?.context.lock.isClosed(seat) ?? false
  }

  async media(robotId: string, link: string): Promise<Media | null> {
    return (await this.#running?.pictures.media(robotId, link)) ?? null
  }

  onEvents(listener: (events: readonly ContractEvent[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async rest(): Promise<void> {
    const running = this.#running
    if (!running) return
    await Promise.race([running.pump.rest(), setTimeout(stopPatienceMs, undefined, { ref: false })])
  }

  async quiet(signal: AbortSignal, told: (n: number) => void): Promise<boolean> {
    const running = this.#running
    return !running || becomeQuiet({ ...running, onEvents: (hear) => this.onEvents(hear) }, signal, told)
  }

  wake(): void {
    const running = this.#running
    if (!running) return
    running.pump.wakeUp()
    for (const timer of Object.values(running.timers)) timer.arm()
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#restarts.then(() => this.#halt())
    return this.#stopping
  }

  async #halt(): Promise<void> {
    const running = this.#running
    if (!running) return
    running.backups.stop()
    // First nothing new comes in, then what is under way is noted, last the file is closed.
    await running.inlet.stop()
    for (const timer of Object.values(running.timers)) timer.stop()
    running.context.lock.stop()
    await running.pictures.stop()
    await running.context.watch.stop()
    const settled = running.pump.stop()
    await Promise.race([settled, setTimeout(stopPatienceMs, undefined, { ref: false })])
    // Whatever still waits for an answer is in doubt from here on.
    await running.transport.close()
    await settled
    await running.sandbox.stop()
    this.#running = null
    await running.store.close()
  }
}

/** Makes an engine; nothing happens until it is started. */
export const createEngine = (options: EngineOptions): Engine => new SwitchboardEngine(options)
