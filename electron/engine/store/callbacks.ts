/** The record of callbacks: the body as it came, how it was read, what became of it. */
import { AppError } from '#shared/contract/errors.ts'
import type { Callback, CallbackDetail, CallbackNews, CallbackState } from '#shared/contract/entries/record.ts'
import type { CallbackEffect, Tolerance } from '#shared/contract/reading.ts'
import { callBySerial } from './calls.ts'
import { isSuccess, readCallback } from '../callbacks/read.ts'
import { getConnection } from './connections.ts'
import type { Reading, SqlValue, Writing } from './database.ts'
import { likePattern, type Paging } from './paging.ts'
import { scanBack, type Found } from './scan.ts'

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
  reading: string | null
  /** Names the message of a relay's stream that it came as. */
  delivery: Buffer | null
}

/** How a callback was read and what it changed. */
export interface CallbackReading {
  tolerances: Tolerance[]
  effects: CallbackEffect[]
}

const summary = (row: Omit<CallbackRow, 'raw' | 'reading' | 'delivery'>): Omit<CallbackNews, 'effects'> => ({
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

const unread: CallbackReading = { tolerances: [], effects: [] }

const item = (row: CallbackRow): Callback => ({
  ...summary(row),
  raw: row.raw.toString('utf8'),
  ...(row.reading === null ? unread : (JSON.parse(row.reading) as CallbackReading)),
})

export const callbackRow = (db: Reading, id: number): CallbackRow | undefined =>
  db.get<CallbackRow>('SELECT * FROM callbacks WHERE id = ?', id)

export function callbackItem(db: Reading, id: number): CallbackDetail | undefined {
  const row = callbackRow(db, id)
  if (!row) return undefined
  const call = row.serial_no === null ? undefined : callBySerial(db, row.connection_id, row.serial_no)
  return { ...item(row), callId: call ? String(call.id) : null, result: resultOf(db, row) }
}

/** What a body reports as its result, by the connection's settings as they are now. */
function resultOf(db: Reading, row: CallbackRow): CallbackDetail['result'] {
  const connection = getConnection(db, row.connection_id)
  const read = connection && readCallback(connection.id, row.raw.toString('utf8'), connection.timeZone)
  if (!connection || !read) return null
  const success = isSuccess(read.resultCode, connection.advanced.successCodes)
  return { code: read.resultCode, text: read.resultText, success }
}

/** A callback as it is after an outcome was set. */
export const callbackNews = (row: CallbackRow, outcome: CallbackOutcome): CallbackNews => ({
  ...summary({
    ...row,
    state: outcome.state,
    reason: outcome.reason,
    type: outcome.type,
    robot_id: outcome.robotId,
    serial_no: outcome.serialNo,
    operation_id: outcome.operationId,
  }),
  effects: outcome.reading?.effects ?? [],
})

export interface CallbackQuery extends Paging {
  state?: CallbackState | undefined
  type?: string | undefined
  robotId?: number | undefined
  reason?: string | undefined
  /** Part of the body. */
  query?: string | undefined
}

/** The forms in which a text may stand in a body: as it is, escaped as JSON or in a form. */
function formsOf(text: string): string[] {
  const escaped = [...text]
    .map((sign) => JSON.stringify(sign).slice(1, -1))
    .join('')
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return [...new Set([text, JSON.stringify(text).slice(1, -1), escaped, encodeURIComponent(text)])]
}

/** Callbacks, newest first; where the filter finds little, as far back as one request looks. */
export function listCallbacks(db: Reading, query: CallbackQuery): Found<Callback> {
  const conditions: string[] = []
  const values: Record<string, SqlValue> = {}
  for (const [column, value] of Object.entries({
    state: query.state,
    type: query.type,
    robot_id: query.robotId,
    reason: query.reason,
  })) {
    if (value === undefined) continue
    conditions.push(`${column} = @${column}`)
    values[column] = value
  }
  const text = query.query?.trim()
  if (text) {
    const forms = formsOf(text)
    conditions.push(`(${forms.map((_, index) => `CAST(raw AS TEXT) LIKE @form${index} ESCAPE '\\'`).join(' OR ')})`)
    forms.forEach((form, index) => (values[`form${index}`] = likePattern(form)))
  }
  return scanBack<CallbackRow, Callback>(db, 'callbacks', query, conditions, values, item)
}

/** What reading and applying a callback came to. */
export interface CallbackOutcome {
  state: CallbackState
  reason: string | null
  type: string | null
  robotId: number | null
  serialNo: string | null
  operationId: number | null
  key: Uint8Array | null
  reading: CallbackReading | null
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const readingText = (reading: CallbackReading | null): string | null =>
  reading && (reading.tolerances.length > 0 || reading.effects.length > 0) ? JSON.stringify(reading) : null

/** The columns that a callback has when it arrives. */
const arrivedColumns = 'id, connection_id, at, content_type, raw, delivery'
const arrivedValues = ({
  id,
  connection_id: connectionId,
  at,
  content_type: contentType,
  raw,
  delivery,
}: CallbackRow): SqlValue[] => [id, connectionId, at, contentType, raw, delivery]

/** The columns that an outcome has, each with what stands in it. */
const outcomeColumns: Readonly<Record<string, (outcome: CallbackOutcome) => SqlValue>> = {
  state: ({ state }) => state,
  reason: ({ reason }) => reason,
  type: ({ type }) => type,
  robot_id: ({ robotId }) => robotId,
  serial_no: ({ serialNo }) => serialNo,
  operation_id: ({ operationId }) => operationId,
  key: ({ key }) => key && bufferOf(key),
  reading: ({ reading }) => readingText(reading),
}
const columnNames = Object.keys(outcomeColumns)
const columnValues = Object.values(outcomeColumns)
const insertSql = `INSERT INTO callbacks (${arrivedColumns}, ${columnNames.join(', ')})
  VALUES (?, ?, ?, ?, ?, ?, ${columnNames.map(() => '?').join(', ')})`
const updateSql = `UPDATE callbacks SET ${columnNames.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`

/** How many rows one statement writes: each statement has its own cost, and further ones in it a third less. */
const rowsAtOnce = 8
const insertWaiting = (count: number): string =>
  `INSERT INTO callbacks (${arrivedColumns}) VALUES ${Array(count).fill('(?, ?, ?, ?, ?, ?)').join(', ')}`
const insertOne = insertWaiting(1)
const insertMany = insertWaiting(rowsAtOnce)

/** Writes callbacks that just arrived and wait for their effects, in their order. */
export function insertWaitingCallbacks(db: Writing, rows: readonly CallbackRow[]): void {
  let index = 0
  for (; index + rowsAtOnce <= rows.length; index += rowsAtOnce) {
    db.run(insertMany, ...rows.slice(index, index + rowsAtOnce).flatMap(arrivedValues))
  }
  for (const row of rows.slice(index)) db.run(insertOne, ...arrivedValues(row))
}

/** Writes a callback that just arrived, with what became of it. */
export function insertCallback(db: Writing, row: CallbackRow, outcome: CallbackOutcome): void {
  db.run(insertSql, ...arrivedValues(row), ...columnValues.map((value) => value(outcome)))
}

export const setCallbackOutcome = (db: Writing, id: number, outcome: CallbackOutcome): void => {
  db.run(updateSql, ...columnValues.map((value) => value(outcome)), id)
}

/** Bytes of a key that was kept before keys told their time (callbacks/read.ts). */
const oldKeyBytes = 16

/** Whether the record still holds callbacks with such keys. */
export const hasOldKeys = (db: Reading): boolean =>
  [
    'SELECT length(key) AS bytes FROM callbacks WHERE key IS NOT NULL ORDER BY id LIMIT 1',
    'SELECT length(key) AS bytes FROM pruned_keys ORDER BY at LIMIT 1',
  ].some((oldest) => db.get<{ bytes: number }>(oldest)?.bytes === oldKeyBytes)

/**
 * Another callback that says the very same and was read before, whichever was kept first; 0 for one that is gone from
 * the record, and yet was applied: nothing comes twice.
 */
export function earlierWithKey(db: Reading, key: Uint8Array, id: number): number | null {
  const bytes = bufferOf(key)
  const earlier = db.get<{ id: number }>(
    `SELECT id FROM callbacks WHERE key = ? AND id <> ? AND state <> 'repeat'
     UNION ALL SELECT 0 FROM pruned_keys WHERE key = ? LIMIT 1`,
    bytes,
    id,
    bytes,
  )
  return earlier?.id ?? null
}

/** How long a callback's body is, in bytes, without reading it; 0 where it is gone. */
export const callbackBytes = (db: Reading, id: number): number =>
  db.get<{ bytes: number }>('SELECT length(raw) AS bytes FROM callbacks WHERE id = ?', id)?.bytes ?? 0

/** Callbacks that were kept and not yet applied, oldest first: what a start has to go on with. */
export const pendingCallbacks = (db: Reading): number[] =>
  db
    .all<{ id: number }>(`SELECT id FROM callbacks INDEXED BY callbacks_pending WHERE state = 'pending' ORDER BY id`)
    .map((row) => row.id)

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
      `SELECT id FROM callbacks WHERE state = 'pending' AND robot_id = ? AND reason = ? ORDER BY id`,
      robotId,
      reason,
    )
    .map((row) => row.id)

/** When the first callback with a serial number came: what stands in for the time of a call that is not ours. */
export const firstArrivalOfSerial = (db: Reading, connectionId: number, serialNo: string): number | null =>
  db.get<{ at: number | null }>(
    'SELECT min(at) AS at FROM callbacks WHERE serial_no = ? AND connection_id = ?',
    serialNo,
    connectionId,
  )?.at ?? null

/** The state and reason of each of `ids` that is there. */
export const standings = (db: Reading, ids: number[]): { state: CallbackState; reason: string | null }[] =>
  ids.flatMap(
    (id) =>
      db.get<{ state: CallbackState; reason: string | null }>('SELECT state, reason FROM callbacks WHERE id = ?', id) ??
      [],
  )

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
