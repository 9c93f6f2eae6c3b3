/**
 * Reads kept callbacks and applies them, many in a transaction. Where an effect throws, all are done again, then
 * with a savepoint each: none is applied half, and one that fails takes no other with it.
 */
import type { Login } from '#shared/contract/entries/record.ts'
import { findLoginNews } from '../platform/login-news.ts'
import { findQr } from '../platform/qr.ts'
import {
  callbackNews,
  callbackRow,
  earlierWithKey,
  insertCallback,
  setCallbackOutcome,
  waitingCallbacks,
  type CallbackOutcome,
  type CallbackReading,
  type CallbackRow,
} from '../store/callbacks.ts'
import { callBySerial, type SerialCall } from '../store/calls.ts'
import type { Changes } from '../store/changes.ts'
import type { ConnectionRecord } from '../store/connections.ts'
import type { Writing } from '../store/database.ts'
import { anyLoginWaits, awaitingCallback, operationRow, setLogin } from '../store/operations.ts'
import { heardRobot, robotRow, touchRobot, type HeardRobot } from '../store/robots.ts'
import { effects, isKnownType } from './effects/index.ts'
import type { EffectContext, EffectOutcome } from './effects/context.ts'
import { hashOnly, isSuccess, readCallback, type ReadCallback } from './read.ts'
import { signatureFault } from './signature.ts'

export interface ApplyTools {
  readonly db: Writing & { savepoint<Result>(work: () => Result): Result; readonly inTransaction: boolean }
  /** The connection of a callback; looked up once, since it changes rarely. */
  connection(id: number): ConnectionRecord | undefined
  /** Whether the record holds callbacks whose keys are the hash alone. */
  readonly oldKeys: boolean
  /** An effect threw: the callback is kept, marked, and can be read again. */
  failed(callbackId: number, error: unknown): void
}

/** A callback to apply: its id, or its row as it was just kept and nobody has touched it since. */
export type ToApply = number | CallbackRow

const idOf = (one: ToApply): number => (typeof one === 'number' ? one : one.id)

/** In which way callbacks are applied. */
export interface ApplyHow {
  /** A savepoint for each, so that one that fails is marked and leaves the others alone. */
  apart?: boolean
  /** Rows are not in the record yet: each is written once, with its outcome. */
  arriving?: boolean
  /** Asked after each: whether to leave the rest for later. */
  pause?(): boolean
}

/** What is looked up once for many callbacks. */
interface Batch {
  readonly tools: ApplyTools
  readonly changes: Changes
  readonly how: ApplyHow
  /** Whether any log-in waits: effects settle log-ins, but begin none. */
  readonly loginWaits: boolean
}

/**
 * Applies callbacks, and after each one those that can be understood by it. Must run inside a transaction.
 *
 * @returns how many of them were applied
 * @throws whatever an effect throws, unless apart; then only what ended the transaction
 */
export function applyCallbacks(tools: ApplyTools, changes: Changes, all: Iterable<ToApply>, how: ApplyHow): number {
  const batch: Batch = { tools, changes, how, loginWaits: anyLoginWaits(tools.db) }
  const done = new Set<number>()
  const applyWithOthers = (one: ToApply): void => {
    done.add(idOf(one))
    for (const other of applyOne(batch, one)) if (!done.has(other)) applyWithOthers(other)
  }
  let count = 0
  for (const one of all) {
    applyWithOthers(one)
    count += 1
    if (how.pause?.()) break
  }
  for (const [robotId, heard] of changes.heard) touchRobot(tools.db, robotId, heard)
  changes.heard.clear()
  return count
}

/** Whether reading it once more adds nothing: of what is applied, only what came before its call is known can gain by that. */
const isDone = ({ state, serial_no: serialNo, operation_id: operationId }: CallbackRow): boolean =>
  state === 'repeat' || (state === 'applied' && (serialNo === null || operationId !== null))

/** @returns callbacks that can be understood now */
function applyOne(batch: Batch, one: ToApply): number[] {
  const { tools, changes } = batch
  const fresh = typeof one !== 'number'
  const row = fresh ? one : callbackRow(tools.db, one)
  if (!row || isDone(row)) return []
  const again: number[] = []
  const outcome = batch.how.apart ? applyApart(batch, row, fresh, again) : applyNoting(batch, row, fresh, again)
  if (fresh && batch.how.arriving) insertCallback(tools.db, row, outcome)
  else setCallbackOutcome(tools.db, row.id, outcome)
  changes.callback(row.id, callbackNews(row, outcome))
  if (outcome.operationId !== null) changes.operation(outcome.operationId)
  return again.filter((other) => other !== row.id)
}

/** What a callback changed when it was read before: a second reading adds to it. */
const earlierEffects = (row: CallbackRow): CallbackReading['effects'] =>
  row.reading === null ? [] : (JSON.parse(row.reading) as CallbackReading).effects

const hasEchoed = (row: CallbackRow): boolean => earlierEffects(row).some(({ what }) => what === 'message-echoed')

/** Applies, and notes with the outcome what it changed. */
function applyNoting(batch: Batch, row: CallbackRow, fresh: boolean, again: number[]): CallbackOutcome {
  batch.changes.beginEffects()
  const outcome = readAndApply(batch, row, fresh, again)
  const effects = batch.changes.endEffects()
  if (outcome.reading) outcome.reading.effects = [...earlierEffects(row), ...effects]
  return outcome
}

