/** What an effect gets and gives. Effects run in the writer thread, inside one transaction a callback. */
import type { Failure } from '#shared/contract/errors.ts'
import type { CallbackState, OperationKind } from '#shared/contract/entries/record.ts'
import type { SerialCall } from '../../store/calls.ts'
import type { Changes } from '../../store/changes.ts'
import type { ConnectionRecord } from '../../store/connections.ts'
import type { Writing } from '../../store/database.ts'
import {
  awaitingCallback,
  operationRow,
  setLogin,
  setOperationState,
  type OperationRow,
} from '../../store/operations.ts'
import type { HeardRobot } from '../../store/robots.ts'
import type { ReadCallback } from '../read.ts'
import type { Login } from '#shared/contract/entries/record.ts'

export interface EffectContext {
  readonly db: Writing
  readonly changes: Changes
  readonly connection: ConnectionRecord
  readonly robot: HeardRobot
  readonly callback: {
    readonly id: number
    readonly at: number
    /** Nobody has read it before. */
    readonly fresh: boolean
    /** It was read before, and landed on a message of ours. */
    readonly echoed: boolean
  }
  readonly read: ReadCallback
  /** The call whose serial number the callback carries, once its answer is known. */
  readonly call: SerialCall | undefined
  /** Whether the result code means success (PROTOCOL §4); decides about the operation, not about the effect. */
  readonly success: boolean
  /** More is known of the robot's people now: callbacks that waited for that are read again. */
  peopleLearned(): void
}

export interface EffectOutcome {
  state: CallbackState
  reason?: string
  operationId?: number | null
}

export type Effect = (context: EffectContext) => EffectOutcome

export const applied = (operationId: number | null = null): EffectOutcome => ({ state: 'applied', operationId })

/**
 * The operation that a callback settles: that of its serial number; without a serial number the only one of
 * its kind that waits for this robot, and then only for good news (PROTOCOL §2).
 */
export function operationFor(
  context: EffectContext,
  kinds: readonly OperationKind[],
  success: boolean,
): OperationRow | null {
  const { db, call, read, robot } = context
  if (call?.operationId) {
    const row = operationRow(db, call.operationId)
    return row && kinds.includes(row.kind) ? row : null
  }
  if (read.serialNo !== null || !success) return null
  const waiting = awaitingCallback(db, robot.id, kinds)
  const [only] = waiting
  if (waiting.length !== 1 || !only) return null
  read.tolerances.push('operation-by-kind')
  return only
}

/** Settles an operation. What is done stays done, what was cancelled stays cancelled; a late success mends a failure. */
export function settleOperation(context: EffectContext, row: OperationRow, failure: Failure | null): void {
  if (row.state === 'done' || row.state === 'cancelled') return
  setOperationState(context.db, context.changes, row.id, failure ? 'failed' : 'done', failure)
}

/** Settles the operation of one of the kinds by the callback's result code. @returns its id, for the record */
export function settleByResult(context: EffectContext, kinds: readonly OperationKind[]): number | null {
  const row = operationFor(context, kinds, context.success)
  if (!row) return null
  settleOperation(context, row, context.success ? null : resultFailure(context))
  return row.id
}

/** The failure that a result code reports, with the platform's words or else the code. */
const resultFailure = (context: EffectContext): Failure => ({
  code: 'result-failed',
  params: { reason: context.read.resultText || (context.read.resultCode ?? '') },
})

/** Ends a log-in, both its operation and its steps. */
export function endLogin(context: EffectContext, row: OperationRow, failure: Failure | null): void {
  if (row.state === 'done' || row.state === 'cancelled') return
  settleOperation(context, row, failure)
  const login = row.login ? (JSON.parse(row.login) as Login) : { expiresAt: null }
  setLogin(context.db, context.changes, row, { ...login, step: failure ? 'failed' : 'online' })
}

/** When the call was made that a list answers; for a list of somebody else's, when its first piece came. */
export const askedAt = (context: EffectContext, firstArrival: number | null): number =>
  context.call?.at ?? firstArrival ?? context.callback.at
