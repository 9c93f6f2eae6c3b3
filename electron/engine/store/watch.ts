/** What the watch knows and keeps: facts to judge by, alarms, silences, deliveries to the webhook. */
import type { Alarm, AlarmKind, AlarmPhase } from '#shared/contract/entries/watch.ts'
import type { Page } from '#shared/contract/common.ts'
import { alarmBody } from '../watch/body.ts'
import type { Matter, OpenAlarm, WatchedQueue, WatchedRobot } from '../watch/conditions.ts'
import { keptMs, quietMs, type Span } from '../watch/usual.ts'
import type { Reading, Writing } from './database.ts'
import { queueDelivery } from './deliveries.ts'
import { heldOf } from './holds.ts'
import { idBefore, pageOf, rowLimit, type Paging } from './paging.ts'

/** How long alarms that are over are kept. */
const alarmsKeptMs = 90 * 86_400_000

interface AlarmRow {
  id: number
  key: string
  kind: AlarmKind
  detail: string
  raised_at: number
  ended_at: number | null
  seen_at: number | null
  robot_id: number | null
  serial_no: string | null
  robot_name: string | null
  connection_id: number | null
  connection_name: string | null
}

const alarmRows = `SELECT a.*, r.serial_no, r.name AS robot_name, c.name AS connection_name FROM alarms a
  LEFT JOIN robots r ON r.id = a.robot_id LEFT JOIN connections c ON c.id = a.connection_id`

const alarmItem = (row: AlarmRow): Alarm => ({
  id: String(row.id),
  kind: row.kind,
  robot:
    row.robot_id === null
      ? null
      : { id: String(row.robot_id), serialNo: row.serial_no ?? '', name: row.robot_name ?? '' },
  connection: row.connection_id === null ? null : { id: String(row.connection_id), name: row.connection_name ?? '' },
  detail: JSON.parse(row.detail) as Alarm['detail'],
  raisedAt: row.raised_at,
  endedAt: row.ended_at,
  seenAt: row.seen_at,
})

/** What lasts now, newest first. */
export const openAlarms = (db: Reading): Alarm[] =>
  db.all<AlarmRow>(`${alarmRows} WHERE a.ended_at IS NULL ORDER BY a.id DESC`).map(alarmItem)

export const listAlarms = (db: Reading, paging: Paging): Page<Alarm> =>
  pageOf(
    db.all<AlarmRow>(
      `${alarmRows} WHERE a.id < ? ORDER BY a.id DESC LIMIT ?`,
      idBefore(paging.cursor),
      rowLimit(paging),
    ),
    paging,
    (row) => [row.id],
    alarmItem,
  )

export interface WatchFacts {
  robots: WatchedRobot[]
  queues: WatchedQueue[]
  open: OpenAlarm[]
  /** What came since the callback that the caller knows. */
  arrivals: { connectionId: number; firstAt: number; lastAt: number; lastId: number }[]
}

/** @param afterCallbackId the newest callback that is known already */
export function watchFacts(db: Reading, afterCallbackId: number): WatchFacts {
  const robots = db
    .all<Omit<WatchedRobot, 'limits' | 'loggedOut'> & { limits: string; loggedOut: number }>(
      `SELECT id, connection_id AS connectionId, state, state_since AS stateSince, limits, logged_out AS loggedOut
       FROM robots ORDER BY id`,
    )
    .map(({ limits, loggedOut, ...robot }) => ({
      ...robot,
      limits: (JSON.parse(limits) as { code: string }[]).map(({ code }) => code),
      loggedOut: loggedOut === 1,
    }))
  const queues = db
    .all<WatchedQueue & { holds: string }>(
      `SELECT robot_id AS robotId, count(*) AS waiting, min(o.created_at) AS oldestAt, r.holds,
         coalesce((SELECT max(coalesce(settled_at, accepted_at, 0)) FROM (SELECT settled_at, accepted_at
           FROM operations n WHERE n.robot_id = o.robot_id ORDER BY n.id DESC LIMIT 1000)), 0) AS movedAt
       FROM operations o JOIN robots r ON r.id = o.robot_id
       WHERE o.state IN ('queued', 'sending') GROUP BY robot_id`,
    )
    .filter(({ robotId, holds }) => {
      // What waits for its time or its robot is where it should be.
      const held = heldOf(db, robotId, holds)
      return held === null || held.reason === 'unreachable'
    })
    .map(({ holds: _holds, ...queue }) => queue)
  const open = db.all<OpenAlarm>('SELECT id, key, kind, raised_at AS raisedAt FROM alarms WHERE ended_at IS NULL')
  const arrivals = db.all<WatchFacts['arrivals'][number]>(
    `SELECT connection_id AS connectionId, min(at) AS firstAt, max(at) AS lastAt, max(id) AS lastId
     FROM callbacks WHERE id > ? GROUP BY connection_id`,
    afterCallbackId,
  )
  return { robots, queues, open, arrivals }
}

