/** A callback on its way in, for whoever receives one by HTTP: where its secret stands, and how much of it is read. */
import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Largest body, in bytes: a friend list of some ten thousand people. */
export const bodyLimit = 4 * 1024 * 1024

/** What stands before the secret. */
export const callbackPath = '/callback/'

/** Longest secret that is looked at, in characters. */
const secretLimit = 200

/** Secrets are looked up by their hash, so that the time of a look-up tells nothing about them. */
export const secretHash = (secret: string): string => hash('sha256', secret, 'base64url')

/** The secret that a request names; null where its address is none of a callback. */
export function secretOf({ method, url = '' }: Pick<IncomingMessage, 'method' | 'url'>): string | null {
  if (method !== 'POST' || !url.startsWith(callbackPath)) return null
  const query = url.indexOf('?')
  const secret = url.slice(callbackPath.length, query < 0 ? undefined : query)
  return secret === '' || secret.length > secretLimit || secret.includes('/') ? null : secret
}

/** Whether a request says itself that its body is too large. */
export const saysTooLarge = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  Number(headers['content-length'] ?? 0) > bodyLimit

/**
 * Reads a body. A body that is cut never ends, and then neither function is called.
 *
 * @param whole gets it
 * @param tooLarge called once, as soon as more came than may
 * @param piece told the length of each piece, in bytes
 */
export function readBody(
  request: IncomingMessage,
  whole: (body: Buffer) => void,
  tooLarge: () => void,
  piece?: (length: number) => void,
): void {
  const chunks: Buffer[] = []
  let length = 0
  request.on('data', (chunk: Buffer) => {
    const before = length
    length += chunk.length
    piece?.(chunk.length)
    if (length <= bodyLimit) chunks.push(chunk)
    else if (before <= bodyLimit) tooLarge()
  })
  request.on('error', () => undefined)
  request.on('end', () => {
    if (length > bodyLimit) return
    const [only] = chunks
    whole(chunks.length === 1 && only ? only : Buffer.concat(chunks, length))
  })
}
