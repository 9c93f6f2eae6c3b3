/**
 * Bodies that came compressed: a proxy on the way may do so, though the platform's document says nothing of it.
 * What they grow to is bounded as any other body is, so that a few kilobytes cannot fill the memory.
 */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'

const decoders = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
])

/** Whether a body has to be decoded before it can be read. */
export const isCompressed = (encoding: string | undefined): encoding is string =>
  encoding !== undefined && encoding.trim() !== '' && encoding.trim().toLowerCase() !== 'identity'

/**
 * Decodes a body.
 *
 * @param encoding `Content-Encoding`
 * @param limit largest result, in bytes
 * @returns null when it would be larger than that. What cannot be decoded comes back as it came: it is kept, and
 *   the reader says that it cannot be read
 */
export async function decoded(raw: Buffer, encoding: string, limit: number): Promise<Buffer | null> {
  const decode = decoders.get(encoding.trim().toLowerCase())
  if (!decode) return raw
  try {
    return await decode(raw, { maxOutputLength: limit })
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? null : raw
  }
}
