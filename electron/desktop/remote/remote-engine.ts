/**
 * The engine of a server in the place of one in this process: the same calls and events, over one WebSocket with the
 * token. The connection itself sits nowhere, as a script's does; each call of the window names the window's seat, so that
 * the application lock of the server holds here, too.
 */
import { randomBytes } from 'node:crypto'
import type { LinkState } from '#shared/contract/bridge.ts'
import type { ServerChoice } from '#shared/contract/desktop.ts'
import { lockSchema } from '#shared/contract/entries/lock.ts'
import { AppError, describeFailure, type Failure, type Locale } from '#shared/contract/errors.ts'
import { events as eventDefinitions, isForLocked, type ContractEvent } from '#shared/contract/events.ts'
import type { Answer } from '#shared/contract/index.ts'
import { contractVersion } from '#shared/contract/version.ts'
import type { Caller, Engine, Logger } from '#engine/types.ts'
import { connect, type Connection, type ConnectLimits, type HeardFrame } from './connect.ts'
import { fetchMedia, mediaDispatcher } from './media.ts'
import { linkOf, pauseAfter } from './troubles.ts'

/** How long an answer to "are you there?" may take, in milliseconds. */
const probeMs = 5_000

export interface RemoteEngineOptions {
  /** The server; or why it is not known. */
  readonly server: ServerChoice | Failure
  readonly log: Logger
  readonly limits?: Partial<ConnectLimits>
  /** Between 0 and 1. */
  readonly random?: () => number
}

export interface RemoteEngine extends Engine {
  readonly state: LinkState
  /** Why it is not connected; null: it is, or was not tried yet. */
  readonly failure: Failure | null
  /**
   * For what the host itself follows: tray, notifications, language. It hears `system.restarted` each time the server is
   * reached; the page is told by its link, and keeps what was being written.
   */
  readonly forHost: Pick<Engine, 'call' | 'onEvents' | 'isLocked'>
  /** Hears of `state` and `failure`. @returns a function that ends it */
  onChange(listener: (state: LinkState) => void): () => void
}

const isKnownEvent = (event: { event: string; data: unknown }): event is ContractEvent =>
  Object.hasOwn(eventDefinitions, event.event)

class RemoteLink implements RemoteEngine {
  readonly id = randomBytes(16).toString('base64url')
  readonly callbackBaseUrl = null
  readonly forHost: RemoteEngine['forHost'] = {
    call: (entry, input, caller) => this.call(entry, input, caller),
    isLocked: (seat) => this.isLocked(seat),
    onEvents: (listener) => {
      this.#listeners.add(listener)
      this.#hostListeners.add(listener)
      return () => {
        this.#listeners.delete(listener)
        this.#hostListeners.delete(listener)
      }
    },
  }
  state: LinkState = 'connecting'
  failure: Failure | null = null
  readonly #options: RemoteEngineOptions
  readonly #server: ServerChoice | null
  readonly #dispatcher: ReturnType<typeof mediaDispatcher> | null
  /* Another one at each start: a window that was open before it is closed now. */
  readonly #seat = `window:${randomBytes(24).toString('base64url')}`
  readonly #listeners = new Set<(events: readonly ContractEvent[]) => void>()
  readonly #hostListeners = new Set<(events: readonly ContractEvent[]) => void>()
  readonly #links = new Set<(state: LinkState) => void>()
  readonly #pending = new Map<number, (answer: Answer<unknown> | null) => void>()
  #connection: Connection | null = null
  #attempt: AbortController | null = null
  #attempts = 0
  #timer: NodeJS.Timeout | undefined
  #nextId = 0
  #locale: Locale = 'en'
  #stopped = false
  #isLocked = false
  /** Events that are not told yet, and whether somebody is at it. */
  #queue: ContractEvent[][] = []
  #isTelling = false

  constructor(options: RemoteEngineOptions) {
    this.#options = options
    this.#server = 'code' in options.server ? null : options.server
    if ('code' in options.server) this.failure = options.server
    this.#dispatcher = this.#server && mediaDispatcher(this.#server)
  }

  /** Begins; does not wait for the server, which may be away. */
  start(): Promise<void> {
    void this.#open()
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#attempt?.abort()
    this.#connection?.close()
    this.#dropPending()
    await this.#dispatcher?.destroy()
  }

  /** The server's outbox goes on while this computer sleeps. */
  rest(): Promise<void> {
    return Promise.resolve()
  }

  /** Nothing is sent from here. */
  quiet(): Promise<boolean> {
    return Promise.resolve(true)
  }

