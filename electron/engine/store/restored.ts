/**
 * After a backup took the place of the data: whatever waits in its outbox may have gone out since it was made. So it
 * is put in doubt for the operator to decide, as after a lost answer; nothing of it is sent by itself. Nor is a message
 * for later whose time went by meanwhile.
 */
import type { Failure } from '#shared/contract/errors.ts'
import type { Changes } from './changes.ts'
import type { Writing } from './database.ts'
import { setOperationState } from './operations.ts'
import { settleMessage } from './parts.ts'
import { missScheduled } from './scheduled.ts'

export function doubtOutbox(db: Writing, changes: Changes): void {
  missScheduled(db, changes, Date.now())
  const failure: Failure = { code: 'restored' }
  const messages = db.all<{ message_id: number }>(
    `SELECT DISTINCT message_id FROM parts WHERE status IN ('queued', 'sending')`,
  )
  db.run(
    `UPDATE parts SET status = 'unknown', error = ? WHERE status IN ('queued', 'sending')`,
    JSON.stringify(failure),
  )
  for (const { message_id } of messages) settleMessage(db, changes, message_id)
  const others = db.all<{ id: number }>(
    `SELECT id FROM operations WHERE state IN ('queued', 'sending') AND kind <> 'send'`,
  )
  for (const { id } of others) setOperationState(db, changes, id, 'cancelled', failure)
}