export interface CallbackMark {
  connectionId: number
  lastAt: number
  lastId: number
}

export const callbackMarks = (db: Reading): CallbackMark[] =>
  db.all('SELECT connection_id AS connectionId, last_at AS lastAt, last_id AS lastId FROM callback_marks')

export interface WatchNote {
  marks: CallbackMark[]
  quiet: (Span & { connectionId: number })[]
  /** Since when the watch looks without a break, and until when. */
  awake: Span
}

/** Notes what the watch saw pass by. */
export function noteWatch(db: Writing, { marks, quiet, awake }: WatchNote): void {
  for (const { connectionId, lastAt, lastId } of marks) {
    db.run(
      `INSERT INTO callback_marks (connection_id, last_at, last_id) SELECT @connectionId, @lastAt, @lastId
       WHERE EXISTS (SELECT 1 FROM connections WHERE id = @connectionId)
       ON CONFLICT (connection_id) DO UPDATE SET last_at = excluded.last_at, last_id = excluded.last_id`,
      { connectionId, lastAt, lastId },
    )
  }
  for (const { connectionId, from, to } of quiet) {
    if (to - from < quietMs) continue
    db.run(
      `INSERT OR REPLACE INTO quiet_times (connection_id, from_at, to_at) SELECT @connectionId, @from, @to
       WHERE EXISTS (SELECT 1 FROM connections WHERE id = @connectionId)`,
      { connectionId, from, to },
    )
  }
  db.run(
    'INSERT INTO watch_runs (from_at, to_at) VALUES (?, ?) ON CONFLICT (from_at) DO UPDATE SET to_at = excluded.to_at',
    awake.from,
    awake.to,
  )
  for (const table of ['quiet_times', 'watch_runs']) db.run(`DELETE FROM ${table} WHERE to_at < ?`, awake.to - keptMs)
}

/** What the usual silence of a connection is learned from. */
export const silences = (db: Reading, connectionId: number): { quiet: Span[]; awake: Span[] } => ({
  quiet: db.all('SELECT from_at AS "from", to_at AS "to" FROM quiet_times WHERE connection_id = ?', connectionId),
  awake: db.all('SELECT from_at AS "from", to_at AS "to" FROM watch_runs'),
})

export interface AlarmUpdate {
  readonly raise: readonly Matter[]
  readonly end: readonly { readonly id: number; readonly quietly: boolean }[]
  readonly now: number
  /** Whether what is told is posted to the webhook too. */
  readonly post: boolean
}

export interface Told {
  phase: AlarmPhase
  alarm: Alarm
}

/** Raises and ends alarms, and queues what the webhook is to hear of it. @returns what is to be told */
export function updateAlarms(db: Writing, { raise, end, now, post }: AlarmUpdate): Told[] {
  const told: Told[] = []
  const tell = (phase: AlarmPhase, id: number): void => {
    const row = db.get<AlarmRow>(`${alarmRows} WHERE a.id = ?`, id)
    if (!row) return
    const alarm = alarmItem(row)
    told.push({ phase, alarm })
    if (post) queueDelivery(db, { alarmId: id, phase, body: alarmBody(phase, alarm), now })
  }
  for (const { id, quietly } of end) {
    const { changes } = db.run('UPDATE alarms SET ended_at = ? WHERE id = ? AND ended_at IS NULL', now, id)
    if (changes > 0 && !quietly) tell('over', id)
  }
  for (const matter of raise) {
    const { id } = db.run(
      `INSERT INTO alarms (key, kind, robot_id, connection_id, detail, raised_at)
       VALUES (@key, @kind, @robotId, @connectionId, @detail, @now)`,
      {
        key: matter.key,
        kind: matter.kind,
        robotId: matter.robotId,
        connectionId: matter.connectionId,
        detail: JSON.stringify(matter.detail),
        now,
      },
    )
    tell('raised', id)
  }
  db.run('DELETE FROM alarms WHERE ended_at < ?', now - alarmsKeptMs)
  return told
}

export function seeAlarms(db: Writing, ids: readonly number[]): void {
  for (const id of ids) db.run('UPDATE alarms SET seen_at = ? WHERE id = ? AND seen_at IS NULL', Date.now(), id)
}
