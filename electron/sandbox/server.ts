/** The HTTP interface, on loopback only. */
import fastify, { type FastifyInstance } from 'fastify'
import { ZodError } from 'zod'
import { addAdmin } from './admin.ts'
import { addGateway } from './gateway.ts'
import type { Journal } from './journal.ts'
import { addPage } from './page/routes.ts'
import { picture } from './pictures.ts'
import type { Platform } from './platform.ts'
import { qrPng } from './qr.ts'

/** @param port the port once it listens */
export function makeServer(platform: Platform, journal: Journal, port: () => number): FastifyInstance {
  const app = fastify({ bodyLimit: 2 * 1024 * 1024, forceCloseConnections: true, logger: false })
  // Every body is taken as the text that it is: the gateway reads it by its own rules, and refuses by them.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body)
  })
  app.setErrorHandler(async (error: unknown, _request, reply) => {
    const { status, code, message } = explained(error)
    return await reply.code(status).send({ error: { code, message } })
  })

  app.get('/healthz', () => ({ ok: true }))
  app.get('/pictures/:name', async (request, reply) => {
    const number = /^([1-9]\d?)\.png$/.exec((request.params as { name: string }).name)?.[1]
    const png = number === undefined ? null : picture(Number(number))
    if (!png) return await reply.code(404).send('no such picture')
    return await reply.type('image/png').header('cache-control', 'max-age=86400').send(png)
  })
  app.get('/qr/:name', async (request, reply) => {
    const { name } = request.params as { name: string }
    const login = platform.world.state.logins.find((pending) => `${pending.id}.png` === name)
    if (!login?.qrText) return await reply.code(404).send('no such code')
    return await reply
      .type('image/png')
      .header('cache-control', 'no-store')
      .send(await qrPng(login.qrText))
  })
  addGateway(app, platform, journal)
  addAdmin(app, platform, journal, port)
  addPage(app, platform, journal, port)
  return app
}

function explained(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof ZodError) {
    const message = error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()).join('; ')
    return { status: 400, code: 'invalid', message }
  }
  if (error instanceof SyntaxError) return { status: 400, code: 'invalid', message: 'the body is no JSON' }
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message?: string }
  return { status: statusCode ?? 500, code: code ?? 'failed', message: message ?? 'failed' }
}
