/**
 * The durable side of the outbox: what is written before anything is sent, claimed before it is tried, and
 * noted when the answer came (DESIGN §4). Each function runs in one transaction of the writer.
 */
import { AppError, type Failure } from '#shared/contract/errors.ts'
import type { Peer } from '#shared/contract/common.ts'
import type { OperationKind } from '#shared/contract/entries/record.ts'
import { callbacksOfSerial, waitingCallbacks } from './callbacks.ts'
import { insertCall, type CallRecord } from './calls.ts'
import { abandonLogin } from './deadlines.ts'
import { noteLoginAnswer } from './logins.ts'
import type { QrCode } from '../platform/qr.ts'
import type { Changes } from './changes.ts'
import { recountWaiting } from './conversation-care.ts'
import { ensureConversation, noteMessage } from './conversations.ts'
import { holdUnreachable } from './hold-notes.ts'
import type { Reading, Writing } from './database.ts'
import { laneOf, type Lane } from './lanes.ts'
import { insertMessage, messageRow } from './messages.ts'
import {
  createOperation,
  nextOperationId,
  operationRow,
  setDeadline,
  setOperationState,
  type OperationRow,
} from './operations.ts'
import {
  acceptParts,
  moveMessage,
  partRow,
  partsOf,
  requeueParts,
  setPartState,
  settleMessage,
  stopFollowing,
} from './parts.ts'
import { touchRobot } from './robots.ts'
import { uncount, type Claim } from './turns.ts'

export interface SendInput {
  robotId: number
  peer: Peer
  type: 'text' | 'image'
  content: string
  /** The pieces in which it goes out, in order; for a short text the text itself. */
  parts: string[]
  clientId?: string | undefined
  /** How long it waits at least, so that it can be called back. */
  delayMs?: number | undefined
}

/**
 * Writes a message and its operation. A clientId that the robot has seen answers as before.
 *
 * @throws AppError conflict when that clientId came with other content
 */
export function enqueueMessage(
  db: Writing,
  changes: Changes,
  input: SendInput,
): { messageId: number; operationId: number } {
  if (input.clientId !== undefined) {
    const before = sentAs(db, input.robotId, input.clientId)
    if (before) {
      const same =
        before.content === input.content &&
        before.type === input.type &&
        before.kind === input.peer.kind &&
        before.peer_id === input.peer.id
      if (!same) throw new AppError('conflict', { what: 'clientId' })
      return { messageId: before.id, operationId: before.first_operation_id }
    }
  }
  const now = Date.now()
  if (!touchRobot(db, input.robotId, { active: now })) throw new AppError('not-found', { what: 'robot' })
  const conversationId = ensureConversation(db, input.robotId, input.peer)
  const operationId = nextOperationId(db)
  const { type, content } = input
  const message = { direction: 'out', type, content, status: 'queued' } as const
  const written = { ...message, conversationId, operationId, sentAt: now, senderId: null, senderName: null }
  const messageId = insertMessage(db, { ...written, rawType: null, callbackId: null })
  createOperation(db, changes, {
    id: operationId,
    kind: 'send',
    robotId: input.robotId,
    peer: input.peer,
    messageId,
    ...(input.delayMs ? { notBefore: now + input.delayMs } : {}),
  })
  input.parts.forEach((content, position) => {
    db.run(
      `INSERT INTO parts (message_id, position, content, status) VALUES (?, ?, ?, 'queued')`,
      messageId,
      position,
      content,
    )
  })
  if (input.clientId !== undefined) {
    db.run(
      'INSERT INTO client_ids (robot_id, client_id, message_id) VALUES (?, ?, ?)',
      input.robotId,
      input.clientId,
      messageId,
    )
  }
  noteMessage(
    db,
    changes,
    { id: conversationId, robotId: input.robotId },
    { id: messageId, sentAt: now, theirs: false },
  )
  changes.message(messageId, 'added', {
    ...message,
    id: messageId,
    conversation_id: conversationId,
    sender_id: null,
    sender_name: null,
    known_name: null,
    raw_type: null,
    sent_at: now,
    error: null,
    operation_id: operationId,
    robot_id: input.robotId,
    kind: input.peer.kind,
    peer_id: input.peer.id,
  })
  return { messageId, operationId }
}

const sentAs = (db: Reading, robotId: number, clientId: string) =>
  db.get<{ id: number; content: string; type: string; kind: string; peer_id: string; first_operation_id: number }>(
    `SELECT m.id, m.content, m.type, c.kind, c.peer_id,
       (SELECT min(o.id) FROM operations o WHERE o.message_id = m.id) AS first_operation_id
     FROM client_ids i JOIN messages m ON m.id = i.message_id JOIN conversations c ON c.id = m.conversation_id
     WHERE i.robot_id = ? AND i.client_id = ?`,
    robotId,
    clientId,
  )

