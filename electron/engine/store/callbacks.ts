/** The record of callbacks: the body as it came, how it was read, what became of it. */
import { AppError } from '#shared/contract/errors.ts'
import type { Page } from '#shared/contract/common.ts'
import type { Callback, CallbackState } from '#shared/contract/entries/record.ts'
import { withoutCachedLogin } from './cached-login.ts'
import type { Reading, Writing } from './database.ts'
import { idBefore, pageOf, rowLimit, type Paging } from './paging.ts'

export interface CallbackRow {
  id: number
  connection_id: number
  at: number
  content_type: string | null
  raw: Buffer
  state: CallbackState
  reason: string | null
  type: string | null
  robot_id: number | null
  serial_no: string | null
  operation_id: number | null
  key: Buffer | null
}

const summary = (row: Omit<CallbackRow, 'raw'>): Omit<Callback, 'raw'> => ({
  id: String(row.id),
  at: row.at,
  type: row.type,
  state: row.state,
  reason: row.reason,
  connectionId: String(row.connection_id),
  robotId: row.robot_id === null ? null : String(row.robot_id),
  serialNo: row.serial_no,
  operationId: row.operation_id === null ? null : String(row.operation_id),
})

const item = (row: CallbackRow): Callback => ({ ...summary(row), raw: row.raw.toString('utf8') })

export const callbackRow = (db: Reading, id: number): CallbackRow | undefined =>
  db.get<CallbackRow>('SELECT * FROM callbacks WHERE id = ?', id)

export function callbackItem(db: Reading, id: number): Callback | undefined {
  const row = callbackRow(db, id)
  return row && item(row)
}

export function callbackSummary(db: Reading, id: number): Omit<Callback, 'raw'> | undefined {
  // Without the body: nobody reads it here, and it may be long.
  const row = db.get<Omit<CallbackRow, 'raw'>>(
    `SELECT id, connection_id, at, content_type, state, reason, type, robot_id, serial_no, operation_id, key
     FROM callbacks WHERE id = ?`,
    id,
  )
  return row && summary(row)
}

/** Callbacks, newest first. */
export function listCallbacks(
  db: Reading,
  query: Paging & { state?: CallbackState | undefined; type?: string | undefined },
): Page<Callback> {
  const before = idBefore(query.cursor)
  const conditions = ['id < @before']
  if (query.state !== undefined) conditions.push('state = @state')
  if (query.type !== undefined) conditions.push('type = @type')
  const found = db.all<CallbackRow>(
    `SELECT * FROM callbacks WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT @limit`,
    {
      before,
      limit: rowLimit(query),
      ...(query.state === undefined ? {} : { state: query.state }),
      ...(query.type === undefined ? {} : { type: query.type }),
    },
  )
  return pageOf(found, query, (row) => [row.id], item)
}

/** A body as the listener got it. */
export interface ArrivedCallback {
  connectionId: number
  at: number
  contentType: string | null
  raw: Uint8Array
}

/**
 * A body without the cached log-in that 1001 may carry: it is a secret that nothing here needs, since a
 * cached log-in is the platform's to find (PROTOCOL §2, `is_cache_login`).
 */
const keepable = (raw: Buffer): Buffer =>
  raw.includes('cache_info') ? Buffer.from(withoutCachedLogin(raw.toString('utf8'))) : raw

/**
 * Keeps bodies as they came, but for cached log-ins. A connection that was removed since they arrived takes
 * its own with it, and no others.
 *
 * @returns their ids, in order
 */
export const keepCallbacks = (db: Writing, arrived: readonly ArrivedCallback[]): number[] =>
  arrived.flatMap((body) => {
    const { changes, id } = db.run(
      `INSERT INTO callbacks (connection_id, at, content_type, raw)
       SELECT id, ?, ?, ? FROM connections WHERE id = ?`,
      body.at,
      body.contentType,
      keepable(Buffer.from(body.raw.buffer, body.raw.byteOffset, body.raw.byteLength)),
      body.connectionId,
    )
    return changes === 0 ? [] : [id]
  })

/** What reading and applying a callback came to. */
export interface CallbackOutcome {
  state: CallbackState
  reason: string | null
  type: string | null
  robotId: number | null
  serialNo: string | null
  operationId: number | null
  key: Uint8Array | null
}

export const setCallbackOutcome = (db: Writing, id: number, outcome: CallbackOutcome): void => {
  db.run(
    `UPDATE callbacks SET state = @state, reason = @reason, type = @type, robot_id = @robotId, serial_no = @serialNo,
       operation_id = @operationId, key = @key WHERE id = @id`,
    { ...outcome, key: outcome.key && Buffer.from(outcome.key), id },
  )
}

/** An earlier callback that says the very same. */
export const earlierWithKey = (db: Reading, key: Uint8Array, id: number): number | null =>
  db.get<{ id: number }>(
    `SELECT id FROM callbacks WHERE key = ? AND id < ? AND state <> 'repeat' LIMIT 1`,
    Buffer.from(key),
    id,
  )?.id ?? null

/** Callbacks that were kept and not yet applied, oldest first: what a start has to go on with. */
export const pendingCallbacks = (db: Reading): number[] =>
  db.all<{ id: number }>(`SELECT id FROM callbacks WHERE state = 'pending' ORDER BY id`).map((row) => row.id)

/** Callbacks that came before the answer of the call which they refer to. */
export const callbacksOfSerial = (db: Reading, connectionId: number, serialNo: string): number[] =>
  db
    .all<{ id: number }>(
      `SELECT id FROM callbacks WHERE serial_no = ? AND connection_id = ? AND operation_id IS NULL
         AND state IN ('applied', 'pending') ORDER BY id`,
      serialNo,
      connectionId,
    )
    .map((row) => row.id)

/** Why a callback that was read is still pending. */
export type WaitReason = 'awaiting-answer' | 'undecided-author'

/** Callbacks of a robot that wait: until no answer of its calls is outstanding, or until its people are known better. */
export const waitingCallbacks = (db: Reading, robotId: number, reason: WaitReason): number[] =>
  db
    .all<{ id: number }>(
      `SELECT id FROM callbacks WHERE state = 'pending' AND reason = ? AND robot_id = ? ORDER BY id`,
      reason,
      robotId,
    )
    .map((row) => row.id)

/** When the first callback with a serial number came: what stands in for the time of a call that is not ours. */
export const firstArrivalOfSerial = (db: Reading, connectionId: number, serialNo: string): number | null =>
  db.get<{ at: number | null }>(
    'SELECT min(at) AS at FROM callbacks WHERE serial_no = ? AND connection_id = ?',
    serialNo,
    connectionId,
  )?.at ?? null

/**
 * Those of `ids` that may be read again.
 *
 * @throws AppError not-found when one does not exist
 */
export function replayable(db: Reading, ids: number[]): number[] {
  const rows = ids.map((id) => {
    const row = db.get<{ id: number; state: CallbackState }>('SELECT id, state FROM callbacks WHERE id = ?', id)
    if (!row) throw new AppError('not-found', { what: 'callback' })
    return row
  })
  return rows.filter((row) => row.state !== 'applied' && row.state !== 'repeat').map((row) => row.id)
}
