/**
 * Whose turn it is in a robot's outbox: the next thing that its state, its limits and its pace let go, or why
 * nothing goes and until when. Decided and written in one transaction, so that a restart forgets nothing.
 */
import type { Pace, RobotAction, Wait } from '#shared/contract/entries/pace.ts'
import type { Peer } from '#shared/contract/common.ts'
import type { MessageType } from '#shared/contract/entries/conversations.ts'
import type { OperationKind } from '#shared/contract/entries/record.ts'
import type { Jump } from '../outbox/clock.ts'
import { endOfDay, quietUntil } from '../outbox/day.ts'
import type { Changes } from './changes.ts'
import type { ConnectionRecord } from './connections.ts'
import type { Reading, Writing } from './database.ts'
import { setHolds } from './hold-notes.ts'
import { actionSql, behindLateSql, readHolds, type Holds } from './holds.ts'
import { requestKinds, type Lane } from './lanes.ts'
import { goColumn, holdLate, noteQueued, noteWaiting } from './late.ts'
import { setOperationState, type OperationRow } from './operations.ts'
import { moveMessage, partsOf } from './parts.ts'
import { turnRobot, type KeptLimit, type TurnRobot } from './robots.ts'
import { getValue, setValue } from './settings.ts'

/** What the pump tries next. */
export interface Claim {
  operationId: number
  kind: OperationKind
  robotId: number
  /** What a request names: whose robot it is, and its number with the platform. */
  connectionId: number
  robotSerialNo: string
  peer: Peer | null
  input: Record<string, unknown>
  /** For `send`: the piece to send. */
  part: { id: number; messageId: number; type: 'text' | 'image'; content: string } | null
  /** Where it counts towards the pace, since when, and when a message last could go before; null for what does not. */
  paced: { id: number; at: number; goAt: number } | null
}

export interface TurnInput {
  robotId: number
  lane: Lane
  /** Milliseconds UTC. */
  now: number
  /** The pace of all robots. */
  pace: Pace
  /** How long a reply that could not go may wait before it is held back, in milliseconds; 0: however long. */
  lateMs: number
  /** 0 to 1: the share of the random extra gap after what goes now. */
  luck: number
  /** Nothing but further parts of what has begun. */
  begunOnly?: boolean
}

export interface Turn {
  claim: Claim | null
  /** When to look again, milliseconds UTC; null where something has to happen first. */
  until: number | null
}

const minuteMs = 60_000
/** Longer than any day: what lies further ahead was written before the clock was set back. */
const longDayMs = 26 * 3_600_000
/** What is to wait for longer was written before the clock was set back, and goes now. */
const longestDelayMs = 60_000
/** Waits that are shorter than this are told to nobody, in milliseconds: a message is gone before it could be read. */
const untoldMs = 3000

/**
 * Takes the next thing to do from a robot's queue and marks it as being sent, durably: after a crash it is
 * in doubt, never tried again by itself.
 */
export function takeTurn(
  db: Writing,
  changes: Changes,
  connectionOf: (id: number) => ConnectionRecord | undefined,
  input: TurnInput,
): Turn {
  const robot = turnRobot(db, input.robotId)
  if (!robot) return { claim: null, until: null }
  const { lane, now, begunOnly = false } = input
  const first = nextIn(db, robot.id, lane, now, [], begunOnly)
  // What waits is not looked at: why it waits stays as it was.
  if (!first && begunOnly) return { claim: null, until: null }
  if (!first || lane === 'requests') {
    setHolds(db, changes, robot, lane, {})
    return {
      claim: first ? claimOf(db, changes, robot, first, null) : null,
      until: first ? null : nextDelayed(db, robot.id, now),
    }
  }
  const connection = connectionOf(robot.connection_id)
  const timeZone = connection?.timeZone ?? 'UTC'
  const pace: Pace = { ...input.pace, ...(JSON.parse(robot.pace) as Partial<Pace>) }
  const day = dayOf(db, robot, now, timeZone)
  const holds = holdsNow(db, robot, connection?.advanced.riskCodes ?? {}, pace, day, now, timeZone)
  const anyHeld = holdLate(db, changes, robot, holds, input) || Object.keys(holds).length > 0
  const next = (): TurnOperation | undefined =>
    anyHeld ? nextIn(db, robot.id, lane, now, Object.keys(holds), begunOnly) : first
  const row = holds.all || holds.lane ? undefined : next()
  if (!row) {
    noteWaiting(db, robot, holds, input)
    const { lane: gap, ...others } = holds
    const isTold = gap?.until == null || gap.until - now >= untoldMs
    setHolds(db, changes, robot, lane, isTold ? holds : others)
    return { claim: null, until: soonest(earliest(holds), holds.all ? null : nextDelayed(db, robot.id, now)) }
  }
  const before = readHolds(robot.holds).lane
  // What stands behind it waits for the gap as before: nobody has to be told twice.
  setHolds(db, changes, robot, lane, before?.reason === 'pace' ? { ...holds, lane: before } : holds)
  return { claim: claimOf(db, changes, robot, row, count(db, changes, robot, row, day, input)), until: null }
}

