/** Log-ins as operations: their beginning, and the step after the platform took the request. */
import { AppError } from '#shared/contract/errors.ts'
import type { Login } from '#shared/contract/entries/record.ts'
import type { LoginMethod } from '#shared/contract/entries/robots.ts'
import type { QrCode } from '../platform/qr.ts'
import type { Changes } from './changes.ts'
import type { Reading, Writing } from './database.ts'
import { abandonLogin } from './deadlines.ts'
import { awaitingCallback, createOperation, operationRow, setLogin } from './operations.ts'
import { noteLoggedOut, noteLoginBegun, takeRelogins } from './relogin.ts'
import { requireRobot, setRobotState, type KeptLimit, type Standing } from './robots.ts'

export interface LoginInput {
  robotId: number
  method: LoginMethod
  username?: string | undefined
  /** Begun by itself, after the robot dropped. */
  automatic?: boolean | undefined
}

const isUnderWay = (db: Reading, robotId: number): boolean =>
  db.get(`SELECT 1 FROM operations WHERE robot_id = ? AND kind = 'login' AND state = 'queued'`, robotId) !==
    undefined || awaitingCallback(db, robotId, ['login']).some((row) => row.state !== 'unknown')

/** Begins the log-ins of robots that dropped and are due. */
export function beginRelogins(db: Writing, changes: Changes, now: number): void {
  for (const robotId of takeRelogins(db, now)) {
    if (!isUnderWay(db, robotId)) beginLogin(db, changes, { robotId, method: 'cached', automatic: true })
    changes.robot(robotId)
  }
}

/**
 * Begins a log-in.
 *
 * @returns the operation's id
 * @throws AppError not-allowed-now while another log-in of the robot is under way
 */
export function beginLogin(db: Writing, changes: Changes, input: LoginInput): number {
  const robot = requireRobot(db, input.robotId)
  if (isUnderWay(db, input.robotId)) throw new AppError('not-allowed-now', { state: 'logging-in' })
  const operationId = createOperation(db, changes, {
    kind: 'login',
    robotId: input.robotId,
    input: {
      method: input.method,
      username: input.username,
      automatic: input.automatic,
      before: {
        state: robot.state,
        reason: robot.state_reason,
        limits: JSON.parse(robot.limits) as KeptLimit[],
        since: robot.state_since,
      } satisfies Standing,
    },
    login: { step: 'requested', expiresAt: null, method: input.method },
  })
  noteLoginBegun(db, input)
  const now = Date.now()
  setRobotState(db, changes, input.robotId, { state: 'logging-in', reason: '', limits: [], at: now, operationId })
  return operationId
}

/** Asks the platform to log a robot out: it is not logged in again by itself. @returns the operation's id */
export function beginLogout(db: Writing, changes: Changes, robotId: number): number {
  requireRobot(db, robotId)
  noteLoggedOut(db, robotId)
  return createOperation(db, changes, { kind: 'logout', robotId })
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

/** The log-in of a robot that waits for its end, where there is one. @returns its id */
export const loginUnderWay = (db: Reading, robotId: number): number | null =>
  awaitingCallback(db, robotId, ['login']).at(-1)?.id ?? null

/** The code that is to be typed on the phone, as the platform told it when it was asked. */
export function noteVerificationCode(db: Writing, changes: Changes, operationId: number, code: string): void {
  const row = operationRow(db, operationId)
  // It may have ended while the platform was asked.
  if (!row?.login || row.settled_at !== null) return
  setLogin(db, changes, row, { ...(JSON.parse(row.login) as Login), step: 'code', verificationCode: code })
}

/** The user name of a robot's last log-in that had one. */
export const lastUsername = (db: Reading, robotId: number): string | null =>
  db.get<{ name: string }>(
    `SELECT json_extract(input, '$.username') AS name FROM operations
     WHERE robot_id = ? AND kind = 'login' AND name IS NOT NULL ORDER BY id DESC LIMIT 1`,
    robotId,
  )?.name ?? null
