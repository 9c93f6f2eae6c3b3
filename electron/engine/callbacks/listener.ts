/**
 * Receives callbacks: `POST /callback/<secret>` on loopback. A body is acknowledged only after it was
 * committed; bodies that arrive while a commit is under way share the next one (DESIGN §4).
 */
import { createHash } from 'node:crypto'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { AppError } from '#shared/contract/errors.ts'
import type { ArrivedCallback } from '../store/callbacks.ts'
import type { Logger } from '../types.ts'

/** Largest body, in bytes: a friend list of some ten thousand people. */
const bodyLimit = 4 * 1024 * 1024
/** How long a sender may take for a whole request, in milliseconds. */
const requestMs = 30_000
/** Most bodies of one commit. */
const commitLimit = 512

/** What the listener knows of a connection. */
export interface Recipient {
  connectionId: number
  acknowledgement: string
}

export interface ListenerOptions {
  /** 0 picks a free port. */
  port: number
  /** Keeps bodies durably. Rejects when that was not possible: they are not acknowledged then. */
  keep(arrived: ArrivedCallback[]): Promise<unknown>
  /** Told after bodies could not be kept (with why), and after they could again (null). */
  health(error: Error | null): void
  log: Logger
}

interface Waiting {
  body: ArrivedCallback
  resolve(): void
  reject(error: Error): void
}

/** Secrets are looked up by their hash, so that the time of a look-up tells nothing about them. */
const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64')

/** The content type as it came. */
function sentContentType({ raw: { rawHeaders } }: FastifyRequest): string | null {
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type')
  return at < 0 ? null : (rawHeaders[at + 1] ?? null)
}

export class CallbackListener {
  readonly #options: ListenerOptions
  #server: FastifyInstance | null = null
  #recipients = new Map<string, Recipient>()
  #waiting: Waiting[] = []
  #committing = false
  #healthy = true
  #port: number | null = null

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  /** The port it listens on; null while it does not. */
  get port(): number | null {
    return this.#port
  }

  /** Base address; a connection's callback URL is `<base>/callback/<secret>`. Null until the port is known. */
  get baseUrl(): string | null {
    const port = this.#port ?? (this.#options.port || null)
    return port === null ? null : `http://127.0.0.1:${port}`
  }

  setRecipients(recipients: Iterable<Recipient & { secret: string }>): void {
    this.#recipients = new Map([...recipients].map(({ secret, ...recipient }) => [hashOf(secret), recipient]))
  }

  #build(): FastifyInstance {
    const server = fastify({
      logger: false,
      bodyLimit,
      requestTimeout: requestMs,
      connectionTimeout: requestMs * 2,
      keepAliveTimeout: 60_000,
      http: { maxHeaderSize: 16 * 1024 },
      routerOptions: { maxParamLength: 200 },
      // An address that cannot be read at all gets the answer of every other that is none.
      frameworkErrors: (_error, _request, reply) => {
        // Its type knows no route here, and with it no status.
        void (reply as unknown as FastifyReply).code(404).send()
      },
    })
    server.removeAllContentTypeParsers()
    server.addHook('onRequest', (request, _reply, done) => {
      // Senders write all sorts of things there, and the framework would refuse what it cannot read.
      request.raw.headers['content-type'] = 'application/octet-stream'
      done()
    })
    server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body)
    })
    server.post('/callback/:secret', (request, reply) => this.#receive(request, reply))
    // Everything that is no callback gets the same bare answer: nothing tells a stranger what runs here.
    server.setNotFoundHandler((_request, reply) => reply.code(404).send())
    server.setErrorHandler((error, _request, reply) => {
      const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
      reply.code(status >= 400 && status < 600 ? status : 500).send()
    })
    return server
  }

  /** Begins to listen; may be called again after a failure. @throws AppError port-in-use, listener-failed */
  async start(): Promise<void> {
    const server = this.#build()
    try {
      await server.listen({ host: '127.0.0.1', port: this.#options.port })
    } catch (error) {
      await server.close()
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
        throw new AppError('port-in-use', { port: this.#options.port }, { cause: error })
      }
      const problem = error instanceof Error ? error.message : String(error)
      throw new AppError('listener-failed', { problem }, { cause: error })
    }
    this.#server = server
    const address = server.server.address()
    this.#port = typeof address === 'object' && address ? address.port : null
  }

  async #receive(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const recipient = this.#recipients.get(hashOf((request.params as { secret: string }).secret))
    if (!recipient) return reply.code(404).send()
    const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    try {
      await this.#keep({
        connectionId: recipient.connectionId,
        at: Date.now(),
        contentType: sentContentType(request),
        raw,
      })
    } catch {
      return reply.code(503).header('retry-after', '10').send()
    }
    return reply.code(200).header('content-type', 'text/plain; charset=utf-8').send(recipient.acknowledgement)
  }

  #keep(body: ArrivedCallback): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ body, resolve, reject })
      if (!this.#committing) {
        this.#committing = true
        // At the end of this turn of the loop: what came in it shares the commit.
        setImmediate(() => void this.#commit())
      }
    })
  }

  async #commit(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, commitLimit)
      try {
        await this.#options.keep(batch.map((waiting) => waiting.body))
        for (const waiting of batch) waiting.resolve()
        this.#noteHealth(null)
      } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error))
        for (const waiting of batch) waiting.reject(failure)
        this.#noteHealth(failure)
      }
    }
    this.#committing = false
  }

  #noteHealth(error: Error | null): void {
    if (error === null && this.#healthy) return
    this.#healthy = error === null
    this.#options.health(error)
    if (error) this.#options.log.error({ err: error }, 'callbacks cannot be kept; they are refused until they can')
  }

  /** Stops listening after the requests under way were answered. */
  async stop(): Promise<void> {
    await this.#server?.close()
    this.#server = null
    this.#port = null
  }
}
