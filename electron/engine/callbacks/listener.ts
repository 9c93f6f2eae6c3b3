/**
 * Receives callbacks: `POST /callback/<secret>`. A body is acknowledged only after it was
 * committed; bodies that arrive while a commit is under way share the next one (DESIGN §4).
 *
 * It stands on node:http alone: a framework's routing, hooks and replies cost this one route some seven
 * microseconds of processor time a callback, beside eighteen without them.
 */
import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { decoded, isCompressed } from './compressed.ts'
import type { ArrivedCallback } from '../store/callbacks.ts'
import type { Logger, Refusal } from '../types.ts'
import { Entrance, type ListenerLimits } from './entrance.ts'

/** Largest body, in bytes: a friend list of some ten thousand people. */
const bodyLimit = 4 * 1024 * 1024
/** Most bodies of one commit. */
const commitLimit = 512
/** Longest secret that is looked at, in characters. */
const secretLimit = 200
const path = '/callback/'

/** What the listener knows of a connection. */
export interface Recipient {
  connectionId: number
  acknowledgement: string
  /** Whether a request may come in; absent where everything may. */
  admits?(request: IncomingMessage): boolean
}

/**
 * Answers requests other than callbacks, under a path of its own; it is called for GET and HEAD alone.
 *
 * @param rest what follows the prefix, without the query
 * @returns false where it has no such thing: the listener answers as it does everything else
 */
export type Route = (request: IncomingMessage, response: ServerResponse, rest: string) => boolean

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
  readonly #routes = new Map<string, Route>()
  /** Where it listens. */
  readonly entrance: Entrance
  #recipients = new Map<string, Recipient>()
  #waiting: Waiting[] = []
  #committing = false
  #healthy = true
  #stopping = false
  readonly counts: ListenerCounts = {
    received: 0,
    acknowledged: 0,
    refused: { 'unknown-address': 0, source: 0, 'too-large': 0, 'not-kept': 0 },
    lastAt: new Map(),
  }
  #failedAt: number | null = null

  constructor(options: ListenerOptions) {
    this.#options = options
    this.entrance = new Entrance({
      port: options.port,
      limits: options.limits,
      log: options.log,
      receive: (request, response) => this.#receive(request, response),
    })
  }

  /** Serves what begins with a path, such as `/media/`, by GET and HEAD. */
  serve(prefix: `/${string}/`, route: Route): void {
    this.#routes.set(prefix, route)
  }

  /** The port it listens on; null while it does not. */
  get port(): number | null {
    return this.entrance.port
  }

  /** When bodies could last not be kept, by `performance.now()`; null where they can. */
  get failedAt(): number | null {
    return this.#failedAt
  }

  /** The store keeps again, as somebody else found out. */
  noteKept(): void {
    this.#noteHealth(null)
  }

  /** Base address for this machine; `<base>/callback/<secret>` takes callbacks. Null until the port is known. */
  get baseUrl(): string | null {
    return this.entrance.url
  }

  setRecipients(recipients: Iterable<Recipient & { secret: string }>): void {
    this.#recipients = new Map([...recipients].map(({ secret, ...recipient }) => [hashOf(secret), recipient]))
  }

  /** Begins to listen; may be called again after a failure. @throws AppError port-in-use, listener-failed */
  async start(): Promise<void> {
    this.#stopping = false
    await this.entrance.open()
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

  /** @returns whether somebody else answers */
  #isServed(request: IncomingMessage, response: ServerResponse): boolean {
    const { method, url = '' } = request
    if (method !== 'GET' && method !== 'HEAD') return false
    const [only = ''] = url.split('?', 1)
    for (const [prefix, route] of this.#routes) {
      if (only.startsWith(prefix) && route(request, response, only.slice(prefix.length))) return true
    }
    return false
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const secret = secretOf(request)
    if (secret === null && this.#routes.size > 0 && this.#isServed(request, response)) return
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
    if (this.#committing) return
    this.#committing = true
    // At the end of this turn of the loop: what came in it shares the commit.
    setImmediate(() => this.#commit())
  }

  /** Has the next bodies kept, and answers them when they are. */
  #commit(): void {
    const batch = this.#waiting.splice(0, commitLimit)
    this.#committing = batch.length > 0
    if (!this.#committing) return
    this.#options.keep(batch.map((waiting) => waiting.body)).then(
      () => {
        // The next go first: they are written while these are answered.
        this.#commit()
        for (const { response, recipient } of batch) this.#answer(response, 200, recipient.acknowledgement)
        this.counts.acknowledged += batch.length
        this.#noteHealth(null)
      },
      (error: unknown) => {
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
    this.#stopping = true
    await this.entrance.close()
  }
}
