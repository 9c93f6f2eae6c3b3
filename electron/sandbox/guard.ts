/** Who may use the admin interface and the page: whoever has the token, and no page of another site. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

export function isSameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret))
}

/** A name of its own for each port, since browsers share cookies between the ports of a host. */
export function cookieName(port: number): string {
  return `sandbox-${port}`
}

export function tokenOf(request: FastifyRequest, port: number): string {
  const header = request.headers['x-sandbox-token']
  if (typeof header === 'string') return header
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return bearer
  const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim())
  const prefix = `${cookieName(port)}=`
  return cookies.find((cookie) => cookie.startsWith(prefix))?.slice(prefix.length) ?? ''
}

/** Refuses a foreign Host (a name that was bent to point here) and a foreign Origin. */
export function isForeign(request: FastifyRequest, port: number): boolean {
  const own = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`)
  const { host = '', origin } = request.headers
  return !own.includes(host) || (origin !== undefined && !own.some((name) => origin === `http://${name}`))
}

export async function refuse(
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
): Promise<FastifyReply> {
  return await reply.code(status).send({ error: { code, message } })
}
