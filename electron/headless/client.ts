/** One browser (or script) at the other end of a WebSocket. */
import type { RawData, WebSocket } from 'ws'
import { describeFailure, type Locale } from '#shared/contract/errors.ts'
import { type ClientFrame, clientFrame, closeCodes, type ServerFrame } from '#shared/contract/frames.ts'
import { contractVersion } from '#shared/contract/index.ts'
import type { Engine, Logger, SignIns } from '#engine/types.ts'

export interface SocketLimits {
  /** How long a client may take to say hello, in milliseconds. */
  readonly helloMs: number
  /** Time between pings, in milliseconds; a client that missed one is gone. */
  readonly pingMs: number
  /** What may wait for a client that does not read, in bytes. */
  readonly bufferedBytes: number
  /** Largest frame of a client, in bytes. */
  readonly frameBytes: number
  /** Most clients at a time. */
  readonly clients: number
  /** Calls that a client may make: so many a second for long, so many at once. */
  readonly callsPerSecond: number
  readonly callsAtOnce: number
}

/** Who is at the other end. */
export interface ClientCaller {
  /** Id of the browser's session; null for a script with the token. */
  readonly sessionId: string | null
  readonly sessions: SignIns
}

/* For a client that does not even read the close frame. */
const lastWaitMs = 5_000

export class Client {
  readonly #socket: WebSocket
  readonly #engine: Engine
  readonly #limits: SocketLimits
  readonly #log: Logger
  readonly #helloTimer: NodeJS.Timeout
  #locale: Locale | undefined
  #answeredPing = true
  readonly #caller: ClientCaller
  /** Calls that may still be made at once, and when that was counted. */
  #allowance: { calls: number; at: number }

  constructor(socket: WebSocket, engine: Engine, limits: SocketLimits, log: Logger, caller: ClientCaller) {
    this.#caller = caller
    this.#allowance = { calls: limits.callsAtOnce, at: performance.now() }
    this.#socket = socket
    this.#engine = engine
    this.#limits = limits
    this.#log = log
    this.#helloTimer = setTimeout(() => {
      this.#close(closeCodes.badFrame, 'no hello')
    }, limits.helloMs)
    socket.on('message', (data, isBinary) => {
      this.#receive(data, isBinary)
    })
    socket.on('pong', () => {
      this.#answeredPing = true
    })
    socket.on('error', (error) => {
      log.debug({ err: error }, 'a socket broke')
    })
    socket.on('close', () => {
      clearTimeout(this.#helloTimer)
    })
  }

  /** Whether it said a hello that fits: from then on it hears events. */
  get isWelcome(): boolean {
    return this.#locale !== undefined && this.#socket.readyState === this.#socket.OPEN
  }

  /** Sends one frame of JSON text, or closes the socket when too much waits for this client already. */
  send(frame: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (this.#socket.bufferedAmount > this.#limits.bufferedBytes) {
      this.#log.warn({ bufferedBytes: this.#socket.bufferedAmount }, 'a client reads too slowly; it must load afresh')
      this.#close(closeCodes.slow, 'too slow')
      return
    }
    this.#socket.send(frame, { binary: false })
  }

  /** Asks whether it is still there; one that did not answer the last time is dropped. */
  ping(): void {
    if (!this.#answeredPing) {
      this.#socket.terminate()
      return
    }
    this.#answeredPing = false
    this.#socket.ping()
  }

  get sessionId(): string | null {
    return this.#caller.sessionId
  }

  /** Ends it because its session has ended. */
  signOut(): void {
    this.#close(closeCodes.unauthorized, 'signed out')
  }

  /** Whether one more call is within what a client may make. */
  #mayCall(): boolean {
    const { callsPerSecond, callsAtOnce } = this.#limits
    const now = performance.now()
    const gained = ((now - this.#allowance.at) / 1000) * callsPerSecond
    const calls = Math.min(callsAtOnce, this.#allowance.calls + gained) - 1
    this.#allowance = { calls: Math.max(calls, 0), at: now }
    return calls >= 0
  }

  /** Ends it because the host ends. */
  end(): void {
    this.#close(1001, 'the host ends')
    this.#socket.terminate()
  }

  #close(code: number, reason: string): void {
    this.#socket.close(code, reason)
    setTimeout(() => {
      this.#socket.terminate()
    }, lastWaitMs).unref()
  }

  #sendFrame(frame: ServerFrame): void {
    this.send(Buffer.from(JSON.stringify(frame)))
  }

  #receive(data: RawData, isBinary: boolean): void {
    // What was sent before the close was read is no longer answered.
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const frame = isBinary ? undefined : readFrame(data)
    if (!frame) {
      this.#close(closeCodes.badFrame, 'unreadable frame')
    } else if (frame.type === 'hello') {
      this.#greet(frame)
    } else if (this.#locale === undefined) {
      this.#close(closeCodes.badFrame, 'hello comes first')
    } else if (!this.#mayCall()) {
      this.#log.warn({}, 'a client makes too many calls; it is closed')
      this.#close(closeCodes.tooMany, 'too many calls')
    } else {
      void this.#answer(frame, this.#locale)
    }
  }

  #greet(frame: Extract<ClientFrame, { type: 'hello' }>): void {
    clearTimeout(this.#helloTimer)
    if (frame.contractVersion !== contractVersion) {
      const params = { renderer: frame.contractVersion, engine: contractVersion }
      this.#sendFrame({ type: 'refused', error: describeFailure({ code: 'contract-version', params }, frame.locale) })
      this.#close(closeCodes.contractVersion, 'another contract version')
      return
    }
    // A second hello only changes the language: the first one's welcome still holds.
    const isFirst = this.#locale === undefined
    this.#locale = frame.locale
    if (isFirst) this.#sendFrame({ type: 'welcome', contractVersion, engineId: this.#engine.id })
  }

  async #answer(
    { id, entry, input, seat: named }: Extract<ClientFrame, { type: 'call' }>,
    locale: Locale,
  ): Promise<void> {
    // A browser cannot choose: else one that is locked would sit down elsewhere.
    const seat = this.#caller.sessionId ?? named
    const answer = await this.#engine.call(entry, input ?? {}, {
      locale,
      sessions: this.#caller.sessions,
      ...(seat === undefined ? {} : { seat }),
    })
    this.#sendFrame(
      answer.ok
        ? { type: 'answer', id, ok: true, result: answer.result }
        : { type: 'error', id, ok: false, error: answer.error },
    )
  }
}

function readFrame(data: RawData): ClientFrame | undefined {
  try {
    const text = Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data as Buffer).toString()
    return clientFrame.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
