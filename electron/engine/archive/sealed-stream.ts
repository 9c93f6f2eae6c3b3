/**
 * A stream sealed with a passphrase: scrypt and AES-256-GCM in chunks, so that a file of any size is written and read
 * in little memory, and nothing of it is used before it was found genuine.
 *
 * The file: one line of JSON (what it is, and how the key is made from the passphrase), then chunks of 256 KiB, each
 * followed by its tag. The hash of the line, the chunk's number and whether it is the last are bound into each tag: a
 * chunk that is changed, moved, left out or put behind the last one does not open. The salt makes each file's key its
 * own, so the number is nonce enough.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '#shared/contract/errors.ts'

const chunkBytes = 256 * 1024
const tagBytes = 16
/** Longest line at the beginning. */
const headLimit = 4096
/** What a file may demand of us: a changed one must not make the application allocate gigabytes. */
const greatestMemory = 256 * 1024 * 1024

const headSchema = z.object({
  switchboard: z.literal('archive'),
  version: z.literal(1),
  kdf: z.object({
    name: z.literal('scrypt'),
    logN: z.int().min(10).max(20),
    r: z.int().min(1).max(16),
    p: z.int().min(1).max(4),
    salt: z.base64(),
  }),
  cipher: z.literal('aes-256-gcm'),
  chunkBytes: z.literal(chunkBytes),
})
type Head = z.output<typeof headSchema>

/** What cannot be read. */
const unreadable = (problem: string): AppError => new AppError('archive-unreadable', { problem })

function keyOf(passphrase: string, { logN, r, p, salt }: Head['kdf']): Promise<Buffer> {
  const memory = 128 * 2 ** logN * r
  if (memory > greatestMemory) throw unreadable('head')
  const options = { N: 2 ** logN, r, p, maxmem: memory + 1024 * 1024 }
  return new Promise((resolve, reject) => {
    // The same passphrase typed on another machine may be composed of other code points.
    scrypt(passphrase.normalize('NFKC'), Buffer.from(salt, 'base64'), 32, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

/** Nonce and bound data of a chunk. */
function frameOf(headHash: Buffer, index: number, isLast: boolean): { nonce: Buffer; bound: Buffer } {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(index), 4)
  return { nonce, bound: Buffer.concat([headHash, nonce, Buffer.from([isLast ? 1 : 0])]) }
}

/** Cuts a stream into pieces of one size; the last may be smaller, also empty. */
async function* pieces(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ piece: Buffer; isLast: boolean }> {
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const part of source) {
    waiting.push(part)
    length += part.length
    // One byte more must be there, or nobody knows whether this is the last.
    while (length > size) {
      const whole = Buffer.concat(waiting, length)
      yield { piece: whole.subarray(0, size), isLast: false }
      const rest = whole.subarray(size)
      waiting = [rest]
      length = rest.length
    }
  }
  yield { piece: Buffer.concat(waiting, length), isLast: true }
}

/** @param logN cost of the key; tests lower it */
export async function* sealStream(
  source: AsyncIterable<Uint8Array>,
  passphrase: string,
  logN = 17,
): AsyncGenerator<Buffer> {
  const kdf = { name: 'scrypt', logN, r: 8, p: 1, salt: randomBytes(16).toString('base64') } as const
  const head: Head = { switchboard: 'archive', version: 1, kdf, cipher: 'aes-256-gcm', chunkBytes }
  const line = Buffer.from(`${JSON.stringify(head)}\n`)
  const headHash = createHash('sha256').update(line).digest()
  const key = await keyOf(passphrase, kdf)
  yield line
  let index = 0
  for await (const { piece, isLast } of pieces(source, chunkBytes)) {
    const { nonce, bound } = frameOf(headHash, index, isLast)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound)
    yield Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()])
    index += 1
  }
}

/** Splits the line at the beginning off. */
async function readHead(source: AsyncIterator<Uint8Array>): Promise<{ head: Head; line: Buffer; rest: Buffer }> {
  let read = Buffer.alloc(0)
  while (!read.includes(10) && read.length < headLimit) {
    const next = await source.next()
    if (next.done) break
    read = Buffer.concat([read, next.value])
  }
  const end = read.indexOf(10)
  if (end < 0 || end >= headLimit) throw unreadable('head')
  const line = read.subarray(0, end + 1)
  let json: unknown
  try {
    json = JSON.parse(line.toString('utf8'))
  } catch {
    throw unreadable('head')
  }
  const head = headSchema.safeParse(json)
  if (!head.success) throw unreadable('head')
  return { head: head.data, line, rest: read.subarray(end + 1) }
}

/**
 * Opens what {@link sealStream} made; gives nothing that was not found genuine.
 *
 * @throws AppError archive-unreadable when passphrase or content do not fit
 */
export async function* openStream(source: AsyncIterable<Uint8Array>, passphrase: string): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]()
  const { head, line, rest } = await readHead(iterator)
  const key = await keyOf(passphrase, head.kdf)
  const headHash = createHash('sha256').update(line).digest()
  async function* body(): AsyncGenerator<Uint8Array> {
    yield rest
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  }
  let index = 0
  for await (const { piece, isLast } of pieces(body(), chunkBytes + tagBytes)) {
    if (piece.length < tagBytes) throw unreadable('cut')
    const { nonce, bound } = frameOf(headHash, index, isLast)
    const opening = createDecipheriv('aes-256-gcm', key, nonce).setAAD(bound)
    opening.setAuthTag(piece.subarray(piece.length - tagBytes))
    try {
      yield Buffer.concat([opening.update(piece.subarray(0, piece.length - tagBytes)), opening.final()])
    } catch {
      // A wrong passphrase shows at the first chunk; behind it, it is the file.
      throw unreadable(index === 0 ? 'passphrase' : 'damaged')
    }
    index += 1
  }
}
