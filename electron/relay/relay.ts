/**
 * Receives callbacks at a public address and hands them to NATS: `POST /callback/<secret>`. It keeps nothing; the
 * platform has its acknowledgement only after the stream has the body, and 503 in every other case that may pass.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { isOwnMachine } from '#shared/security/own-machine.ts'
import { decoded, isCompressed } from '#engine/callbacks/compressed.ts'
import { bodyLimit, readBody, saysTooLarge, secretHash, secretOf } from '#engine/callbacks/incoming.ts'
import { robotSerialNoOf } from '#engine/callbacks/read.ts'
import { senderOf, within } from '#engine/callbacks/sources.ts'
import { layoutOf, type Arrival, type Layout } from '#engine/reach/relay/layout.ts'
import type { NatsAccess } from '#engine/reach/relay/nats.ts'
import { bucket, ensureStreams, type StreamLimits } from '#engine/reach/relay/streams.ts'
import { jetstreamManager } from '@nats-io/jetstream'
import { Doors } from './doors.ts'
import { NatsLink } from './link.ts'
import { Lookout, type LookoutOptions } from './lookout.ts'
import { Publisher } from './publisher.ts'

/** What senders may take of time and room; times in milliseconds. */
export interface Patience {
  readonly headersMs: number
  readonly requestMs: number
  readonly idleMs: number
  readonly checkMs: number
  readonly connections: number
  /** Bytes of all bodies together that are being received or published. */
  readonly bytes: number
}

const usualPatience: Patience = {
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 60_000,
  checkMs: 5_000,
  connections: 2048,
  bytes: 128 * 2 ** 20,
}

export interface RelayOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  readonly access: NatsAccess
  /** Name of the layout in NATS. */
  readonly name: string
  readonly limits: Partial<StreamLimits>
  /** Proxies whose `X-Forwarded-For` is believed: addresses and networks. */
  readonly trustedProxies: readonly string[]
  /** Whether it may look at private addresses, and its own, when a Switchboard has it look from outside. */
  readonly lookInside?: boolean
  /** For tests: another resolver, other authorities. */
  readonly looks?: LookoutOptions['changes']
  readonly log: Logger
  readonly patience?: Partial<Patience>
}

export type Refused = 'unknown-address' | 'source' | 'too-large' | 'busy' | 'away' | 'not-kept'

/** What came in since the start. */
export interface RelayCounts {
  received: number
  acknowledged: number
  /** Of the acknowledged ones: those under the subject of what cannot be read. */
  unread: number
  refused: Record<Refused, number>
}

/** How long a stop waits for requests under way, in milliseconds: longer than one may take to be published. */
const stopPatienceMs = 10_000
/** Strangers must not fill the log: what is refused is told in sums, at most so often, in milliseconds. */
const tellMs = 60_000

/** Of a check: `/callback/<secret>/<nonce>`. */
const probeUrl = /^\/callback\/([A-Za-z0-9_-]{1,200})\/([A-Za-z0-9_-]{16,100})$/
/** Checks at a time, and how long each may take, in milliseconds. */
const probeLimit = 16
const probeMs = 3000

interface Taken {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly arrival: Arrival
}

export class Relay {
  readonly #options: RelayOptions
  readonly #patience: Patience
  readonly #layout: Layout
  readonly #link: NatsLink
  readonly #doors: Doors
  readonly #publisher: Publisher
  readonly #lookout: Lookout
  readonly #isProxy: ReturnType<typeof within>
  readonly counts: RelayCounts = {
    received: 0,
    acknowledged: 0,
    unread: 0,
    refused: { 'unknown-address': 0, source: 0, 'too-large': 0, busy: 0, away: 0, 'not-kept': 0 },
  }
  #server: Server | null = null
  #bytes = 0
  #stopping = false
  /** Checks under way. */
  #probes = 0
  #problem: string | null = 'starting'
  #toldAt = -Infinity
  #tellTimer: NodeJS.Timeout | null = null
  #lastTold = ''

