/** Tells the relays which callback URLs there are: a hash of each secret, with what a relay has to know to answer. */
import type { KV } from '@nats-io/kv'
import { secretHash } from '../../callbacks/incoming.ts'
import type { ConnectionRecord } from '../../store/connections.ts'
import { doorSchema, readValue, type Door } from './layout.ts'

type Connection = Pick<ConnectionRecord, 'merchantNo' | 'callbackSecret' | 'oldSecret' | 'advanced'>

/** The doors of a connection, by the hash of their secrets. */
function doorsOf({ merchantNo, callbackSecret, oldSecret, advanced }: Connection, owner: string): Map<string, Door> {
  const { acknowledgement, callbackSources: sources } = advanced
  const door = { owner, merchantNo, acknowledgement, sources }
  const doors = new Map<string, Door>([[secretHash(callbackSecret), { ...door, until: null }]])
  if (oldSecret && oldSecret.until > Date.now()) {
    doors.set(secretHash(oldSecret.secret), { ...door, until: oldSecret.until })
  }
  return doors
}

interface Present {
  readonly door: Door
  readonly revision: number
}

/** All that the bucket holds; a read that reaches its end. */
async function present(kv: KV): Promise<Map<string, Present>> {
  const doors = new Map<string, Present>()
  for await (const key of await kv.keys()) {
    const entry = await kv.get(key)
    const door = entry?.operation === 'PUT' ? readValue(doorSchema, entry.value) : null
    if (entry && door) doors.set(key, { door, revision: entry.revision })
  }
  return doors
}

const same = (a: Door, b: Present | undefined): boolean =>
  b !== undefined && JSON.stringify(doorSchema.parse(a)) === JSON.stringify(doorSchema.parse(b.door))

/**
 * Brings the bucket to what holds now. New ones come before old ones go, so that at no time a right address is none.
 *
 * @param owner who keeps these doors; doors of others are left alone
 * @param isWanted asked before each change: whoever ends meanwhile opens none behind the back of those who close them
 */
export async function writeDoors(
  kv: KV,
  owner: string,
  connection: Connection,
  isWanted: () => boolean,
): Promise<void> {
  const wanted = doorsOf(connection, owner)
  const found = await present(kv)
  const fresh = [...wanted].filter(([key, door]) => !same(door, found.get(key)))
  const old = [...found].filter(([key, { door }]) => door.owner === owner && !wanted.has(key))
  for (const [key, door] of fresh) if (isWanted()) await kv.put(key, JSON.stringify(door))
  for (const [key] of old) if (isWanted()) await kv.delete(key)
}

/**
 * Takes an owner's doors for a merchant away. One that was written anew meanwhile stays.
 *
 * @returns how many were open
 * @throws Error of the server
 */
export async function closeDoors(kv: KV, owner: string, merchantNo: string): Promise<number> {
  const theirs = [...(await present(kv))].filter(
    ([, { door }]) => door.owner === owner && door.merchantNo === merchantNo,
  )
  for (const [key, { revision }] of theirs) await kv.delete(key, { previousSeq: revision })
  return theirs.length
}
