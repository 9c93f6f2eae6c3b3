/** The record of calls. What arrives here is redacted already. */
import type { Call, CallDetail } from '#shared/contract/entries/record.ts'
import type { MethodName } from '#shared/protocol/methods.ts'
import type { Reading, SqlValue, Writing } from './database.ts'
import { idBefore, pageOf, rowLimit, type Paging } from './paging.ts'
import { scanBack, type Found } from './scan.ts'

interface CallRow {
  id: number
  connection_id: number
  operation_id: number | null
  part_id: number | null
  robot_id: number | null
  method: MethodName
  at: number
  duration_ms: number | null
  status: number | null
  signing_string: string
  request: string
  response: string | null
  vc_serial_no: string | null
  success: number | null
  error_code: string | null
  error_message: string | null
}

const item = (row: CallRow): Call => ({
  id: String(row.id),
  operationId: row.operation_id === null ? null : String(row.operation_id),
  connectionId: String(row.connection_id),
  robotId: row.robot_id === null ? null : String(row.robot_id),
  method: row.method,
  at: row.at,
  durationMs: row.duration_ms,
  status: row.status,
  signingString: row.signing_string,
  request: row.request,
  response: row.response,
  vcSerialNo: row.vc_serial_no,
  success: row.success === null ? null : row.success === 1,
  errorCode: row.error_code,
  errorMessage: row.error_message,
})

export function callItem(db: Reading, id: number): Call | undefined {
  const row = db.get<CallRow>('SELECT * FROM calls WHERE id = ?', id)
  return row && item(row)
}

/** One call, with the callbacks that carry its serial number. */
export function callDetail(db: Reading, id: number): CallDetail | undefined {
  const call = callItem(db, id)
  if (!call) return undefined
  const callbacks =
    call.vcSerialNo === null
      ? []
      : db.all<{ id: number }>(
          'SELECT id FROM callbacks WHERE serial_no = ? AND connection_id = ? ORDER BY id LIMIT 500',
          call.vcSerialNo,
          Number(call.connectionId),
        )
  return { ...call, callbackIds: callbacks.map((row) => String(row.id)) }
}

export interface CallQuery extends Paging {
  operationId?: number | undefined
  method?: MethodName | undefined
  robotId?: number | undefined
  success?: boolean | undefined
  /** Only those of no operation. */
  direct?: boolean | undefined
}

/** Calls, newest first; where the filter finds little, as far back as one request looks. */
export function listCalls(db: Reading, query: CallQuery): Found<Call> {
  const { operationId, method, robotId, success, direct } = query
  if (operationId !== undefined) {
    // Those of one operation are few, and an index knows them.
    const rows = db.all<CallRow>(
      `SELECT * FROM calls WHERE operation_id = @operationId AND id < @before AND (@method IS NULL OR method = @method)
       ORDER BY id DESC LIMIT @limit`,
      { operationId, before: idBefore(query.cursor), method: method ?? null, limit: rowLimit(query) },
    )
    return { ...pageOf(rows, query, (row) => [row.id], item), lookedBackTo: null }
  }
  const conditions: string[] = []
  const values: Record<string, SqlValue> = {}
  if (method !== undefined) {
    conditions.push('method = @method')
    values['method'] = method
  }
  if (robotId !== undefined) {
    conditions.push('robot_id = @robotId')
    values['robotId'] = robotId
  }
  if (success !== undefined) conditions.push(success ? 'success = 1' : 'success IS NOT 1')
  if (direct) conditions.push('operation_id IS NULL')
  return scanBack<CallRow, Call>(db, 'calls', query, conditions, values, item)
}

/** A call as it ended, whether or not an answer came. */
export interface CallRecord {
  connectionId: number
  operationId: number | null
  partId: number | null
  /** The robot's number, as the call named it. */
  robotSerialNo: string | null
  method: MethodName
  at: number
  durationMs: number
  status: number | null
  signingString: string
  request: string
  response: string | null
  vcSerialNo: string | null
  success: boolean | null
  errorCode: string | null
  errorMessage: string | null
}

/** @returns the call's id; null when its connection was removed while the call was under way */
export function insertCall(db: Writing, call: CallRecord): number | null {
  const { changes, id } = db.run(
    `INSERT INTO calls (connection_id, operation_id, part_id, robot_id, method, at, duration_ms, status, signing_string, request,
       response, vc_serial_no, success, error_code, error_message)
     SELECT c.id, ?, ?, (SELECT r.id FROM robots r WHERE r.connection_id = c.id AND r.serial_no = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
     FROM connections c WHERE c.id = ?`,
    call.operationId,
    call.partId,
    call.robotSerialNo,
    call.method,
    call.at,
    call.durationMs,
    call.status,
    call.signingString,
    call.request,
    call.response,
    call.vcSerialNo,
    call.success === null ? null : Number(call.success),
    call.errorCode,
    call.errorMessage,
    call.connectionId,
  )
  return changes === 0 ? null : id
}

export interface SerialCall {
  id: number
  operationId: number | null
  partId: number | null
  method: MethodName
  at: number
}

/** The call that a callback's serial number refers back to. */
export const callBySerial = (db: Reading, connectionId: number, serialNo: string): SerialCall | undefined =>
  db.get<SerialCall>(
    `SELECT id, operation_id AS operationId, part_id AS partId, method, at FROM calls
     WHERE vc_serial_no = ? AND connection_id = ? ORDER BY id DESC LIMIT 1`,
    serialNo,
    connectionId,
  )