/** An operation as far as its turn asks. */
type TurnOperation = Pick<OperationRow, 'id' | 'kind' | 'peer_kind' | 'peer_id' | 'message_id' | 'input'>

const requestKindsSql = requestKinds.map((kind) => `'${kind}'`).join(', ')

/** The first of a lane that is due, passing over what some actions hold back. */
const nextIn = (
  db: Reading,
  robotId: number,
  lane: Lane,
  now: number,
  without: readonly string[],
  begunOnly: boolean,
): TurnOperation | undefined =>
  db.get<TurnOperation>(
    `SELECT id, kind, peer_kind, peer_id, message_id, input FROM operations o INDEXED BY operations_waiting WHERE robot_id = ? AND state IN ('queued', 'sending')
       AND (not_before IS NULL OR NOT not_before BETWEEN ? AND ?)
       AND kind ${lane === 'requests' ? 'IN' : 'NOT IN'} (${requestKindsSql})
       ${without.length === 0 ? '' : `AND ${actionSql} NOT IN (SELECT value FROM json_each(?))`}
       AND late_at IS NULL AND NOT ${behindLateSql} ${begunOnly ? `AND o.state = 'sending'` : ''}
       AND (kind = 'send' AND EXISTS (SELECT 1 FROM parts p WHERE p.message_id = o.message_id AND p.status = 'queued')
         OR kind <> 'send' AND state = 'queued')
     ORDER BY id LIMIT 1`,
    robotId,
    now + 1,
    now + longestDelayMs,
    ...(without.length === 0 ? [] : [JSON.stringify(without)]),
  )

/** When the first of those that can still be called back goes; null where there is none. */
const nextDelayed = (db: Reading, robotId: number, now: number): number | null =>
  db.get<{ at: number | null }>(
    `SELECT min(not_before) AS at FROM operations INDEXED BY operations_waiting
     WHERE robot_id = ? AND state IN ('queued', 'sending') AND state = 'queued' AND not_before BETWEEN ? AND ?`,
    robotId,
    now + 1,
    now + longestDelayMs,
  )?.at ?? null

const soonest = (...times: (number | null)[]): number | null => {
  const known = times.flatMap((time) => time ?? [])
  return known.length === 0 ? null : Math.min(...known)
}

const earliest = (holds: Holds): number | null => {
  // The state and the quiet hours hold back everything, whatever else would let it go earlier.
  if (holds.all) return holds.all.until
  const times = Object.values(holds).flatMap(({ until }) => until ?? [])
  if (times.length === 0) return null
  return holds.lane?.until ?? Math.min(...times)
}

interface Day {
  sent: number
  friends: number
  endsAt: number
}

/** What counts on this day. One that ends too far ahead was begun before the clock was set back: it ends today instead. */
function dayOf(db: Writing, robot: TurnRobot, now: number, timeZone: string): Day {
  const { sent_today: sent, friends_today: friends, day_ends_at: endsAt } = robot
  if (endsAt <= now) return { sent: 0, friends: 0, endsAt: endOfDay(now, timeZone) }
  if (endsAt - now <= longDayMs) return { sent, friends, endsAt }
  const today = endOfDay(now, timeZone)
  db.run('UPDATE robots SET day_ends_at = ? WHERE id = ?', today, robot.id)
  return { sent, friends, endsAt: today }
}

