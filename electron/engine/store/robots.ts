/** Robots and the history of their states. */
import { AppError } from '#shared/contract/errors.ts'
import type { LoginMethod, Robot, RobotState } from '#shared/contract/entries/robots.ts'
import type { RobotAction } from '#shared/contract/entries/pace.ts'
import type { Changes, Heard } from './changes.ts'
import type { Reading, Writing } from './database.ts'
import { heldOf } from './holds.ts'
import { lanes } from './lanes.ts'
import { afterState } from './relogin.ts'

export interface RobotRow {
  id: number
  connection_id: number
  serial_no: string
  name: string
  color: number
  account_user_id: string | null
  state: RobotState
  state_reason: string
  state_since: number | null
  state_stamp: number | null
  limits: string
  last_active_at: number | null
  created_at: number
  folder: string
  position: number
  pace: string
  sent_today: number
  friends_today: number
  day_ends_at: number
  holds: string
  /** When a message to a friend, or into a group, last went, or could have gone but for the pace. */
  friend_go_at: number
  group_go_at: number
  last_in_at: number | null
  last_out_at: number | null
  login_method: LoginMethod | null
  relogin: number
  relogin_tries: number
  relogin_at: number | null
  logged_out: number
  muted: number
}

/** What the platform has limited, as it is kept: what it forbids stands in the connection's table. */
export type KeptLimit = Omit<Robot['limits'][number], 'forbids'>

/** How many colours robots have (LOOK: twelve of even lightness). */
const colors = 12

const unreadOf = `(SELECT count(*) FROM conversations c WHERE c.robot_id = r.id AND (c.unread > 0 OR c.marked_unread = 1)
  AND c.muted = 0 AND c.hidden = 0)`

type ListedRow = RobotRow & { unread: number; waiting: number; risk_codes: string | null }

const listed = `SELECT r.*, ${unreadOf} AS unread,
  (SELECT count(*) FROM operations o INDEXED BY operations_waiting
    WHERE o.robot_id = r.id AND o.state IN ('queued', 'sending') AND o.kind = 'send') AS waiting,
  (SELECT json_extract(c.advanced, '$.riskCodes') FROM connections c WHERE c.id = r.connection_id) AS risk_codes
  FROM robots r`

/** Limits with what the connection's table says that they forbid. */
function limitsOf(row: ListedRow): Robot['limits'] {
  const limits = JSON.parse(row.limits) as KeptLimit[]
  if (limits.length === 0) return []
  const table = JSON.parse(row.risk_codes ?? '{}') as Record<string, RobotAction[]>
  return limits.map(({ code, text }) => ({
    code,
    text,
    forbids: Object.hasOwn(table, code) ? (table[code] ?? null) : null,
  }))
}

const reloginOf = (row: RobotRow): Robot['relogin'] =>
  row.relogin === 1 && row.state !== 'online' && (row.relogin_at !== null || row.relogin_tries > 0)
    ? { attempts: row.relogin_tries, nextAt: row.relogin_at }
    : null

const item = (db: Reading, row: ListedRow): Robot => ({
  id: String(row.id),
  connectionId: String(row.connection_id),
  serialNo: row.serial_no,
  name: row.name,
  state: row.state,
  stateReason: row.state_reason,
  stateSince: row.state_since,
  limits: limitsOf(row),
  unread: row.unread,
  muted: row.muted === 1,
  lastActiveAt: row.last_active_at,
  createdAt: row.created_at,
  color: row.color,
  folder: row.folder,
  position: row.position,
  loginMethod: row.login_method,
  lastInAt: row.last_in_at,
  lastOutAt: row.last_out_at,
  today:
    row.day_ends_at > Date.now()
      ? { sent: row.sent_today, friendRequests: row.friends_today, endsAt: row.day_ends_at }
      : null,
  waiting: row.waiting,
  held: heldOf(db, row.id, row.holds),
  pace: JSON.parse(row.pace) as Robot['pace'],
  reloginFromCache: row.relogin === 1,
  relogin: reloginOf(row),
})

/** Robots as the list shows them: by folder, then by their place in it. */
export const listRobots = (db: Reading, connectionId?: number): Robot[] =>
  db
    .all<ListedRow>(
      `${listed} WHERE @connection IS NULL OR r.connection_id = @connection ORDER BY r.folder, r.position, r.id`,
      { connection: connectionId ?? null },
    )
    .map((row) => item(db, row))

export function getRobot(db: Reading, id: number): Robot | undefined {
  const row = db.get<ListedRow>(`${listed} WHERE r.id = ?`, id)
  return row && item(db, row)
}

export const robotRow = (db: Reading, id: number): RobotRow | undefined =>
  db.get<RobotRow>('SELECT * FROM robots WHERE id = ?', id)

/** A robot as far as its turn in the outbox asks. */
export type TurnRobot = Pick<
  RobotRow,
  | 'id'
  | 'connection_id'
  | 'serial_no'
  | 'state'
  | 'state_reason'
  | 'limits'
  | 'pace'
  | 'sent_today'
  | 'friends_today'
  | 'day_ends_at'
  | 'holds'
  | 'friend_go_at'
  | 'group_go_at'
>

export const turnRobot = (db: Reading, id: number): TurnRobot | undefined =>
  db.get<TurnRobot>(
    `SELECT id, connection_id, serial_no, state, state_reason, limits, pace, sent_today, friends_today, day_ends_at, holds,
       friend_go_at, group_go_at FROM robots WHERE id = ?`,
    id,
  )

/** @throws AppError not-found */
export function requireRobot(db: Reading, id: number): RobotRow {
  const row = robotRow(db, id)
  if (!row) throw new AppError('not-found', { what: 'robot' })
  return row
}