function applyApart(batch: Batch, row: CallbackRow, fresh: boolean, again: number[]): CallbackOutcome {
  const { db, failed } = batch.tools
  try {
    return db.savepoint(() => applyNoting(batch, row, fresh, again))
  } catch (error) {
    batch.changes.endEffects()
    // The whole transaction is gone (a full disk): nothing may be marked, all stays pending.
    if (!db.inTransaction) throw error
    failed(row.id, error)
    const { type, robot_id, serial_no, operation_id, key } = row
    return {
      state: 'failed',
      reason: 'effect-failed',
      type,
      robotId: robot_id,
      serialNo: serial_no,
      operationId: operation_id,
      key,
      reading: row.reading === null ? null : (JSON.parse(row.reading) as CallbackReading),
    }
  }
}

function readAndApply(batch: Batch, row: CallbackRow, fresh: boolean, again: number[]): CallbackOutcome {
  const { tools, changes } = batch
  const connection = tools.connection(row.connection_id)
  const read = connection && readCallback(connection.id, row.raw.toString('utf8'), connection.timeZone)
  if (!connection || !read) return outcomeOf(row, null, null, { state: 'quarantined', reason: 'unreadable-body' })
  const { db } = tools
  const fault = connection.advanced.checkSignature
    ? signatureFault(row.raw.toString('utf8'), connection.platformPublicKeyPem)
    : null
  if (fault !== null) {
    // Without its key: a forgery that came first must not make a repeat of what it imitates.
    return { ...outcomeOf(row, read, null, { state: 'quarantined', reason: fault }), key: null }
  }
  if (isRepeat(tools, read, row.id)) return outcomeOf(row, read, null, { state: 'repeat', reason: null })
  const quarantine = (reason: string, robot: HeardRobot | null = null): CallbackOutcome =>
    outcomeOf(row, read, robot, { state: 'quarantined', reason })
  const merchants = [connection.merchantNo, connection.advanced.merchantId]
  if (read.merchantNo !== null && !merchants.includes(read.merchantNo)) return quarantine('unknown-merchant')
  const call = read.serialNo === null ? undefined : callBySerial(db, connection.id, read.serialNo)
  if (read.merchantNo === null) read.tolerances.push('merchant-missing')
  const robot = robotFor(db, connection.id, read, call)
  if (!robot) return quarantine('unknown-robot')
  if (read.robotSerialNo === null) read.tolerances.push('robot-by-serial')
  const context: EffectContext = {
    db,
    changes,
    connection,
    robot,
    callback: { id: row.id, at: row.at, fresh, echoed: hasEchoed(row) },
    read,
    call,
    success: isSuccess(read.resultCode, connection.advanced.successCodes),
    peopleLearned: () => again.push(...waitingCallbacks(db, robot.id, 'undecided-author')),
  }
  const isForeign = read.type === null || !isKnownType(read.type)
  const ofLogin = batch.loginWaits ? takeLoginNews(context, isForeign) : null
  if (read.type === null || !isKnownType(read.type)) {
    return ofLogin === null
      ? quarantine('unknown-type', robot)
      : outcomeOf(row, read, robot, { state: 'applied', operationId: ofLogin })
  }
  return outcomeOf(row, read, robot, effects[read.type](context))
}

const isRepeat = ({ db, oldKeys }: ApplyTools, { key }: ReadCallback, id: number): boolean =>
  earlierWithKey(db, key, id) !== null || (oldKeys && earlierWithKey(db, hashOnly(key), id) !== null)

/** The robot that a callback names; where it names none, that of the call whose serial number it carries. */
function robotFor(
  db: Writing,
  connectionId: number,
  read: ReadCallback,
  call: SerialCall | undefined,
): HeardRobot | undefined {
  if (read.robotSerialNo !== null) return heardRobot(db, connectionId, read.robotSerialNo)
  const operation = call?.operationId ? operationRow(db, call.operationId) : undefined
  return operation && robotRow(db, operation.robot_id)
}

/**
 * A QR code for a log-in may come in a callback of any type (PROTOCOL §4); that it was scanned, and the code to
 * type on the phone, in one that the document does not describe.
 *
 * @returns the log-in's id
 */
function takeLoginNews({ db, changes, connection, robot, read, call }: EffectContext, isForeign: boolean) {
  const waiting = awaitingCallback(db, robot.id, ['login'])
  const row = call?.operationId
    ? waiting.find((candidate) => candidate.id === call.operationId)
    : waiting.length === 1
      ? waiting[0]
      : undefined
  if (!row) return null
  const { data: _data, ...beside } = Object.fromEntries(read.top.entries())
  const qr = findQr(read.data, connection.advanced.qrPath, beside)
  const news = qr ? { step: 'scan' as const, qr } : isForeign ? findLoginNews(read.data) : null
  if (!news) return null
  const login: Login = row.login ? (JSON.parse(row.login) as Login) : { step: 'accepted', expiresAt: null }
  // News may overtake each other: a code that is to be typed stays on the screen.
  if (news.step === 'scanned' && login.step === 'code') return row.id
  setLogin(db, changes, row, { ...login, ...news })
  changes.note('login-code', row.id)
  return row.id
}

const outcomeOf = (
  row: CallbackRow,
  read: ReadCallback | null,
  robot: HeardRobot | null,
  outcome: EffectOutcome | { state: 'repeat'; reason: null },
): CallbackOutcome => ({
  state: outcome.state,
  reason: outcome.reason ?? null,
  type: read?.type == null ? null : String(read.type),
  robotId: robot?.id ?? row.robot_id,
  serialNo: read?.serialNo ?? null,
  operationId: ('operationId' in outcome ? outcome.operationId : null) ?? row.operation_id,
  key: read?.key ?? null,
  reading: read && { tolerances: [...new Set(read.tolerances)], effects: [] },
})
