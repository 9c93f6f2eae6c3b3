/** A connection to NATS that is there whenever it can be: made, prepared, and made again with growing pauses. */
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node'
import { setTimeout as pause } from 'node:timers/promises'
import { inTime } from '#engine/in-time.ts'
import { connectOptions, type NatsAccess } from '#engine/reach/relay/nats.ts'

/** Pauses before a new attempt, in milliseconds. What is away keeps callbacks out, so none is long. */
const firstPauseMs = 250
const longestPauseMs = 5_000

/**
 * A pause that grows with how long it is away already, with chance in it: many clients must not come back together. It
 * looks at the time and counts nothing, since the library asks for it more often than it tries.
 *
 * @param awayMs how long, in milliseconds
 */
const pauseMs = (awayMs: number): number => {
  const grown = Math.max(firstPauseMs, Math.min(longestPauseMs, awayMs / 3))
  return Math.round(grown * (0.75 + Math.random() / 2))
}

export interface LinkOptions {
  readonly access: NatsAccess
  /** By which the server's own lists name this connection. */
  readonly name: string
  /** Prepares what is done over the connection; called after every connect. What it rejects with counts as down. */
  prepare(connection: NatsConnection): Promise<void>
  /** Told after it was prepared. */
  up(): void
  /** Told when it is away, and again when the reason is another. `retryAt`: milliseconds UTC. */
  down(error: Error, retryAt: number): void
}

const errorOf = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

export class NatsLink {
  readonly #options: LinkOptions
  readonly #stop = new AbortController()
  #connection: NatsConnection | null = null
  #isUp = false
  #running: Promise<void> | null = null
  /** Counts connects, so that a preparation that took too long is not taken for the present one's. */
  #round = 0
  /** Since when it is away, by `performance.now()`. */
  #awaySince = performance.now()

  constructor(options: LinkOptions) {
    this.#options = options
  }

  /** The connection while it is up and prepared; else null. */
  get connection(): NatsConnection | null {
    return this.#isUp ? this.#connection : null
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        // A stop does not wait for servers that do not answer: what connects after it is closed.
        const connection = await inTime(connect(this.#connectOptions()), {
          signal: this.#stop.signal,
          late: () => new Error('it does not connect'),
          tooLate: (late) => void late.close().catch(() => undefined),
        })
        this.#connection = connection
        await this.#follow(connection)
      } catch (error) {
        await this.#fail(error)
      }
    }
  }

  #connectOptions(): NodeConnectionOptions {
    const { access, name } = this.#options
    return {
      ...connectOptions(access, name),
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
      reconnectDelayHandler: () => this.#pauseMs(),
    }
  }

  async #follow(connection: NatsConnection): Promise<void> {
    const stopped = (): void => void connection.close().catch(() => undefined)
    this.#stop.signal.addEventListener('abort', stopped, { once: true })
    if (this.#stop.signal.aborted) stopped()
    void this.#prepare(connection)
    for await (const status of connection.status()) {
      if (status.type === 'reconnect') void this.#prepare(connection)
      else if (status.type === 'disconnect' || status.type === 'staleConnection')
        this.#lose(new Error('the connection broke'))
    }
    this.#stop.signal.removeEventListener('abort', stopped)
    const why = await connection.closed()
    this.#connection = null
    if (!this.#stop.signal.aborted) throw why ?? new Error('the connection was closed')
  }

  async #prepare(connection: NatsConnection): Promise<void> {
    const round = (this.#round += 1)
    const isPresent = (): boolean =>
      round === this.#round && connection === this.#connection && !connection.isClosed() && !this.#stop.signal.aborted
    while (isPresent()) {
      try {
        await this.#options.prepare(connection)
        if (!isPresent()) return
        this.#isUp = true
        this.#options.up()
        return
      } catch (error) {
        if (isPresent()) await this.#fail(error)
      }
    }
  }

  #lose(error: Error): void {
    this.#round += 1
    if (this.#isUp) this.#awaySince = performance.now()
    this.#isUp = false
    this.#options.down(error, Date.now() + firstPauseMs)
  }

  #pauseMs(): number {
    return pauseMs(performance.now() - this.#awaySince)
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return
    if (this.#isUp) this.#awaySince = performance.now()
    this.#isUp = false
    const ms = this.#pauseMs()
    this.#options.down(errorOf(error), Date.now() + ms)
    await pause(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined)
  }

  /** Ends the connection; what was published and not yet sent goes out before. */
  async stop(): Promise<void> {
    const connection = this.connection
    this.#isUp = false
    if (connection) {
      await Promise.race([connection.flush(), pause(1000, undefined, { ref: false })]).catch(() => undefined)
    }
    this.#stop.abort()
    await this.#running
  }
}
