/** Pictures that messages name, as the server fetched and checked them. */
import { Agent, request } from 'undici'
import type { ServerChoice } from '#shared/contract/desktop.ts'
import type { Media } from '#engine/types.ts'
import { tlsOf } from './connect.ts'

const types: ReadonlySet<string> = new Set<Media['type']>(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

/* More than the server lets through. */
const mostBytes = 32 * 1024 * 1024

/** The connections for pictures, under the same rule for certificates as everything else. */
export const mediaDispatcher = (server: Pick<ServerChoice, 'authority'>): Agent =>
  new Agent({ connect: tlsOf(server), connections: 8, headersTimeout: 60_000, bodyTimeout: 30_000 })

/** @returns null when there is none, or it cannot be had now */
export async function fetchMedia(
  { address, token }: ServerChoice,
  dispatcher: Agent,
  { robotId, link }: { robotId: string; link: string },
): Promise<Media | null> {
  const url = new URL('/media', address)
  url.searchParams.set('robot', robotId)
  url.searchParams.set('url', link)
  try {
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      headers: { authorization: `Bearer ${token}` },
    })
    const type = String(headers['content-type'] ?? '')
    if (statusCode !== 200 || !types.has(type)) {
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
    return { type: type as Media['type'], body: Buffer.concat(parts) }
  } catch {
    return null
  }
}