/** What came of a call, as far as the operation is concerned. */
export type CallOutcome =
  | { kind: 'accepted' }
  /** Certainly not carried out. */
  | { kind: 'failed'; failure: Failure }
  /** Nothing left this machine: it stays queued and is tried again. */
  | { kind: 'not-sent'; failure: Failure }
  /** Nobody knows whether it was carried out. */
  | { kind: 'unknown'; failure: Failure }

export interface CallResult {
  claim: Claim
  /** Null where no request could even be made. */
  call: CallRecord | null
  outcome: CallOutcome
  /** For operations that a callback settles: how long to wait, in milliseconds. */
  timeoutMs: number | null
  /** For a log-in: the QR code that the answer itself holds. */
  qr: QrCode | null
  /** For what was not sent: when it is tried again, milliseconds UTC. */
  retryAt?: number
  /** It was to be noted before, and the store refused: it may have written it all the same. */
  again?: boolean
}

/**
 * Notes what came of a call.
 *
 * @returns callbacks that came before this answer and can be understood now
 */
export function finishCall(db: Writing, changes: Changes, result: CallResult): number[] {
  const { claim, call, outcome } = result
  if (call && !(result.again && isNoted(db, call))) {
    const id = insertCall(db, call)
    // Its connection was removed while the answer was on its way: nothing is left that it could be noted on.
    if (id === null) return []
    changes.call(id)
  }
  if (claim.part) finishPart(db, changes, claim.robotId, claim.part, outcome)
  else finishOperation(db, changes, claim.operationId, outcome, result.timeoutMs)
  if (outcome.kind === 'not-sent') {
    uncount(db, changes, claim)
    const text = String(outcome.failure.params?.problem ?? '')
    holdUnreachable(db, changes, claim.robotId, claim.kind, { until: result.retryAt ?? null, text })
  }
  if (claim.kind === 'login') noteLoginAnswer(db, changes, claim.operationId, result.qr)
  const serialNo = call?.vcSerialNo
  return [
    ...(serialNo ? callbacksOfSerial(db, call.connectionId, serialNo) : []),
    ...waitingCallbacks(db, claim.robotId, 'awaiting-answer'),
  ]
}

/** Whether a call is in the record: no two of an operation begin in the same millisecond. */
const isNoted = (db: Reading, { operationId, partId, at }: CallRecord): boolean =>
  db.get('SELECT 1 FROM calls WHERE operation_id = ? AND part_id IS ? AND at = ?', operationId, partId, at) !==
  undefined

function finishPart(
  db: Writing,
  changes: Changes,
  robotId: number,
  { id, messageId }: NonNullable<Claim['part']>,
  outcome: CallOutcome,
): void {
  const parts = partsOf(db, messageId)
  const part = parts.find((one) => one.id === id)
  // An echo may have settled it before the answer came.
  if (part?.status !== 'sending') return
  switch (outcome.kind) {
    case 'accepted':
      setPartState(db, id, 'accepted')
      part.status = 'accepted'
      part.error = null
      changes.heardOf(robotId, 'out', Date.now())
      changes.robot(robotId)
      moveMessage(db, changes, messageId, parts, 'accepted')
      return
    case 'not-sent':
      db.run(
        `UPDATE parts SET status = 'queued', error = ?, sent_at = NULL WHERE id = ?`,
        JSON.stringify(outcome.failure),
        id,
      )
      break
    default:
      setPartState(db, id, outcome.kind, outcome.failure)
      stopFollowing(db, part)
  }
  settleMessage(db, changes, messageId)
}

/** Operations that the platform's acceptance itself completes (PROTOCOL §2: nothing in the document settles them). */
const doneWhenAccepted: readonly OperationKind[] = ['invite']

function finishOperation(
  db: Writing,
  changes: Changes,
  id: number,
  outcome: CallOutcome,
  timeoutMs: number | null,
): void {
  const row = operationRow(db, id)
  if (row?.state !== 'sending') return
  switch (outcome.kind) {
    case 'accepted':
      setOperationState(db, changes, id, doneWhenAccepted.includes(row.kind) ? 'done' : 'accepted')
      if (row.kind === 'invite' && row.peer_id !== null) {
        // Nobody tells who came in: the group is asked for.
        const input = { groupIds: [row.peer_id] }
        createOperation(db, changes, { kind: 'get-groups', robotId: row.robot_id, input })
      }
      if (timeoutMs !== null) setDeadline(db, id, Date.now() + timeoutMs)
      break
    case 'not-sent':
      setOperationState(db, changes, id, 'queued', outcome.failure)
      break
    default:
      setOperationState(db, changes, id, outcome.kind, outcome.failure)
      // A log-in in doubt is not waited for for ever: the robot comes up by then, or it failed.
      if (row.kind === 'login' && timeoutMs !== null) setDeadline(db, id, Date.now() + timeoutMs)
  }
}