/** States in which a robot's queue is held (DESIGN §7). */
const heldStates = ['offline', 'banned', 'logging-in'] as const
export const isHeld = (state: TurnRobot['state'] | Wait['reason']): state is (typeof heldStates)[number] =>
  (heldStates as readonly string[]).includes(state)

function holdsNow(
  db: Writing,
  robot: TurnRobot,
  riskCodes: Record<string, RobotAction[]>,
  pace: Pace,
  day: Day,
  now: number,
  timeZone: string,
): Holds {
  if (isHeld(robot.state)) return { all: { reason: robot.state, until: null, text: robot.state_reason } }
  const last = lastPaced(db, robot.id, now)
  const quiet = quietUntil(now, timeZone, pace.quietHours)
  const holds: Holds = quiet === null ? {} : { all: { reason: 'quiet-hours', until: quiet, text: '' } }
  const messages = messageHold(db, robot.id, pace, day, now)
  if (messages) holds['send-friend'] = holds['send-group'] = messages
  if (pace.friendRequestsPerDay > 0 && day.friends >= pace.friendRequestsPerDay) {
    holds['add-friend'] = { reason: 'friend-request-limit', until: day.endsAt, text: '' }
  }
  if (robot.state === 'limited') {
    for (const { code, text } of JSON.parse(robot.limits) as KeptLimit[]) {
      const wait: Wait = { reason: 'limited', until: null, text: text || code }
      for (const action of riskCodes[code] ?? []) holds[action] = wait
    }
  }
  const gap = last ? Math.ceil(last.at + pace.gapMs + last.luck * pace.extraGapMs) : 0
  if (gap > now) holds.lane = { reason: 'pace', until: gap, text: '' }
  return holds
}

function messageHold(db: Reading, robotId: number, pace: Pace, day: Day, now: number): Wait | null {
  if (pace.perDay > 0 && day.sent >= pace.perDay) return { reason: 'day-limit', until: day.endsAt, text: '' }
  if (pace.perMinute === 0) return null
  const nth = db.get<{ at: number }>(
    'SELECT at FROM paced WHERE robot_id = ? AND message = 1 ORDER BY at DESC LIMIT 1 OFFSET ?',
    robotId,
    pace.perMinute - 1,
  )
  return nth && nth.at + minuteMs > now ? { reason: 'pace', until: nth.at + minuteMs, text: '' } : null
}

/** What went last, and its share of the extra gap. */
function lastPaced(db: Writing, robotId: number, now: number): { at: number; luck: number } | undefined {
  const read = () =>
    db.get<{ at: number; luck: number }>(
      'SELECT at, luck FROM paced WHERE robot_id = ? ORDER BY at DESC, id DESC LIMIT 1',
      robotId,
    )
  const last = read()
  if (!last || last.at <= now) return last
  // Written before the clock was set back: as if it had gone just now, so that nothing bursts and nothing stalls.
  db.run('UPDATE paced SET at = ? WHERE robot_id = ? AND at > ?', now, robotId, now)
  return read()
}

/** The share of those that are counted which take away what is too old to count. */
const tidied = 1 / 16

/** Written out once: the text is what finds its prepared statement again. */
const counting = (column: string): { alone: string; out: string } => {
  const set = `UPDATE robots SET ${column} = max(${column}, ?), sent_today = ?, friends_today = ?, day_ends_at = ?`
  const out = 'last_out_at = max(coalesce(last_out_at, 0), ?), last_active_at = max(coalesce(last_active_at, 0), ?)'
  return { alone: `${set} WHERE id = ?`, out: `${set}, ${out} WHERE id = ?` }
}
const countSql = { friend_go_at: counting('friend_go_at'), group_go_at: counting('group_go_at') }

