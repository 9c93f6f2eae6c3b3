/** Callbacks on their way into the record: as the listener got them, together across the thread, and as rows to be. */
import { mayHaveCachedLogin, withoutCachedLogin } from './cached-login.ts'
import { insertCallback, type CallbackOutcome, type CallbackRow } from './callbacks.ts'
import type { Reading, Writing } from './database.ts'

/** A body as the listener got it. */
export interface ArrivedCallback {
  connectionId: number
  at: number
  contentType: string | null
  raw: Uint8Array
  /** Why it is kept and not applied, where the platform has its acknowledgement already. */
  quarantine?: 'source-not-allowed'
  /** Names the message of a stream that it came as: one that is given out again is kept once. */
  delivery?: Uint8Array
}

/** The same, many together: their bodies cross to the thread as one, which costs a fraction. */
export interface ArrivedTogether {
  connectionIds: number[]
  ats: number[]
  contentTypes: (string | null)[]
  /** Where each body ends in `raw`. */
  ends: number[]
  raw: Uint8Array
  /** Why some are not applied, by their place; absent where all are. */
  quarantines?: Map<number, string>
  /** What names the message that some came as, by their place; absent where none came by a stream. */
  deliveries?: Map<number, Uint8Array>
}

export function together(arrived: readonly ArrivedCallback[]): ArrivedTogether {
  const ends: number[] = []
  const quarantines = new Map<number, string>()
  const deliveries = new Map<number, Uint8Array>()
  let end = 0
  for (const [index, { raw, quarantine, delivery }] of arrived.entries()) {
    end += raw.byteLength
    ends.push(end)
    if (quarantine !== undefined) quarantines.set(index, quarantine)
    if (delivery !== undefined) deliveries.set(index, delivery)
  }
  return {
    connectionIds: arrived.map(({ connectionId }) => connectionId),
    ats: arrived.map(({ at }) => at),
    contentTypes: arrived.map(({ contentType }) => contentType),
    ends,
    raw: Buffer.concat(
      arrived.map(({ raw }) => raw),
      end,
    ),
    ...(quarantines.size > 0 && { quarantines }),
    ...(deliveries.size > 0 && { deliveries }),
  }
}

/**
 * A body without the cached log-in that 1001 may carry: a secret's place is the vault, and `callbacks/cached-logins.ts`
 * has put it there.
 */
const keepable = (raw: Buffer): Buffer =>
  mayHaveCachedLogin(raw) ? Buffer.from(withoutCachedLogin(raw.toString('utf8'))) : raw

/** The rest of a row before anybody read its body. */
const untouched = {
  state: 'pending',
  reason: null,
  type: null,
  robot_id: null,
  serial_no: null,
  operation_id: null,
  key: null,
  reading: null,
} as const

/** What becomes of one that nobody is to read. */
const unreadOutcome: Omit<CallbackOutcome, 'reason'> = {
  state: 'quarantined',
  type: null,
  robotId: null,
  serialNo: null,
  operationId: null,
  key: null,
  reading: null,
}

/**
 * Tells those that are on the disk already, or that came twice in one batch: a host that ends between its commit and
 * NATS' hearing of it gets them once more.
 */
function knownDeliveries(db: Reading): (delivery: Uint8Array) => boolean {
  const seen = new Set<string>()
  return (delivery) => {
    const bytes = Buffer.from(delivery)
    const name = bytes.toString('hex')
    const isKnown = seen.has(name) || db.get('SELECT 1 FROM callbacks WHERE delivery = ?', bytes) !== undefined
    seen.add(name)
    return isKnown
  }
}

/** The number that the table gave last: who writes rows of its own choice goes on from there. */
const lastId = (db: Reading): number =>
  db.get<{ seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'callbacks'`)?.seq ?? 0

/**
 * Rows for bodies as they came, but for cached log-ins, with ids that nobody has yet. They are not written: each has to
 * be, in their order and in this transaction, with its outcome ({@link insertCallback}) or without
 * ({@link insertWaitingCallbacks}). A connection that was removed since they arrived takes its own with it, and no others.
 * One that a stream gave out before has its row.
 *
 * @param quarantined told of each that is not to be applied; it is written here, and not among the rows
 */
export function arrivedRows(
  db: Writing,
  arrived: ArrivedTogether,
  quarantined: (row: CallbackRow, outcome: CallbackOutcome) => void,
): CallbackRow[] {
  const { connectionIds, ats, contentTypes, ends, raw: all, quarantines, deliveries } = arrived
  const present = new Set(
    [...new Set(connectionIds)].filter((id) => db.get('SELECT 1 FROM connections WHERE id = ?', id) !== undefined),
  )
  const isKnown = knownDeliveries(db)
  const rows: CallbackRow[] = []
  let id = lastId(db)
  let start = 0
  for (const [index, end] of ends.entries()) {
    const sent = Buffer.from(all.buffer, all.byteOffset + start, end - start)
    start = end
    const connectionId = connectionIds[index] ?? 0
    const delivery = deliveries?.get(index)
    if (!present.has(connectionId) || (delivery && isKnown(delivery))) continue
    const row: CallbackRow = {
      id: (id += 1),
      connection_id: connectionId,
      at: ats[index] ?? 0,
      content_type: contentTypes[index] ?? null,
      raw: keepable(sent),
      ...untouched,
      delivery: delivery ? Buffer.from(delivery) : null,
    }
    const reason = quarantines?.get(index)
    if (reason === undefined) {
      rows.push(row)
      continue
    }
    const outcome: CallbackOutcome = { ...unreadOutcome, reason }
    insertCallback(db, row, outcome)
    quarantined(row, outcome)
  }
  return rows
}
