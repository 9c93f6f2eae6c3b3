/** `/ws`: the contract for browsers, calls and events over one WebSocket (shared/contract/frames.ts). */
import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Engine, Logger } from '#engine/types.ts'
import { type Door, type Entrant, isAtTheDoor, judge, signInsFor } from './door.ts'
import { Client, type SocketLimits } from './client.ts'
import { isForLocked } from '#shared/contract/events.ts'
import { closeCodes } from '#shared/contract/frames.ts'

const defaultLimits: SocketLimits = {
  helloMs: 5_000,
  pingMs: 30_000,
  bufferedBytes: 8 * 1024 * 1024,
  frameBytes: 1024 * 1024,
  clients: 200,
  callsPerSecond: 200,
  callsAtOnce: 1000,
}

export interface SocketOptions {
  readonly server: HttpServer
  readonly engine: Engine
  readonly door: Door
  readonly log: Logger
  readonly limits: Partial<SocketLimits> | undefined
}

export interface Sockets {
  /** How many are open. */
  readonly count: number
  /** Ends every socket with "going away". */
  close(): void
}

const refuseUpgrade = (socket: Duplex, status: string): void => {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** Adds the WebSocket to a running HTTP server. */
export function addSockets(options: SocketOptions): Sockets {
  const { server, engine, door, log } = options
  const limits = { ...defaultLimits, ...options.limits }
  const clients = new Set<Client>()
  const acceptor = new WebSocketServer({ noServer: true, maxPayload: limits.frameBytes })

  const callerOf = (entrant: Entrant) => ({
    sessionId: entrant.session?.id ?? null,
    sessions: signInsFor(door, entrant),
  })

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', (error) => {
      log.debug({ err: error }, 'a socket broke while it was being opened')
    })
    if (request.url?.split('?', 1)[0] !== '/ws') return refuseUpgrade(socket, '404 Not Found')
    if (!isAtTheDoor(door, request)) return refuseUpgrade(socket, '403 Forbidden')
    const judged = judge(door, request, 'required')
    if ('code' in judged && judged.code === 'too-many-requests') {
      return refuseUpgrade(socket, '429 Too Many Requests')
    }
    if (clients.size >= limits.clients) return refuseUpgrade(socket, '503 Service Unavailable')
    acceptor.handleUpgrade(request, socket, head, (connection) => {
      // A browser is not told the status of a refused upgrade; a close code it is.
      if ('code' in judged) {
        connection.on('error', () => {})
        connection.close(closeCodes.unauthorized, 'not signed in')
        return
      }
      const client = new Client(connection, engine, limits, log, callerOf(judged))
      clients.add(client)
      connection.on('close', () => clients.delete(client))
    })
  }
  server.on('upgrade', onUpgrade)

  const endEvents = engine.onEvents((events) => {
    let frame: Buffer | undefined
    const isForAll = isForLocked(events)
    for (const client of clients) {
      if (!client.isWelcome) continue
      if (!isForAll && engine.isLocked(client.sessionId ?? undefined)) continue
      // Once for all of them: at many clients the serialising is what costs.
      frame ??= Buffer.from(JSON.stringify({ type: 'events', events }))
      client.send(frame)
    }
  })
  const pings = setInterval(() => {
    for (const client of clients) {
      // A page that is open is in use; one whose session has ended is closed.
      if (client.sessionId !== null) door.access.sessions.touch(client.sessionId)
      client.ping()
    }
  }, limits.pingMs)

  const endSessions = door.access.sessions.onEnd((id) => {
    for (const client of clients) if (client.sessionId === id) client.signOut()
  })

  return {
    get count() {
      return clients.size
    },
    close() {
      endSessions()
      clearInterval(pings)
      endEvents()
      server.off('upgrade', onUpgrade)
      for (const client of clients) client.end()
      acceptor.close()
    },
  }
}
