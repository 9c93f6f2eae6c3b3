/** 1001 log-in, 1004 log-out, 1007 account state. */
import { accountStates } from '#shared/protocol/callbacks.ts'
import type { Failure } from '#shared/contract/errors.ts'
import type { Tolerance } from '#shared/contract/reading.ts'
import type { Robot } from '#shared/contract/entries/robots.ts'
import { awaitingCallback, type OperationRow } from '../../store/operations.ts'
import { learnAccountId, setRobotState, type KeptLimit } from '../../store/robots.ts'
import { Fields, isObject, tryParseJson, type Json } from '../../platform/json.ts'
import { dataObject } from '../read.ts'
import {
  applied,
  endLogin,
  operationFor,
  settleByResult,
  settleOperation,
  type Effect,
  type EffectContext,
} from './context.ts'

const setState = (
  context: EffectContext,
  state: Robot['state'],
  reason: string,
  limits: KeptLimit[],
  operationId: number | null,
): void => {
  setRobotState(context.db, context.changes, context.robot.id, {
    state,
    reason,
    limits,
    at: context.callback.at,
    callbackId: context.callback.id,
    operationId: operationId ?? undefined,
    stamp: context.read.stamp ?? undefined,
  })
}

/** @param problem what ended it, in the words of `problems.ts` */
const loginFailure = (problem: string, params: { reason: string; resultCode?: string }): Failure => ({
  code: 'login-failed',
  params: { problem, ...params },
})

export const login: Effect = (context) => {
  const { db, robot, read, success } = context
  const userId = dataObject(read.data, read.tolerances).text('userId', 'vcUserId')
  if (success && userId !== undefined) {
    learnAccountId(db, robot.id, userId)
    if (robot.account_user_id !== userId) context.changes.note('account-learned', userId)
    context.peopleLearned()
  }
  const row = operationFor(context, ['login'], success)
  const { resultCode, resultText } = read
  const reason = resultText || (resultCode ?? '')
  const failure = success ? null : loginFailure('login-result', { reason, resultCode: resultCode ?? '' })
  if (row) endLogin(context, row, failure)
  if (success) setState(context, 'online', '', [], row?.id ?? null)
  // Only a log-in that was under way takes the robot down: a late failure of an earlier one does not.
  else if (robot.state === 'logging-in' && row?.settled_at === null)
    setState(context, 'offline', read.resultText, [], row.id)
  return applied(row?.id ?? null)
}

export const logout: Effect = (context) => {
  const operationId = settleByResult(context, ['logout'])
  if (context.success) setState(context, 'offline', context.read.resultText, [], operationId)
  return applied(operationId)
}

function limits(value: Json | undefined, tolerances: Tolerance[]): KeptLimit[] {
  if (typeof value === 'string' && value !== '') tolerances.push('field-in-text')
  const list = typeof value === 'string' ? tryParseJson(value) : value
  return (Array.isArray(list) ? list : [list]).filter(isObject).map((object) => {
    const fields = new Fields(object)
    return { code: fields.text('risk_type_code') ?? '', text: fields.text('risk_type_desc') ?? '' }
  })
}

export const accountState: Effect = (context) => {
  const fields = dataObject(context.read.data, context.read.tolerances)
  const number = Number(fields.text('nstate', 'state'))
  if (!(number in accountStates)) return { state: 'quarantined', reason: 'unknown-state' }
  const state = accountStates[number as keyof typeof accountStates]
  const reason = fields.text('vcReason') ?? ''
  const operationId = settleByState(context, state, reason)
  setState(context, state, reason, limits(fields.get('functional_limits'), context.read.tolerances), operationId)
  return applied(operationId)
}

/** A robot that comes up finishes its log-in whatever serial number the news carries, unless it is another call's. */
function onlyLogin({ db, robot, call }: EffectContext): OperationRow | null {
  if (call) return null
  const waiting = awaitingCallback(db, robot.id, ['login'])
  return waiting.length === 1 ? (waiting[0] ?? null) : null
}

/** What an account state settles (PROTOCOL §2 and §4): a log-in, or a log-out. */
function settleByState(context: EffectContext, state: Robot['state'], reason: string): number | null {
  const up = state === 'online' || state === 'limited'
  const loginRow = operationFor(context, ['login'], up) ?? (up ? onlyLogin(context) : null)
  if (loginRow) {
    endLogin(context, loginRow, up ? null : loginFailure(`login-${state}`, { reason }))
    return loginRow.id
  }
  const logoutRow = state === 'offline' ? operationFor(context, ['logout'], true) : null
  if (logoutRow) settleOperation(context, logoutRow, null)
  return logoutRow?.id ?? null
}
