/**
 * What lies where in NATS: streams, subjects, keys, and the values that cross it. Relay and engine both stand on this
 * page, and on nothing else of each other.
 */
import { hash } from 'node:crypto'
import { z } from 'zod'

export interface Layout {
  /** Callbacks by merchant and robot; each goes when its robot's Switchboard has it. */
  readonly stream: string
  readonly subjects: string
  /** Callbacks whose robot cannot be read. Every Switchboard of the merchant gets them; they go by age. */
  readonly unreadStream: string
  readonly unreadSubjects: string
  /** Key-value bucket of the callback URLs that relays let in. */
  readonly doors: string
  /** Subject of the check whether an address leads here; nothing of it is kept. */
  readonly probe: string
  /** Subject on which relays are asked to look from outside; one of them answers. Nothing of it is kept. */
  readonly look: string
  /** Key-value bucket of who takes which robot's callbacks. */
  readonly robots: string
  subject(merchantNo: string, robotSerialNo: string): string
  unreadSubject(merchantNo: string): string
  /** Durable consumer of a robot: by its name the position goes with the robot from host to host. */
  consumer(merchantNo: string, robotSerialNo: string): string
  unreadConsumer(merchantNo: string, hostId: string): string
  robotKey(merchantNo: string, robotSerialNo: string): string
}

/** Longest number that stands in a subject as it is; file names of the server are made of it. */
const plainLimit = 60

/**
 * A number of the platform as one token of a subject. Dots, stars, blanks and everything else that means something to
 * NATS, or to the file system that a consumer's name becomes a folder of, is left to a hash. The letter in front keeps
 * the two kinds apart.
 */
export const tokenOf = (number: string): string =>
  number.length <= plainLimit && /^[A-Za-z0-9]+$/.test(number) ? `n${number}` : `x${hash('sha256', number, 'hex')}`

/** The number that a token stands for; null where it is a hash. */
export const numberOf = (token: string): string | null => (token.startsWith('n') ? token.slice(1) : null)

/** @param name see `relayName` */
export function layoutOf(name: string): Layout {
  const upper = name.toUpperCase()
  const pair = (merchantNo: string, robotSerialNo: string): string => `${tokenOf(merchantNo)}.${tokenOf(robotSerialNo)}`
  return {
    stream: `${upper}_CALLBACKS`,
    subjects: `${name}.callback.*.*`,
    unreadStream: `${upper}_UNREAD`,
    unreadSubjects: `${name}.unread.*`,
    probe: `${name}.probe`,
    look: `${name}.look`,
    doors: `${name}_doors`,
    robots: `${name}_robots`,
    subject: (merchantNo, robotSerialNo) => `${name}.callback.${pair(merchantNo, robotSerialNo)}`,
    unreadSubject: (merchantNo) => `${name}.unread.${tokenOf(merchantNo)}`,
    consumer: (merchantNo, robotSerialNo) => `robot-${tokenOf(merchantNo)}-${tokenOf(robotSerialNo)}`,
    unreadConsumer: (merchantNo, hostId) => `unread-${tokenOf(merchantNo)}-${tokenOf(hostId)}`,
    robotKey: pair,
  }
}

/**
 * Header of a message that holds {@link arrivalSchema} as JSON. One of JSON, since it escapes whatever a stranger may
 * have written into a header of HTTP.
 */
export const arrivalHeader = 'Switchboard-Arrival'

/** How a callback came in at the relay. The body is the message's payload, byte for byte. */
export const arrivalSchema = z.object({
  /** By the relay's clock, milliseconds UTC. */
  at: z.int().nonnegative(),
  /** Hash of the secret that it came in by. */
  door: z.string(),
  contentType: z.string().nullable(),
  contentEncoding: z.string().nullable(),
  /** The sender's address, as the relay saw it; null where it could not tell. */
  from: z.string().nullable(),
  /** Of the URL, without the question mark; never the path, which holds the secret. */
  query: z.string(),
})
export type Arrival = z.output<typeof arrivalSchema>

/** One callback URL, under the hash of its secret. Written by the Switchboard whose connection it is. */
export const doorSchema = z.object({
  /** Who wrote it and alone may take it away: a connection of a host. */
  owner: z.string().min(1),
  merchantNo: z.string().min(1).max(256),
  /** Body of the acknowledgement. */
  acknowledgement: z.string(),
  /** Addresses and networks that callbacks are taken from; none: any. */
  sources: z.array(z.string()),
  /** When it ends, milliseconds UTC: a secret that was replaced has its time of grace. Null: not yet known. */
  until: z.int().nullable(),
})
export type Door = z.output<typeof doorSchema>

/** Who takes a robot's callbacks. */
export const claimSchema = z.object({
  merchantNo: z.string(),
  robotSerialNo: z.string(),
  /** Null: it was handed over, and the next who has the robot takes it. */
  hostId: z.string().nullable(),
  /** For people. */
  hostName: z.string(),
  /** One start of the host: a copy of its data that runs elsewhere has another. */
  session: z.string(),
  /** Milliseconds UTC. */
  since: z.int(),
  /** When it was last certain that nothing lay waiting, milliseconds UTC; null: never yet. */
  drainedAt: z.int().nullable(),
})
export type Claim = z.output<typeof claimSchema>

/**
 * Longest that a relay takes to have a callback kept, from its look at the door to its answer, in milliseconds: within what
 * a proxy and the platform wait. Whoever closes a door waits as long for what was let in before.
 */
export const publishMs = 8000

/** The check came to a relay: by which door, and with what. */
export const probeSchema = z.object({ door: z.string().max(100), nonce: z.string().max(100) })

const decoder = new TextDecoder()

/** A value of a bucket, or a header; null for what is none of ours. */
export function readValue<Schema extends z.ZodType>(
  schema: Schema,
  value: Uint8Array | string,
): z.output<Schema> | null {
  try {
    return schema.parse(JSON.parse(typeof value === 'string' ? value : decoder.decode(value)))
  } catch {
    return null
  }
}
