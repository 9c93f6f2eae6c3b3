/**
 * Pictures in a WebDAV folder: PUT and DELETE (RFC 9110, RFC 4918) with a name and a password, which is all of WebDAV
 * that is needed here. Nothing is followed that the server points to.
 */
import { Agent, request } from 'undici'
import type { WebdavPlace } from '#shared/contract/entries/pictures.ts'
import { AppError } from '#shared/contract/errors.ts'
import { elsewhereMs, linkUnder, statusParams, throwIfEnded, troubleOf, type Elsewhere } from './elsewhere.ts'

/** @param password empty where the server asks for none */
export function webdavPlace({ url, username, publicUrl }: WebdavPlace, password: string): Elsewhere {
  const agent = new Agent({ connect: { timeout: 10_000 }, connections: 4, pipelining: 1 })
  const credentials = Buffer.from(`${username}:${password}`, 'utf8').toString('base64')
  const headers = { 'user-agent': 'Switchboard', ...(username === '' ? {} : { authorization: `Basic ${credentials}` }) }

  /* @returns the answer's status */
  const ask = async (
    method: 'PUT' | 'DELETE',
    name: string,
    signal: AbortSignal,
    content?: { body: Buffer; type: string },
  ): Promise<number> => {
    try {
      const { statusCode, body } = await request(linkUnder(url, name), {
        method,
        dispatcher: agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(elsewhereMs)]),
        headers: content ? { ...headers, 'content-type': content.type } : headers,
        body: content?.body ?? null,
      })
      await body.dump({ limit: 64 * 1024 }).catch(() => undefined)
      return statusCode
    } catch (error) {
      throwIfEnded(signal)
      throw troubleOf(error)
    }
  }

  return {
    place: `webdav ${url.replace(/\/+$/, '')}`,
    async put(name, body, type, signal) {
      const status = await ask('PUT', name, signal, { body, type })
      if (status < 200 || status > 299) throw new AppError('picture-not-stored', statusParams(status))
    },
    async remove(name, signal) {
      const status = await ask('DELETE', name, signal)
      const isGone = status === 404 || status === 410
      if (!isGone && (status < 200 || status > 299)) throw new AppError('picture-not-stored', statusParams(status))
    },
    linkOf: (name) => linkUnder(publicUrl, name),
    close: () => void agent.destroy().catch(() => undefined),
  }
}
