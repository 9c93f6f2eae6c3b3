/** Takes messages out of the history here; at the platform and with the customer they stay. */
import { AppError } from '#shared/contract/errors.ts'
import type { Changes } from './changes.ts'
import { recountWaiting } from './conversation-care.ts'
import type { Writing } from './database.ts'
import { messageRow, type MessageRow } from './messages.ts'

/**
 * Removes messages, and brings what is derived from them in line: last message, unread, who has the last word.
 *
 * @throws AppError not-found, or not-allowed-now while one waits in the outbox or is on its way
 */
export function removeMessages(db: Writing, changes: Changes, ids: readonly number[]): void {
  const rows = ids.map((id) => {
    const row = messageRow(db, id)
    if (!row) throw new AppError('not-found', { what: 'message' })
    if (row.status === 'queued' || row.status === 'sending') {
      throw new AppError('not-allowed-now', { state: row.status })
    }
    return row
  })
  const conversations = new Map<number, MessageRow[]>()
  for (const row of rows)
    conversations.set(row.conversation_id, [...(conversations.get(row.conversation_id) ?? []), row])
  for (const row of rows) {
    // Its operation stays in the record, and forgets what it was about.
    db.run('UPDATE operations SET message_id = NULL WHERE message_id = ?', row.id)
    db.run('DELETE FROM messages WHERE id = ?', row.id)
  }
  for (const [conversationId, removed] of conversations) {
    recount(db, conversationId)
    recountWaiting(db, changes, conversationId)
    const [first] = removed
    if (!first) continue
    changes.robot(first.robot_id)
    changes.removed.push({
      robotId: String(first.robot_id),
      peer: { kind: first.kind, id: first.peer_id },
      ids: removed.map(({ id }) => String(id)),
    })
  }
}

/** Last message and unread, from what is left. */
function recount(db: Writing, conversationId: number): void {
  db.run(
    `UPDATE conversations SET
       last_message_id = (SELECT id FROM messages WHERE conversation_id = @id ORDER BY sent_at DESC, id DESC LIMIT 1),
       last_at = coalesce((SELECT max(sent_at) FROM messages WHERE conversation_id = @id), last_at),
       unread = min(unread, (SELECT count(*) FROM messages
         WHERE conversation_id = @id AND direction = 'in' AND id > read_up_to))
     WHERE id = @id`,
    { id: conversationId },
  )
}
