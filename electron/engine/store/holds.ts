/**
 * Why what waits in a robot's outbox waits. Kept with the robot, by what is held back, so that a long queue costs
 * no more than a short one; a message and an operation find theirs there.
 */
import type { PeerKind } from '#shared/contract/common.ts'
import type { RobotAction, Wait } from '#shared/contract/entries/pace.ts'
import type { OperationKind } from '#shared/contract/entries/record.ts'
import type { Reading } from './database.ts'
import { laneOf } from './lanes.ts'

/** `all`: the robot's state or its quiet hours; `lane`: the gap, or the network; `requests`: log-ins and lists. */
export type Holds = Partial<Record<'all' | 'lane' | 'requests' | RobotAction, Wait>>

/** What an operation does, in SQL as in {@link actionOf}. */
export const actionSql = `CASE o.kind WHEN 'send' THEN 'send-' || o.peer_kind ELSE o.kind END`

const actionOf = (kind: OperationKind, peerKind: PeerKind | null): RobotAction =>
  (kind === 'send' ? `send-${peerKind ?? 'friend'}` : kind) as RobotAction

export const readHolds = (text: string): Holds => (text === '{}' ? {} : (JSON.parse(text) as Holds))

/** Why what is of a kind waits, by what is noted of its robot. */
export const waitIn = (holds: Holds, kind: OperationKind, peerKind: PeerKind | null): Wait | undefined =>
  laneOf(kind) === 'requests' ? holds.requests : (holds.all ?? holds[actionOf(kind, peerKind)] ?? holds.lane)

const holdsOf = (db: Reading, robotId: number): Holds =>
  readHolds(db.get<{ holds: string }>('SELECT holds FROM robots WHERE id = ?', robotId)?.holds ?? '{}')

/** Why an operation that has not gone, or not wholly, waits. */
export function waitOf(
  db: Reading,
  operation: {
    robotId: number
    kind: OperationKind
    peerKind: PeerKind | null
    messageId: number | null
    state: string
  },
): Wait | undefined {
  if (operation.state !== 'queued' && !(operation.state === 'sending' && operation.messageId !== null)) return undefined
  if (operation.state === 'sending' && !isBetweenParts(db, operation.messageId ?? 0)) return undefined
  const send = operation.messageId === null ? undefined : waitingSend(db, operation.messageId)
  return (
    (send && lateWait(send)) ??
    waitIn(send ? readHolds(send.holds) : holdsOf(db, operation.robotId), operation.kind, operation.peerKind)
  )
}

/** In the words of the index `operations_late`: a message that was held back, of the robot and peer of `o`, before `o`. */
export const behindLateSql = `EXISTS (SELECT 1 FROM operations l INDEXED BY operations_late
  WHERE l.robot_id = o.robot_id AND l.peer_kind = o.peer_kind AND l.peer_id = o.peer_id AND l.id < o.id
    AND l.late_at IS NOT NULL AND l.state IN ('queued', 'sending'))`

const late: Wait = { reason: 'late', until: null, text: '' }
const behindLate: Wait = { reason: 'behind-late', until: null, text: '' }

interface WaitingSend {
  not_before: number | null
  late_at: number | null
  behind: number
  holds: string
}

/** What is known of a message's operation while it is open, in one statement: every message that is queued is asked. */
const waitingSend = (db: Reading, messageId: number): WaitingSend | undefined =>
  db.get<WaitingSend>(
    `SELECT o.not_before, o.late_at, ${behindLateSql} AS behind,
       (SELECT r.holds FROM robots r WHERE r.id = o.robot_id) AS holds FROM operations o
     WHERE o.message_id = ? AND o.state IN ('queued', 'sending') ORDER BY o.id DESC LIMIT 1`,
    messageId,
  )

/**
 * Why a message that is queued, or between two of its pieces, waits: that it can be called back comes first, then that it
 * was held back for having waited too long, or stands behind one that was.
 */
export function waitOfSend(
  db: Reading,
  message: { id: number; robotId: number; peerKind: PeerKind; isQueued: boolean },
): Wait | undefined {
  const row = waitingSend(db, message.id)
  if (!row) return waitIn(holdsOf(db, message.robotId), 'send', message.peerKind)
  const { not_before: until } = row
  if (message.isQueued && until !== null && until > Date.now()) return { reason: 'recall', until, text: '' }
  return lateWait(row) ?? waitIn(readHolds(row.holds), 'send', message.peerKind)
}

const lateWait = ({ late_at: lateAt, behind }: WaitingSend): Wait | undefined =>
  lateAt !== null ? late : behind === 1 ? behindLate : undefined

/** The field that a message or an operation has where it waits. */
export const waitFields = (wait: Wait | undefined): { wait?: Wait } => (wait ? { wait } : {})

/** Whether some pieces of a message are gone, others wait, and none is on its way. */
const isBetweenParts = (db: Reading, messageId: number): boolean => {
  const statuses = db.all<{ status: string }>('SELECT status FROM parts WHERE message_id = ?', messageId)
  return statuses.some(({ status }) => status === 'queued') && !statuses.some(({ status }) => status === 'sending')
}

interface Waiting {
  id: number
  kind: OperationKind
  peer_kind: PeerKind | null
  message_id: number | null
  late_at: number | null
}

export const oldestWaiting = (db: Reading, robotId: number, count: number): Waiting[] =>
  db.all<Waiting>(
    `SELECT id, kind, peer_kind, message_id, late_at FROM operations INDEXED BY operations_waiting
     WHERE robot_id = ? AND state IN ('queued', 'sending') ORDER BY id LIMIT ?`,
    robotId,
    count,
  )

/** Why the oldest of what is in a robot's outbox waits. */
export function heldOf(db: Reading, robotId: number, text: string): Wait | null {
  const holds = readHolds(text)
  const [oldest] = oldestWaiting(db, robotId, 1)
  if (!oldest) return null
  if (oldest.late_at !== null) return late
  return waitIn(holds, oldest.kind, oldest.peer_kind) ?? null
}
