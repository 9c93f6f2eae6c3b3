/** Composes the engine: store, vault, listener, outbox, sandbox, and the contract in front of them. */
import { randomUUID } from 'node:crypto'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { contractVersion, type Answer } from '#shared/contract/index.ts'
import { AppError, describeFailure } from '#shared/contract/errors.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import { settingsSchema, type Settings, type SystemInfo } from '#shared/contract/entries/system.ts'
import { Doors } from './callbacks/doors.ts'
import { CallbackListener } from './callbacks/listener.ts'
import { Deadlines } from './deadlines.ts'
import { connectionItem } from './handlers/connections.ts'
import type { EngineContext } from './handlers/context.ts'
import { answer } from './handlers/index.ts'
import { AppLock } from './lock/lock.ts'
import { mediaProxy, type MediaProxy } from './media.ts'
import { Notices } from './notices.ts'
import { ClockWatch, machineClock } from './outbox/clock.ts'
import { perform } from './outbox/perform.ts'
import { Pump } from './outbox/pump.ts'
import { Connections } from './platform/connections.ts'
import { Transport } from './platform/transport.ts'
import { RobotWatch } from './robot-watch.ts'
import { SandboxLink } from './sandbox-link.ts'
import { openStore, type Store } from './store/store.ts'
import type { Caller, Engine, EngineOptions, Media } from './types.ts'
import { openVault } from './vault/vault.ts'

/** What the port of the listener is remembered as, so that a registered callback URL stays true. */
const portValue = '.listener-port'

/** How long a stop waits for answers that are on their way, in milliseconds. */
const stopPatienceMs = 3000

/** Pause before a taken port is tried again, in milliseconds. */
const listenRetryMs = 5000

/** Everything that runs between start and stop. */
interface Running {
  store: Store
  context: EngineContext
  connections: Connections
  transport: Transport
  listener: CallbackListener
  doors: Doors
  /** Whether the port was chosen by an earlier start, and stands in URLs that were given out. */
  rememberedPort: boolean
  pump: Pump
  timers: readonly Deadlines[]
  robots: RobotWatch
  sandbox: SandboxLink
  media: MediaProxy
}

/** @throws AppError data-folder when the folder cannot be made or written */
function prepareDataDir(dataDir: string): void {
  // SQLite makes its files by the process's mask; the folder may be one that others can read.
  process.umask(0o077)
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.W_OK | constants.R_OK)
  } catch (error) {
    const problem = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new AppError('data-folder', { path: dataDir, problem }, { cause: error })
  }
}

class SwitchboardEngine implements Engine {
  readonly id = randomUUID()
  readonly #options: EngineOptions
  readonly #listeners = new Set<(events: readonly ContractEvent[]) => void>()
  readonly #notices: Notices
  readonly #startedAt = Date.now()
  #settings: Settings = settingsSchema.parse({})
  #running: Running | null = null
  #stopping: Promise<void> | null = null
  #listenTimer: NodeJS.Timeout | null = null

  constructor(options: EngineOptions) {
    this.#options = options
    this.#notices = new Notices(() => this.#systemChanged(), options.log)
  }

  get callbackBaseUrl(): string | null {
    return this.#running?.listener.baseUrl ?? null
  }

  async start(): Promise<void> {
    const { dataDir, storeThread, protector, log } = this.#options
    prepareDataDir(dataDir)
    // Until everything stands, what the store tells is held back.
    let hear: ((events: ContractEvent[], wake: number[]) => void) | null = null
    const store = await openStore(storeThread, dataDir, log, {
      changed: (events, wake) => hear?.(events, wake),
      trouble: (error) => this.#storeTrouble(error),
    })
    try {
      const running = await this.#compose(store, await openVault(dataDir, protector))
      hear = (events, wake) => this.#storeChanged(events, wake)
      await this.#begin(running)
    } catch (error) {
      await this.#running?.listener.stop().catch(() => undefined)
      this.#running = null
      await store.close()
      throw error
    }
  }

