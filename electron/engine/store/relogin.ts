/**
 * Robots that are logged in again by themselves: from the platform's cache, after they dropped, with growing
 * pauses and a limit; never after a ban, and never after the operator logged them out.
 */
import type { LoginMethod, RobotState } from '#shared/contract/entries/robots.ts'
import type { Reading, Writing } from './database.ts'
import { getSettings } from './settings.ts'

/** What of a robot's row decides. */
interface Before {
  readonly id: number
  readonly state: RobotState
  readonly state_since: number | null
  readonly relogin: number
  readonly relogin_tries: number
  readonly logged_out: number
}

/** A robot that was online for so long did not drop because of the log-in: its attempts count anew. */
const steadyMs = 10 * 60_000

const isUp = (state: RobotState): boolean => state === 'online' || state === 'limited'

/** Decides after each change of a state whether and when the robot is logged in again. */
export function afterState(
  db: Writing,
  before: Before,
  change: { state: RobotState; operationId?: number | undefined },
): void {
  if (isUp(change.state)) {
    db.run('UPDATE robots SET relogin_at = NULL, logged_out = 0 WHERE id = ?', before.id)
    return
  }
  if (change.state === 'banned') {
    db.run('UPDATE robots SET relogin_at = NULL, relogin_tries = 0 WHERE id = ?', before.id)
    return
  }
  if (change.state !== 'offline' || before.relogin === 0 || before.logged_out === 1) return
  const dropped = isUp(before.state)
  if (!dropped && !(before.state === 'logging-in' && isAutomatic(db, change.operationId))) return
  const now = Date.now()
  const steady = dropped && before.state_since !== null && now - before.state_since >= steadyMs
  const tries = steady ? 0 : before.relogin_tries
  const { firstPauseMs, attempts } = getSettings(db).relogin
  const next = tries < attempts ? now + firstPauseMs * 2 ** tries : null
  db.run('UPDATE robots SET relogin_tries = ?, relogin_at = ? WHERE id = ?', tries, next, before.id)
}

const isAutomatic = (db: Reading, operationId: number | undefined): boolean =>
  operationId !== undefined &&
  db.get(`SELECT 1 FROM operations WHERE id = ? AND json_extract(input, '$.automatic') = 1`, operationId) !== undefined

/** A log-in begins: of the operator's own, or one that counts as an attempt. */
export function noteLoginBegun(
  db: Writing,
  { robotId, method, automatic }: { robotId: number; method: LoginMethod; automatic?: boolean | undefined },
): void {
  db.run(
    `UPDATE robots SET login_method = ?, relogin_at = NULL, logged_out = 0, relogin_tries = ${automatic ? 'relogin_tries + 1' : '0'}
     WHERE id = ?`,
    method,
    robotId,
  )
}

/** The operator logs it out. */
export const noteLoggedOut = (db: Writing, robotId: number): void => {
  db.run('UPDATE robots SET logged_out = 1, relogin_at = NULL, relogin_tries = 0 WHERE id = ?', robotId)
}

/** The operator cancelled an attempt, or switched it off. */
export const giveUpRelogin = (db: Writing, robotId: number): void => {
  db.run('UPDATE robots SET relogin_at = NULL, relogin_tries = 0, logged_out = 1 WHERE id = ?', robotId)
}

/** When the next robot is to be logged in again, milliseconds UTC. */
export const nextRelogin = (db: Reading): number | null =>
  db.get<{ at: number }>('SELECT relogin_at AS at FROM robots WHERE relogin_at IS NOT NULL ORDER BY relogin_at LIMIT 1')
    ?.at ?? null

/** Takes the robots that are to be logged in again now. @returns their ids */
export function takeRelogins(db: Writing, now: number): number[] {
  const due = db.all<{ id: number }>(
    `SELECT id FROM robots WHERE relogin_at <= ? AND relogin = 1 AND logged_out = 0 AND state = 'offline'`,
    now,
  )
  // Whatever else was due is so no longer: its state changed meanwhile.
  db.run('UPDATE robots SET relogin_at = NULL WHERE relogin_at <= ?', now)
  return due.map(({ id }) => id)
}
