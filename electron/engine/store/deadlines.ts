/** Operations whose callback did not come in time (PROTOCOL §2). */
import type { Login } from '#shared/contract/entries/record.ts'
import type { Failure } from '#shared/contract/errors.ts'
import type { Changes } from './changes.ts'
import type { Writing } from './database.ts'
import { setLogin, setOperationState, type OperationRow } from './operations.ts'
import { giveUpRelogin } from './relogin.ts'
import { robotRow, setRobotState, type Standing } from './robots.ts'

/** Fails every operation whose time is up. A late callback still mends it. */
export function expireOperations(db: Writing, changes: Changes, now: number): void {
  const due = db.all<OperationRow>(
    `SELECT * FROM operations WHERE deadline_at <= ? AND settled_at IS NULL ORDER BY deadline_at`,
    now,
  )
  for (const row of due) {
    const seconds = Math.round(((row.deadline_at ?? now) - (row.accepted_at ?? row.created_at)) / 1000)
    const failure: Failure = { code: 'timed-out', params: { seconds } }
    setOperationState(db, changes, row.id, 'failed', failure)
    if (row.kind === 'login') abandonLogin(db, changes, row, 'failed')
  }
}

/** A log-in that ends without an outcome leaves the robot in the state that it had before. */
export function abandonLogin(db: Writing, changes: Changes, row: OperationRow, step: 'failed' | 'cancelled'): void {
  const login = row.login ? (JSON.parse(row.login) as Login) : { expiresAt: null }
  setLogin(db, changes, row, { ...login, step })
  if (step === 'cancelled') giveUpRelogin(db, row.robot_id)
  const robot = robotRow(db, row.robot_id)
  if (robot?.state !== 'logging-in') return
  const { before } = JSON.parse(row.input) as { before?: Standing }
  const now = Date.now()
  if (before === undefined || before.state === 'logging-in') {
    setRobotState(db, changes, row.robot_id, { state: 'offline', reason: '', limits: [], at: now, operationId: row.id })
    return
  }
  // A ban is not lifted, and did not begin, by an attempt to log in: why and since when it holds stays known.
  const { since, ...standing } = before
  setRobotState(db, changes, row.robot_id, { ...standing, at: now, since: since ?? now, operationId: row.id })
}
