/** Streams and buckets as they have to be. Whoever comes first makes them: relay or Switchboard. */
import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream'
import { Kvm, type KV } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Layout } from './layout.ts'

/** What may lie in the streams. */
export interface StreamLimits {
  /** Bytes of callbacks that wait. A full stream takes no more: the relay answers 503 and the platform repeats. */
  readonly bytes: number
  /** The same of those whose robot cannot be read. */
  readonly unreadBytes: number
  /** How long a callback waits, in days; then it goes, whoever has not fetched it. */
  readonly days: number
  /** Copies in a cluster: 1, 3 or 5. */
  readonly replicas: number
}

export const defaultLimits: StreamLimits = { bytes: 2 ** 30, unreadBytes: 2 ** 27, days: 14, replicas: 1 }

const dayNs = 86_400e9
const secondNs = 1e9
/** Within which a repeated publish of one request counts once. */
const repeatSeconds = 120

const streamConfigs = (layout: Layout, limits: StreamLimits) => {
  const common = {
    storage: StorageType.File,
    // Full means full: what was acknowledged to the platform is never pushed out by what comes later.
    discard: DiscardPolicy.New,
    max_age: limits.days * dayNs,
    duplicate_window: repeatSeconds * secondNs,
    num_replicas: limits.replicas,
  }
  return [
    {
      ...common,
      name: layout.stream,
      subjects: [layout.subjects],
      // Fetched and acknowledged is gone; and no two consumers can have the same robot.
      retention: RetentionPolicy.Workqueue,
      max_bytes: limits.bytes,
    },
    {
      ...common,
      name: layout.unreadStream,
      subjects: [layout.unreadSubjects],
      retention: RetentionPolicy.Limits,
      max_bytes: limits.unreadBytes,
    },
  ]
}

/** Whether an error is the server's answer of that meaning. */
export const isApiError = (error: unknown, code: JetStreamApiCodes): boolean =>
  error instanceof JetStreamApiError && error.code === code

async function presentConfig(manager: JetStreamManager, name: string): Promise<StreamConfig | null> {
  try {
    return (await manager.streams.info(name)).config
  } catch (error) {
    if (isApiError(error, JetStreamApiCodes.StreamNotFound)) return null
    throw error
  }
}

/**
 * Makes both streams where they are not. Those that are there keep their limits, unless others are asked for.
 *
 * @param wanted limits that were asked for; the others get their defaults
 * @throws Error of the server, or one that says that a stream of this name is of another kind
 */
export async function ensureStreams(
  manager: JetStreamManager,
  layout: Layout,
  wanted: Partial<StreamLimits> = {},
): Promise<void> {
  for (const config of streamConfigs(layout, { ...defaultLimits, ...wanted })) {
    const present = await presentConfig(manager, config.name)
    if (!present) {
      await manager.streams.add(config)
      continue
    }
    if (
      present.retention !== config.retention ||
      present.discard !== config.discard ||
      present.storage !== config.storage
    )
      throw new Error(`the stream ${config.name} is there already and made otherwise: another name, or another server`)
    const changes = {
      ...((wanted.bytes ?? wanted.unreadBytes) !== undefined && { max_bytes: config.max_bytes }),
      ...(wanted.days !== undefined && { max_age: config.max_age }),
      ...(wanted.replicas !== undefined && { num_replicas: config.num_replicas }),
    }
    const isSame = Object.entries(changes).every(([name, value]) => present[name as keyof StreamConfig] === value)
    if (!isSame) await manager.streams.update(config.name, changes)
  }
}

/** A bucket, made where it is not. */
export const bucket = (connection: NatsConnection, name: string, replicas: number): Promise<KV> =>
  new Kvm(connection).create(name, { history: 1, replicas })

/** How long a callback may be under way from stream to disk before it is given out again. */
const ackWaitSeconds = 60
/** Most that one robot has under way: what a crash has fetched again. */
const underWay = 1000

/** What is fetched, and by which consumer. */
export interface Source {
  readonly stream: string
  readonly consumer: string
  readonly subject: string
  /** Whether what is acknowledged leaves the stream. */
  readonly isQueue: boolean
  /** How long another host, from which it was taken, has to end what it has under way; in milliseconds. */
  readonly graceMs: number
}

/**
 * A durable consumer, made where it is not. Where it is, it goes on where it stood, unless more lies in the stream than it
 * will give: what it gave to somebody who did not live to acknowledge it comes back only after its time, and after a
 * crash of the server it may hold for acknowledged what has come back into the stream. It is then made anew: what was not
 * acknowledged is what lies in the stream, and that is its position.
 *
 * @param subject the one that it gets
 * @param isQueue whether what is acknowledged leaves the stream; else its position is its own alone, and it is let be
 */
export async function ensureConsumer(
  manager: JetStreamManager,
  { stream, consumer, subject, isQueue }: Omit<Source, 'graceMs'>,
): Promise<void> {
  try {
    const { num_pending: toGive } = await manager.consumers.info(stream, consumer)
    if (!isQueue) return
    const { state } = await manager.streams.info(stream, { subjects_filter: subject })
    if ((state.subjects?.[subject] ?? 0) <= toGive) return
    await manager.consumers.delete(stream, consumer)
  } catch (error) {
    if (!isApiError(error, JetStreamApiCodes.ConsumerNotFound)) throw error
  }
  await manager.consumers.add(stream, {
    durable_name: consumer,
    filter_subject: subject,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: ackWaitSeconds * secondNs,
    max_ack_pending: underWay,
    // Without end: a callback is given up by nobody but its age.
    max_deliver: -1,
  })
}
