/** Operations: what the operator wanted, its state, and what settles it. */
import type { Page, Peer, PeerKind } from '#shared/contract/common.ts'
import type { Message } from '#shared/contract/entries/conversations.ts'
import type { Wait } from '#shared/contract/entries/pace.ts'
import type { Login, Operation, OperationKind, OperationState } from '#shared/contract/entries/record.ts'
import type { Failure, Locale } from '#shared/contract/errors.ts'
import type { Changes } from './changes.ts'
import { laneOf } from './lanes.ts'
import type { Reading, Writing } from './database.ts'
import { waitFields, waitOf } from './holds.ts'
import { storedError } from './messages.ts'
import { idBefore, pageOf, rowLimit, type Paging } from './paging.ts'

export interface OperationRow {
  id: number
  kind: OperationKind
  state: OperationState
  robot_id: number
  peer_kind: PeerKind | null
  peer_id: string | null
  message_id: number | null
  /** What the call needs, as JSON; never a password. */
  input: string
  login: string | null
  error: string | null
  created_at: number
  accepted_at: number | null
  deadline_at: number | null
  settled_at: number | null
  /** Since when it waits for something that is not its pace. */
  queued_at: number | null
  /** When it was held back for having waited too long. */
  late_at: number | null
}

/** With the calls that it made and the callbacks that settled it, as lists of ids. */
const listed = `SELECT o.*,
    (SELECT group_concat(id) FROM (SELECT id FROM calls WHERE operation_id = o.id ORDER BY id)) AS call_ids,
    (SELECT group_concat(id) FROM (SELECT id FROM callbacks WHERE operation_id = o.id ORDER BY id)) AS callback_ids
  FROM operations o`

type ListedRow = OperationRow & { call_ids: string | null; callback_ids: string | null }

const isAutomatic = (row: OperationRow): boolean =>
  row.kind === 'login' && (JSON.parse(row.input) as { automatic?: boolean }).automatic === true

/** Why it waits; its message may know. */
function waitOfRow(db: Reading, row: OperationRow, message: Message | undefined): Wait | undefined {
  if (message?.status === row.state && message.wait?.reason !== 'recall') return message.wait
  return waitOf(db, {
    robotId: row.robot_id,
    kind: row.kind,
    peerKind: row.peer_kind,
    messageId: row.message_id,
    state: row.state,
  })
}

const item = (db: Reading, row: ListedRow, locale: Locale, message?: Message): Operation => ({
  ...waitFields(waitOfRow(db, row, message)),
  ...(isAutomatic(row) ? { automatic: true } : {}),
  id: String(row.id),
  kind: row.kind,
  state: row.state,
  robotId: String(row.robot_id),
  createdAt: row.created_at,
  settledAt: row.settled_at,
  error: storedError(row.error, locale),
  peer: row.peer_kind && row.peer_id !== null ? { kind: row.peer_kind, id: row.peer_id } : null,
  messageId: row.message_id === null ? null : String(row.message_id),
  callIds: row.call_ids?.split(',') ?? [],
  callbackIds: row.callback_ids?.split(',') ?? [],
  ...(row.login ? { login: JSON.parse(row.login) as Login } : {}),
})

export const operationRow = (db: Reading, id: number): OperationRow | undefined =>
  db.get<OperationRow>('SELECT * FROM operations WHERE id = ?', id)

/** Written out once: the text is what finds its prepared statement again. */
const listedById = `${listed} WHERE o.id = ?`

/** @param messageOf gives its message where that was read just now */
export function operationItem(
  db: Reading,
  id: number,
  locale: Locale,
  messageOf?: (id: number) => Message | undefined,
): Operation | undefined {
  const row = db.get<ListedRow>(listedById, id)
  return row && item(db, row, locale, row.message_id === null ? undefined : messageOf?.(row.message_id))
}

export interface OperationQuery extends Paging {
  robotId?: number | undefined
  kind?: OperationKind | undefined
  state?: OperationState | undefined
}

/** Operations, newest first. */
export function listOperations(db: Reading, query: OperationQuery, locale: Locale): Page<Operation> {
  const before = idBefore(query.cursor)
  const conditions = ['id < @before']
  if (query.robotId !== undefined) conditions.push('robot_id = @robotId')
  // Beside each, in the words of an index, what else is true then: few among very many sends must be found fast.
  if (query.kind !== undefined) conditions.push('kind = @kind', ...(query.kind === 'send' ? [] : [`kind <> 'send'`]))
  if (query.state !== undefined) {
    const frequent = query.state === 'accepted' || query.state === 'done'
    conditions.push('state = @state', ...(frequent ? [] : [`state NOT IN ('accepted', 'done')`]))
  }
  const found = db.all<ListedRow>(`${listed} WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT @limit`, {
    before,
    limit: rowLimit(query),
    ...(query.robotId === undefined ? {} : { robotId: query.robotId }),
    ...(query.kind === undefined ? {} : { kind: query.kind }),
    ...(query.state === undefined ? {} : { state: query.state }),
  })
  return pageOf(
    found,
    query,
    (row) => [row.id],
    (row) => item(db, row, locale),
  )
}

