/**
 * The pieces of outgoing messages: one call each. A message's status, and its operation's state, follow
 * from the statuses of its pieces.
 */
import { AppError, type Failure } from '#shared/contract/errors.ts'
import type { MessageStatus } from '#shared/contract/entries/conversations.ts'
import type { OperationState } from '#shared/contract/entries/record.ts'
import type { Changes } from './changes.ts'
import type { Reading, Writing } from './database.ts'
import { setMessageState } from './messages.ts'
import { setOperationState, writeOperationState } from './operations.ts'

export interface PartRow {
  id: number
  message_id: number
  position: number
  content: string
  status: MessageStatus
  error: string | null
  sent_at: number | null
  echoed_at: number | null
}

export const partsOf = (db: Reading, messageId: number): PartRow[] =>
  db.all<PartRow>('SELECT * FROM parts WHERE message_id = ? ORDER BY position', messageId)

export const partRow = (db: Reading, id: number): PartRow | undefined =>
  db.get<PartRow>('SELECT * FROM parts WHERE id = ?', id)

export const setPartState = (db: Writing, id: number, status: MessageStatus, error: Failure | null = null): void => {
  db.run('UPDATE parts SET status = ?, error = ? WHERE id = ?', status, error && JSON.stringify(error), id)
}

/** Worst first: a doubt outweighs a refusal, since it asks for a decision before anything else. */
const worstFirst: readonly OperationState[] = [
  'unknown',
  'failed',
  'sending',
  'queued',
  'cancelled',
  'accepted',
  'done',
]

/** The status of a message from those of its pieces: that of the worst. */
export function worstOf(statuses: readonly MessageStatus[]): OperationState {
  // Some pieces gone and some waiting: on its way, not waiting.
  const begun = statuses.some((status) => status === 'accepted' || status === 'done')
  const worst = worstFirst.find((status) => statuses.includes(status)) ?? 'done'
  return worst === 'queued' && begun ? 'sending' : worst
}

/** Brings a message and its operation in line with the pieces, after these changed. */
export function settleMessage(db: Writing, changes: Changes, messageId: number): void {
  const { status, error, operationId } = settle(db, messageId, partsOf(db, messageId))
  changes.message(messageId, 'changed')
  if (operationId !== null) setOperationState(db, changes, operationId, status, error)
}

/**
 * The same where a piece goes on as was to be expected: it is being sent from now on, or was accepted.
 *
 * @param parts all pieces as they are now
 */
export function moveMessage(
  db: Writing,
  changes: Changes,
  messageId: number,
  parts: readonly PartRow[],
  to: 'sending' | 'accepted',
): void {
  const { status, error, operationId } = settle(db, messageId, parts)
  if (operationId !== null) writeOperationState(db, operationId, status, error)
  if (to === 'sending' && operationId !== null) {
    changes.claim(messageId, operationId)
    return
  }
  // Beside another piece in doubt it is no better than before, but what asks for a decision is told in any case.
  changes.message(messageId, status === 'unknown' || status === 'failed' ? 'changed' : 'moved')
  if (operationId !== null) changes.operation(operationId)
}

/** Writes the status of a message as it follows from its pieces. */
function settle(
  db: Writing,
  messageId: number,
  parts: readonly PartRow[],
): { status: OperationState; error: Failure | null; operationId: number | null } {
  const status = worstOf(parts.map((part) => part.status))
  const worst = parts.find((part) => part.status === status && part.error !== null)
  const error = worst?.error ? (JSON.parse(worst.error) as Failure) : null
  setMessageState(db, messageId, status, error)
  const operation = db.get<{ operation_id: number | null }>('SELECT operation_id FROM messages WHERE id = ?', messageId)
  return { status, error, operationId: operation?.operation_id ?? null }
}

/** After a piece did not go, those behind it are not sent: a customer shall not get a text with a hole. */
export function stopFollowing(db: Writing, part: PartRow): void {
  const failure: Failure = { code: 'part-not-sent' }
  db.run(
    `UPDATE parts SET status = 'failed', error = ? WHERE message_id = ? AND position > ? AND status = 'queued'`,
    JSON.stringify(failure),
    part.message_id,
    part.position,
  )
}

/** Queues again whatever did not go, for another try. @throws AppError not-allowed-now when nothing is open */
export function requeueParts(db: Writing, messageId: number): void {
  const { changes } = db.run(
    `UPDATE parts SET status = 'queued', error = NULL WHERE message_id = ? AND status IN ('unknown', 'failed')`,
    messageId,
  )
  if (changes === 0) throw new AppError('not-allowed-now', { state: 'settled' })
}

/** The operator says that it arrived: of pieces in doubt only those, else all that failed. */
export function acceptParts(db: Writing, messageId: number): void {
  const from = db.get(`SELECT 1 FROM parts WHERE message_id = ? AND status = 'unknown'`, messageId)
    ? 'unknown'
    : 'failed'
  const { changes } = db.run(
    `UPDATE parts SET status = 'done', error = NULL WHERE message_id = ? AND status = ?`,
    messageId,
    from,
  )
  if (changes === 0) throw new AppError('not-allowed-now', { state: 'settled' })
}