  constructor(options: RelayOptions) {
    this.#options = options
    this.#patience = { ...usualPatience, ...options.patience }
    this.#layout = layoutOf(options.name)
    this.#isProxy = within(options.trustedProxies)
    this.#doors = new Doors(() => {
      // Its connection is not what it seems: a new one reads all afresh.
      void this.#link.connection?.reconnect().catch(() => undefined)
    })
    const { lookInside = false, looks, log } = options
    this.#lookout = new Lookout({ mayLookInside: lookInside, ...(looks && { changes: looks }), log })
    this.#link = new NatsLink({
      access: options.access,
      name: `relay ${options.name}`,
      prepare: async (connection) => {
        const manager = await jetstreamManager(connection)
        await ensureStreams(manager, this.#layout, options.limits)
        await this.#doors.follow(await bucket(connection, this.#layout.doors, options.limits.replicas ?? 1))
        this.#lookout.follow(connection, this.#layout)
        const most = connection.info?.max_payload ?? Infinity
        // Its headers count too.
        if (most < bodyLimit + 8192)
          options.log.warn(
            { maxPayload: most, bodyLimit },
            'max_payload of NATS is smaller than a body may be: larger ones are refused with 503',
          )
      },
      up: () => {
        this.#problem = null
        options.log.info({ doors: this.#doors.size }, 'NATS is there: callbacks are taken')
      },
      down: (error, retryAt) => {
        if (this.#problem !== error.message)
          options.log.error({ problem: error.message, retryAt }, 'NATS is away: callbacks are refused with 503')
        this.#problem = error.message
      },
    })
    this.#publisher = new Publisher(this.#layout, () => this.#link.connection)
  }

  /** @returns its base address. @throws Error of the system where it cannot listen */
  async start(): Promise<string> {
    const { host, port } = this.#options
    const { headersMs, requestMs, idleMs, checkMs, connections } = this.#patience
    const server = createServer(
      {
        requestTimeout: requestMs,
        headersTimeout: headersMs,
        keepAliveTimeout: idleMs,
        connectionsCheckingInterval: checkMs,
        maxHeaderSize: 16 * 1024,
        noDelay: true,
      },
      (request, response) => this.#receive(request, response),
    )
    server.timeout = idleMs
    server.maxConnections = connections
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => {
        server.off('error', reject)
        resolve()
      })
    })
    server.on('error', (error) => this.#options.log.error({ err: error }, 'the relay is in trouble'))
    this.#server = server
    this.#link.start()
    this.#tellTimer = setInterval(() => this.#tell(), tellMs).unref()
    const address = server.address()
    const bound = typeof address === 'object' && address ? address.port : port
    return `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
  }

  /** Sums of what was refused, when they are others than before. */
  #tell(): void {
    const refused = JSON.stringify(this.counts.refused)
    if (refused === this.#lastTold) return
    this.#lastTold = refused
    this.#options.log.info({ ...this.counts }, 'since the start')
  }

  #answer(response: ServerResponse, status: number, text = '', contentType = 'text/plain; charset=utf-8'): void {
    if (response.headersSent || response.destroyed) return
    const all = ['content-length', String(Buffer.byteLength(text))]
    if (text !== '') all.push('content-type', contentType)
    if (status === 503) all.push('retry-after', '10')
    // What is left of a body that is not wanted is not read.
    if (status !== 200 || this.#stopping) all.push('connection', 'close')
    response.writeHead(status, all)
    response.end(text)
  }

  #refuse(response: ServerResponse, status: number, why: Refused): void {
    this.counts.refused[why] += 1
    this.#answer(response, status)
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/healthz' && this.#isNear(request)) return this.#health(response)
    const secret = secretOf(request)
    if (secret === null && request.method === 'GET') return void this.#probe(request, response)
    if (secret === null) return this.#refuse(response, 404, 'unknown-address')
    const hash = secretHash(secret)
    const door = this.#doors.find(hash)
    const isAway = this.#link.connection === null
    // While nobody can say which addresses there are, none is called wrong.
    if (!door) return isAway ? this.#refuse(response, 503, 'away') : this.#refuse(response, 404, 'unknown-address')
    const sender = senderOf(request, this.#isProxy)
    if (door.admits && !(sender && door.admits(sender))) return this.#refuse(response, 404, 'source')
    if (saysTooLarge(request)) return this.#refuse(response, 413, 'too-large')
    if (isAway) return this.#refuse(response, 503, 'away')
    if (this.#bytes > this.#patience.bytes) return this.#refuse(response, 503, 'busy')
    const { url = '', headers } = request
    const query = url.indexOf('?')
    const arrival: Arrival = {
      at: 0,
      door: hash,
      contentType: headers['content-type'] ?? null,
      contentEncoding: headers['content-encoding'] ?? null,
      from: sender?.toString() ?? null,
      query: query < 0 ? '' : url.slice(query + 1),
    }
    this.#read({ request, response, arrival })
  }

  /**
   * A Switchboard checks whether this address leads to it: passed on with the hash of the secret, for a door that is
   * known and a few at a time, so that strangers set nothing in motion.
   */
  async #probe({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, secret = '', nonce = ''] = probeUrl.exec(url) ?? []
    const door = secretHash(secret)
    const connection = this.#link.connection
    if (!this.#doors.find(door) || !connection || this.#probes >= probeLimit) {
      return this.#refuse(response, 404, 'unknown-address')
    }
    this.#probes += 1
    try {
      const answer = await connection.request(this.#layout.probe, JSON.stringify({ door, nonce }), { timeout: probeMs })
      this.#answer(response, 200, answer.string().slice(0, 200))
    } catch {
      this.#refuse(response, 404, 'unknown-address')
    } finally {
      this.#probes -= 1
    }
  }

  #read({ request, response, arrival }: Taken): void {
    let held = 0
    let isOver = false
    response.once('close', () => {
      isOver = true
      this.#bytes -= held
    })
    readBody(
      request,
      (body) => {
        if (!response.headersSent) void this.#relay(response, body, { ...arrival, at: Date.now() })
      },
      () => this.#refuse(response, 413, 'too-large'),
      (length) => {
        // What still comes of a request that was refused is thrown away, and counts for nothing.
        if (isOver) return
        held += length
        this.#bytes += length
        if (this.#bytes > this.#patience.bytes && !response.headersSent) this.#refuse(response, 503, 'busy')
      },
    )
  }

  async #relay(response: ServerResponse, body: Buffer, arrival: Arrival): Promise<void> {
    this.counts.received += 1
    try {
      const robotSerialNo = await this.#robotOf(body, arrival.contentEncoding)
      // A body takes its time, and what comes for a door that was closed meanwhile is perhaps never fetched.
      const door = this.#doors.find(arrival.door)
      if (!door) return this.#refuse(response, 404, 'unknown-address')
      await this.#publisher.publish({ merchantNo: door.merchantNo, robotSerialNo, body, arrival })
      if (robotSerialNo === null) this.counts.unread += 1
      this.counts.acknowledged += 1
      this.#answer(response, 200, door.acknowledgement)
    } catch (error) {
      this.#noteNotKept(error)
      this.#refuse(response, 503, 'not-kept')
    }
  }

  async #robotOf(body: Buffer, encoding: string | null): Promise<string | null> {
    const plain = isCompressed(encoding ?? undefined) ? await decoded(body, encoding ?? '', bodyLimit) : body
    return plain && robotSerialNoOf(plain.toString('utf8'))
  }

  /** Told once a minute at most: a full stream refuses thousands. */
  #noteNotKept(error: unknown): void {
    const now = performance.now()
    if (now - this.#toldAt < tellMs) return
    this.#toldAt = now
    this.#options.log.error({ err: error }, 'a callback could not be handed over; it was refused with 503')
  }

  /** Whether a request comes from this machine itself, handed on by nobody. */
  #isNear({ socket, headers }: IncomingMessage): boolean {
    const { remoteAddress = '' } = socket
    return isOwnMachine(remoteAddress) && headers['x-forwarded-for'] === undefined && headers.forwarded === undefined
  }

  #health(response: ServerResponse): void {
    const problem = this.#stopping ? 'stopping' : this.#problem
    const state = { status: problem === null ? 'ok' : 'unavailable', problem, doors: this.#doors.size, ...this.counts }
    this.#answer(response, problem === null ? 200 : 503, JSON.stringify(state), 'application/json')
  }

  /** Takes no more, answers what is under way, ends the connection. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.#tellTimer) clearInterval(this.#tellTimer)
    const server = this.#server
    this.#server = null
    if (server) {
      const patience = setTimeout(() => server.closeAllConnections(), stopPatienceMs)
      await new Promise<void>((resolve) => server.close(() => resolve()))
      clearTimeout(patience)
    }
    this.#doors.stop()
    this.#lookout.stop()
    await this.#link.stop()
  }
}
