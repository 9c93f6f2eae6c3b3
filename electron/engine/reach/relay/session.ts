/** One connection to NATS, from connect to break: this host's robots are fetched, its callback URLs are told. */
import { jetstreamManager } from '@nats-io/jetstream'
import type { KV } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import type { ConnectionRecord } from '../../store/connections.ts'
import { reportSchema, type Look, type Report } from '../outside.ts'
import { writeDoors } from './door-keys.ts'
import { Fetching, type FetchingOptions } from './fetching.ts'
import { layoutOf, probeSchema, readValue, type Layout } from './layout.ts'
import { endConnection } from './nats.ts'
import { bucket, ensureStreams } from './streams.ts'

export interface SessionOptions extends Omit<FetchingOptions, 'layout' | 'takesUnread' | 'broken'> {
  readonly name: string
  /** Who the callback URLs are of. */
  readonly owner: string
  /** The connection as it is now; undefined where it is gone. */
  connection(): ConnectionRecord | undefined
  /** The answer to a check that came by a relay; null where it is none of ours. */
  probe(nonce: string, door: string): string | null
}

/** How long a relay may take to look from outside, in milliseconds: longer than it takes at most. */
const outsideMs = 15_000
/** How often it is looked at what waits, in milliseconds. */
const lookMs = 60_000
const dayNs = 86_400e9

export class Session {
  readonly #connection: NatsConnection
  readonly #options: SessionOptions
  readonly #layout: Layout
  readonly #broken = Promise.withResolvers<Error>()
  #fetching: Fetching | null = null
  #doors!: KV
  #toldDoors = ''
  #timer: NodeJS.Timeout | null = null
  #isClosed = false
  #stream = ''
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(connection: NatsConnection, options: SessionOptions) {
    this.#connection = connection
    this.#options = options
    this.#layout = layoutOf(options.name)
  }

  /** Prepares everything; fetching has begun when it resolves. @throws Error of the server */
  static async begin(connection: NatsConnection, options: SessionOptions): Promise<Session> {
    const session = new Session(connection, options)
    try {
      await session.#begin()
    } catch (error) {
      await session.close()
      throw error
    }
    return session
  }

  async #begin(): Promise<void> {
    const { position } = this.#options
    const manager = await jetstreamManager(this.#connection)
    await ensureStreams(manager, this.#layout)
    const { config, created } = await manager.streams.info(this.#layout.stream)
    this.#stream = created
    const keptDays = config.max_age === 0 ? Infinity : config.max_age / dayNs
    await position.begin(keptDays)
    this.#doors = await bucket(this.#connection, this.#layout.doors, config.num_replicas)
    const robots = await bucket(this.#connection, this.#layout.robots, config.num_replicas)
    // First whoever fetches, then the address: nothing comes in that nobody will ever ask for.
    const fetching = (this.#fetching = await Fetching.begin(this.#connection, manager, robots, {
      ...this.#options,
      layout: this.#layout,
      takesUnread: true,
      broken: (error) => this.#broken.resolve(error),
    }))
    await this.connectionChanged()
    this.#answerProbes()
    await fetching.look()
    this.#timer = setInterval(() => void fetching.tend(), lookMs).unref()
  }

  /** The place where it fetches: when its stream was made, which no other stream of the same name shares. */
  get place(): string {
    return `${this.#layout.stream} ${this.#stream}`
  }

  get merchantNo(): string {
    return this.#options.merchantNo
  }

  /** Resolves with the reason when what it stands on is gone, though the server is there. */
  get broken(): Promise<Error> {
    return this.#broken.promise
  }

  /** @throws Error before it has begun */
  get fetching(): Fetching {
    if (!this.#fetching) throw new Error('the session has not begun')
    return this.#fetching
  }

  #answerProbes(): void {
    this.#connection.subscribe(this.#layout.probe, {
      callback: (error, message) => {
        const asked = error ? null : readValue(probeSchema, message.data)
        const answer = asked && this.#options.probe(asked.nonce, asked.door)
        if (answer !== null) message.respond(answer)
      },
    })
  }

  /** The connection, or one of its secrets, is another. */
  connectionChanged(): Promise<void> {
    const turn = this.#turn.then(async () => {
      const record = this.#options.connection()
      // Under another merchant's number it is another session's.
      if (this.#isClosed || record?.merchantNo !== this.#options.merchantNo) return
      const { callbackSecret, oldSecret, advanced } = record
      const { acknowledgement, callbackSources } = advanced
      const told = JSON.stringify([
        callbackSecret,
        oldSecret?.secret,
        oldSecret?.until,
        acknowledgement,
        callbackSources,
      ])
      if (told === this.#toldDoors) return
      await writeDoors(this.#doors, this.#options.owner, record, () => !this.#isClosed)
      this.#toldDoors = told
    })
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** Has a relay look from outside. @returns null where none did */
  async lookFromOutside(look: Look): Promise<Report | null> {
    try {
      const answer = await this.#connection.request(this.#layout.look, JSON.stringify(look), { timeout: outsideMs })
      return readValue(reportSchema, answer.data)
    } catch (error) {
      this.#options.log.debug({ err: error }, 'no relay looked from outside')
      return null
    }
  }

  /**
   * Keeps what is under way, and ends the connection. Never rejects; a server that says nothing more holds it up for about
   * a second.
   */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#timer) clearInterval(this.#timer)
    await endConnection(this.#connection, Promise.all([this.#turn, this.#fetching?.close()]))
  }
}
