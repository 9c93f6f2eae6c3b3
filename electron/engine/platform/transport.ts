/** Posts a signed request, and tells apart: answered, certainly not sent, nobody knows. */
import { Agent, ProxyAgent, request, type Dispatcher } from 'undici'

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

/**
 * A dispatcher that tells when a request is about to be written: a request that failed before (no socket was
 * free, no connection came about, TLS was refused) is one of which nothing left this machine.
 */
const tellingStart =
  (begun: () => void): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(options, {
      onRequestStart: (controller, context) => {
        begun()
        handler.onRequestStart?.(controller, context)
      },
      onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
      onResponseStart: (...given) => handler.onResponseStart?.(...given),
      onResponseData: (...given) => handler.onResponseData?.(...given),
      onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
      onResponseError: (...given) => handler.onResponseError?.(...given),
    })

const codeOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.name : String(error)
}

/** Rejects at the signal, where it finds a request that has not begun: the library notices that only at its turn. */
const givenUp = (signal: AbortSignal, waits: () => boolean): Promise<never> =>
  new Promise((_resolve, reject) => {
    const stop = (): void => {
      if (waits()) reject(new Error('given up'))
    }
    signal.addEventListener('abort', stop, { once: true })
  })

const ways = {
  // Shorter than usual servers keep a connection: a request written into one that is being closed is in doubt.
  keepAliveTimeout: 2000,
  keepAliveMaxTimeout: 2000,
  pipelining: 1,
  connections: 64,
} as const

/** More proxies than this are not kept at once: a PAC script may name another for each address. */
const mostProxies = 8

export class Transport {
  readonly #agent = new Agent({ ...ways, connect: { timeout: connectMs } })
  readonly #proxies = new Map<string, ProxyAgent>()
  readonly #proxyFor: ((url: string) => Promise<string | null>) | undefined
  #closed = false

  /** @param proxyFor the proxy's address for a URL, null: directly; absent: always directly */
  constructor(proxyFor?: (url: string) => Promise<string | null>) {
    this.#proxyFor = proxyFor
  }

  /** The way to an address. Through a proxy the same holds: before it, or its tunnel, is there, nothing was sent. */
  async #wayTo(url: string): Promise<Dispatcher> {
    const proxy = this.#proxyFor ? await this.#proxyFor(url) : null
    if (proxy === null || this.#closed) return this.#agent
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
    const signal = AbortSignal.timeout(timeoutMs)
    let begun = false
    const way = await this.#wayTo(url)
    const dispatcher = way.compose(
      tellingStart(() => {
        // One that was given up is not written when its turn comes.
        begun = !signal.aborted
      }),
    )
    try {
      const answered = request(url, { method: 'POST', headers, body, dispatcher, signal })
      answered.catch(() => undefined)
      const answer = await Promise.race([answered, givenUp(signal, () => !begun)])
      const chunks: Buffer[] = []
      let size = 0
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        size += chunk.length
        if (size > answerLimit) {
          answer.body.destroy()
          return { kind: 'lost', problem: 'ANSWER_TOO_LONG' }
        }
        chunks.push(chunk)
      }
      const { date, location } = answer.headers
      return {
        kind: 'answered',
        status: answer.statusCode,
        body: Buffer.concat(chunks).toString('utf8'),
        date: typeof date === 'string' ? date : null,
        location: typeof location === 'string' ? location : null,
      }
    } catch (error) {
      if (begun) return { kind: 'lost', problem: signal.aborted ? 'TIMEOUT' : codeOf(error) }
      return { kind: 'not-sent', problem: signal.aborted ? 'CONNECT_TIMEOUT' : codeOf(error) }
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([this.#agent, ...this.#proxies.values()].map((agent) => agent.destroy()))
  }
}
