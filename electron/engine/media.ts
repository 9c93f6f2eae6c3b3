/**
 * The media proxy: fetches the pictures that messages name, so that no renderer ever asks a stranger's
 * server. Only pictures by their content, of bounded size, from public addresses or from origins that the
 * connection allows by name; redirects are followed only to such addresses.
 */
import { createHash, randomUUID } from 'node:crypto'
import { lookup } from 'node:dns'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ipaddr from 'ipaddr.js'
import { Agent, type Dispatcher, request } from 'undici'
import type { Logger, Media } from './types.ts'

/** Largest picture, in bytes. */
const sizeLimit = 15 * 1024 * 1024
/** Time for a whole picture, in milliseconds. */
const timeLimitMs = 20_000
const redirectLimit = 3

/** How a picture begins, by type. */
const beginnings: readonly [Media['type'], (bytes: Buffer) => boolean][] = [
  ['image/png', (bytes) => bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))],
  ['image/jpeg', (bytes) => bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))],
  ['image/gif', (bytes) => ['GIF87a', 'GIF89a'].includes(bytes.subarray(0, 6).toString('latin1'))],
  [
    'image/webp',
    (bytes) =>
      bytes.subarray(0, 4).toString('latin1') === 'RIFF' && bytes.subarray(8, 12).toString('latin1') === 'WEBP',
  ],
]

/** The type of a picture by its content; null for anything else. */
export const pictureType = (bytes: Buffer): Media['type'] | null =>
  beginnings.find(([, fits]) => fits(bytes))?.[0] ?? null

/** Whether an address is one of the open internet: no private, loopback, link-local or otherwise special one. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'
}

/** Connects only to public addresses; checked at the connection itself, so that no second answer of the DNS slips by. */
const publicOnly = new Agent({
  connect: {
    timeout: timeLimitMs / 2,
    lookup: (hostname, options, callback) => {
      lookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return callback(error, [])
        const allowed = addresses.filter(({ address }) => isPublicAddress(address))
        if (allowed.length === 0) return callback(new Error('not a public address'), [])
        callback(null, allowed)
      })
    },
  },
})
const anyAddress = new Agent({ connect: { timeout: timeLimitMs / 2 } })

function parseLink(link: string): URL | null {
  const url = URL.canParse(link) ? new URL(link) : null
  return url && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null
}

/** Literal addresses are not looked up, so they are checked here. */
function dispatcherFor(url: URL, allowedOrigins: readonly string[]): Agent | null {
  if (allowedOrigins.includes(url.origin)) return anyAddress
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (ipaddr.isValid(host) && !isPublicAddress(host)) return null
  return publicOnly
}

async function fetchPicture(
  link: string,
  allowedOrigins: readonly string[],
  signal: AbortSignal,
): Promise<Media | null> {
  let url = parseLink(link)
  for (let hop = 0; url && hop <= redirectLimit; hop++) {
    const dispatcher = dispatcherFor(url, allowedOrigins)
    if (!dispatcher) return null
    const answer: Dispatcher.ResponseData = await request(url.href, {
      dispatcher,
      signal,
      headers: { accept: 'image/*' },
    })
    const location: string | string[] | undefined = answer.headers.location
    if (answer.statusCode >= 300 && answer.statusCode < 400 && typeof location === 'string') {
      await answer.body.dump()
      url = URL.canParse(location, url.href) ? parseLink(new URL(location, url.href).href) : null
      continue
    }
    if (answer.statusCode !== 200) {
      await answer.body.dump()
      return null
    }
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > sizeLimit) return null
      chunks.push(chunk)
    }
    const body = Buffer.concat(chunks)
    const type = pictureType(body)
    return type && { type, body }
  }
  return null
}

export interface MediaProxy {
  /**
   * @param link what the message names
   * @param allowedOrigins origins that the connection allows though their address is not public
   * @returns null when it is no picture, cannot be had, or may not be asked for
   */
  get(link: string, allowedOrigins: readonly string[]): Promise<Media | null>
}

/** A proxy that keeps what it fetched in `dir`, under a hash of the link. */
export function mediaProxy(dir: string, log: Logger): MediaProxy {
  const underWay = new Map<string, Promise<Media | null>>()

  const cached = async (file: string): Promise<Media | null> => {
    const body = await readFile(file).catch(() => null)
    const type = body && pictureType(body)
    return type ? { type, body } : null
  }

  const load = async (link: string, file: string, allowedOrigins: readonly string[]): Promise<Media | null> => {
    const known = await cached(file)
    if (known) return known
    try {
      const media = await fetchPicture(link, allowedOrigins, AbortSignal.timeout(timeLimitMs))
      if (media) {
        await mkdir(dir, { recursive: true, mode: 0o700 })
        const draft = `${file}.${randomUUID()}`
        await writeFile(draft, media.body, { mode: 0o600 })
        await rename(draft, file)
      }
      return media
    } catch (error) {
      log.debug({ err: error }, 'a picture could not be fetched')
      return null
    }
  }

  return {
    get: (link, allowedOrigins) => {
      const url = parseLink(link)
      // What was allowed for one connection is not given to another that does not allow it.
      if (!url || !dispatcherFor(url, allowedOrigins)) return Promise.resolve(null)
      const hash = createHash('sha256').update(link).digest('hex')
      let loading = underWay.get(hash)
      if (!loading) {
        loading = load(link, join(dir, hash), allowedOrigins).finally(() => underWay.delete(hash))
        underWay.set(hash, loading)
      }
      return loading
    },
  }
}
