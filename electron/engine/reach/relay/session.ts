/** One connection to NATS, from connect to break: this host's robots are fetched, its callback URLs are told. */
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream'
import type { KV } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import type { ConnectionRecord } from '../../store/connections.ts'
import { inTime } from '../../in-time.ts'
import type { Logger } from '../../types.ts'
import { reportSchema, type Look, type Report } from '../outside.ts'
import { Claims, type Robot, type Standing } from './claims.ts'
import type { Receiver } from './delivery.ts'
import { writeDoors } from './door-keys.ts'
import { Inbox, type Remembered, type Source } from './inbox.ts'
import type { Intake } from './intake.ts'
import { layoutOf, probeSchema, readValue, tokenOf, type Layout } from './layout.ts'
import type { Position } from './position.ts'
import { bucket, ensureStreams } from './streams.ts'

export interface SessionOptions {
  readonly name: string
  readonly hostId: string
  readonly hostName: string
  /** Of this start of the host. */
  readonly session: string
  readonly receiver: Receiver
  readonly intake: Intake
  readonly remembered: Remembered
  readonly position: Position
  /** The connection as it is now; undefined where it is gone. */
  connection(): ConnectionRecord | undefined
  robots(): Promise<Robot[]>
  /** What is told of robots may be another. */
  changed(): void
  /** The answer to a check that came by a relay; null where it is none of ours. */
  probe(nonce: string, door: string): string | null
  readonly log: Logger
}

/** A robot as it stands. */
export interface RobotStanding {
  readonly robot: Robot
  readonly standing: Standing
  /** The host that has it; null where none is known. */
  readonly hostName: string | null
  readonly since: number | null
}

/** How long a relay may take to look from outside, in milliseconds: longer than it takes at most. */
const outsideMs = 15_000
/** How often it is looked at what waits, in milliseconds. */
const lookMs = 60_000
/** How long the server may take to hear what was acknowledged, in milliseconds: what it has not heard it sends again. */
const flushMs = 1000
const dayNs = 86_400e9

export class Session {
  readonly #connection: NatsConnection
  readonly #options: SessionOptions
  readonly #layout: Layout
  readonly #claims: Claims
  readonly #inboxes = new Map<string, Inbox>()
  #manager!: JetStreamManager
  #doors!: KV
  #toldDoors = ''
  #timer: NodeJS.Timeout | null = null
  #isClosed = false
  /** One change after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(connection: NatsConnection, options: SessionOptions) {
    const { position, hostId, hostName, session, log } = options
    this.#connection = connection
    this.#options = options
    this.#layout = layoutOf(options.name)
    this.#claims = new Claims({
      ...{ hostId, hostName, session, log, layout: this.#layout },
      isGivenAway: (key) => position.isGivenAway(key),
      changed: () => {
        void this.#inTurn(() => this.#settleInboxes())
        options.changed()
      },
    })
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
    this.#manager = await jetstreamManager(this.#connection)
    await ensureStreams(this.#manager, this.#layout)
    const { config } = await this.#manager.streams.info(this.#layout.stream)
    const keptDays = config.max_age === 0 ? Infinity : config.max_age / dayNs
    await this.#options.position.begin(keptDays)
    this.#doors = await bucket(this.#connection, this.#layout.doors, config.num_replicas)
    // First whoever fetches, then the address: nothing comes in that nobody will ever ask for.
    await this.#claims.follow(await bucket(this.#connection, this.#layout.robots, config.num_replicas))
    await this.robotsChanged()
    await this.connectionChanged()
    this.#answerProbes()
    await this.look()
    this.#timer = setInterval(() => void this.look().catch(() => undefined), lookMs).unref()
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

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(async () => {
      if (!this.#isClosed) await work()
    })
    this.#turn = turn.catch((error: unknown) => {
      if (!this.#isClosed) this.#options.log.warn({ err: error }, 'the relay’s robots could not be looked after')
    })
    return turn
  }

  /** A robot is new, or gone. */
  async robotsChanged(): Promise<void> {
    const robots = await this.#options.robots()
    await this.#claims.setRobots(robots)
    await this.#inTurn(() => this.#settleInboxes())
  }

  /** The connection, or one of its secrets, is another. */
  connectionChanged(): Promise<void> {
    return this.#inTurn(async () => {
      const record = this.#options.connection()
      if (!record) return
      const { merchantNo, callbackSecret, oldSecret, advanced } = record
      const { acknowledgement, callbackSources } = advanced
      const told = JSON.stringify([
        merchantNo,
        callbackSecret,
        oldSecret?.secret,
        oldSecret?.until,
        acknowledgement,
        callbackSources,
      ])
      if (told === this.#toldDoors) return
      await writeDoors(this.#doors, this.#owner, record)
      this.#toldDoors = told
    })
  }

