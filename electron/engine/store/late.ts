/**
 * Replies that could not go for long: not let loose on customers, but held back until the operator has looked at them.
 * What the pace makes wait is not late: its times are the operator's own, and the screen tells them.
 */
import type { PeerKind } from '#shared/contract/common.ts'
import type { Changes } from './changes.ts'
import type { Writing } from './database.ts'
import { oldestWaiting, readHolds, type Holds } from './holds.ts'

interface Candidate {
  id: number
  holds: string
  friend_go_at: number
  group_go_at: number
}

export interface LateInput {
  /** Milliseconds UTC. */
  now: number
  /** How long a reply may wait; 0: however long. */
  lateMs: number
}

const peerKinds: readonly PeerKind[] = ['friend', 'group']

/** The column that says when a message to such a peer last could go. */
export const goColumn = (peerKind: PeerKind): 'friend_go_at' | 'group_go_at' => `${peerKind}_go_at`

/** `go_at` is written no more often than this, in milliseconds. */
const coarseMs = 60_000
/** How many are told by events of their own that they were held back. */
const toldAtOnce = 50

/** Whether the last try did not leave this machine. */
const isAway = ({ holds }: Pick<Candidate, 'holds'>): boolean => readHolds(holds).lane?.reason === 'unreachable'

/**
 * Holds back what waited too long while the robot, the network or the application was away; all of it at once, since
 * the first that goes would show that the way is free again.
 *
 * @param holds what keeps the robot's messages from going now
 * @returns whether any was
 */
export function holdLate(db: Writing, changes: Changes, robot: Candidate, holds: Holds, input: LateInput): boolean {
  const { now, lateMs } = input
  if (lateMs === 0 || (holds.all && holds.all.reason !== 'quiet-hours')) return false
  let any = false
  for (const kind of peerKinds) {
    if (holds[`send-${kind}`]?.reason === 'limited' || now - robot[goColumn(kind)] <= lateMs) continue
    const { changes: held } = db.run(
      `UPDATE operations INDEXED BY operations_stamped SET late_at = ? WHERE robot_id = ? AND kind = 'send' AND peer_kind = ?
         AND state IN ('queued', 'sending') AND late_at IS NULL AND queued_at IS NOT NULL AND queued_at <= ?`,
      now,
      robot.id,
      kind,
      now - lateMs,
    )
    if (held === 0) continue
    any = true
    changes.late = true
    changes.robot(robot.id)
    for (const { id, message_id } of oldestWaiting(db, robot.id, toldAtOnce)) {
      changes.operation(id)
      if (message_id !== null) changes.message(message_id, 'changed')
    }
  }
  return any
}

/** Nothing goes now: from here on it counts how long that lasts. Where only the pace is in the way, it counts later. */
export function noteWaiting(db: Writing, robot: Candidate, holds: Holds, { now, lateMs }: LateInput): void {
  if (lateMs === 0) return
  noteQueued(db, robot.id, now)
  if ((holds.all && holds.all.reason !== 'quiet-hours') || isAway(robot)) return
  for (const kind of peerKinds) {
    const wait = holds.all ?? holds[`send-${kind}`] ?? holds.lane
    if (!wait || wait.reason === 'limited') continue
    const goAt = Math.max(now, wait.until ?? now)
    const column = goColumn(kind)
    if (goAt - robot[column] > coarseMs) db.run(`UPDATE robots SET ${column} = ? WHERE id = ?`, goAt, robot.id)
  }
}

/** What a robot has to send waits from now on, unless it did before. */
export const noteQueued = (db: Writing, robotId: number, now: number): void => {
  db.run(
    `UPDATE operations INDEXED BY operations_unstamped SET queued_at = ?
     WHERE robot_id = ? AND queued_at IS NULL AND kind = 'send' AND state IN ('queued', 'sending')`,
    now,
    robotId,
  )
}
