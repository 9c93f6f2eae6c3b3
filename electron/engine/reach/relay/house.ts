/** What all relay ways of the host have in common: who this host is, what it keeps by, and which sessions there are. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { NatsConnection } from '@nats-io/transport-node'
import type { RelayRobot } from '#shared/contract/entries/relay.ts'
import type { SettingsOf } from '#shared/contract/entries/reach.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import type { Doors } from '../../callbacks/doors.ts'
import type { Notices } from '../../notices.ts'
import type { Connections } from '../../platform/connections.ts'
import type { ArrivedCallback } from '../../store/arrived.ts'
import type { ConnectionRecord } from '../../store/connections.ts'
import { leavingValue, relayValue, type LeavingRecord } from '../../store/leavings.ts'
import type { Store } from '../../store/store.ts'
import type { Logger } from '../../types.ts'
import type { Look, Report } from '../outside.ts'
import { placeOf } from '../place.ts'
import type { Leave } from '../way.ts'
import type { Robot } from './claims.ts'
import type { Receiver } from './delivery.ts'
import { Remembered } from './inbox.ts'
import { Intake } from './intake.ts'
import { layoutOf, numberOf } from './layout.ts'
import { whileOpen } from './nats.ts'
import { Position } from './position.ts'
import { leavePlace } from './leaving.ts'
import { Session, type SessionOptions } from './session.ts'

export interface RelayHouseOptions {
  readonly store: Store
  readonly connections: Connections
  readonly notices: Notices
  readonly doors: Doors
  /** Keeps bodies durably. */
  keep(arrived: ArrivedCallback[]): Promise<unknown>
  /** Told what was kept. */
  arrived(bodies: readonly ArrivedCallback[]): void
  /** Told that bodies could not be kept, and that they can again. */
  trouble(error: Error | null): void
  /** The answer to a check that came by a relay; null where it is none of ours. */
  probe(nonce: string, door: string): string | null
  emit(events: ContractEvent[]): void
  readonly log: Logger
}

/** What this host is called in NATS, for good: its data folder's own. */
const hostValue = '.relay-host'

interface Open {
  readonly session: Session
  /** Ids of the robots that the session knows of. */
  robotIds: ReadonlySet<string>
}

export class RelayHouse {
  readonly #options: RelayHouseOptions
  readonly #intake: Intake
  readonly #remembered = new Remembered()
  readonly #open = new Map<number, Open>()
  /** Of this start: a copy of the data that runs elsewhere has another. */
  readonly #session = randomUUID()
  /** Places that were left and are taken back, by their ids: they are still written down for a moment. */
  readonly #left = new Set<number>()
  #hostId: Promise<string> | null = null
  /** Sessions begin, and places are taken back, one after the other: none undoes what another has just done. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: RelayHouseOptions) {
    this.#options = options
    const { keep, arrived, trouble, log } = options
    this.#intake = new Intake({ keep, arrived, health: trouble, log })
  }

  /** By which the lists of the server name this host's connections. */
  get name(): string {
    return `switchboard ${hostname()}`.slice(0, 100)
  }

