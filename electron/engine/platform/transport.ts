/** Posts a signed request, and tells apart: answered, certainly not sent, nobody knows. */
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, ProxyAgent, type Dispatcher } from 'undici'
import { inTime } from '../in-time.ts'

export type Posted =
  | { kind: 'answered'; status: number; body: string; date: string | null; location: string | null }
  /** Nothing of the request left this machine. */
  | { kind: 'not-sent'; problem: string }
  /** It may have been carried out. */
  | { kind: 'lost'; problem: string }

/** Largest answer that is read, in bytes; an answer is a receipt, never long. */
const answerLimit = 4 * 1024 * 1024
/** Time to reach the gateway, in milliseconds. */
const connectMs = 10_000
/** Time to find out which proxy to take, in milliseconds: a script of the network's may have to be fetched for it. */
const proxyMs = 10_000

/** Tells the proxy for an address, null: none. It is given up at the signal. */
export type ProxyFor = (url: string, signal: AbortSignal) => Promise<string | null>

/** Nobody said in time which proxy to take. */
class NoProxyKnown extends Error {
  readonly code = 'PROXY_TIMEOUT'
}

const codeOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.name : String(error)
}

/**
 * One request on its way, as the library's own handler: a promise, a stream and an abort signal for each cost more than
 * the rest of the request. It knows when the request is about to be written: one that failed before (no socket was free,
 * no connection came about, TLS was refused) is one of which nothing left this machine.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #settle: (posted: Posted) => void
  readonly #timer: NodeJS.Timeout
  #controller: Dispatcher.DispatchController | null = null
  #isOver = false
  #status = 0
  #date: string | null = null
  #location: string | null = null
  readonly #chunks: Buffer[] = []
  #size = 0

  /** @param timeoutMs how long it waits for the whole answer */
  constructor(timeoutMs: number, settle: (posted: Posted) => void) {
    this.#settle = settle
    this.#timer = setTimeout(() => {
      const begun = this.#controller !== null
      this.#end(begun ? { kind: 'lost', problem: 'TIMEOUT' } : { kind: 'not-sent', problem: 'CONNECT_TIMEOUT' })
    }, timeoutMs)
  }

  /** What comes after the first end is nobody's any more. */
  #end(posted: Posted): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#settle(posted)
    if (posted.kind !== 'answered') this.#controller?.abort(new Error('given up'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // One that was given up is not written when its turn comes.
    if (this.#isOver) controller.abort(new Error('given up'))
    else this.#controller = controller
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#date = typeof headers.date === 'string' ? headers.date : null
    this.#location = typeof headers.location === 'string' ? headers.location : null
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size > answerLimit) this.#end({ kind: 'lost', problem: 'ANSWER_TOO_LONG' })
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const [first] = this.#chunks
    const body = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)
    this.#end({
      kind: 'answered',
      status: this.#status,
      body: body.toString('utf8'),
      date: this.#date,
      location: this.#location,
    })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error)
  }

  /** It came to nothing, and nobody knows more where it was begun. */
  fail(error: unknown): void {
    this.#end({ kind: this.#controller ? 'lost' : 'not-sent', problem: codeOf(error) })
  }
}

const ways = {
  // A broken connection of HTTP/2 would carry every robot's requests until the system notices: with one request to a
  // connection, what breaks is lost alone.
  allowH2: false,
  // Shorter than usual servers keep a connection: a request written into one that is being closed is in doubt.
  keepAliveTimeout: 2000,
  keepAliveMaxTimeout: 2000,
  pipelining: 1,
  connections: 64,
} as const

/** The time for a whole answer is watched here. A proxy's tunnel keeps the library's times: nobody else ends it. */
const untimed = { headersTimeout: 0, bodyTimeout: 0 } as const

/** More proxies than this are not kept at once: a PAC script may name another for each address. */
const mostProxies = 8

export class Transport {
  readonly #agent = new Agent({ ...ways, connect: { timeout: connectMs } })
  readonly #proxies = new Map<string, ProxyAgent>()
  readonly #proxyFor: ProxyFor | undefined
  readonly #end = new AbortController()
  #lastPlace: { url: string; origin: string; path: string } | null = null

  /** @param proxyFor the proxy's address for a URL, null: directly; absent: always directly */
  constructor(proxyFor?: ProxyFor) {
    this.#proxyFor = proxyFor
  }

  /** @throws Error where nobody says in time, or nobody wants to know any more */
  async #proxyOf(proxyFor: ProxyFor, url: string, signal: AbortSignal): Promise<string | null> {
    const given = new AbortController()
    const ended = AbortSignal.any([signal, this.#end.signal])
    try {
      const late = (): Error => new NoProxyKnown('which proxy to take was not said in time')
      const asked = proxyFor(url, AbortSignal.any([given.signal, ended]))
      return await inTime(asked, { ms: proxyMs, signal: ended, late })
    } catch (error) {
      throw signal.aborted ? new NoProxyKnown('given up') : error
    } finally {
      given.abort()
    }
  }

  /** The way by a proxy, where one is named. The same holds: before it, or its tunnel, is there, nothing was sent. */
  #wayBy(proxy: string | null): Dispatcher {
    if (proxy === null || this.#end.signal.aborted) return this.#agent
    const kept = this.#proxies.get(proxy)
    if (kept) return kept
    for (const [oldest, agent] of this.#proxies) {
      if (this.#proxies.size < mostProxies) break
      this.#proxies.delete(oldest)
      // What is under way through it ends first.
      void agent.close()
    }
    const agent = new ProxyAgent({
      ...ways,
      uri: proxy,
      proxyTls: { timeout: connectMs },
      requestTls: { timeout: connectMs },
    })
    this.#proxies.set(proxy, agent)
    return agent
  }

  /**
   * @param timeoutMs how long to wait for the whole answer
   */
  async post(url: string, headers: Readonly<Record<string, string>>, body: string, timeoutMs: number): Promise<Posted> {
    const begun = performance.now()
    let way: Dispatcher = this.#agent
    if (this.#proxyFor) {
      try {
        way = this.#wayBy(await this.#proxyOf(this.#proxyFor, url, AbortSignal.timeout(timeoutMs)))
      } catch (error) {
        return { kind: 'not-sent', problem: codeOf(error) }
      }
    }
    const { origin, path } = this.#placeOf(url)
    return new Promise((resolve) => {
      const exchange = new Exchange(Math.max(timeoutMs - (performance.now() - begun), 1), resolve)
      try {
        way.dispatch({ origin, path, method: 'POST', headers, body, ...untimed }, exchange)
      } catch (error) {
        exchange.fail(error)
      }
    })
  }

  /** An address as the library takes it; most requests go where the one before went. */
  #placeOf(url: string): { origin: string; path: string } {
    if (this.#lastPlace?.url !== url) {
      const { origin, pathname, search } = new URL(url)
      this.#lastPlace = { url, origin, path: `${pathname}${search}` }
    }
    return this.#lastPlace
  }

  async close(): Promise<void> {
    this.#end.abort()
    await Promise.all([this.#agent, ...this.#proxies.values()].map((agent) => agent.destroy()))
  }
}
