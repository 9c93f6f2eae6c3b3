/** `GET /media?robot=…&url=…`: pictures that messages name, as the engine fetched and checked them. */
import type { FastifyInstance } from 'fastify'
import type { Engine } from '#engine/types.ts'
import { pictureHeaders } from '#shared/security/headers.ts'
import { refuse } from './api.ts'
import { type Door, judge } from './door.ts'

interface Query {
  robot?: string
  url?: string
}

/** How long a browser may keep a picture, in seconds: what a link shows does not change under our hash of it. */
const keepSeconds = 3600

/** Adds the route. A picture cannot carry a token, so the session's cookie signs in; it never comes along from other sites. */
export function addMedia(app: FastifyInstance, engine: Engine, door: () => Door): void {
  app.get<{ Querystring: Query }>('/media', async (request, reply) => {
    const judged = judge(door(), request.raw, 'optional')
    if ('code' in judged) return refuse(request, reply, judged)
    const isLocked = (): boolean => engine.isLocked(judged.session?.id)
    if (isLocked()) return refuse(request, reply, { code: 'locked' })
    const { robot, url } = request.query
    const media = typeof robot === 'string' && typeof url === 'string' ? await engine.media(robot, url) : null
    // It may have been locked while the picture was on its way.
    if (isLocked()) return refuse(request, reply, { code: 'locked' })
    if (!media) return refuse(request, reply, { code: 'not-found', params: { what: 'picture' } })
    return reply
      .header('content-type', media.type)
      .header('cache-control', `private, max-age=${keepSeconds}`)
      .headers(pictureHeaders)
      .send(media.body)
  })
}
