/**
 * Receives callbacks: `POST /callback/<secret>` on loopback. A body is acknowledged only after it was
 * committed; bodies that arrive while a commit is under way share the next one (DESIGN §4).
 *
 * It stands on node:http alone: a framework's routing, hooks and replies cost this one route some seven
 * microseconds of processor time a callback, beside eighteen without them.
 */
import { hash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { AppError } from '#shared/contract/errors.ts'
import { decoded, isCompressed } from './compressed.ts'
import type { ArrivedCallback } from '../store/callbacks.ts'
import type { Logger, Refusal } from '../types.ts'

/** Largest body, in bytes: a friend list of some ten thousand people. */
const bodyLimit = 4 * 1024 * 1024
/** Most bodies of one commit. */
const commitLimit = 512
/** How many commits may be under way: while the disk takes one in, the next is written. */
const commitsAtOnce = 2
/** How many bodies the second of them is worth: each commit costs as much as several bodies. */
const secondFrom = 24
/** Longest secret that is looked at, in characters. */
const secretLimit = 200
const path = '/callback/'

/** What senders may take of time and room; times in milliseconds. */
export interface ListenerLimits {
  /** For the headers, and for a whole request. */
  headersMs: number
  requestMs: number
  /** How long a connection may lie idle. */
  idleMs: number
  /** How often it is looked for those who take longer. */
  checkMs: number
  /** Connections at a time; further ones are closed unread. The platform's retries bring what they carried. */
  connections: number
}
const defaultLimits: ListenerLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 60_000,
  checkMs: 5_000,
  connections: 1024,
}

/** What the listener knows of a connection. */
export interface Recipient {
  connectionId: number
  acknowledgement: string
  /** Whether a request may come in; absent where everything may. */
  admits?(request: IncomingMessage): boolean
}

export interface ListenerOptions {
  /** 0 picks a free port. */
  port: number
  /** Keeps bodies durably. Rejects when that was not possible: they are not acknowledged then. */
  keep(arrived: ArrivedCallback[]): Promise<unknown>
  /** Told after bodies could not be kept (with why), and after they could again (null). */
  health(error: Error | null): void
  log: Logger
  limits?: Partial<ListenerLimits>
}

interface Waiting {
  body: ArrivedCallback
  recipient: Recipient
  response: ServerResponse
}

/** What came in since the listener was made. */
export interface ListenerCounts {
  received: number
  acknowledged: number
  refused: Record<Refusal, number>
  /** When each connection's last callback came, milliseconds UTC. */
  readonly lastAt: Map<number, number>
}

/** How long a stop waits for requests under way, in milliseconds: what is not whole by then is sent again. */
const stopPatienceMs = 3000

/** Secrets are looked up by their hash, so that the time of a look-up tells nothing about them. */
const hashOf = (secret: string): string => hash('sha256', secret, 'base64')

/** The secret that a request names; null where its address is none of a callback. */
function secretOf({ method, url = '' }: IncomingMessage): string | null {
  if (method !== 'POST' || !url.startsWith(path)) return null
  const query = url.indexOf('?')
  const secret = url.slice(path.length, query < 0 ? undefined : query)
  return secret === '' || secret.length > secretLimit || secret.includes('/') ? null : secret
}

/** The content type as it came. */
const sentContentType = (request: IncomingMessage): string | null => request.headers['content-type'] ?? null

export class CallbackListener {
  readonly #options: ListenerOptions
  #server: Server | null = null
  #recipients = new Map<string, Recipient>()
  #waiting: Waiting[] = []
  /** How many commits are under way. */
  #commits = 0
  /** Whether one begins at the end of this turn of the loop. */
  #planned = false
  #healthy = true
  #stopping = false
  #port: number | null = null
  readonly counts: ListenerCounts = {
    received: 0,
    acknowledged: 0,
    refused: { 'unknown-address': 0, source: 0, 'too-large': 0, 'not-kept': 0 },
    lastAt: new Map(),
  }
  #failedAt: number | null = null

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  /** The port it listens on; null while it does not. */
  get port(): number | null {
    return this.#port
  }

  /** When bodies could last not be kept, by `performance.now()`; null where they can. */
  get failedAt(): number | null {
    return this.#failedAt
  }

  /** The store keeps again, as somebody else found out. */
  noteKept(): void {
    this.#noteHealth(null)
  }

  /** Base address; a connection's callback URL is `<base>/callback/<secret>`. Null until the port is known. */
  get baseUrl(): string | null {
    const port = this.#port ?? (this.#options.port || null)
    return port === null ? null : `http://127.0.0.1:${port}`
  }

  setRecipients(recipients: Iterable<Recipient & { secret: string }>): void {
    this.#recipients = new Map([...recipients].map(({ secret, ...recipient }) => [hashOf(secret), recipient]))
  }

  #build(): Server {
    const limits = { ...defaultLimits, ...this.#options.limits }
    const server = createServer({
      requestTimeout: limits.requestMs,
      headersTimeout: limits.headersMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: limits.checkMs,
      maxHeaderSize: 16 * 1024,
      noDelay: true,
    })
    server.timeout = limits.idleMs
    server.maxConnections = limits.connections
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#receive(request, response))
    return server
  }

