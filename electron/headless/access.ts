/** Who is signed in: by bearer token (scripts), or by a session that a one-time link or the token opened (browsers). */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isOwnMachine } from '#shared/security/own-machine.ts'
import { Attempts } from './attempts.ts'
import type { Session, Sessions } from './sessions.ts'

/** `refused`: what was shown is wrong. `blocked`: too many wrong ones came from there lately. */
export type Admission = 'admitted' | 'anonymous' | 'refused' | 'blocked'

const secret = (): string => randomBytes(32).toString('base64url')

/* Of equal length whatever was given, so that the comparison's time says nothing about it. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/* The token of a header; empty where it is none of a bearer. */
const bearerOf = (authorization: string): string => /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''

export class Access {
  readonly token: string
  /** Stands in the sign-in link; good for one browser. */
  readonly code = secret()
  readonly sessions: Sessions
  readonly #tokenDigest: Buffer
  readonly #monitorDigest: Buffer | null
  readonly #codeDigest = digest(this.code)
  readonly #attempts: Attempts
  #codeUsed = false

  /**
   * @param token the bearer token; undefined: a random one is made
   * @param monitorToken good for health and metrics alone; undefined: there is none
   * @param now the clock, in milliseconds
   */
  constructor(
    token: string | undefined,
    sessions: Sessions,
    now: () => number = Date.now,
    monitorToken: string | undefined = undefined,
  ) {
    this.token = token ?? secret()
    this.sessions = sessions
    this.#tokenDigest = digest(this.token)
    this.#monitorDigest = monitorToken === undefined ? null : digest(monitorToken)
    this.#attempts = new Attempts(now)
  }

  /*
   * From another machine nothing more is compared after too many wrong guesses. On this one, a program that
   * guesses must not keep the operator out, who shares its address: there what is right stays right.
   */
  #guess(address: string, isRight: () => boolean): Admission {
    const isOver = this.#attempts.isOver(address)
    if (isOver && !isOwnMachine(address)) return 'blocked'
    if (isRight()) return 'admitted'
    this.#attempts.failed(address)
    return isOver ? 'blocked' : 'refused'
  }

  /** Judges an `Authorization` header. @param address the caller's */
  byHeader(authorization: string | undefined, address: string): Admission {
    if (authorization === undefined) return 'anonymous'
    return this.byToken(bearerOf(authorization), address)
  }

  /** Judges a token. */
  byToken(token: string, address: string): Admission {
    return this.#guess(address, () => timingSafeEqual(digest(token), this.#tokenDigest))
  }

  /** Judges the `Authorization` header of who watches over the machine: the monitor's token does, or the other. */
  forMonitor(authorization: string | undefined, address: string): Admission {
    if (authorization === undefined) return 'anonymous'
    const given = digest(bearerOf(authorization))
    return this.#guess(address, () => {
      const isMonitor = this.#monitorDigest !== null && timingSafeEqual(given, this.#monitorDigest)
      return timingSafeEqual(given, this.#tokenDigest) || isMonitor
    })
  }

  /** Judges the code of the one-time link and uses it up. */
  byCode(code: string, address: string): Admission {
    return this.#guess(address, () => {
      if (this.#codeUsed || !timingSafeEqual(digest(code), this.#codeDigest)) return false
      this.#codeUsed = true
      return true
    })
  }

  /** The session of a request's cookie, which no page of another origin can make use of by itself. */
  sessionOf(headers: IncomingHttpHeaders, port: number): Session | null {
    return this.sessions.use(readCookie(headers, cookieName(port)))
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
