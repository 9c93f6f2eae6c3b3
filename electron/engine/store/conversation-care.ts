/** What the operator notes of conversations, and what follows from it: unread, answered, resolved, followed up. */
import type { Peer } from '#shared/contract/common.ts'
import type { Changes } from './changes.ts'
import { ensureConversation, readConversation } from './conversations.ts'
import type { Reading, Writing } from './database.ts'
import { requireRobot } from './robots.ts'
import { setTags } from './tags.ts'

export interface CareInput {
  robotId: number
  peer: Peer
  pinned?: boolean | undefined
  muted?: boolean | undefined
  hidden?: boolean | undefined
  markedUnread?: boolean | undefined
  resolved?: boolean | undefined
  /** Milliseconds UTC; null ends the follow-up. */
  followUpAt?: number | null | undefined
  tagIds?: number[] | undefined
  draft?: string | undefined
  note?: string | undefined
}

/** Changes what is given. @throws AppError not-found for the robot or a tag */
export function updateConversation(db: Writing, changes: Changes, input: CareInput): void {
  requireRobot(db, input.robotId)
  const id = ensureConversation(db, input.robotId, input.peer)
  const set = (column: string, value: string | number | null): void => {
    db.run(`UPDATE conversations SET ${column} = ? WHERE id = ?`, value, id)
  }
  const now = Date.now()
  if (input.pinned !== undefined) set('pinned', Number(input.pinned))
  if (input.muted !== undefined) set('muted', Number(input.muted))
  if (input.hidden !== undefined) set('hidden', Number(input.hidden))
  if (input.resolved === true) resolve(db, changes, input, id, now)
  if (input.resolved === false) set('resolved_at', null)
  if (input.markedUnread !== undefined) set('marked_unread', Number(input.markedUnread))
  if (input.followUpAt !== undefined) {
    set('follow_up_at', input.followUpAt)
    // One that is due at once needs not come back: it is being looked at.
    set('follow_up_raised', Number(input.followUpAt !== null && input.followUpAt <= now))
    if (input.followUpAt !== null) set('resolved_at', null)
  }
  if (input.tagIds) setTags(db, changes, id, input.tagIds)
  if (input.draft !== undefined) set('draft', input.draft)
  if (input.note !== undefined) set('note', input.note)
  changes.conversation(id)
  changes.robot(input.robotId)
}

/** What is done with many conversations at once; tags are put on or taken off beside those that are there. */
export interface ManyCareInput extends Pick<
  CareInput,
  'pinned' | 'muted' | 'hidden' | 'markedUnread' | 'resolved' | 'followUpAt'
> {
  places: readonly { robotId: number; peer: Peer }[]
  read?: true | undefined
  addTagIds?: readonly number[] | undefined
  removeTagIds?: readonly number[] | undefined
}

/** Changes all or, where one cannot be changed, none. @throws AppError not-found for a robot or a tag */
export function updateConversations(db: Writing, changes: Changes, input: ManyCareInput): void {
  const { places, read, addTagIds = [], removeTagIds = [], ...care } = input
  for (const { robotId, peer } of places) {
    if (read) readConversation(db, changes, robotId, peer)
    const retags = addTagIds.length + removeTagIds.length > 0
    const kept = retags ? tagIdsOf(db, robotId, peer).filter((id) => !removeTagIds.includes(id)) : []
    updateConversation(db, changes, { ...care, robotId, peer, tagIds: retags ? [...kept, ...addTagIds] : undefined })
  }
}

function tagIdsOf(db: Reading, robotId: number, peer: Peer): number[] {
  return db
    .all<{ id: number }>(
      `SELECT t.tag_id AS id FROM conversation_tags t JOIN conversations c ON c.id = t.conversation_id
       WHERE c.robot_id = ? AND c.kind = ? AND c.peer_id = ?`,
      robotId,
      peer.kind,
      peer.id,
    )
    .map((row) => row.id)
}

function resolve(db: Writing, changes: Changes, key: { robotId: number; peer: Peer }, id: number, now: number): void {
  readConversation(db, changes, key.robotId, key.peer)
  db.run(
    `UPDATE conversations SET resolved_at = ?, waiting_since = NULL, follow_up_at = NULL, follow_up_raised = 0
     WHERE id = ?`,
    now,
    id,
  )
}

/** When the next follow-up is to come back; null where none waits. */
export const nextFollowUp = (db: Reading): number | null =>
  db.get<{ at: number }>(
    `SELECT follow_up_at AS at FROM conversations WHERE follow_up_at IS NOT NULL AND follow_up_raised = 0
     ORDER BY follow_up_at LIMIT 1`,
  )?.at ?? null

/** Brings back the conversations whose time has come: unread, whatever was read. */
export function raiseFollowUps(db: Writing, changes: Changes, now: number): void {
  const due = db.all<{ id: number; robot_id: number }>(
    'SELECT id, robot_id FROM conversations WHERE follow_up_at <= ? AND follow_up_raised = 0',
    now,
  )
  for (const { id, robot_id: robotId } of due) {
    db.run('UPDATE conversations SET follow_up_raised = 1, marked_unread = 1 WHERE id = ?', id)
    changes.conversation(id)
    changes.robot(robotId)
  }
}

/**
 * Finds out anew whether the last word is theirs, after a message of ours was taken back: it answers nothing.
 */
export function recountWaiting(db: Writing, changes: Changes, conversationId: number): void {
  db.run(
    `UPDATE conversations SET waiting_since = (
       SELECT min(m.sent_at) FROM messages m WHERE m.conversation_id = @id AND m.direction = 'in'
         AND m.sent_at > coalesce((SELECT max(o.sent_at) FROM messages o WHERE o.conversation_id = @id
           AND o.direction = 'out' AND o.status <> 'cancelled'), 0))
     WHERE id = @id AND resolved_at IS NULL`,
    { id: conversationId },
  )
  changes.conversation(conversationId)
}
