/** Posts a signed request, and tells apart: answered, certainly not sent, nobody knows. */
import { Agent, errors, request } from 'undici'

export type Posted =
  | { kind: 'answered'; status: number; body: string; date: string | null }
  /** Nothing of the request left this machine. */
  | { kind: 'not-sent'; problem: string }
  /** It may have been carried out. */
  | { kind: 'lost'; problem: string }

/** Largest answer that is read, in bytes; an answer is a receipt, never long. */
const answerLimit = 4 * 1024 * 1024
/** Time to reach the gateway, in milliseconds. */
const connectMs = 10_000

/** Errors that come before the first byte of a request is written. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
])

const codeOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.name : String(error)
}

export class Transport {
  readonly #agent = new Agent({
    connect: { timeout: connectMs },
    // Shorter than usual servers keep a connection: a request written into one that is being closed is in doubt.
    keepAliveTimeout: 2000,
    keepAliveMaxTimeout: 2000,
    pipelining: 1,
    connections: 64,
  })

  /**
   * @param timeoutMs how long to wait for the whole answer
   */
  async post(url: string, headers: Readonly<Record<string, string>>, body: string, timeoutMs: number): Promise<Posted> {
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      const answer = await request(url, { method: 'POST', headers, body, dispatcher: this.#agent, signal })
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
      const date = answer.headers.date
      return {
        kind: 'answered',
        status: answer.statusCode,
        body: Buffer.concat(chunks).toString('utf8'),
        date: typeof date === 'string' ? date : null,
      }
    } catch (error) {
      const problem = signal.aborted ? 'TIMEOUT' : codeOf(error)
      const unsent = beforeSending.has(problem) || error instanceof errors.ConnectTimeoutError
      return { kind: unsent ? 'not-sent' : 'lost', problem }
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy()
  }
}
