/**
 * Receives callbacks: `POST /callback/<secret>`. A body is acknowledged only after it was
 * committed; bodies that arrive while a commit is under way share the next one (DESIGN §4).
 *
 * It stands on node:http alone: a framework's routing, hooks and replies cost this one route some seven
 * microseconds of processor time a callback, beside eighteen without them.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { decoded, isCompressed } from './compressed.ts'
import type { ArrivedCallback } from '../store/arrived.ts'
import type { Logger, Refusal } from '../types.ts'
import { bodyLimit, readBody, saysTooLarge, secretHash, secretOf } from './incoming.ts'
import { Entrance, type ListenerLimits } from './entrance.ts'

/** Most bodies of one commit, and most bytes of them. */
const commitLimit = 512
const commitBytes = 8 * 2 ** 20
/** How many bytes of bodies may wait for a commit, or be on their way in one: beyond that the platform has to come again. */
const waitingBytes = 64 * 2 ** 20
/** How many commits may be under way: while the disk takes one in, the next is written. */
const commitsAtOnce = 2
/** How many bodies the second of them is worth: each commit costs as much as several bodies. */
const secondFrom = 24

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
  /**
   * Keeps bodies durably. Rejects when that was not possible: they are not acknowledged then.
   *
   * @returns where it says so: how many should be kept together next
   */
  keep(arrived: ArrivedCallback[]): Promise<unknown>
  /** Told after bodies could not be kept (with why), and after they could again (null). */
  health(error: Error | null): void
  log: Logger
  limits?: Partial<ListenerLimits>
}

/** A recipient with the head of its acknowledgement, made once. */
interface Known extends Recipient {
  readonly head: string[]
}

interface Waiting {
  body: ArrivedCallback
  recipient: Known
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

/** Head of an answer; without a text there is none. */
const headOf = (text: string): string[] => {
  const head = ['content-length', String(Buffer.byteLength(text))]
  return text === '' ? head : [...head, 'content-type', 'text/plain; charset=utf-8']
}

/** The content type as it came. */
const sentContentType = (request: IncomingMessage): string | null => request.headers['content-type'] ?? null

export class CallbackListener {
  readonly #options: ListenerOptions
  readonly #routes = new Map<string, Route>()
  /** Where it listens. */
  readonly entrance: Entrance
  #recipients = new Map<string, Known>()
  #waiting: Waiting[] = []
  /** Bytes of the bodies that wait, and of those in a commit. */
  #bytes = 0
  /** How many commits are under way. */
  #commits = 0
  /** How many bodies the next brings. */
  #most = commitLimit
  /** Whether one begins at the end of this turn of the loop. */
  #planned = false
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

  /** Callbacks came in by another door, and were kept. */
  noteElsewhere(bodies: readonly ArrivedCallback[]): void {
    this.counts.received += bodies.length
    this.counts.acknowledged += bodies.length
    for (const { connectionId, at } of bodies) this.counts.lastAt.set(connectionId, at)
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
    this.#recipients = new Map(
      [...recipients].map(({ secret, ...recipient }) => {
        const head = headOf(recipient.acknowledgement)
        return [secretHash(secret), { ...recipient, head }]
      }),
    )
  }

  /** Begins to listen; may be called again after a failure. @throws AppError port-in-use, listener-failed */
  async start(): Promise<void> {
    this.#stopping = false
    await this.entrance.open()
  }

  /** Answers; without a text a bare status. */
  #answer(response: ServerResponse, status: number, text = '', headers: readonly string[] = []): void {
    const all = [...headers, ...headOf(text)]
    // What is left of a stranger's body, or of one that is too large, is not read; the listener's end ends all.
    if (status === 413 || status === 404 || this.#stopping) all.push('connection', 'close')
    response.writeHead(status, all)
    response.end(text)
  }

  #acknowledge({ response, recipient }: Waiting): void {
    if (this.#stopping) return this.#answer(response, 200, recipient.acknowledgement)
    response.writeHead(200, recipient.head)
    response.end(recipient.acknowledgement)
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
    const recipient = secret === null ? undefined : this.#recipients.get(secretHash(secret))
    // Everything that is no callback gets the same bare answer: nothing tells a stranger what runs here.
    if (!recipient) return this.#refuse(response, 404, 'unknown-address')
    if (recipient.admits?.(request) === false) return this.#refuse(response, 404, 'source')
    if (saysTooLarge(request)) return this.#refuse(response, 413, 'too-large')
    const whole = (raw: Buffer): void => {
      if (response.headersSent) return
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
    }
    readBody(request, whole, () => this.#refuse(response, 413, 'too-large'))
  }

  #take(waiting: Waiting): void {
    const bytes = waiting.body.raw.byteLength
    this.counts.received += 1
    if (this.#bytes + bytes > waitingBytes) {
      this.counts.refused['not-kept'] += 1
      return this.#answer(waiting.response, 503, '', ['retry-after', '10'])
    }
    this.#waiting.push(waiting)
    this.#bytes += bytes
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

  /** What the next commit brings. */
  #next(): Waiting[] {
    let bytes = 0
    const end = this.#waiting.findIndex(({ body }, index) => {
      bytes += body.raw.byteLength
      return index === this.#most || (index > 0 && bytes > commitBytes)
    })
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end)
  }

  #end(batch: readonly Waiting[]): void {
    this.#commits -= 1
    for (const { body } of batch) this.#bytes -= body.raw.byteLength
    this.#commit()
  }

  /** Has the next bodies kept, and answers them when they are. */
  #commit(): void {
    if (!this.#isTime) return
    const batch = this.#next()
    this.#commits += 1
    this.#options.keep(batch.map((waiting) => waiting.body)).then(
      (most) => {
        this.#most = typeof most === 'number' ? Math.max(1, Math.min(commitLimit, most)) : commitLimit
        // The next go first: they are written while these are answered.
        this.#end(batch)
        for (const waiting of batch) this.#acknowledge(waiting)
        this.counts.acknowledged += batch.length
        this.#noteHealth(null)
      },
      (error: unknown) => {
        this.#end(batch)
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
