/**
 * Leaves a place in NATS: first its doors are closed, then what waits there for this host's robots is fetched to the end,
 * and then claims and consumers are taken back. Each step can be done again, after a break or a kill at any point.
 */
import { JetStreamApiCodes, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream'
import { Kvm, type KV } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '#shared/contract/errors.ts'
import { closeDoors } from './door-keys.ts'
import { Fetching, type FetchingOptions } from './fetching.ts'
import { layoutOf, publishMs } from './layout.ts'
import { isApiError } from './streams.ts'

export interface LeavingOptions extends Omit<FetchingOptions, 'layout' | 'takesUnread' | 'broken' | 'changed'> {
  readonly name: string
  /** Who the callback URLs there are of. */
  readonly owner: string
  /** Whether what waits is fetched; else it stays there for whoever has the robots too. */
  readonly isFetched: boolean
  /** Whether the connection has come to the same place by another name: then nothing is left. Told the place. */
  isHere(place: string): boolean
  /** Whether another connection of this host goes on with what could not be read. */
  keepsUnread(): Promise<boolean>
  /** Told that nothing of this connection's is left there. */
  takenBack(): void
  /** Does something while no session begins here. */
  apart<Result>(work: () => Promise<Result>): Promise<Result>
  /** Told how many are not fetched yet. */
  waiting(count: number): void
  readonly signal: AbortSignal
}

/** How often it is looked at what is left, in milliseconds. */
const lookMs = 250
/** Of which nothing got less for so long is tried again from the beginning, in milliseconds. */
const stalledMs = 60_000
const dayNs = 86_400e9
/**
 * How long after a door was closed something may still be acknowledged that came by it, in milliseconds: relays hear of
 * it, and what they were publishing then comes to its end.
 */
const lateMs = 1000 + publishMs

/** @returns null where there is no such stream */
async function streamOf(manager: JetStreamManager, name: string) {
  try {
    return await manager.streams.info(name)
  } catch (error) {
    if (isApiError(error, JetStreamApiCodes.StreamNotFound)) return null
    throw error
  }
}

/** A bucket that is there; null where it is not: here nothing is made. */
async function presentBucket(connection: NatsConnection, manager: JetStreamManager, name: string): Promise<KV | null> {
  return (await streamOf(manager, `KV_${name}`)) && new Kvm(connection).open(name)
}

interface Rest {
  readonly fetching: Fetching
  /** How long something may still come in that counts, in milliseconds. */
  readonly lateMs: number
  /** The place in the stream of what came last. */
  lastPlace(): Promise<number>
  isHere(): boolean
  broken(): Error | null
}

/** Waits until all that came by then is on the disk, or nothing is left any more. @throws AppError reach-lost when it stalls */
async function fetchAll({ fetching, lateMs, lastPlace, isHere, broken }: Rest, options: LeavingOptions): Promise<void> {
  const isAllThere = performance.now() + lateMs
  let until: number | null = null
  let least = Infinity
  let since = performance.now()
  for (;;) {
    const error = broken()
    if (error) throw error
    if (isHere()) return
    if (performance.now() >= isAllThere) until ??= await lastPlace()
    const left = await fetching.left(until ?? Infinity)
    options.waiting(left)
    if (left === 0 && until !== null) return
    if (left < least || until === null) since = performance.now()
    least = Math.min(least, left)
    if (performance.now() - since > stalledMs) throw new AppError('reach-lost', { problem: 'stalled' })
    await pause(lookMs, undefined, { signal: options.signal })
  }
}

/**
 * Resolves when nothing of this host is left there.
 *
 * @throws AppError, or Error of the server: nothing is lost, and it has to be tried again
 */
export async function leavePlace(connection: NatsConnection, options: LeavingOptions): Promise<void> {
  const { name, owner, merchantNo, isFetched, apart, signal, position } = options
  const layout = layoutOf(name)
  const manager = await jetstreamManager(connection)
  const stream = await streamOf(manager, layout.stream)
  const isHere = (): boolean => stream !== null && options.isHere(`${layout.stream} ${stream.created}`)
  const doors = await presentBucket(connection, manager, layout.doors)
  const isClosed = await apart(async () => {
    if (isHere()) return false
    if (doors) await closeDoors(doors, owner, merchantNo)
    return true
  })
  const robots = await presentBucket(connection, manager, layout.robots)
  // Without its stream or its list there is nothing that anybody could fetch.
  if (!isClosed || !stream || !robots) return
  const { max_age: maxAge } = stream.config
  // Who was away for longer than the stream keeps is told from when to when callbacks may be missing.
  await position.begin(isFetched && maxAge > 0 ? maxAge / dayNs : Infinity)
  let lost: Error | null = null
  const fetching = await Fetching.begin(connection, manager, robots, {
    ...options,
    layout,
    takesUnread: isFetched,
    robots: async () => (isFetched ? options.robots() : []),
    changed: () => undefined,
    broken: (error) => (lost ??= error),
  })
  const lastPlace = async (): Promise<number> => (await manager.streams.info(layout.stream)).state.last_seq
  /** @returns null where nothing is left; else how long something may still come in, in milliseconds */
  const leave = async (): Promise<number | null> => {
    if (isHere()) return null
    // A session that was left to itself may have opened one since they were closed.
    const opened = doors ? await closeDoors(doors, owner, merchantNo) : 0
    if (isFetched && opened > 0) return lateMs
    if (isFetched && (await fetching.left(Infinity)) > 0) return 0
    await fetching.takeBack(await options.keepsUnread())
    options.takenBack()
    return null
  }
  try {
    for (let ms: number | null = lateMs; ms !== null; ms = await apart(leave)) {
      if (isFetched) await fetchAll({ fetching, lateMs: ms, lastPlace, isHere, broken: () => lost }, options)
      signal.throwIfAborted()
    }
  } finally {
    await fetching.close()
  }
}
