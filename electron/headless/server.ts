/** The HTTP side of the headless host: interface, sign-in, API and WebSocket on one loopback port. */
import cookie from '@fastify/cookie'
import files from '@fastify/static'
import fastify, { type FastifyInstance } from 'fastify'
import { existsSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join, sep } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import type { Engine, Logger } from '#engine/types.ts'
import { securityHeaders } from '#shared/security/headers.ts'
import { Access } from './access.ts'
import { addApi, addErrorHandler, refuse } from './api.ts'
import type { SocketLimits } from './client.ts'
import { type Door, isAtTheDoor } from './door.ts'
import { addMedia } from './media.ts'
import { addProbes } from './probes.ts'
import { Sessions } from './sessions.ts'
import { addSignIn } from './sign-in.ts'
import { checkSite, loopbackSite, siteOf, type SiteOptions } from './site.ts'
import { addSockets, type Sockets } from './sockets.ts'

const bodyLimit = 1024 * 1024

/** What callers may take of time, in milliseconds. */
export interface CallerLimits {
  /** For the headers, and for a whole request. */
  readonly headersMs: number
  readonly requestMs: number
  /** How often it is looked for those who take longer. */
  readonly checkMs: number
}
const callerLimits: CallerLimits = { headersMs: 20_000, requestMs: 60_000, checkMs: 5_000 }

/* Far more than the browsers of one office open. */
const maxConnections = 1000

export interface ServerOptions {
  readonly engine: Engine
  /** 0 picks a free one. */
  readonly port: number
  /** Bearer token; undefined: a random one is made. */
  readonly token: string | undefined
  /** Bearer token that opens health and metrics alone; absent: there is none. */
  readonly monitorToken?: string | undefined
  /** Of the application, for the metrics. */
  readonly version: string
  /** Folder of the built renderer. */
  readonly rendererDir: string
  readonly log: Logger
  /** File in which the sessions are kept; absent: they end with the host. */
  readonly sessionsFile?: string
  /** Where it is bound and by which name it is reached; absent: loopback. */
  readonly site?: SiteOptions
  readonly socketLimits?: Partial<SocketLimits>
  readonly callerLimits?: Partial<CallerLimits>
}

export interface Server {
  readonly port: number
  readonly token: string
  /** The link that signs one browser in. */
  readonly url: string
  /** Lets requests through: to be called once the engine has started. */
  open(): void
  /** Ends every connection. */
  close(): Promise<void>
}

const listenFailure = (error: unknown, port: number): AppError => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  if (code === 'EADDRINUSE') return new AppError('port-in-use', { port }, { cause: error })
  const problem = code === 'EACCES' ? `this user may not open port ${port}` : `port ${port} cannot be opened (${code})`
  return new AppError('invalid-input', { field: '--port', problem }, { cause: error })
}

/* @throws AppError invalid-input when certificate or key cannot be read or used */
function buildServer(tls: SiteOptions['tls'], limits: CallerLimits): FastifyInstance {
  const common = { bodyLimit, forceCloseConnections: true, requestTimeout: limits.requestMs }
  const times = { headersTimeout: limits.headersMs, connectionsCheckingInterval: limits.checkMs }
  const build = (https: { cert: Buffer; key: Buffer; minVersion: 'TLSv1.2' } | null): FastifyInstance => {
    const app = (https
      ? fastify({ ...common, https: { ...https, ...times } })
      : fastify({ ...common, http: times })) as unknown as FastifyInstance
    app.server.maxConnections = maxConnections
    return app
  }
  if (!tls) return build(null)
  try {
    return build({ cert: readFileSync(tls.cert), key: readFileSync(tls.key), minVersion: 'TLSv1.2' })
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new AppError('invalid-input', { field: '--tls-cert, --tls-key', problem }, { cause: error })
  }
}

function addRenderer(app: FastifyInstance, rendererDir: string): void {
  // Files of a build carry a hash in their names; the page that names them must never be an old one.
  const assets = join(rendererDir, 'assets') + sep
  app.register(files, {
    root: rendererDir,
    cacheControl: false,
    dotfiles: 'deny',
    setHeaders: (reply, path) => {
      reply.header('cache-control', path.startsWith(assets) ? 'public, max-age=31536000, immutable' : 'no-store')
    },
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const isScreen = request.method === 'GET' && !/^\/(api|ws|assets|enter|media|healthz|metrics)(\/|$)/.test(path)
    if (isScreen && (request.headers.accept ?? '').includes('text/html')) {
      return reply.header('cache-control', 'no-store').sendFile('index.html')
    }
    return refuse(request, reply, { code: 'unknown-entry', params: { entry: `${request.method} ${path}` } })
  })
}

/**
 * Takes the port, but answers 503 until `open()`: what fails for a port that is taken has then touched no data.
 *
 * @throws AppError not-built, port-in-use, invalid-input
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { engine, log } = options
  const page = join(options.rendererDir, 'index.html')
  if (!existsSync(page)) throw new AppError('not-built', { path: page })

  const siteOptions = options.site ?? loopbackSite
  checkSite(siteOptions)
  const sessions = await Sessions.open(options.sessionsFile ?? null, log)
  const access = new Access(options.token, sessions, Date.now, options.monitorToken)
  const app = buildServer(siteOptions.tls, { ...callerLimits, ...options.callerLimits })
  const port = (): number => (app.server.address() as AddressInfo | null)?.port ?? 0
  let madeDoor: Door | null = null
  // The port, and with it the names, are known once it is bound; no request comes earlier.
  const door = (): Door => (madeDoor ??= { access, site: siteOf(siteOptions, port()), port: port() })
  let isOpen = false
  let sockets: Sockets | undefined

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    if (door().site.isTls) reply.header('strict-transport-security', 'max-age=31536000')
    if (!isAtTheDoor(door(), request.raw)) {
      await refuse(request, reply, { code: 'forbidden' })
      // A host that is still opening its data is what a probe asks about.
    } else if (!isOpen && request.routeOptions.url !== '/healthz') {
      await refuse(request, reply.header('retry-after', '1'), { code: 'connection-lost' })
    }
  })
  // Text that calls itself text/plain can be posted by any page's form: JSON only.
  app.removeContentTypeParser('text/plain')
  addErrorHandler(app, log)
  app.register(cookie)
  app.register((scope, _options, done) => {
    addSignIn(scope, door)
    done()
  })
  app.register((scope, _options, done) => {
    addApi(scope, engine, door)
    addMedia(scope, engine, door)
    done()
  })
  const probes = addProbes(app, {
    engine,
    door,
    version: options.version,
    sockets: () => sockets?.count ?? 0,
  })
  addRenderer(app, options.rendererDir)

  try {
    await app.listen({ host: siteOptions.host, port: options.port })
  } catch (error) {
    await app.close()
    throw listenFailure(error, options.port)
  }
  const ownPort = port()
  return {
    port: ownPort,
    token: access.token,
    url: `${door().site.origin}/enter?code=${access.code}`,
    open() {
      sockets = addSockets({ server: app.server, engine, door: door(), log, limits: options.socketLimits })
      isOpen = true
    },
    async close() {
      sockets?.close()
      probes.close()
      await app.close()
      await sessions.close()
    },
  }
}