/**
 * The operator decides about a message in doubt or failed.
 *
 * @throws AppError not-found, or not-allowed-now when there is nothing to decide
 */
export function settleByOperator(
  db: Writing,
  changes: Changes,
  messageId: number,
  as: 'arrived' | 'resend',
): { operationId?: number } {
  const message = messageRow(db, messageId)
  if (!message || message.direction !== 'out') throw new AppError('not-found', { what: 'message' })
  if (message.status !== 'unknown' && message.status !== 'failed') {
    throw new AppError('not-allowed-now', { state: message.status })
  }
  if (as === 'arrived') {
    acceptParts(db, messageId)
    settleMessage(db, changes, messageId)
    return {}
  }
  requeueParts(db, messageId)
  const operationId = createOperation(db, changes, {
    kind: 'send',
    robotId: message.robot_id,
    peer: { kind: message.kind, id: message.peer_id },
    messageId,
  })
  db.run('UPDATE messages SET operation_id = ? WHERE id = ?', operationId, messageId)
  settleMessage(db, changes, messageId)
  return { operationId }
}

/**
 * Takes an operation back while it waits in the outbox.
 *
 * @throws AppError not-found, or not-allowed-now when it has begun
 */
export function cancelOperation(db: Writing, changes: Changes, id: number): void {
  const row = operationRow(db, id)
  if (!row) throw new AppError('not-found', { what: 'operation' })
  const loginUnderWay = row.kind === 'login' && (row.state === 'accepted' || row.state === 'unknown')
  if (row.state !== 'queued' && !loginUnderWay) throw new AppError('not-allowed-now', { state: row.state })
  if (row.message_id === null) {
    setOperationState(db, changes, id, 'cancelled')
    if (row.kind === 'login') abandonLogin(db, changes, row, 'cancelled')
    return
  }
  if (row.late_at !== null) {
    changes.late = true
    changes.wakeRobot(row.robot_id, 'activity')
  }
  dropMessage(db, changes, row.message_id)
}

/** Takes back what of a message has not gone. */
export function dropMessage(db: Writing, changes: Changes, messageId: number): void {
  db.run(`UPDATE parts SET status = 'cancelled', error = NULL WHERE message_id = ? AND status = 'queued'`, messageId)
  settleMessage(db, changes, messageId)
  const message = messageRow(db, messageId)
  if (message?.status === 'cancelled') recountWaiting(db, changes, message.conversation_id)
}

export interface ReleaseInput {
  robotId: number
  lane: Lane
  /** What was carried out and is not noted yet. */
  except: Claim | null
}

/**
 * Puts what was claimed in a robot's lane and never begun back into its queue. What it took of the pace stays taken, so
 * that nothing goes too early.
 */
export function releaseClaims(db: Writing, changes: Changes, { robotId, lane, except }: ReleaseInput): void {
  const rows = db.all<OperationRow>(`SELECT * FROM operations WHERE robot_id = ? AND state = 'sending'`, robotId)
  for (const row of rows.filter(({ kind }) => laneOf(kind) === lane)) {
    if (row.message_id === null) {
      if (row.id !== except?.operationId) setOperationState(db, changes, row.id, 'queued')
      continue
    }
    const { changes: released } = db.run(
      `UPDATE parts SET status = 'queued', sent_at = NULL WHERE message_id = ? AND status = 'sending' AND id IS NOT ?`,
      row.message_id,
      except?.part?.id ?? null,
    )
    if (released > 0) settleMessage(db, changes, row.message_id)
  }
}

/**
 * After an end that was not clean: what was being sent is in doubt; what only asks is asked again.
 *
 * @returns robots that have something queued
 */
export function recoverOutbox(db: Writing, changes: Changes): number[] {
  const failure: Failure = { code: 'interrupted' }
  for (const { id } of db.all<{ id: number }>(`SELECT id FROM parts WHERE status = 'sending'`)) {
    const part = partRow(db, id)
    if (!part) continue
    setPartState(db, id, 'unknown', failure)
    stopFollowing(db, part)
    settleMessage(db, changes, part.message_id)
  }
  const begun = db.all<OperationRow>(`SELECT * FROM operations WHERE state = 'sending' AND kind <> 'send'`)
  for (const row of begun) {
    const asks = laneOf(row.kind) === 'requests' && row.kind !== 'login' && row.kind !== 'logout'
    setOperationState(db, changes, row.id, asks ? 'queued' : 'unknown', asks ? null : failure)
    if (row.kind === 'login') abandonLogin(db, changes, row, 'failed')
  }
  return robotsWithQueue(db)
}

/** Robots that have something in their outbox. */
export const robotsWithQueue = (db: Reading): number[] =>
  db
    .all<{ robot_id: number }>(`SELECT DISTINCT robot_id FROM operations WHERE state IN ('queued', 'sending')`)
    .map((row) => row.robot_id)