  #readHostId(): Promise<string> {
    const { store } = this.#options
    this.#hostId ??= (async () => {
      const kept = await store.read('values.get', hostValue)
      if (typeof kept === 'string' && kept !== '') return kept
      const fresh = randomUUID()
      await store.write('values.set', { name: hostValue, value: fresh })
      return fresh
    })()
    return this.#hostId
  }

  #apart<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** @param name of the value that it is remembered by */
  #positionOf(connectionId: number, name: `.${string}`): Position {
    const { store, notices, connections } = this.#options
    return new Position({
      read: () => store.read('values.get', name),
      write: (value) => store.write('values.set', { name, value }),
      gap: ({ from, to }) => {
        const connection = connections.all().find(({ id }) => id === connectionId)?.name ?? ''
        const day = (time: number): string => new Date(time).toISOString().slice(0, 16).replace('T', ' ')
        notices.raise(`relay gap ${connectionId}`, {
          code: 'relay-gap',
          params: { connection, from: day(from), to: day(to) },
        })
      },
    })
  }

  #receiver(connectionId: number, trustAddress: boolean): Receiver {
    const { doors } = this.#options
    /* Made anew for a record that is another: it holds the parsed list of addresses. */
    let of: unknown = null
    let relayed: ReturnType<Doors['relayed']> | null = null
    const present = (): ReturnType<Doors['relayed']> | null => {
      const record = this.#connection(connectionId)
      if (record !== of) relayed = record ? doors.relayed(record) : null
      of = record
      return relayed
    }
    return {
      connectionId,
      admits: (address) => present()?.admits(trustAddress ? address : null) ?? true,
      cameBy: (door) => present()?.cameBy(door),
    }
  }

  /** @param merchantNo the robots' merchant: for what came under an earlier number of the connection it is that */
  async #robots(connectionId: number, merchantNo: string): Promise<(Robot & { id: string })[]> {
    if (!this.#connection(connectionId)) return []
    const robots = await this.#options.store.read('robots.list', connectionId)
    return robots.map(({ id, serialNo }) => ({ id, merchantNo, serialNo }))
  }

  #connection(connectionId: number): ConnectionRecord | undefined {
    return this.#options.connections.all().find(({ id }) => id === connectionId)
  }

  /** Other connections of this host that fetch a merchant's robots at a place, or left it and are not done there. */
  async #others(connectionId: number, settings: SettingsOf<'relay'>, merchantNo: string): Promise<number[]> {
    const place = placeOf(settings, merchantNo)
    const { store } = this.#options
    const chosen = (await store.read('reach.list')).map((other) => ({
      ...other,
      merchantNo: this.#connection(other.connectionId)?.merchantNo,
    }))
    const left = (await store.read('leavings.list')).filter(({ id }) => !this.#left.has(id))
    const there = [...chosen, ...left]
      .filter((other) => other.connectionId !== connectionId)
      .filter(({ merchantNo: number, settings: theirs }) => number !== undefined && placeOf(theirs, number) === place)
    return [...new Set(there.map((other) => other.connectionId))]
  }

  /** What session and leaving have in common. */
  async #common(connectionId: number, settings: SettingsOf<'relay'>, merchantNo: string) {
    const hostId = await this.#readHostId()
    const { name, trustAddress } = settings
    return {
      ...{ name, merchantNo, hostId, hostName: hostname(), session: this.#session, log: this.#options.log },
      owner: `${hostId}/${connectionId}`,
      receiver: this.#receiver(connectionId, trustAddress),
      intake: this.#intake,
      remembered: this.#remembered,
      robots: () => this.#robots(connectionId, merchantNo),
      others: async () => {
        const others = await this.#others(connectionId, settings, merchantNo)
        const robots = await Promise.all(others.map((id) => this.#robots(id, merchantNo)))
        return new Set(robots.flat().map(({ serialNo }) => layoutOf(name).robotKey(merchantNo, serialNo)))
      },
    } satisfies Partial<SessionOptions>
  }

  /** Fetches for a connection from here on. @throws Error of the server */
  begin(connectionId: number, connection: NatsConnection, settings: SettingsOf<'relay'>): Promise<Session> {
    const { connections, emit, probe } = this.#options
    return this.#apart(async () => {
      const { merchantNo } = connections.get(connectionId)
      const session = await Session.begin(connection, {
        ...(await this.#common(connectionId, settings, merchantNo)),
        position: this.#positionOf(connectionId, relayValue(connectionId)),
        connection: () => this.#connection(connectionId),
        probe,
        changed: () => emit([{ event: 'relay.changed', data: { connectionId: String(connectionId) } }]),
      })
      const robots = await this.#robots(connectionId, merchantNo)
      this.#open.set(connectionId, { session, robotIds: new Set(robots.map(({ id }) => id)) })
      return session
    })
  }

  /** Fetches what waits at a place that was left, and takes back what is this host's. @throws Error of the server */
  async leave(
    connection: NatsConnection,
    { id, connectionId, settings, merchantNo }: LeavingRecord,
    { signal, waiting }: Omit<Leave, 'secret'>,
  ): Promise<void> {
    await leavePlace(connection, {
      ...(await this.#common(connectionId, settings, merchantNo)),
      ...{ signal, waiting },
      position: this.#positionOf(connectionId, leavingValue(id)),
      isFetched: this.#connection(connectionId) !== undefined,
      isHere: (place) => {
        const session = this.#open.get(connectionId)?.session
        return session !== undefined && session.place === place && session.merchantNo === merchantNo
      },
      takenBack: () => this.#left.add(id),
      keepsUnread: async () => (await this.#others(connectionId, settings, merchantNo)).length > 0,
      // What waits for a server that is gone must not keep sessions from beginning.
      apart: (work) => this.#apart(() => whileOpen(connection, work())),
    })
  }

  async end(connectionId: number, session: Session): Promise<void> {
    if (this.#open.get(connectionId)?.session === session) this.#open.delete(connectionId)
    await session.close()
  }

  /** Hears of robots that are new or gone. */
  heed(events: readonly ContractEvent[]): void {
    if (this.#open.size === 0) return
    for (const { event, data } of events) {
      if (event !== 'robot.changed' && event !== 'robot.removed') continue
      for (const [connectionId, open] of this.#open) {
        const isNew =
          event === 'robot.changed' && data.connectionId === String(connectionId) && !open.robotIds.has(data.id)
        const isGone = event === 'robot.removed' && open.robotIds.has(data.id)
        if (isNew || isGone) void this.#robotsChanged(connectionId, open)
      }
    }
  }

  async #robotsChanged(connectionId: number, open: Open): Promise<void> {
    try {
      const robots = await this.#robots(connectionId, open.session.merchantNo)
      open.robotIds = new Set(robots.map(({ id }) => id))
      await open.session.fetching.robotsChanged()
    } catch (error) {
      this.#options.log.warn({ err: error }, 'NATS was not told of a robot')
    }
  }

  /** A connection, or a secret of one, is another. */
  connectionsChanged(): void {
    for (const { session } of this.#open.values()) void session.connectionChanged().catch(() => undefined)
  }

  /** Has a relay look from outside, by whichever connection there is one. @returns null where nobody could */
  async look(asked: Look): Promise<Report | null> {
    for (const { session } of this.#open.values()) {
      const report = await session.lookFromOutside(asked)
      if (report) return report
    }
    return null
  }

  /** @throws AppError not-allowed-now while the way is not up */
  #sessionOf(connectionId: number): Session {
    this.#options.connections.get(connectionId)
    const open = this.#open.get(connectionId)
    if (!open) throw new AppError('not-allowed-now', { state: 'relay-away' })
    return open.session
  }

  /** @throws AppError not-found, not-allowed-now, reach-lost */
  async robots(connectionId: number): Promise<RelayRobot[]> {
    const { fetching: session, merchantNo } = this.#sessionOf(connectionId)
    const waiting = await this.#asking(() => session.look())
    const ids = new Map((await this.#robots(connectionId, merchantNo)).map(({ serialNo, id }) => [serialNo, id]))
    const standings = await session.standings()
    const known = new Set(standings.map(({ robot }) => session.key(robot)))
    const items = standings.map(({ robot, standing, hostName, since }) => ({
      ...{ robotId: ids.get(robot.serialNo) ?? null, serialNo: robot.serialNo, standing, hostName, since },
      waiting: waiting.get(session.key(robot)) ?? 0,
    }))
    const others = [...waiting].filter(([key]) => !known.has(key))
    return [
      ...items,
      ...others.map(([key, count]) => ({
        ...{ robotId: null, serialNo: numberOf(key.split('.')[1] ?? ''), waiting: count },
        ...session.standingOf(key),
      })),
    ]
  }

  /** @throws AppError not-found, not-allowed-now, reach-lost */
  async move(robotId: string, to: 'here' | 'elsewhere'): Promise<void> {
    const robot = await this.#options.store.read('robots.get', Number(robotId))
    if (!robot) throw new AppError('not-found', { what: 'robot' })
    const connectionId = Number(robot.connectionId)
    const { fetching: session, merchantNo } = this.#sessionOf(connectionId)
    const moved = { merchantNo, serialNo: robot.serialNo }
    const isDone = await this.#asking(() => (to === 'here' ? session.take(moved) : session.release(moved)))
    if (!isDone) throw new AppError('not-allowed-now', { state: 'relay-taken' })
  }

  async #asking<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask()
    } catch (error) {
      if (error instanceof AppError) throw error
      throw new AppError('reach-lost', { problem: error instanceof Error ? error.message : String(error) })
    }
  }

  /** Resolves when all that was fetched was kept, or given back. */
  settled(): Promise<void> {
    return this.#intake.settled()
  }
}
