/** Robots as the operator arranges them: many added at once, name, folder and place, pace, and their past states. */
import type { Page } from '#shared/contract/common.ts'
import type { OwnPace } from '#shared/contract/entries/pace.ts'
import type { PastState, RobotState } from '#shared/contract/entries/robots.ts'
import type { Changes } from './changes.ts'
import type { Reading, Writing } from './database.ts'
import { idBefore, pageOf, rowLimit, type Paging } from './paging.ts'
import { giveUpRelogin } from './relogin.ts'
import { addRobot, findRobot, requireRobot, type KeptLimit, type RobotRow } from './robots.ts'

/** Greatest length of a robot's number (PROTOCOL §2). */
const numberMax = 256

interface AddedRobot {
  serialNo: string
  outcome: 'added' | 'present' | 'invalid'
  id: string | null
}

/** Adds robots by their numbers. @returns one for each number given, in the same order */
export const addRobots = (
  db: Writing,
  changes: Changes,
  input: { connectionId: number; serialNos: readonly string[] },
): AddedRobot[] =>
  input.serialNos.map((given) => {
    const serialNo = given.trim()
    if (serialNo === '' || /\s/.test(serialNo) || [...serialNo].length > numberMax) {
      return { serialNo, outcome: 'invalid', id: null }
    }
    const present = findRobot(db, input.connectionId, serialNo)
    if (present) return { serialNo, outcome: 'present', id: String(present.id) }
    const id = addRobot(db, changes, { connectionId: input.connectionId, serialNo })
    return { serialNo, outcome: 'added', id: String(id) }
  })

export interface RobotChange {
  id: number
  name?: string | undefined
  color?: number | undefined
  folder?: string | undefined
  position?: number | undefined
  pace?: OwnPace | null | undefined
  reloginFromCache?: boolean | undefined
  muted?: boolean | undefined
}

/** Changes what is given. @throws AppError not-found */
export function updateRobot(db: Writing, changes: Changes, change: RobotChange): void {
  const robot = requireRobot(db, change.id)
  const { name = robot.name, color = robot.color } = change
  const pace = change.pace === undefined ? robot.pace : JSON.stringify(change.pace ?? {})
  db.run('UPDATE robots SET name = ?, color = ?, pace = ? WHERE id = ?', name, color, pace, robot.id)
  if (change.folder !== undefined || change.position !== undefined) place(db, changes, robot, change)
  if (change.muted !== undefined) db.run('UPDATE robots SET muted = ? WHERE id = ?', Number(change.muted), robot.id)
  if (change.reloginFromCache !== undefined) {
    db.run('UPDATE robots SET relogin = ? WHERE id = ?', change.reloginFromCache ? 1 : 0, robot.id)
    if (!change.reloginFromCache) giveUpRelogin(db, robot.id)
  }
  changes.robot(robot.id)
  // At another pace something may go now.
  if (change.pace !== undefined) changes.wakeRobot(robot.id, 'activity')
}

/** Puts a robot into a folder at a place; those behind it move on. */
function place(db: Writing, changes: Changes, robot: RobotRow, change: RobotChange): void {
  const folder = change.folder ?? robot.folder
  const others = db
    .all<{ id: number }>('SELECT id FROM robots WHERE folder = ? AND id <> ? ORDER BY position, id', folder, robot.id)
    .map(({ id }) => id)
  const stays = folder === robot.folder ? robot.position : others.length
  others.splice(change.position ?? stays, 0, robot.id)
  db.run('UPDATE robots SET folder = ? WHERE id = ?', folder, robot.id)
  others.forEach((id, position) => {
    const moved = db.run('UPDATE robots SET position = ? WHERE id = ? AND position <> ?', position, id, position)
    if (moved.changes > 0) changes.robot(id)
  })
}

interface StateRow {
  id: number
  at: number
  state: RobotState
  reason: string
  limits: string
  callback_id: number | null
  operation_id: number | null
}

const idOrNull = (id: number | null): string | null => (id === null ? null : String(id))

/** The states that a robot had, newest first. */
export function listStates(db: Reading, robotId: number, paging: Paging): Page<PastState> {
  const rows = db.all<StateRow>(
    'SELECT * FROM robot_states WHERE robot_id = ? AND id < ? ORDER BY id DESC LIMIT ?',
    robotId,
    idBefore(paging.cursor),
    rowLimit(paging),
  )
  return pageOf(
    rows,
    paging,
    (row) => [row.id],
    (row) => ({
      id: String(row.id),
      at: row.at,
      state: row.state,
      reason: row.reason,
      limits: JSON.parse(row.limits) as KeptLimit[],
      callbackId: idOrNull(row.callback_id),
      operationId: idOrNull(row.operation_id),
    }),
  )
}