export interface NewOperation {
  kind: OperationKind
  robotId: number
  peer?: Peer | undefined
  messageId?: number | undefined
  input?: Record<string, unknown> | undefined
  login?: Login | undefined
  /** Not before this time, milliseconds UTC. */
  notBefore?: number | undefined
  /** Its id, where that was needed before it is written: {@link nextOperationId}. */
  id?: number | undefined
}

/** The id of the operation that is written next, in this transaction. */
export const nextOperationId = (db: Reading): number =>
  (db.get<{ seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'operations'`)?.seq ?? 0) + 1

/** Writes an operation to the outbox. @returns its id */
export function createOperation(db: Writing, changes: Changes, operation: NewOperation): number {
  const { id } = db.run(
    `INSERT INTO operations (id, kind, state, robot_id, peer_kind, peer_id, message_id, input, login, created_at,
       not_before)
     VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?)`,
    operation.id ?? null,
    operation.kind,
    operation.robotId,
    operation.peer?.kind ?? null,
    operation.peer?.id ?? null,
    operation.messageId ?? null,
    JSON.stringify(operation.input ?? {}),
    operation.login ? JSON.stringify(operation.login) : null,
    Date.now(),
    operation.notBefore ?? null,
  )
  changes.operation(id)
  changes.wakeRobot(operation.robotId, laneOf(operation.kind))
  return id
}

/** States in which nothing more is expected by itself; a late callback can still change them. */
const settledStates: readonly OperationState[] = ['done', 'failed', 'cancelled']

/** Moves an operation to another state. */
export function setOperationState(
  db: Writing,
  changes: Changes,
  id: number,
  state: OperationState,
  error: Failure | null = null,
): void {
  if (changes.noting) {
    const before = db.get<{ state: OperationState }>('SELECT state FROM operations WHERE id = ?', id)?.state
    if (before !== undefined && before !== state) changes.note('operation-state', id, { from: before, to: state })
  }
  writeOperationState(db, id, state, error)
  changes.operation(id)
}

/** The same without telling of it. */
export function writeOperationState(db: Writing, id: number, state: OperationState, error: Failure | null): void {
  const now = Date.now()
  db.run(
    'UPDATE operations SET state = ?, error = ?, accepted_at = coalesce(accepted_at, ?), settled_at = ? WHERE id = ?',
    state,
    error && JSON.stringify(error),
    state === 'accepted' ? now : null,
    settledStates.includes(state) ? now : null,
    id,
  )
}

export const setDeadline = (db: Writing, id: number, at: number | null): void => {
  db.run('UPDATE operations SET deadline_at = ? WHERE id = ?', at, id)
}

/** Notes a step of a log-in, and when it was reached. */
export function setLogin(db: Writing, changes: Changes, row: Pick<OperationRow, 'id' | 'robot_id'>, next: Login): void {
  const steps = next.steps ?? []
  const isNew = steps.at(-1)?.step !== next.step
  const login = isNew ? { ...next, steps: [...steps, { step: next.step, at: Date.now() }] } : next
  db.run('UPDATE operations SET login = ? WHERE id = ?', JSON.stringify(login), row.id)
  changes.operation(row.id)
  changes.login(row.robot_id, row.id, login)
}

/** Operations of a robot that wait for a callback, of the given kinds. */
export const awaitingCallback = (db: Reading, robotId: number, kinds: readonly OperationKind[]): OperationRow[] =>
  kinds.flatMap((kind) =>
    db.all<OperationRow>(
      `SELECT * FROM operations WHERE robot_id = ? AND kind = ? AND settled_at IS NULL AND kind <> 'send'
         AND state IN ('sending', 'accepted', 'unknown')`,
      robotId,
      kind,
    ),
  )

/** Whether a log-in of any robot waits for callbacks; in the words of the index `operations_unsettled`. */
export const anyLoginWaits = (db: Reading): boolean =>
  db.get(
    `SELECT 1 FROM operations WHERE kind = 'login' AND kind <> 'send' AND settled_at IS NULL
       AND state IN ('sending', 'accepted', 'unknown') LIMIT 1`,
  ) !== undefined

/**
 * Whether a call that carries a message has been under way since before a moment: its answer may explain a
 * callback that came then. One that began later cannot.
 */
export const sendUnderWaySince = (db: Reading, robotId: number, at: number): boolean =>
  db.get(
    `SELECT 1 FROM operations o WHERE o.robot_id = ? AND o.state = 'sending' AND o.kind = 'send' AND EXISTS
       (SELECT 1 FROM parts p WHERE p.message_id = o.message_id AND p.status = 'sending' AND p.sent_at <= ?) LIMIT 1`,
    robotId,
    at,
  ) !== undefined

/** The operation whose time is up first. */
export const nextDeadline = (db: Reading): { id: number; at: number } | null =>
  db.get<{ id: number; at: number }>(
    `SELECT id, deadline_at AS at FROM operations WHERE deadline_at IS NOT NULL AND settled_at IS NULL
     ORDER BY deadline_at LIMIT 1`,
  ) ?? null
