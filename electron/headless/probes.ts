/**
 * `/healthz` and `/metrics`: for those who watch over the machine. Neither says a name or a secret, and no browser's
 * session opens them: what watches has a token of its own.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Engine } from '#engine/types.ts'
import { refuse } from './api.ts'
import { addressOf, type Door } from './door.ts'
import { LoopDelay } from './loop-delay.ts'
import { metricsContentType, metricsText } from './metrics.ts'

export interface ProbesOptions {
  readonly engine: Engine
  readonly door: () => Door
  readonly version: string
  /** How many WebSockets are open. */
  sockets(): number
}

export interface Probes {
  /** Ends the measuring. */
  close(): void
}

/*
 * Asked on this machine, or by a trusted proxy for itself. A request that somebody handed on is a stranger's, whatever
 * it says of where it comes from.
 */
const isNeighbours = ({ site }: Door, { headers, socket }: FastifyRequest['raw']): boolean =>
  headers['x-forwarded-for'] === undefined &&
  headers.forwarded === undefined &&
  site.isNeighbour(socket.remoteAddress ?? '')

/* Whether a request shows a token that is good for looking; answers it where not. */
async function admits(door: Door, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  const admission = door.access.forMonitor(request.headers.authorization, addressOf(door, request.raw))
  if (admission === 'admitted') return true
  await refuse(request, reply, { code: admission === 'blocked' ? 'too-many-requests' : 'unauthorized' })
  return false
}

/** Adds `GET /healthz` and `GET /metrics`. */
export function addProbes(app: FastifyInstance, options: ProbesOptions): Probes {
  const { engine } = options
  const loopDelay = new LoopDelay()

  app.get('/healthz', async (request, reply) => {
    const door = options.door()
    // A token that is shown is looked at, so that a wrong one does not pass where none is needed.
    const isOpen = request.headers.authorization === undefined && isNeighbours(door, request.raw)
    if (!isOpen && !(await admits(door, request, reply))) return reply
    const { reason, code } = await engine.health()
    const status = reason === null ? 'ok' : 'unavailable'
    return reply
      .code(reason === null ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status, ...(reason !== null && { reason }), ...(code !== null && { code }) })
  })

  const ask = async (): Promise<string> => {
    // A store that cannot be read is told by its health; the process' own numbers are wanted all the more.
    const counted = engine.measures().catch(() => null)
    const [health, measures] = await Promise.all([engine.health(), counted])
    const { version } = options
    return metricsText({ health, measures, version, sockets: options.sockets(), loopDelayP99: loopDelay.p99 })
  }
  // Those who ask at the same time get the same answer: counting costs the same for one as for many.
  let underWay: Promise<string> | null = null

  app.get('/metrics', async (request, reply) => {
    if (!(await admits(options.door(), request, reply))) return reply
    underWay ??= ask().finally(() => (underWay = null))
    return reply
      .header('cache-control', 'no-store')
      .type(metricsContentType)
      .send(await underWay)
  })

  return { close: () => loopDelay.stop() }
}
