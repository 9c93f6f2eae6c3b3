/**
 * Browsers that are signed in. They outlive the host: kept in one file of the data folder, by the digest of
 * their cookie, so that who reads the file cannot sign in with it.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { SignIn } from '#shared/contract/entries/doors.ts'
import type { Logger } from '#engine/types.ts'

/** How long a session lasts at most, and how long without being used, in milliseconds. */
export const sessionLife = { mostMs: 30 * 24 * 3600 * 1000, idleMs: 7 * 24 * 3600 * 1000 }

/* More browsers than one host ever serves; beyond, the one that was unused longest signs in again. */
const sessionLimit = 1000
/* The time of the last use is written seldom: a minute more or less does not matter after a crash. */
const usedWriteMs = 60_000

const sessionShape = z.object({
  id: z.string(),
  digest: z.string(),
  createdAt: z.int(),
  usedAt: z.int(),
  address: z.string(),
  agent: z.string(),
})
const fileShape = z.object({ version: z.literal(1), sessions: z.array(sessionShape) })
export type Session = z.output<typeof sessionShape>

const digest = (text: string): string => createHash('sha256').update(text).digest('base64')

export class Sessions {
  readonly #path: string | null
  readonly #log: Logger
  readonly #now: () => number
  /** By digest. */
  readonly #sessions = new Map<string, Session>()
  readonly #endListeners = new Set<(id: string) => void>()
  #writing: Promise<void> = Promise.resolve()
  #writtenAt = 0

  private constructor(path: string | null, log: Logger, now: () => number) {
    this.#path = path
    this.#log = log
    this.#now = now
  }

  /**
   * Reads the sessions of the last run. A file that cannot be read only means that all sign in again.
   *
   * @param path of the file; null keeps nothing beyond this run
   */
  static async open(path: string | null, log: Logger, now: () => number = Date.now): Promise<Sessions> {
    const sessions = new Sessions(path, log, now)
    if (path === null) return sessions
    try {
      const { sessions: kept } = fileShape.parse(JSON.parse(await readFile(path, 'utf8')))
      for (const session of kept) sessions.#sessions.set(session.digest, session)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
        log.warn({ err: error }, 'the sessions of the last run cannot be read; every browser signs in again')
      }
    }
    return sessions
  }

  #endOf(session: Session): number {
    return Math.min(session.createdAt + sessionLife.mostMs, session.usedAt + sessionLife.idleMs)
  }

  #dropEnded(): void {
    const now = this.#now()
    for (const session of this.#sessions.values()) if (this.#endOf(session) <= now) this.#drop(session)
  }

  #drop(session: Session): void {
    this.#sessions.delete(session.digest)
    for (const listener of this.#endListeners) listener(session.id)
  }

  /** Writes the file anew, whole or not at all; one writing at a time. */
  #write(): Promise<void> {
    const path = this.#path
    if (path === null) return Promise.resolve()
    this.#writtenAt = this.#now()
    const write = this.#writing.then(async () => {
      const text = JSON.stringify({ version: 1, sessions: [...this.#sessions.values()] })
      await writeFile(`${path}.new`, text, { mode: 0o600, flush: true })
      await rename(`${path}.new`, path)
    })
    this.#writing = write.catch((error: unknown) => {
      this.#log.error({ err: error }, 'the sessions could not be written')
    })
    return write
  }

  /**
   * Opens a session.
   *
   * @param address where the browser is
   * @param agent its User-Agent
   * @returns what the cookie holds: known to nobody else, and not kept here
   */
  async start(address: string, agent: string): Promise<string> {
    this.#dropEnded()
    const oldestFirst = [...this.#sessions.values()].sort((a, b) => a.usedAt - b.usedAt)
    for (const session of oldestFirst.slice(0, Math.max(0, oldestFirst.length + 1 - sessionLimit))) this.#drop(session)
    const secret = randomBytes(32).toString('base64url')
    const now = this.#now()
    const id = randomBytes(9).toString('base64url')
    const session = { id, digest: digest(secret), createdAt: now, usedAt: now, address, agent: agent.slice(0, 300) }
    this.#sessions.set(session.digest, session)
    // A browser that signed in may not be in the file after a crash; it then signs in again.
    await this.#write().catch(() => undefined)
    return secret
  }

  /** The session of a cookie's value, noted as used; null when there is none, or it has ended. */
  use(secret: string | undefined): Session | null {
    const session = secret === undefined ? undefined : this.#sessions.get(digest(secret))
    if (!session) return null
    const now = this.#now()
    if (this.#endOf(session) <= now) {
      this.#drop(session)
      return null
    }
    session.usedAt = now
    if (now - this.#writtenAt > usedWriteMs) void this.#write().catch(() => undefined)
    return session
  }

  /** Notes that a session is used, by its id; false when it has ended. */
  touch(id: string): boolean {
    this.#dropEnded()
    const session = [...this.#sessions.values()].find((item) => item.id === id)
    if (session) session.usedAt = this.#now()
    return session !== undefined
  }

  /** All that have not ended, last used first. @param current id of the caller's own */
  list(current: string | null): SignIn[] {
    this.#dropEnded()
    return [...this.#sessions.values()]
      .sort((a, b) => b.usedAt - a.usedAt)
      .map((session) => ({
        id: session.id,
        createdAt: session.createdAt,
        usedAt: session.usedAt,
        endsAt: this.#endOf(session),
        address: session.address,
        agent: session.agent,
        isCurrent: session.id === current,
      }))
  }

  /** Ends a session for good: on disk when this resolves. @returns false when there is none */
  async end(id: string): Promise<boolean> {
    const session = [...this.#sessions.values()].find((item) => item.id === id)
    if (!session) return false
    this.#drop(session)
    await this.#write()
    return true
  }

  /** Hears the ids of sessions that end. */
  onEnd(listener: (id: string) => void): () => void {
    this.#endListeners.add(listener)
    return () => this.#endListeners.delete(listener)
  }

  /** Writes what was not yet written. */
  async close(): Promise<void> {
    if (this.#sessions.size > 0) await this.#write().catch(() => undefined)
    await this.#writing
  }
}
