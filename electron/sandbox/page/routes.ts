/** The control page. */
import type { FastifyInstance } from 'fastify'
import type { Journal } from '../journal.ts'
import type { Platform } from '../platform.ts'

export function addPage(app: FastifyInstance, _platform: Platform, _journal: Journal, _port: () => number): void {
  app.get('/', async (_request, reply) => await reply.type('text/html; charset=utf-8').send('<h1>sandbox</h1>'))
}
