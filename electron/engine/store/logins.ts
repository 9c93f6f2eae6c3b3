/** Log-ins as operations: their beginning, and the step after the platform took the request. */
import { AppError } from '#shared/contract/errors.ts'
import type { Login } from '#shared/contract/entries/record.ts'
import type { Robot } from '#shared/contract/entries/robots.ts'
import type { QrCode } from '../platform/qr.ts'
import type { Changes } from './changes.ts'
import type { Writing } from './database.ts'
import { abandonLogin } from './deadlines.ts'
import { awaitingCallback, createOperation, operationRow, setLogin } from './operations.ts'
import { requireRobot, setRobotState, type Standing } from './robots.ts'

export interface LoginInput {
  robotId: number
  method: 'password' | 'qr' | 'cached'
  username: string | undefined
}

/**
 * Begins a log-in.
 *
 * @returns the operation's id
 * @throws AppError not-allowed-now while another log-in of the robot is under way
 */
export function beginLogin(db: Writing, changes: Changes, input: LoginInput): number {
  const robot = requireRobot(db, input.robotId)
  const waiting = db.get(
    `SELECT 1 FROM operations WHERE robot_id = ? AND kind = 'login' AND state = 'queued'`,
    input.robotId,
  )
  const underWay =
    waiting !== undefined || awaitingCallback(db, input.robotId, ['login']).some((row) => row.state !== 'unknown')
  if (underWay) throw new AppError('not-allowed-now', { state: 'logging-in' })
  const operationId = createOperation(db, changes, {
    kind: 'login',
    robotId: input.robotId,
    input: {
      method: input.method,
      username: input.username,
      before: {
        state: robot.state,
        reason: robot.state_reason,
        limits: JSON.parse(robot.limits) as Robot['limits'],
        since: robot.state_since,
      } satisfies Standing,
    },
    login: { step: 'requested', expiresAt: null },
  })
  setRobotState(db, changes, input.robotId, { state: 'logging-in', reason: '', limits: [], at: Date.now() })
  return operationId
}

/** After the call: the next step, or the end. */
export function noteLoginAnswer(db: Writing, changes: Changes, operationId: number, qr: QrCode | null): void {
  const row = operationRow(db, operationId)
  if (!row?.login) return
  if (row.state === 'failed') abandonLogin(db, changes, row, 'failed')
  if (row.state !== 'accepted') return
  const login = JSON.parse(row.login) as Login
  setLogin(db, changes, row, {
    ...login,
    ...(qr ? { step: 'scan', qr } : { step: login.step === 'requested' ? 'accepted' : login.step }),
    expiresAt: row.deadline_at,
  })
}