export const findRobot = (db: Reading, connectionId: number, serialNo: string): RobotRow | undefined =>
  db.get<RobotRow>('SELECT * FROM robots WHERE connection_id = ? AND serial_no = ?', connectionId, serialNo)

/** A robot as far as callbacks are applied to it. */
export type HeardRobot = Pick<RobotRow, 'id' | 'account_user_id' | 'state'>

/** The robot that a callback names: every callback asks, and a row has more than thirty columns. */
export const heardRobot = (db: Reading, connectionId: number, serialNo: string): HeardRobot | undefined =>
  db.get<HeardRobot>(
    'SELECT id, account_user_id, state FROM robots WHERE connection_id = ? AND serial_no = ?',
    connectionId,
    serialNo,
  )

/**
 * Adds a robot, with the colour that is used least so far.
 *
 * @throws AppError conflict when the connection has it already under another name
 */
export function addRobot(
  db: Writing,
  changes: Changes,
  input: { connectionId: number; serialNo: string; name?: string | undefined },
): number {
  const present = findRobot(db, input.connectionId, input.serialNo)
  if (present) throw new AppError('conflict', { what: 'robot' })
  const used = db.all<{ color: number }>('SELECT color FROM robots')
  const counts = Array.from({ length: colors }, (_, color) => used.filter((row) => row.color === color).length)
  const color = counts.indexOf(Math.min(...counts))
  const { id } = db.run(
    `INSERT INTO robots (connection_id, serial_no, name, color, created_at, position)
     VALUES (?, ?, ?, ?, ?, (SELECT coalesce(max(position) + 1, 0) FROM robots WHERE folder = ''))`,
    input.connectionId,
    input.serialNo,
    input.name || input.serialNo,
    color,
    Date.now(),
  )
  changes.robot(id)
  return id
}

export const deleteRobot = (db: Writing, id: number): boolean =>
  db.run('DELETE FROM robots WHERE id = ?', id).changes > 0

/** What is known of a robot's state, as a log-in finds it and gives it back if it comes to nothing. */
export interface Standing {
  state: RobotState
  reason: string
  limits: KeptLimit[]
  /** Milliseconds UTC. */
  since: number | null
}

/** A state as a callback or a log-in brings it. */
export interface StateChange {
  state: RobotState
  reason: string
  limits: KeptLimit[]
  at: number
  /** Since when the state holds, milliseconds UTC, where that is earlier than `at`. */
  since?: number | undefined
  callbackId?: number | undefined
  /** The log-in or log-out that led to it. */
  operationId?: number | undefined
  /** The platform's time of the callback, milliseconds UTC; absent for what this application decides itself. */
  stamp?: number | undefined
}

/**
 * Sets a robot's state and adds it to the history, unless nothing differs. A callback that is older by the
 * platform's clock than the one that set the present state goes into the history only.
 */
export function setRobotState(db: Writing, changes: Changes, robotId: number, change: StateChange): void {
  const row = requireRobot(db, robotId)
  const limits = JSON.stringify(change.limits)
  const late = change.stamp !== undefined && row.state_stamp !== null && change.stamp < row.state_stamp
  if (row.state === change.state && row.state_reason === change.reason && row.limits === limits) {
    // Newer evidence of the same: what lies between is late from now on.
    if (!late && change.stamp !== undefined) {
      db.run('UPDATE robots SET state_stamp = ? WHERE id = ?', change.stamp, robotId)
    }
    return
  }
  if (!late) {
    applyState(db, row, change, limits)
    afterState(db, row, change)
    changes.note('robot-state', robotId, { from: row.state, to: change.state })
    for (const lane of lanes) changes.wakeRobot(robotId, lane)
  }
  db.run(
    `INSERT INTO robot_states (robot_id, at, state, reason, limits, callback_id, operation_id)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    robotId,
    change.at,
    change.state,
    change.reason,
    limits,
    change.callbackId ?? null,
    change.operationId ?? null,
  )
  changes.robot(robotId)
}

const applyState = (db: Writing, row: RobotRow, change: StateChange, limits: string): void => {
  const since = change.since ?? (row.state === change.state ? (row.state_since ?? change.at) : change.at)
  db.run(
    `UPDATE robots SET state = ?, state_reason = ?, limits = ?, state_since = ?, state_stamp = coalesce(?, state_stamp)
     WHERE id = ?`,
    change.state,
    change.reason,
    limits,
    since,
    change.stamp ?? null,
    row.id,
  )
}

/** Remembers the account's own user id (PROTOCOL §3: learned from 1001 and from echoes of our own serial numbers). */
export const learnAccountId = (db: Writing, robotId: number, userId: string): void => {
  db.run('UPDATE robots SET account_user_id = ? WHERE id = ?', userId, robotId)
}

/** Notes when a robot was last heard of. @returns whether there is such a robot */
export function touchRobot(db: Writing, robotId: number, heard: Heard): boolean {
  const { in: cameAt = 0, out: wentAt = 0, active = 0 } = heard
  const { changes } = db.run(
    `UPDATE robots SET last_active_at = max(coalesce(last_active_at, 0), ?),
       last_in_at = nullif(max(coalesce(last_in_at, 0), ?), 0),
       last_out_at = nullif(max(coalesce(last_out_at, 0), ?), 0)
     WHERE id = ?`,
    Math.max(active, cameAt, wentAt),
    cameAt,
    wentAt,
    robotId,
  )
  return changes > 0
}

/** Writes when robots were heard of in this transaction, as far as nothing else wrote it. */
export function writeHeard(db: Writing, changes: Changes): void {
  for (const [robotId, heard] of changes.heard) touchRobot(db, robotId, heard)
  changes.heard.clear()
}
