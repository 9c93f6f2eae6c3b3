/**
 * Fetches a merchant's robots from one place in NATS: who has which, and an inbox for each that is ours. Robots that this
 * host no longer has are given up as soon as it can be told.
 */
import { JetStreamApiCodes, type JetStreamManager } from '@nats-io/jetstream'
import type { KV } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Logger } from '../../types.ts'
import { Claims, type Robot, type Standing } from './claims.ts'
import { Inbox, type InboxTools } from './inbox.ts'
import { tokenOf, type Layout } from './layout.ts'
import { flushed } from './nats.ts'
import type { Position } from './position.ts'
import { isApiError, type Source } from './streams.ts'

export interface FetchingOptions extends Omit<InboxTools, 'broken'> {
  readonly layout: Layout
  readonly merchantNo: string
  readonly hostId: string
  readonly hostName: string
  /** Of this start of the host. */
  readonly session: string
  readonly position: Position
  /** Whether what no robot could be read of is fetched, too. */
  readonly takesUnread: boolean
  /** The connection's robots as they are now. */
  robots(): Promise<Robot[]>
  /** Robots, by key, that another connection of this host fetches at the same place. */
  others(): Promise<ReadonlySet<string>>
  /** What is told of robots may be another. */
  changed(): void
  /** What was there is there no more: it has to be opened anew. */
  broken(error: Error): void
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

/**
 * How long a host that hears that a robot was taken from it may need to keep what it has, and to say so, in milliseconds:
 * what it was given is given out anew after that.
 */
const letGoMs = 3000

export class Fetching {
  readonly #connection: NatsConnection
  readonly #manager: JetStreamManager
  readonly #options: FetchingOptions
  readonly #claims: Claims
  readonly #inboxes = new Map<string, Inbox>()
  /** Robots that were just taken from a host that perhaps still has something under way. */
  readonly #taken = new Set<string>()
  #isClosed = false
  /** One change after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(connection: NatsConnection, manager: JetStreamManager, options: FetchingOptions) {
    const { position, layout, merchantNo, hostId, hostName, session, log } = options
    this.#connection = connection
    this.#manager = manager
    this.#options = options
    this.#claims = new Claims({
      ...{ layout, merchantNo, hostId, hostName, session, log },
      isGivenAway: (key) => position.isGivenAway(key),
      broken: (error) => this.#break(error),
      changed: () => {
        void this.#inTurn(() => this.#settleInboxes())
        options.changed()
      },
    })
  }

  /**
   * Has begun when it resolves.
   *
   * @param robots the bucket of who has which robot
   * @throws Error of the server
   */
  static async begin(
    connection: NatsConnection,
    manager: JetStreamManager,
    robots: KV,
    options: FetchingOptions,
  ): Promise<Fetching> {
    const fetching = new Fetching(connection, manager, options)
    try {
      await fetching.#claims.follow(robots)
      await fetching.robotsChanged()
      return fetching
    } catch (error) {
      await fetching.close()
      throw error
    }
  }

  #break(error: Error): void {
    if (!this.#isClosed && !this.#connection.isClosed()) this.#options.broken(error)
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
  robotsChanged(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#claims.setRobots(await this.#options.robots())
      await this.#settleInboxes()
      await this.#giveUpGone()
    })
  }