  async #compose(store: Store, vaultFor: Awaited<ReturnType<typeof openVault>>): Promise<Running> {
    const { log, dataDir } = this.#options
    const vault = vaultFor(store)
    const connections = new Connections(store, vault)
    await connections.load()
    this.#settings = await store.read('settings.get')
    const transport = new Transport()
    const deadlines = new Deadlines({
      next: async () => (await store.read('operations.nextDeadline'))?.at ?? null,
      due: (now) => store.write('operations.expire', now),
      log,
    })
    const followUps = new Deadlines({
      next: () => store.read('conversations.nextFollowUp'),
      due: (now) => store.write('conversations.raise', now),
      log,
    })
    const clock = this.#options.clock ?? machineClock
    const watch = new ClockWatch(clock)
    const heedClock = async (): Promise<void> => {
      const jump = watch.look()
      if (jump === 0) return
      log.warn({ jump }, 'the clock was set')
      await store.write('outbox.moveTimes', jump).catch((error: unknown) => {
        watch.owe(jump)
        throw error
      })
    }
    const relogins = new Deadlines({
      next: async () => {
        await heedClock()
        return store.read('robots.nextRelogin')
      },
      due: (now) => store.write('robots.relogin', now),
      log,
    })
    const remembered = storedPort(await store.read('values.get', portValue))
    const listener = new CallbackListener({
      port: this.#options.callbackPort ?? remembered ?? 0,
      keep: (arrived) => store.write('callbacks.keep', arrived),
      health: (error) => this.#storeTrouble(error),
      log,
    })
    const doors = new Doors(async (counts) => {
      await store.write('connections.noteDoors', counts)
      await context.connectionsChanged()
      const changed = connections.all().filter((record) => counts.some(({ id }) => id === record.id))
      this.#emit(changed.map((record) => ({ event: 'connection.changed', data: connectionItem(record, context) })))
    })
    const lock = new AppLock(
      {
        read: () => store.read('values.get', '.lock'),
        write: (value) => store.write('values.set', { name: '.lock', value }),
      },
      () => this.#emit([{ event: 'lock.changed', data: {} }]),
    )
    await lock.load(this.#options.removeLock)
    const context: EngineContext = {
      store,
      vault,
      lock,
      connections,
      transport,
      passwords: new Map(),
      connectionsChanged: async () => {
        await connections.load()
        listener.setRecipients(doors.recipients(connections.all()))
      },
      callbackUrl: (secret) => `${listener.baseUrl ?? ''}/callback/${secret}`,
      emit: (events) => this.#emit(events),
      info: () => this.#info(),
      settingsChanged: async (settings) => {
        this.#settings = settings
        // At another pace something may go now.
        for (const robotId of await store.read('robots.withQueue')) pump.wake(robotId)
      },
      followUpsChanged: () => followUps.arm(),
      sandbox: {
        start: () => sandbox.start(),
        stop: () => sandbox.stopForGood(),
        tell: (publicKeyPem) => sandbox.tell(publicKeyPem),
      },
    }
    const sandbox = new SandboxLink(this.#options, context, () => this.#systemChanged())
    const pump = new Pump({
      turn: async (robotId, lane) => {
        await heedClock()
        const { pace } = this.#settings
        return store.write('outbox.turn', { robotId, lane, now: clock.now(), pace, luck: Math.random() })
      },
      perform: (claim) => perform(context, claim),
      finish: async (result) => {
        await store.write('outbox.finish', result)
        if (result.timeoutMs !== null) deadlines.arm()
      },
      now: () => clock.now(),
      reachable: ({ call, outcome }) => {
        if (!call) return
        const notice = `gateway ${call.connectionId}`
        // A signature that is refused is refused for every call: it concerns the connection, not the message.
        const concernsAll =
          outcome.kind === 'not-sent' || (outcome.kind === 'failed' && outcome.failure.code === 'signature-refused')
        if (concernsAll) this.#notices.raise(notice, outcome.failure)
        else this.#notices.clear(notice)
      },
      log,
    })
    const media = mediaProxy(join(dataDir, 'media'), log)
    const rememberedPort = remembered !== null
    const timers = [deadlines, followUps, relogins]
    const robots = new RobotWatch(this.#notices, () => relogins.arm())
    const parts = { store, context, connections, transport, listener, doors, rememberedPort, pump, timers }
    return { ...parts, robots, sandbox, media }
  }

  async #begin(running: Running): Promise<void> {
    const { store, pump, timers, robots, sandbox } = running
    this.#running = running
    await this.#listen(running, this.#options.callbackPort === undefined && running.rememberedPort)
    // First what was being sent is put in doubt: callbacks that waited for its answer are then read again.
    const waiting = await store.write('outbox.recover')
    await store.write('callbacks.resume')
    for (const robotId of waiting) pump.wake(robotId)
    for (const timer of timers) timer.arm()
    for (const robot of await store.read('robots.list', undefined)) robots.changed(robot)
    sandbox.resume().catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'the sandbox did not start')
      if (error instanceof AppError) this.#notices.raise('sandbox', error.failure)
    })
  }

  /**
   * Starts the listener. A port that was asked for and is taken stops the start. One that is only remembered is
   * never exchanged for another, since the platform calls that address: the operator is told, and it is tried
   * again until it is free.
   */
  async #listen({ listener, doors, store, connections }: Running, remembered: boolean): Promise<void> {
    try {
      await listener.start()
    } catch (error) {
      if (!remembered || !(error instanceof AppError)) throw error
      this.#notices.raise('listener', error.failure)
      this.#options.log.error({ err: error }, 'callbacks cannot arrive')
      this.#listenTimer = globalThis.setTimeout(() => {
        const running = this.#running
        if (!running) return
        this.#listen(running, true).catch((later: unknown) => {
          this.#storeTrouble(later instanceof Error ? later : new Error(String(later)))
        })
      }, listenRetryMs)
      return
    }
    this.#notices.clear('listener')
    listener.setRecipients(doors.recipients(connections.all()))
    if (this.#options.callbackPort === undefined) {
      await store.write('values.set', { name: portValue, value: listener.port })
    }
    this.#systemChanged()
  }

  #storeChanged(events: ContractEvent[], wake: number[]): void {
    this.#emit(events)
    const running = this.#running
    if (!running) return
    for (const robotId of wake) running.pump.wake(robotId)
    for (const event of events) {
      if (event.event === 'robot.changed') running.robots.changed(event.data)
      if (event.event !== 'operation.changed') continue
      running.sandbox.operationChanged(event.data).catch((error: unknown) => {
        this.#options.log.warn({ err: error }, 'the sandbox’s lists could not be asked for')
      })
    }
  }

  #storeTrouble(error: Error | null): void {
    if (!error) {
      this.#notices.clear('store')
      return
    }
    this.#options.log.error({ err: error }, 'the store is in trouble')
    const failure =
      error instanceof AppError
        ? error.failure
        : { code: 'storage-failed' as const, params: { problem: error.message } }
    this.#notices.raise('store', failure)
  }

  #emit(events: ContractEvent[]): void {
    if (events.length === 0) return
    for (const { event, data } of events) if (event === 'robot.removed') this.#running?.robots.removed(data.id)
    for (const listener of this.#listeners) listener(events)
  }

  #systemChanged(): void {
    if (this.#running) this.#emit([{ event: 'system.changed', data: this.#info() }])
  }

  #info(): SystemInfo {
    const { version, host, dataDir, protector } = this.#options
    return {
      version,
      contractVersion,
      host,
      platform: process.platform,
      startedAt: this.#startedAt,
      dataDir,
      listener: { url: this.callbackBaseUrl, port: this.#running?.listener.port ?? null },
      vault: { kind: protector.kind },
      sandbox: this.#running?.sandbox.info ?? { state: 'stopped', pageUrl: null, connectionId: null },
      notices: this.#notices.list(),
    }
  }

  async call(entry: string, input: unknown, caller: Caller): Promise<Answer<unknown>> {
    const running = this.#running
    if (!running) return { ok: false, error: describeFailure({ code: 'internal' }, caller.locale) }
    return answer(entry, input, running.context, caller, this.#options.log)
  }

  isLocked(seat: string | undefined): boolean {
    return this.#running?.context.lock.isClosed(seat) ?? false
  }

  async media(robotId: string, link: string): Promise<Media | null> {
    const running = this.#running
    const robot = running && /^\d{1,15}$/.test(robotId) ? await running.store.read('robots.get', Number(robotId)) : null
    if (!running || !robot) return null
    const { advanced } = running.connections.get(Number(robot.connectionId))
    return running.media.get(robot.connectionId, link, advanced.mediaOrigins)
  }

  onEvents(listener: (events: readonly ContractEvent[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    const running = this.#running
    if (!running) return
    if (this.#listenTimer) clearTimeout(this.#listenTimer)
    // First nothing new comes in, then what is under way is noted, last the file is closed.
    await running.listener.stop()
    await running.doors.flush()
    for (const timer of running.timers) timer.stop()
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

const storedPort = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536 ? value : null

/** Makes an engine; nothing happens until it is started. */
export const createEngine = (options: EngineOptions): Engine => new SwitchboardEngine(options)
