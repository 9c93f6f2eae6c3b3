/** Who is signed in: by bearer token (scripts), or by a session that a one-time link or the token opened (browsers). */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** How long a browser stays signed in, in milliseconds. Sessions end with the host, too. */
export const sessionLifeMs = 30 * 24 * 3600 * 1000

/* Wrong guesses that are allowed within the window; beyond, nothing is compared until it has passed. */
const failureLimit = 20
const failureWindowMs = 60_000

/* More browsers than one host ever serves; beyond, the oldest sign in again. */
const sessionLimit = 1000

/** `refused`: what was shown is wrong. `blocked`: too many wrong ones lately, so it was not even looked at. */
export type Admission = 'admitted' | 'anonymous' | 'refused' | 'blocked'

const secret = (): string => randomBytes(32).toString('base64url')

/* Of equal length whatever was given, so that the comparison's time says nothing about it. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

export class Access {
  readonly token: string
  /** Stands in the sign-in link; good for one browser. */
  readonly code = secret()
  readonly #tokenDigest: Buffer
  readonly #codeDigest = digest(this.code)
  readonly #now: () => number
  #codeUsed = false
  /** Digests of session ids, with the time when each ends. */
  readonly #sessions = new Map<string, number>()
  #failures: number[] = []

  /**
   * @param token the bearer token; undefined: a random one is made
   * @param now the clock, in milliseconds
   */
  constructor(token: string | undefined, now: () => number = Date.now) {
    this.token = token ?? secret()
    this.#tokenDigest = digest(this.token)
    this.#now = now
  }

  #guess(isRight: () => boolean): Admission {
    const now = this.#now()
    this.#failures = this.#failures.filter((at) => at > now - failureWindowMs)
    if (this.#failures.length >= failureLimit) return 'blocked'
    if (isRight()) return 'admitted'
    this.#failures.push(now)
    return 'refused'
  }

  /** Judges an `Authorization` header. */
  byHeader(authorization: string | undefined): Admission {
    if (authorization === undefined) return 'anonymous'
    const token = /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''
    return this.byToken(token)
  }

  /** Judges a token. */
  byToken(token: string): Admission {
    return this.#guess(() => timingSafeEqual(digest(token), this.#tokenDigest))
  }

  /** Judges the code of the one-time link and uses it up. */
  byCode(code: string): Admission {
    return this.#guess(() => {
      if (this.#codeUsed || !timingSafeEqual(digest(code), this.#codeDigest)) return false
      this.#codeUsed = true
      return true
    })
  }

  /** Opens a session. @returns its id, for the cookie */
  openSession(): string {
    const id = secret()
    const now = this.#now()
    for (const [key, ends] of this.#sessions) {
      if (ends <= now || this.#sessions.size >= sessionLimit) this.#sessions.delete(key)
    }
    this.#sessions.set(digest(id).toString('base64'), now + sessionLifeMs)
    return id
  }

  /** Whether a cookie's value is the id of a session that has not ended. Such ids are too long to be guessed. */
  isSession(id: string | undefined): boolean {
    if (id === undefined) return false
    const ends = this.#sessions.get(digest(id).toString('base64'))
    return ends !== undefined && ends > this.#now()
  }
}

/** Name of the session cookie. Browsers keep no cookies apart by port, so each host has a name of its own. */
export const cookieName = (port: number): string => `switchboard_${port}`

/** The value of one cookie in a request; undefined when it is not there. */
export function readCookie(headers: IncomingHttpHeaders, name: string): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return undefined
}
