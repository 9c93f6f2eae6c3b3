/**
 * The media proxy: fetches the pictures that messages name, so that no renderer ever asks a stranger's
 * server. Only pictures by their content, of bounded size, from public addresses or from origins that the
 * connection allows by name; redirects are followed only to such addresses.
 */
import { lookup } from 'node:dns'
import ipaddr from 'ipaddr.js'
import type { Settings } from '#shared/contract/entries/system.ts'
import { Agent, type Dispatcher, request } from 'undici'
import { isPublicAddress } from '../../reach/addresses.ts'
import { pictureCache, type CacheLimits } from './cache.ts'
import { pictureFacts } from '../facts.ts'
import type { Logger, Media } from '../../types.ts'

/** Largest picture, in bytes. */
const sizeLimit = 15 * 1024 * 1024
/** Time for a whole picture, in milliseconds. */
const timeLimitMs = 20_000
const redirectLimit = 3

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
    const facts = pictureFacts(body)
    return facts && { type: facts.type, body }
  }
  return null
}

export interface MediaProxy {
  /**
   * @param scope whose allowance it is; pictures are kept apart by it
   * @param link what the message names
   * @param allowedOrigins origins that the connection allows though their address is not public
   * @returns null when it is no picture, cannot be had, or may not be asked for
   */
  get(scope: string, link: string, allowedOrigins: readonly string[]): Promise<Media | null>
  /** Limits changed: removes what is too old, or too much. */
  tidy(): Promise<void>
  stop(): void
}

/** Most pictures that are fetched at a time; further ones wait. */
const fetchLimit = 16

/** What the settings say of pictures. */
export const mediaLimits = ({ mediaDays, mediaMegabytes }: Settings): CacheLimits => ({
  bytes: mediaMegabytes * 1024 * 1024,
  ageMs: mediaDays * 86_400_000,
})

/** How often it is looked for pictures that have grown too old, in milliseconds. */
const tidyEveryMs = 6 * 3_600_000

/** A proxy that keeps what it fetched in `dir`, within limits that are asked each time. */
export function mediaProxy(dir: string, log: Logger, limits?: () => CacheLimits): MediaProxy {
  const cache = pictureCache(dir, log, limits)
  const timer = setInterval(() => void cache.tidy(), tidyEveryMs).unref()
  const underWay = new Map<string, Promise<Media | null>>()
  const queue: (() => void)[] = []
  let fetching = 0

  const inTurn = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (fetching >= fetchLimit) await new Promise<void>((resolve) => queue.push(resolve))
    else fetching += 1
    try {
      return await work()
    } finally {
      const next = queue.shift()
      if (next) next()
      else fetching -= 1
    }
  }

  const load = async (scope: string, link: string, allowedOrigins: readonly string[]): Promise<Media | null> => {
    const known = await cache.get(scope, link)
    if (known) return known
    try {
      const media = await inTurn(() => fetchPicture(link, allowedOrigins, AbortSignal.timeout(timeLimitMs)))
      // Shown all the same where the disk is full.
      if (media)
        await cache
          .put(scope, link, media)
          .catch((error: unknown) => log.warn({ err: error }, 'a picture was not kept'))
      return media
    } catch (error) {
      log.debug({ err: error }, 'a picture could not be fetched')
      return null
    }
  }

  return {
    tidy: () => cache.tidy(),
    stop: () => clearInterval(timer),
    get: (scope, link, allowedOrigins) => {
      const url = parseLink(link)
      if (!url || !dispatcherFor(url, allowedOrigins)) return Promise.resolve(null)
      // What is allowed belongs to the key: after a change of it nothing that was allowed before is given.
      const allowance = JSON.stringify([scope, allowedOrigins])
      const key = `${allowance}\n${link}`
      let loading = underWay.get(key)
      if (!loading) {
        loading = load(allowance, link, allowedOrigins).finally(() => underWay.delete(key))
        underWay.set(key, loading)
      }
      return loading
    },
  }
}
