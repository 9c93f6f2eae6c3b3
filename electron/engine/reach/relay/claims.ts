/**
 * Who takes which robot's callbacks. Two hosts that fetched from one consumer would each have half a history, so a robot
 * has one host, written down where all see it and changed only by comparing with what stood there before.
 */
import type { KV, KvWatchEntry } from '@nats-io/kv'
import type { Logger } from '../../types.ts'
import { claimSchema, readValue, type Claim, type Layout } from './layout.ts'
import { watchBucket, type BucketWatch } from './watch.ts'

export interface Robot {
  readonly merchantNo: string
  readonly serialNo: string
}

/** Where a robot's callbacks go, as this host sees it. */
export type Standing =
  /** Here. */
  | 'here'
  /** To another host, or to another copy of this one's data. */
  | 'elsewhere'
  /** Nowhere: this host gave it away, and nobody has taken it yet. */
  | 'handed-over'
  /** Not known yet. */
  | 'asking'

interface Known {
  readonly claim: Claim
  readonly revision: number
}

export interface ClaimsOptions {
  readonly layout: Layout
  readonly hostId: string
  readonly hostName: string
  /** Of this start. */
  readonly session: string
  /** Whose robots these are; claims of others are left alone. */
  readonly merchantNo: string
  /** Robots that this host gave away: it takes none of them back by itself. */
  isGivenAway(key: string): boolean
  /** Nothing more is heard of who has what. */
  broken(error: Error): void
  /** Somebody's standing may be another. */
  changed(): void
  readonly log: Logger
}

export class Claims {
  readonly #options: ClaimsOptions
  #kv: KV | null = null
  #watch: BucketWatch | null = null
  #known = new Map<string, Known>()
  #robots = new Map<string, Robot>()
  /** Robots that this session had: what another copy took from it is not taken back by itself. */
  readonly #had = new Set<string>()
  /** Claims of an earlier start of this host, as they were found; one that changed since is another copy's. */
  readonly #inherited = new Set<string>()
  #isComplete = false

  constructor(options: ClaimsOptions) {
    this.#options = options
  }

  key({ merchantNo, serialNo }: Robot): string {
    return this.#options.layout.robotKey(merchantNo, serialNo)
  }

  standing(robot: Robot): Standing {
    const key = this.key(robot)
    const claim = this.#known.get(key)?.claim
    if (!this.#isComplete) return 'asking'
    if (claim && this.#isMine(claim)) return 'here'
    if (claim?.hostId != null) return 'elsewhere'
    return this.#options.isGivenAway(key) ? 'handed-over' : 'asking'
  }

  claim(robot: Robot): Claim | null {
    return this.claimOf(this.key(robot))
  }

  claimOf(key: string): Claim | null {
    return this.#known.get(key)?.claim ?? null
  }

  #isMine({ hostId, session }: Claim): boolean {
    return hostId === this.#options.hostId && session === this.#options.session
  }

  /** Of another start of this host's data: an earlier one of its own, or a copy's. */
  #isEarlier(claim: Claim): boolean {
    return claim.hostId === this.#options.hostId && !this.#isMine(claim)
  }

  /** Reads all claims and follows them. @throws Error of the server */
  async follow(kv: KV): Promise<void> {
    this.#watch?.stop()
    this.#kv = kv
    this.#isComplete = false
    this.#known = new Map()
    const watch = (this.#watch = await watchBucket(kv, (entry) => {
      this.#note(entry)
      if (!this.#isComplete) return
      this.#inherited.delete(entry.key)
      void this.#settle(entry.key).then(() => this.#options.changed())
    }))
    void watch.ended.then(() => {
      if (this.#watch === watch) this.#options.broken(new Error('the list of who fetches what ended'))
    })
    await watch.whole
    for (const [key, { claim }] of this.#known) if (this.#isEarlier(claim)) this.#inherited.add(key)
    this.#isComplete = true
    await this.settle()
    this.#options.changed()
  }

  #note(entry: KvWatchEntry): void {
    const claim = entry.operation === 'PUT' ? readValue(claimSchema, entry.value) : null
    if (claim) this.#known.set(entry.key, { claim, revision: entry.revision })
    else this.#known.delete(entry.key)
  }

  /** Names the robots that this host has, and takes those that are free. */
  async setRobots(robots: readonly Robot[]): Promise<void> {
    this.#robots = new Map(robots.map((robot) => [this.key(robot), robot]))
    if (!this.#isComplete) return
    await this.settle()
    this.#options.changed()
  }

  /** Takes the robots that are free; again after a write that nobody answered. */
  async settle(): Promise<void> {
    for (const key of this.#robots.keys()) await this.#settle(key)
  }

  /**
   * Robots of the merchant that are written down as this host's, and that it no longer has or gave away. What an earlier
   * start left is among them: one that was removed while the server was away is given up when it is back.
   */
  gone(): Robot[] {
    const { merchantNo, isGivenAway } = this.#options
    return [...this.#known]
      .filter(([key, { claim }]) => claim.merchantNo === merchantNo && (!this.#robots.has(key) || isGivenAway(key)))
      .filter(([key, { claim }]) => this.#isMine(claim) || this.#inherited.has(key))
      .map(([, { claim }]) => ({ merchantNo: claim.merchantNo, serialNo: claim.robotSerialNo }))
  }

  /** Takes a robot of ours that is free, or that an earlier start of this host had. */
  async #settle(key: string): Promise<void> {
    const robot = this.#robots.get(key)
    if (!robot || this.#options.isGivenAway(key)) return
    const claim = this.#known.get(key)?.claim
    if (claim && this.#isMine(claim)) this.#had.add(key)
    const isEarlier = claim !== undefined && this.#isEarlier(claim) && !this.#had.has(key)
    if (!claim || claim.hostId === null || isEarlier) await this.#write(robot, claim?.drainedAt ?? null)
  }

  /** Takes a robot, whoever has it: for one whose host is gone. @returns whether it is ours now */
  async take(robot: Robot): Promise<boolean> {
    this.#robots.set(this.key(robot), robot)
    return this.#write(robot, this.claim(robot)?.drainedAt ?? null)
  }

  /**
   * Gives a robot up, for whoever takes it next. The position stays with the robot's consumer.
   *
   * @param drainedAt when it was last certain that nothing waited
   */
  async release(robot: Robot, drainedAt: number | null): Promise<boolean> {
    if (this.standing(robot) !== 'here' && !this.#inherited.has(this.key(robot))) return true
    return this.#write(robot, drainedAt, null)
  }

  async #write(robot: Robot, drainedAt: number | null, hostId: string | null = this.#options.hostId): Promise<boolean> {
    const key = this.key(robot)
    const { hostName, session } = this.#options
    const { merchantNo, serialNo: robotSerialNo } = robot
    const claim: Claim = { merchantNo, robotSerialNo, hostId, hostName, session, since: Date.now(), drainedAt }
    const present = this.#known.get(key)
    try {
      const value = JSON.stringify(claim)
      const kv = this.#kv
      if (!kv) return false
      const revision = await (present ? kv.update(key, value, present.revision) : kv.create(key, value))
      this.#known.set(key, { claim, revision })
      this.#inherited.delete(key)
      if (hostId !== null) this.#had.add(key)
      return true
    } catch (error) {
      // Somebody was faster; what stands there now comes by the watch.
      this.#options.log.info({ err: error, robotSerialNo }, 'a robot’s host could not be written down')
      return false
    }
  }

  stop(): void {
    this.#watch?.stop()
    this.#watch = null
    this.#isComplete = false
  }
}