/** Counts what goes now towards the pace. */
function count(
  db: Writing,
  changes: Changes,
  robot: TurnRobot,
  { kind, peer_kind: peerKind }: TurnOperation,
  day: Day,
  { now, luck }: TurnInput,
): NonNullable<Claim['paced']> {
  const isMessage = kind === 'send' ? 1 : 0
  const column = goColumn(peerKind ?? 'friend')
  const { id } = db.run(
    'INSERT INTO paced (robot_id, at, message, luck) VALUES (?, ?, ?, ?)',
    robot.id,
    now,
    isMessage,
    luck,
  )
  // What is older than a minute counts no more, and may stay for a while.
  if (luck < tidied)
    db.run('DELETE FROM paced WHERE robot_id = ? AND at <= ? AND id <> ?', robot.id, now - minuteMs, id)
  const goneAt = isMessage ? now : 0
  // What just went out is noted with it.
  const { out: wentAt = 0 } = changes.heard.get(robot.id) ?? {}
  changes.heard.delete(robot.id)
  db.run(
    wentAt > 0 ? countSql[column].out : countSql[column].alone,
    goneAt,
    day.sent + isMessage,
    day.friends + (kind === 'add-friend' ? 1 : 0),
    day.endsAt,
    ...(wentAt > 0 ? [wentAt, wentAt] : []),
    robot.id,
  )
  changes.robot(robot.id)
  return { id, at: now, goAt: robot[column] }
}

/** Takes a count back: nothing left this machine. */
export function uncount(db: Writing, changes: Changes, { robotId, kind, peer, paced }: Claim): void {
  if (!paced || db.run('DELETE FROM paced WHERE id = ?', paced.id).changes === 0) return
  if (kind === 'send') {
    db.run(`UPDATE robots SET ${goColumn(peer?.kind ?? 'friend')} = ? WHERE id = ?`, paced.goAt, robotId)
    noteQueued(db, robotId, paced.at)
  }
  const column = kind === 'send' ? 'sent_today' : kind === 'add-friend' ? 'friends_today' : null
  if (column) db.run(`UPDATE robots SET ${column} = max(${column} - 1, 0) WHERE id = ?`, robotId)
  changes.robot(robotId)
}

function claimOf(
  db: Writing,
  changes: Changes,
  robot: TurnRobot,
  row: TurnOperation,
  paced: Claim['paced'],
): Claim | null {
  const peer = row.peer_kind && row.peer_id !== null ? { kind: row.peer_kind, id: row.peer_id } : null
  const input = JSON.parse(row.input) as Claim['input']
  const of = { robotId: robot.id, connectionId: robot.connection_id, robotSerialNo: robot.serial_no }
  const claim = { operationId: row.id, kind: row.kind, ...of, peer, input, paced }
  if (row.kind !== 'send' || row.message_id === null) {
    setOperationState(db, changes, row.id, 'sending')
    return { ...claim, part: null }
  }
  const messageId = row.message_id
  const parts = partsOf(db, messageId)
  const part = parts.find((candidate) => candidate.status === 'queued')
  const message = db.get<{ type: MessageType }>('SELECT type FROM messages WHERE id = ?', messageId)
  if (!part || !message) return null
  db.run(`UPDATE parts SET status = 'sending', error = NULL, sent_at = ? WHERE id = ?`, Date.now(), part.id)
  part.status = 'sending'
  part.error = null
  moveMessage(db, changes, messageId, parts, 'sending')
  const type = message.type === 'image' ? 'image' : 'text'
  return { ...claim, part: { id: part.id, messageId, type, content: part.content } }
}

/** Where the last jump that was heeded is remembered. */
const lastJump = '.clock-jump'

/**
 * The clock was set: what is remembered by it moves along, so that the same time as before lies between then and
 * now, and between now and what is due. The same jump moves it once.
 */
export function moveTimes(db: Writing, { id, ms }: Jump): void {
  if (getValue(db, lastJump) === id) return
  setValue(db, lastJump, id)
  db.run('UPDATE paced SET at = at + ?', ms)
  db.run('UPDATE robots SET day_ends_at = day_ends_at + ? WHERE day_ends_at > 0', ms)
  db.run('UPDATE robots SET relogin_at = relogin_at + ? WHERE relogin_at IS NOT NULL', ms)
  db.run(`UPDATE operations SET not_before = not_before + ? WHERE not_before IS NOT NULL AND state = 'queued'`, ms)
  db.run('UPDATE robots SET friend_go_at = friend_go_at + ? WHERE friend_go_at > 0', ms)
  db.run('UPDATE robots SET group_go_at = group_go_at + ? WHERE group_go_at > 0', ms)
  db.run(
    `UPDATE operations SET queued_at = queued_at + ? WHERE queued_at IS NOT NULL AND state IN ('queued', 'sending')`,
    ms,
  )
  db.run('UPDATE operations SET deadline_at = deadline_at + ? WHERE deadline_at IS NOT NULL AND settled_at IS NULL', ms)
}
