/** Pictures that messages name, as the server fetched and checked them. */
import { Agent, request } from 'undici'
import type { ServerChoice } from '#shared/contract/desktop.ts'
import { pictureFacts } from '#engine/pictures/facts.ts'
import type { Media } from '#engine/types.ts'
import { tlsOf } from './connect.ts'

/* More than the server lets through. */
const mostBytes = 32 * 1024 * 1024

/** How long a whole picture may take, in milliseconds: the largest one over a slow line. */
const timeLimitMs = 180_000

/** The connections for pictures, under the same rule for certificates as everything else. */
export const mediaDispatcher = (server: Pick<ServerChoice, 'authority'>): Agent =>
  new Agent({ connect: tlsOf(server), connections: 8, headersTimeout: 60_000, bodyTimeout: 30_000 })

/**
 * The server has checked it, and it is looked at here all the same, by its content: what is shown is shown by this machine.
 *
 * @returns null when there is none, or it cannot be had now
 */
export async function fetchMedia(
  { address, token }: ServerChoice,
  dispatcher: Agent,
  { robotId, link }: { robotId: string; link: string },
  limitMs = timeLimitMs,
): Promise<Media | null> {
  const url = new URL('/media', address)
  url.searchParams.set('robot', robotId)
  url.searchParams.set('url', link)
  try {
    const { statusCode, body } = await request(url, {
      dispatcher,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(limitMs),
    })
    if (statusCode !== 200) {
      await body.dump()
      return null
    }
    const parts: Buffer[] = []
    let bytes = 0
    for await (const part of body) {
      bytes += (part as Buffer).length
      // Leaving the loop ends the connection.
      if (bytes > mostBytes) return null
      parts.push(part as Buffer)
    }
    const whole = Buffer.concat(parts)
    const facts = pictureFacts(whole)
    return facts && { type: facts.type, body: whole }
  } catch {
    return null
  }
}
