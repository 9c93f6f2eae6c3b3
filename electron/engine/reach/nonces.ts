/**
 * What answers the check: `GET /callback/<secret>/<nonce>`, for a nonce that this engine gave out and that is still
 * alive, and for nothing else. It gives out no secret: the answer proves that it is this engine's.
 */
import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ServerResponse } from 'node:http'

/** How long a nonce is answered, in milliseconds, unless it is taken back before. */
const aliveMs = 60_000
const nonceBytes = 24
const longest = 400

/** Looked up by its hash, so that the time of a look-up tells nothing. */
const hashOf = (text: string): string => hash('sha256', text, 'base64')

const isSame = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(hashOf(a)), Buffer.from(hashOf(b)))

/** What an answer to the check says. */
export type ProbeAnswer = 'right-secret' | 'wrong-secret' | 'not-ours'

export interface Nonce {
  readonly text: string
  /** Reads an answer's body. */
  read(body: string): ProbeAnswer
  /** Takes it back. */
  end(): void
}

export class Nonces {
  readonly #key = randomBytes(32)
  readonly #alive = new Map<string, { secret: string; until: number }>()

  /** @param secret the connection's callback secret, which is to arrive with it */
  make(secret: string): Nonce {
    const text = randomBytes(nonceBytes).toString('base64url')
    const name = hashOf(text)
    this.#alive.set(name, { secret, until: performance.now() + aliveMs })
    return {
      text,
      read: (body) => {
        if (isSame(body, this.#proof(text, 'right-secret'))) return 'right-secret'
        return isSame(body, this.#proof(text, 'wrong-secret')) ? 'wrong-secret' : 'not-ours'
      },
      end: () => this.#alive.delete(name),
    }
  }

  #proof(nonce: string, answer: ProbeAnswer): string {
    return createHmac('sha256', this.#key).update(`${answer} ${nonce}`).digest('base64url')
  }

  /**
   * The answer to a nonce that came by somebody who knows only a hash of the secret.
   *
   * @param isRight whether the secret that came with it is this one
   * @returns null where no such nonce is alive
   */
  proof(nonce: string, isRight: (secret: string) => boolean): string | null {
    const found = this.#alive.get(hashOf(nonce))
    if (!found || performance.now() > found.until) return null
    return this.#proof(nonce, isRight(found.secret) ? 'right-secret' : 'wrong-secret')
  }

  /**
   * Answers a request for what stands behind `/callback/`.
   *
   * @returns false where no such nonce is alive
   */
  answer(response: ServerResponse, rest: string): boolean {
    if (this.#alive.size === 0 || rest.length > longest) return false
    const slash = rest.lastIndexOf('/')
    const nonce = rest.slice(slash + 1)
    const found = this.#alive.get(hashOf(nonce))
    if (!found || slash < 0) return false
    if (performance.now() > found.until) {
      this.#alive.delete(hashOf(nonce))
      return false
    }
    const proof = this.#proof(nonce, isSame(rest.slice(0, slash), found.secret) ? 'right-secret' : 'wrong-secret')
    response.writeHead(200, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': Buffer.byteLength(proof),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    response.end(proof)
    return true
  }
}