  /** A good moment to try, or to notice a dead connection: this computer woke, or the operator asks. */
  wake(): void {
    if (this.#stopped) return
    if (this.#connection) return this.#connection.probe(probeMs)
    this.#attempts = 0
    void this.#open()
  }

  async #open(): Promise<void> {
    clearTimeout(this.#timer)
    const server = this.#server
    if (!server || this.#stopped || this.#attempt || this.#connection) return
    const attempt = new AbortController()
    this.#attempt = attempt
    let isOver = false
    try {
      const connection = await connect({
        server,
        locale: this.#locale,
        hear: (frame) => this.#hear(frame),
        ended: (failure) => {
          isOver = true
          this.#ended(failure)
        },
        signal: attempt.signal,
        ...(this.#options.limits ? { limits: this.#options.limits } : {}),
      })
      this.#attempt = null
      // It may have broken in the very moment of its welcome.
      if (isOver) return
      if (this.#stopped) return connection.close()
      this.#connection = connection
      this.#isTelling = true
      // Whether the window is locked there comes before anything that it could see.
      if (!(await this.#askLock(connection))) return
      this.#attempts = 0
      this.#options.log.info({ server: server.address }, 'connected to the server')
      this.#become('connected', null)
      this.#emit([{ event: 'system.restarted', data: {} }], this.#hostListeners)
      this.#isTelling = false
      await this.#tell(connection)
    } catch (error) {
      this.#attempt = null
      this.#ended(error instanceof AppError ? error.failure : { code: 'internal' })
    }
  }

  #ended(failure: Failure): void {
    this.#connection = null
    this.#queue = []
    this.#dropPending()
    if (this.#stopped) return
    this.#attempts += 1
    const pause = pauseAfter(this.#attempts, failure, (this.#options.random ?? Math.random)())
    // Once for each kind: a server that is away for days shall not fill the log.
    const level = failure.code === this.failure?.code ? 'debug' : 'warn'
    this.#options.log[level]({ ...failure, pauseMs: pause }, describeFailure(failure, 'en').message)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#open(), pause)
    this.#become(linkOf(failure), failure)
  }

  #become(state: LinkState, failure: Failure | null): void {
    this.state = state
    this.failure = failure
    for (const listener of this.#links) listener(state)
  }

  #dropPending(): void {
    const waiting = [...this.#pending.values()]
    this.#pending.clear()
    for (const answer of waiting) answer(null)
  }

  #hear(frame: HeardFrame): void {
    if (frame.type === 'events') {
      const heard = frame.events.filter(isKnownEvent)
      if (heard.length > 0) this.#queue.push(heard)
      if (this.#connection) void this.#tell(this.#connection)
      return
    }
    const answer = this.#pending.get(frame.id)
    this.#pending.delete(frame.id)
    answer?.(frame.type === 'answer' ? { ok: true, result: frame.result } : { ok: false, error: frame.error })
  }

  /** Tells what came, in order. What follows a change of the lock waits until it is known who may hear it. */
  async #tell(connection: Connection): Promise<void> {
    if (this.#isTelling) return
    this.#isTelling = true
    for (let heard = this.#queue.shift(); heard; heard = this.#queue.shift()) {
      if (!isForLocked(heard)) this.#emit(heard)
      else if (await this.#askLock(connection)) this.#emit(heard)
      // Broken meanwhile: another connection has a queue of its own.
      else return
    }
    this.#isTelling = false
  }

  #emit(heard: readonly ContractEvent[], listeners = this.#listeners): void {
    for (const listener of [...listeners]) {
      try {
        listener(heard)
      } catch (error) {
        // The news of the others, and the connection, go on.
        this.#options.log.error({ err: error }, 'a listener of the server’s events failed')
      }
    }
  }

  /** @returns false when the connection broke meanwhile: then it is asked at the next */
  async #askLock(connection: Connection): Promise<boolean> {
    const answer = await this.#ask('lock.get', {}, { locale: this.#locale, seat: this.#seat })
    if (answer === null || this.#connection !== connection) return false
    const lock = answer.ok ? lockSchema.safeParse(answer.result) : null
    // What cannot be known is taken for locked.
    this.#isLocked = lock?.success ? lock.data.isLocked : true
    return true
  }

  /** @returns null when there is no connection, or it breaks before the answer */
  #ask(entry: string, input: unknown, { locale, seat }: Caller): Promise<Answer<unknown> | null> {
    const connection = this.#connection
    if (!connection) return Promise.resolve(null)
    const id = this.#nextId++
    return new Promise((resolve) => {
      this.#pending.set(id, resolve)
      // A second hello only changes the language of what is answered after it.
      if (locale !== this.#locale) {
        this.#locale = locale
        connection.send({ type: 'hello', contractVersion, locale })
      }
      connection.send({ type: 'call', id, entry, input, ...(seat === undefined ? {} : { seat: this.#seat }) })
    })
  }

  async call(entry: string, input: unknown, caller: Caller): Promise<Answer<unknown>> {
    const answer = this.state === 'connected' ? await this.#ask(entry, input, caller) : null
    return answer ?? { ok: false, error: describeFailure({ code: 'connection-lost' }, caller.locale) }
  }

  onEvents(listener: (events: readonly ContractEvent[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onChange(listener: (state: LinkState) => void): () => void {
    this.#links.add(listener)
    return () => this.#links.delete(listener)
  }

  async media(robotId: string, link: string): ReturnType<Engine['media']> {
    if (!this.#server || !this.#dispatcher || this.state !== 'connected') return null
    return fetchMedia(this.#server, this.#dispatcher, { robotId, link })
  }

  isLocked(seat: string | undefined): boolean {
    return seat !== undefined && this.#isLocked
  }

  /** The server answers that itself, at `/healthz`. */
  health(): ReturnType<Engine['health']> {
    return Promise.resolve({ reason: this.state === 'connected' ? null : 'starting', code: this.failure?.code ?? null })
  }

  measures(): Promise<null> {
    return Promise.resolve(null)
  }
}

/** Makes it; nothing is connected before `start`. */
export const makeRemoteEngine = (options: RemoteEngineOptions): RemoteEngine => new RemoteLink(options)