  get #owner(): string {
    return `${this.#options.hostId}/${this.#options.receiver.connectionId}`
  }

  /** Begins to fetch what is ours, and leaves off what no longer is. */
  async #settleInboxes(): Promise<void> {
    const { position } = this.#options
    const wanted = new Map<string, Source>()
    for (const robot of await this.#options.robots()) {
      const key = this.#claims.key(robot)
      // One that is being given away is still ours, and yet no longer fetched.
      if (this.#claims.standing(robot) !== 'here' || position.isGivenAway(key)) continue
      wanted.set(key, this.#sourceOf(robot))
      await position.takeOver(key, this.#claims.claim(robot)?.drainedAt ?? null)
    }
    const record = this.#options.connection()
    if (record) wanted.set('unread', this.#unreadSource(record.merchantNo))
    for (const [key, inbox] of this.#inboxes) {
      if (wanted.has(key)) continue
      this.#inboxes.delete(key)
      await inbox.stop()
    }
    for (const [key, source] of wanted) {
      if (!this.#inboxes.has(key)) this.#inboxes.set(key, new Inbox(this.#connection, source, this.#options))
    }
  }

  #sourceOf({ merchantNo, serialNo }: Robot): Source {
    const { stream } = this.#layout
    const consumer = this.#layout.consumer(merchantNo, serialNo)
    return { stream, consumer, subject: this.#layout.subject(merchantNo, serialNo), isQueue: true }
  }

  #unreadSource(merchantNo: string): Source {
    const consumer = this.#layout.unreadConsumer(merchantNo, this.#options.hostId)
    const subject = this.#layout.unreadSubject(merchantNo)
    return { stream: this.#layout.unreadStream, consumer, subject, isQueue: false }
  }

  /**
   * What waits in the stream, by robot key; those that no host has are among them. Notes which of our robots have
   * nothing waiting: from then on nothing of theirs can have been lost.
   */
  async look(): Promise<ReadonlyMap<string, number>> {
    const record = this.#options.connection()
    if (!record) return new Map()
    const prefix = this.#layout.subjects.replace('*.*', '')
    const asked = Date.now()
    const { state } = await this.#manager.streams.info(this.#layout.stream, {
      subjects_filter: `${prefix}${tokenOf(record.merchantNo)}.*`,
    })
    const waiting = new Map(
      Object.entries(state.subjects ?? {}).map(([subject, count]) => [subject.slice(prefix.length), count]),
    )
    const drained = [...this.#inboxes.keys()].filter((key) => key !== 'unread' && !waiting.has(key))
    await this.#options.position.noteDrained(drained, asked)
    return waiting
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

  async standings(): Promise<RobotStanding[]> {
    return (await this.#options.robots()).map((robot) => {
      const claim = this.#claims.claim(robot)
      const hostName = claim && claim.hostId !== null ? claim.hostName : null
      return { robot, standing: this.#claims.standing(robot), hostName, since: claim?.since ?? null }
    })
  }

  /** Who has a robot that was not added here. */
  standingOf(key: string): { standing: 'elsewhere' | 'nobody'; hostName: string | null; since: number | null } {
    const claim = this.#claims.claimOf(key)
    if (!claim || claim.hostId === null) return { standing: 'nobody', hostName: null, since: claim?.since ?? null }
    return { standing: 'elsewhere', hostName: claim.hostName, since: claim.since }
  }

  key(robot: Robot): string {
    return this.#claims.key(robot)
  }

  /** Fetches a robot's callbacks from here on, whoever did before. @returns false where another was faster */
  async take(robot: Robot): Promise<boolean> {
    await this.#options.position.setGivenAway(this.#claims.key(robot), false)
    const isTaken = await this.#claims.take(robot)
    await this.#inTurn(() => this.#settleInboxes())
    this.#options.changed()
    return isTaken
  }

  /** Leaves a robot to another host: what is under way is kept first. @returns false where it could not be written down */
  async release(robot: Robot): Promise<boolean> {
    const { position } = this.#options
    const key = this.#claims.key(robot)
    const drainedAt = position.drainedAt(key)
    await position.setGivenAway(key, true)
    await this.#inTurn(() => this.#settleInboxes())
    // What was acknowledged must be with the server before the next one asks it.
    await this.#connection.flush()
    const isReleased = await this.#claims.release(robot, drainedAt)
    if (!isReleased) await position.setGivenAway(key, false)
    await this.#inTurn(() => this.#settleInboxes())
    this.#options.changed()
    return isReleased
  }

  /** Takes this connection's callback URLs away from the relays, and leaves its robots to whoever has them too. */
  async forget(): Promise<void> {
    await writeDoors(this.#doors, this.#owner, null)
    await this.#claims.releaseAll()
  }

  /** Keeps what is under way, and ends the connection. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#timer) clearInterval(this.#timer)
    this.#claims.stop()
    await this.#turn
    await Promise.all([...this.#inboxes.values()].map((inbox) => inbox.stop()))
    this.#inboxes.clear()
    if (!this.#connection.isClosed()) {
      const late = (): Error => new Error('NATS did not answer')
      await inTime(this.#connection.flush(), { ms: flushMs, late }).catch(() => undefined)
    }
    await this.#connection.close().catch(() => undefined)
  }
}
