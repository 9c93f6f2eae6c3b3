/** Notes why robots' outboxes wait, and tells of it. */
import type { OperationKind } from '#shared/contract/entries/record.ts'
import type { Wait } from '#shared/contract/entries/pace.ts'
import type { Changes } from './changes.ts'
import type { Writing } from './database.ts'
import { oldestWaiting, readHolds, type Holds } from './holds.ts'
import { laneOf } from './lanes.ts'

/** How many of those that wait are told by events of their own that the reason changed; all others show the robot's. */
const toldAtOnce = 50

const reasons = (holds: Holds): string =>
  JSON.stringify(Object.entries(holds).map(([what, { reason, text }]) => [what, reason, text]))

/** Notes why a robot's outbox waits, in one lane, and tells of it. */
export function setHolds(
  db: Writing,
  changes: Changes,
  robot: { id: number; holds: string },
  lane: 'activity' | 'requests',
  holds: Holds,
): void {
  const present = readHolds(robot.holds)
  const { requests, ...activity } = present
  const next: Holds = lane === 'requests' ? { ...activity, ...holds } : { ...(requests ? { requests } : {}), ...holds }
  const text = JSON.stringify(next)
  if (text === robot.holds) return
  db.run('UPDATE robots SET holds = ? WHERE id = ?', text, robot.id)
  robot.holds = text
  changes.robot(robot.id)
  const told = oldestWaiting(db, robot.id, reasons(next) === reasons(present) ? 1 : toldAtOnce)
  for (const { id, message_id } of told) {
    changes.operation(id)
    if (message_id !== null) changes.message(message_id, 'changed')
  }
}

/** Notes that the network keeps a robot's lane from going on until the next try. */
export function holdUnreachable(
  db: Writing,
  changes: Changes,
  robotId: number,
  kind: OperationKind,
  wait: Omit<Wait, 'reason'>,
): void {
  const robot = db.get<{ id: number; holds: string }>('SELECT id, holds FROM robots WHERE id = ?', robotId)
  if (!robot) return
  const unreachable: Wait = { reason: 'unreachable', ...wait }
  if (laneOf(kind) === 'requests') setHolds(db, changes, robot, 'requests', { requests: unreachable })
  else setHolds(db, changes, robot, 'activity', { lane: unreachable })
}