  /** Begins to listen; may be called again after a failure. @throws AppError port-in-use, listener-failed */
  async start(): Promise<void> {
    const server = this.#build()
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(this.#options.port, '127.0.0.1', () => {
          server.off('error', reject)
          resolve()
        })
      })
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
        throw new AppError('port-in-use', { port: this.#options.port }, { cause: error })
      }
      const problem = error instanceof Error ? error.message : String(error)
      throw new AppError('listener-failed', { problem }, { cause: error })
    }
    server.on('error', (error) => this.#options.log.error({ err: error }, 'the listener is in trouble'))
    this.#server = server
    this.#stopping = false
    const address = server.address()
    this.#port = typeof address === 'object' && address ? address.port : null
  }

  /** Answers; without a text a bare status. */
  #answer(response: ServerResponse, status: number, text = '', headers: readonly string[] = []): void {
    const all = [...headers, 'content-length', String(Buffer.byteLength(text))]
    if (text !== '') all.push('content-type', 'text/plain; charset=utf-8')
    // What is left of a stranger's body, or of one that is too large, is not read; the listener's end ends all.
    if (status === 413 || status === 404 || this.#stopping) all.push('connection', 'close')
    response.writeHead(status, all)
    response.end(text)
  }

  #refuse(response: ServerResponse, status: number, why: Refusal): void {
    this.counts.refused[why] += 1
    this.#answer(response, status)
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const secret = secretOf(request)
    const recipient = secret === null ? undefined : this.#recipients.get(hashOf(secret))
    // Everything that is no callback gets the same bare answer: nothing tells a stranger what runs here.
    if (!recipient) return this.#refuse(response, 404, 'unknown-address')
    if (recipient.admits?.(request) === false) return this.#refuse(response, 404, 'source')
    if (Number(request.headers['content-length'] ?? 0) > bodyLimit) return this.#refuse(response, 413, 'too-large')
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= bodyLimit) chunks.push(chunk)
      else if (!response.headersSent) this.#refuse(response, 413, 'too-large')
    })
    // A body that is cut never ends, and nothing of it is kept.
    request.on('error', () => undefined)
    request.on('end', () => {
      if (response.headersSent) return
      const [only] = chunks
      const raw = chunks.length === 1 && only ? only : Buffer.concat(chunks, length)
      const { connectionId } = recipient
      const take = (bytes: Buffer): void => {
        const body = { connectionId, at: Date.now(), contentType: sentContentType(request), raw: bytes }
        this.#take({ body, recipient, response })
      }
      const encoding = request.headers['content-encoding']
      if (!isCompressed(encoding)) return take(raw)
      void decoded(raw, encoding, bodyLimit).then((bytes) =>
        bytes ? take(bytes) : this.#refuse(response, 413, 'too-large'),
      )
    })
  }

  #take(waiting: Waiting): void {
    this.#waiting.push(waiting)
    this.counts.received += 1
    this.counts.lastAt.set(waiting.body.connectionId, waiting.body.at)
    this.#plan()
  }

  get #isTime(): boolean {
    const enough = this.#commits === 0 ? 1 : secondFrom
    return this.#commits < commitsAtOnce && this.#waiting.length >= enough
  }

  /** Commits at the end of this turn of the loop: what came in it shares the commit. */
  #plan(): void {
    if (this.#planned || !this.#isTime) return
    this.#planned = true
    setImmediate(() => {
      this.#planned = false
      this.#commit()
    })
  }

  /** Has the next bodies kept, and answers them when they are. */
  #commit(): void {
    if (!this.#isTime) return
    const batch = this.#waiting.splice(0, commitLimit)
    this.#commits += 1
    this.#options.keep(batch.map((waiting) => waiting.body)).then(
      () => {
        // The next go first: they are written while these are answered.
        this.#commits -= 1
        this.#commit()
        for (const { response, recipient } of batch) this.#answer(response, 200, recipient.acknowledgement)
        this.counts.acknowledged += batch.length
        this.#noteHealth(null)
      },
      (error: unknown) => {
        this.#commits -= 1
        this.#commit()
        for (const { response } of batch) this.#answer(response, 503, '', ['retry-after', '10'])
        this.counts.refused['not-kept'] += batch.length
        this.#noteHealth(error instanceof Error ? error : new Error(String(error)))
      },
    )
  }

  #noteHealth(error: Error | null): void {
    this.#failedAt = error === null ? null : performance.now()
    if (error === null && this.#healthy) return
    this.#healthy = error === null
    this.#options.health(error)
    if (error) this.#options.log.error({ err: error }, 'callbacks cannot be kept; they are refused until they can')
  }

  /** Stops listening after the requests under way were answered; those that take too long are cut, unacknowledged. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server) {
      this.#stopping = true
      const patience = setTimeout(() => server.closeAllConnections(), stopPatienceMs)
      await new Promise<void>((resolve) => server.close(() => resolve()))
      clearTimeout(patience)
    }
    this.#port = null
  }
}