  /** Begins to fetch what is ours, and leaves off what no longer is. */
  async #settleInboxes(): Promise<void> {
    const { position, takesUnread } = this.#options
    const wanted = new Map<string, Source>()
    for (const robot of await this.#options.robots()) {
      const key = this.#claims.key(robot)
      // One that is being given away is still ours, and yet no longer fetched.
      if (this.#claims.standing(robot) !== 'here' || position.isGivenAway(key)) continue
      wanted.set(key, this.#sourceOf(robot))
      await position.takeOver(key, this.#claims.claim(robot)?.drainedAt ?? null)
    }
    if (takesUnread) wanted.set('unread', this.#unreadSource())
    for (const [key, inbox] of this.#inboxes) {
      if (wanted.has(key)) continue
      this.#inboxes.delete(key)
      await inbox.stop()
    }
    const { receiver, intake, remembered, log } = this.#options
    const tools: InboxTools = { receiver, intake, remembered, log, broken: (error) => this.#break(error) }
    for (const [key, source] of wanted) {
      if (this.#inboxes.has(key)) continue
      this.#inboxes.set(key, new Inbox(this.#connection, source, tools))
      this.#taken.delete(key)
    }
  }

  #sourceOf(robot: Robot): Source {
    const { merchantNo, serialNo } = robot
    const { stream, ...layout } = this.#options.layout
    const consumer = layout.consumer(merchantNo, serialNo)
    const graceMs = this.#taken.has(this.#claims.key(robot)) ? letGoMs : 0
    return { stream, consumer, subject: layout.subject(merchantNo, serialNo), isQueue: true, graceMs }
  }

  #unreadSource(): Source {
    const { layout, merchantNo, hostId } = this.#options
    const consumer = layout.unreadConsumer(merchantNo, hostId)
    const subject = layout.unreadSubject(merchantNo)
    return { stream: layout.unreadStream, consumer, subject, isQueue: false, graceMs: 0 }
  }

  /** Gives up what is written down as ours and is not. Its consumer goes with it: its next host makes its own. */
  async #giveUpGone(): Promise<void> {
    const gone = this.#claims.gone()
    if (gone.length === 0) return
    const others = await this.#options.others()
    // What was acknowledged must be with the server before the next one asks it.
    await flushed(this.#connection)
    for (const robot of gone) {
      const key = this.#claims.key(robot)
      if (others.has(key)) continue
      await this.#deleteConsumer(this.#sourceOf(robot))
      await this.#claims.release(robot, this.#options.position.drainedAt(key))
      await this.#options.position.forget(key)
    }
  }

  async #deleteConsumer({ stream, consumer }: Pick<Source, 'stream' | 'consumer'>): Promise<void> {
    try {
      await this.#manager.consumers.delete(stream, consumer)
    } catch (error) {
      const isGone = [JetStreamApiCodes.ConsumerNotFound, JetStreamApiCodes.StreamNotFound]
      if (!isGone.some((code) => isApiError(error, code))) throw error
    }
  }

  /** @returns what waits in the stream, by robot key; those that no host has are among them */
  async #waiting(): Promise<Map<string, number>> {
    const { layout, merchantNo } = this.#options
    const prefix = layout.subjects.replace('*.*', '')
    const { state } = await this.#manager.streams.info(layout.stream, {
      subjects_filter: `${prefix}${tokenOf(merchantNo)}.*`,
    })
    return new Map(
      Object.entries(state.subjects ?? {}).map(([subject, count]) => [subject.slice(prefix.length), count]),
    )
  }

  /** {@link #waiting}, with a note of which of our robots have nothing: from then on nothing of theirs can have been lost. */
  async look(): Promise<ReadonlyMap<string, number>> {
    const asked = Date.now()
    const waiting = await this.#waiting()
    const drained = [...this.#inboxes.keys()].filter((key) => key !== 'unread' && !waiting.has(key))
    if (!this.#isClosed) await this.#options.position.noteDrained(drained, asked)
    return waiting
  }

  /** Looks after what may have gone wrong unseen: a claim that nobody answered, a stream that was deleted. */
  async tend(): Promise<void> {
    try {
      await this.look()
      await this.#inTurn(async () => {
        await this.#claims.settle()
        await this.#settleInboxes()
        await this.#giveUpGone()
      })
    } catch (error) {
      if (error instanceof Error && isApiError(error, JetStreamApiCodes.StreamNotFound)) this.#break(error)
    }
  }

  /**
   * How many of those that came before a message of the stream are not fetched yet, of our robots and of what could not
   * be read; robots of which it is not known yet who has them count as one.
   *
   * @param until the message's place in the stream of robots
   */
  async left(until: number): Promise<number> {
    const waiting = await this.#waiting()
    let left = 0
    for (const { robot, standing } of await this.standings()) {
      const key = this.#claims.key(robot)
      if (standing === 'asking') left += 1
      if (standing !== 'here' || !waiting.has(key)) continue
      const { stream, consumer } = this.#sourceOf(robot)
      left += await this.#underWay(stream, consumer, until)
    }
    if (this.#inboxes.has('unread')) {
      const { stream, consumer } = this.#unreadSource()
      left += await this.#underWay(stream, consumer, Infinity)
    }
    return left
  }

  /** Of a consumer that is not made yet it is one: there is something, and nobody can say how much. */
  async #underWay(stream: string, consumer: string, until: number): Promise<number> {
    try {
      const { num_pending, num_ack_pending, ack_floor } = await this.#manager.consumers.info(stream, consumer)
      return ack_floor.stream_seq >= until ? 0 : num_pending + num_ack_pending
    } catch (error) {
      if (isApiError(error, JetStreamApiCodes.ConsumerNotFound)) return 1
      throw error
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
    const key = this.#claims.key(robot)
    if (this.#claims.standing(robot) === 'elsewhere') this.#taken.add(key)
    await this.#options.position.setGivenAway(key, false)
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
    await flushed(this.#connection)
    const isReleased = await this.#claims.release(robot, drainedAt)
    if (!isReleased) await position.setGivenAway(key, false)
    await this.#inTurn(() => this.#settleInboxes())
    this.#options.changed()
    return isReleased
  }

  /**
   * Leaves nothing of this host's behind: neither claims nor consumers.
   *
   * @param keepsUnread whether another connection of this host goes on with what could not be read
   */
  async takeBack(keepsUnread: boolean): Promise<void> {
    await this.#inTurn(async () => {
      await this.#claims.setRobots([])
      await Promise.all([...this.#inboxes.values()].map((inbox) => inbox.stop()))
      this.#inboxes.clear()
      await this.#giveUpGone()
      if (!keepsUnread) await this.#deleteConsumer(this.#unreadSource())
      const kept = await this.#options.others()
      if (this.#claims.gone().some((robot) => !kept.has(this.#claims.key(robot)))) {
        throw new Error('a robot could not be given up')
      }
      this.#isClosed = true
    })
    await flushed(this.#connection)
  }

  /** Keeps what is under way, and fetches no more. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#claims.stop()
    const stopped = async (): Promise<void> => {
      await Promise.all([...this.#inboxes.values()].map((inbox) => inbox.stop()))
    }
    // At once, whatever the turn waits for; and then those that it began.
    await Promise.all([this.#turn, stopped()])
    await stopped()
    this.#inboxes.clear()
  }
}
