/** A message of a stream as a callback that arrived. Nothing in it is believed further than what a sender could write. */
import { hash } from 'node:crypto'
import type { JsMsg } from '@nats-io/jetstream'
import ipaddr from 'ipaddr.js'
import { decoded, isCompressed } from '../../callbacks/compressed.ts'
import { bodyLimit } from '../../callbacks/incoming.ts'
import type { ArrivedCallback } from '../../store/arrived.ts'
import { arrivalHeader, arrivalSchema, readValue, type Arrival } from './layout.ts'

type Address = ReturnType<typeof ipaddr.process>

/** The connection that a message is for. */
export interface Receiver {
  readonly connectionId: number
  /**
   * Whether a callback from that address may be applied; null: the address is not known. It has been acknowledged to the
   * platform, so one that may not is kept all the same, in quarantine.
   */
  admits(address: Address | null): boolean
  /** Told by which secret it came. */
  cameBy(door: string): void
}

/** How far the relay's clock may be from the server's before the server's is taken, in milliseconds. */
const clockTolerance = 120_000

const readArrival = (message: Pick<JsMsg, 'headers'>): Arrival | null =>
  readValue(arrivalSchema, message.headers?.get(arrivalHeader) ?? '')

/**
 * When it came in: by the relay's clock, unless that is wrong; never later than now.
 *
 * @param told by the relay, milliseconds UTC
 * @param stored when the server stored it
 */
export const arrivalTime = (told: number | undefined, stored: number, now: number): number =>
  Math.min(now, told !== undefined && Math.abs(told - stored) <= clockTolerance ? told : stored)

const addressOf = (text: string | null): Address | null =>
  text !== null && ipaddr.isValid(text) ? ipaddr.process(text) : null

/**
 * What names a message: its place in its stream, and its time, since a stream that was lost counts from one again. The
 * same however often it is given out, by whichever consumer.
 */
export const messageName = (stream: string, { seq, timestampNanos }: Pick<JsMsg, 'seq' | 'timestampNanos'>): string =>
  `${stream} ${seq} ${timestampNanos}`

/** Never rejects: what cannot be read is kept as it came, and the reader says so. */
export async function arrivedCallback(
  stream: string,
  message: Pick<JsMsg, 'headers' | 'data' | 'seq' | 'timestampNanos'>,
  receiver: Receiver,
): Promise<ArrivedCallback> {
  const arrival = readArrival(message)
  const encoding = arrival?.contentEncoding ?? undefined
  const sent = Buffer.from(message.data.buffer, message.data.byteOffset, message.data.byteLength)
  const raw = isCompressed(encoding) ? ((await decoded(sent, encoding, bodyLimit)) ?? sent) : sent
  if (arrival) receiver.cameBy(arrival.door)
  const isAdmitted = receiver.admits(addressOf(arrival?.from ?? null))
  return {
    connectionId: receiver.connectionId,
    at: arrivalTime(arrival?.at, Number(message.timestampNanos / 1_000_000n), Date.now()),
    contentType: arrival?.contentType ?? null,
    raw,
    delivery: hash('sha256', messageName(stream, message), 'buffer').subarray(0, 16),
    ...(!isAdmitted && { quarantine: 'source-not-allowed' as const }),
  }
}
