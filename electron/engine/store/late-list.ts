/** Replies that are held back, for the screen: how many, which, and what the operator decides. */
import type { Page, Peer } from '#shared/contract/common.ts'
import type { LateMessage, LateSummary } from '#shared/contract/entries/late.ts'
import type { Changes } from './changes.ts'
import { peerNames } from './conversations.ts'
import type { Reading, Writing } from './database.ts'
import type { OperationRow } from './operations.ts'
import { dropMessage } from './outbox.ts'
import { numbersBefore, pageOf, rowLimit, type Paging } from './paging.ts'

/** Whose: those of one conversation, of one robot, or all. */
export interface LateWhich {
  robotId?: number | undefined
  peer?: Peer | undefined
}

/** In the words of the index `operations_late`. */
const held = `late_at IS NOT NULL AND state IN ('queued', 'sending')`

function narrowed({ robotId, peer }: LateWhich): { where: string; values: Record<string, string | number> } {
  return {
    where: [
      held,
      ...(robotId === undefined ? [] : ['robot_id = @robotId']),
      ...(peer ? ['peer_kind = @kind', 'peer_id = @peer'] : []),
    ].join(' AND '),
    values: { ...(robotId === undefined ? {} : { robotId }), ...(peer ? { kind: peer.kind, peer: peer.id } : {}) },
  }
}

export function lateSummary(db: Reading, which: LateWhich = {}): LateSummary {
  const { where, values } = narrowed(which)
  const row = db.get<{ messages: number; conversations: number; oldest: number | null }>(
    `SELECT count(*) AS messages, count(DISTINCT robot_id || ' ' || peer_kind || ' ' || peer_id) AS conversations,
       min(created_at) AS oldest FROM operations INDEXED BY operations_late WHERE ${where}`,
    values,
  )
  return { messages: row?.messages ?? 0, conversations: row?.conversations ?? 0, oldestAt: row?.oldest ?? null }
}

type LateRow = OperationRow & {
  type: 'text' | 'image'
  content: string
  sent_at: number
  conversation_id: number
  late_at: number
}

/** Oldest first. */
export function listLate(db: Reading, query: Paging & LateWhich): Page<LateMessage> {
  const { where, values } = narrowed(query)
  const rows = db.all<LateRow>(
    `SELECT o.*, m.type, m.content, m.sent_at, m.conversation_id FROM operations o JOIN messages m ON m.id = o.message_id
     WHERE o.id IN (SELECT id FROM operations INDEXED BY operations_late WHERE ${where}
       AND id > @after ORDER BY id LIMIT @limit)
     ORDER BY o.id`,
    { ...values, after: numbersBefore(query.cursor, [0])[0], limit: rowLimit(query) },
  )
  const nameOf = peerNames(db)
  return pageOf(
    rows,
    query,
    (row) => [row.id],
    (row) => ({
      messageId: String(row.message_id),
      robotId: String(row.robot_id),
      peer: { kind: row.peer_kind ?? 'friend', id: row.peer_id ?? '', name: nameOf(row.conversation_id) },
      type: row.type,
      content: row.content,
      sentAt: row.sent_at,
      heldAt: row.late_at,
    }),
  )
}

export interface LateDecision extends LateWhich {
  as: 'send' | 'drop'
  messageIds?: readonly number[] | undefined
  /** Only what stood in the outbox then: what is held back meanwhile is another question. */
  upTo: number
  /** How many at most: the rest is another transaction. */
  limit: number
}

/** Sends or drops what is held back, oldest first. @returns how many */
export function settleLate(db: Writing, changes: Changes, decision: LateDecision): number {
  const { as, messageIds, upTo, limit } = decision
  const { where, values } = narrowed(decision)
  const rows = db.all<OperationRow>(
    `SELECT * FROM operations INDEXED BY operations_late WHERE ${where} AND id <= @upTo
       ${messageIds ? 'AND message_id IN (SELECT value FROM json_each(@messages))' : ''} ORDER BY id LIMIT @limit`,
    { ...values, upTo, limit, ...(messageIds ? { messages: JSON.stringify(messageIds) } : {}) },
  )
  for (const { id, message_id, robot_id } of rows) {
    if (as === 'send') {
      // From here on it waits anew.
      db.run('UPDATE operations SET late_at = NULL, queued_at = NULL WHERE id = ?', id)
      changes.operation(id)
      if (message_id !== null) changes.message(message_id, 'changed')
    } else if (message_id !== null) dropMessage(db, changes, message_id)
    changes.robot(robot_id)
    // What stood behind it in its conversation may go, too.
    changes.wakeRobot(robot_id, 'activity')
  }
  if (rows.length > 0) changes.late = true
  return rows.length
}

/** The newest operation: the end of what a decision can be about. */
export const newestOperation = (db: Reading): number =>
  db.get<{ id: number | null }>('SELECT max(id) AS id FROM operations')?.id ?? 0
