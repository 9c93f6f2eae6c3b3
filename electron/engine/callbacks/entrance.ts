/** Where the listener listens: an address and a port, in the clear or by TLS. It knows nothing of what it lets in. */
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { AppError } from '#shared/contract/errors.ts'
import type { Logger } from '../types.ts'
import type { TlsContent } from './tls-files.ts'

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

/** Where to listen. */
export interface Place {
  /** An IP address of this machine, or one that stands for all. */
  readonly address: string
  /** 0 picks a free port. */
  readonly port: number
  /** Null: in the clear. With it there is a second, plain door on loopback, for what leads here from this machine. */
  readonly tls: TlsContent | null
}

/** How this machine reaches the listener in the clear. */
export interface Door {
  readonly host: string
  readonly port: number
}

export interface EntranceOptions {
  /** On loopback, until it is moved; 0 picks a free one. */
  readonly port: number
  readonly limits?: Partial<ListenerLimits> | undefined
  readonly receive: RequestListener
  readonly log: Logger
}

/** How long closing waits for requests under way, in milliseconds: what is not whole by then is sent again. */
const stopPatienceMs = 3000

/** An address as it stands in a URL. */
export const inUrl = (address: string): string => (address.includes(':') ? `[${address}]` : address)

/** By what this machine reaches an address that it listens on. */
function reachedBy(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1'
  return address === '::' ? '::1' : address
}

export class Entrance {
  readonly #options: EntranceOptions
  #place: Place
  #servers: Server[] = []
  #tlsServer: TlsServer | null = null
  #port: number | null = null
  #door: Door | null = null

  constructor(options: EntranceOptions) {
    this.#options = options
    this.#place = { address: '127.0.0.1', port: options.port, tls: null }
  }

  /** Where it listens from its next opening on. */
  moveTo(place: Place): void {
    this.#place = place
  }

  /** Takes another certificate; connections that stand go on with the one they have. */
  renewTls(tls: TlsContent): void {
    this.#place = { ...this.#place, tls }
    this.#tlsServer?.setSecureContext(tls)
  }

  /** The port it listens on; null while it does not. */
  get port(): number | null {
    return this.#port
  }

  /** Where this machine reaches it in the clear, whatever it is outside; null while it does not listen. */
  get door(): Door | null {
    return this.#door
  }

  /** The same as a URL; known before it listens where the port is chosen. */
  get url(): string | null {
    const { address, port, tls } = this.#place
    const door = this.#door ?? (port === 0 || tls ? null : { host: reachedBy(address), port })
    return door && `http://${inUrl(door.host)}:${door.port}`
  }

  #build(tls: TlsContent | null): Server {
    const limits = { ...defaultLimits, ...this.#options.limits }
    const patience = {
      requestTimeout: limits.requestMs,
      headersTimeout: limits.headersMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: limits.checkMs,
      maxHeaderSize: 16 * 1024,
      noDelay: true,
    }
    const { receive } = this.#options
    if (tls) {
      const { cert, key, minVersion } = tls
      const handshakeTimeout = limits.headersMs
      this.#tlsServer = createTlsServer({ ...patience, cert, key, minVersion, handshakeTimeout }, receive)
    }
    const server = tls && this.#tlsServer ? this.#tlsServer : createServer(patience, receive)
    server.timeout = limits.idleMs
    server.maxConnections = limits.connections
    return server
  }

  /** @throws AppError port-in-use, listener-failed */
  async #listen(server: Server, address: string, port: number): Promise<number> {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, address, () => {
          server.off('error', reject)
          resolve()
        })
      })
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
        throw new AppError('port-in-use', { port }, { cause: error })
      }
      const problem = error instanceof Error ? error.message : String(error)
      throw new AppError('listener-failed', { problem }, { cause: error })
    }
    server.on('error', (error) => this.#options.log.error({ err: error }, 'the listener is in trouble'))
    this.#servers.push(server)
    const bound = server.address()
    return typeof bound === 'object' && bound ? bound.port : port
  }

  /** Begins to listen; may be called again after a failure. @throws AppError port-in-use, listener-failed */
  async open(): Promise<void> {
    const { address, port, tls } = this.#place
    try {
      const bound = await this.#listen(this.#build(tls), address, port)
      this.#door = tls
        ? { host: '127.0.0.1', port: await this.#listen(this.#build(null), '127.0.0.1', 0) }
        : { host: reachedBy(address), port: bound }
      this.#port = bound
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** Closes after the requests under way were answered; those that take too long are cut. */
  async close(): Promise<void> {
    const servers = this.#servers
    this.#servers = []
    this.#tlsServer = null
    const patience = setTimeout(() => {
      for (const server of servers) server.closeAllConnections()
    }, stopPatienceMs)
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))))
    clearTimeout(patience)
    this.#door = null
    this.#port = null
  }
}
