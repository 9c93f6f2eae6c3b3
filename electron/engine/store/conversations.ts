/** Conversations: one robot with one friend or group, with its last message and unread count kept beside it. */
import type { Page, Peer, PeerKind } from '#shared/contract/common.ts'
import type { Conversation } from '#shared/contract/entries/conversations.ts'
import type { Locale } from '#shared/contract/errors.ts'
import type { Changes } from './changes.ts'
import type { Reading, Writing } from './database.ts'
import { messageItem, messagesById, type MessageRow } from './messages.ts'
import { timeAndIdBefore, likePattern, pageOf, rowLimit, type Paging } from './paging.ts'

export interface ConversationRow {
  id: number
  robot_id: number
  kind: PeerKind
  peer_id: string
  last_message_id: number | null
  last_at: number | null
  unread: number
  read_up_to: number
  pinned: number
  muted: number
}

type NamedRow = ConversationRow & { peer_name: string }

/** The peer's name as the operator knows it: remark, else name, else number. */
const named = `
  SELECT c.*, coalesce(CASE c.kind
    WHEN 'friend' THEN (SELECT coalesce(nullif(f.remark, ''), nullif(f.name, '')) FROM friends f
      WHERE f.robot_id = c.robot_id AND f.user_id = c.peer_id)
    ELSE (SELECT nullif(g.name, '') FROM groups g WHERE g.robot_id = c.robot_id AND g.group_id = c.peer_id)
  END, c.peer_id) AS peer_name
  FROM conversations c`

/** Whether a conversation's friend or group is found by what the operator typed. */
const foundByPattern = `(c.peer_id LIKE @pattern ESCAPE '\\'
  OR c.kind = 'friend' AND EXISTS (SELECT 1 FROM friends f WHERE f.robot_id = c.robot_id AND f.user_id = c.peer_id
    AND (f.remark LIKE @pattern ESCAPE '\\' OR f.name LIKE @pattern ESCAPE '\\' OR f.phone LIKE @pattern ESCAPE '\\'))
  OR c.kind = 'group' AND EXISTS (SELECT 1 FROM groups g WHERE g.robot_id = c.robot_id AND g.group_id = c.peer_id
    AND g.name LIKE @pattern ESCAPE '\\'))`

function items(db: Reading, rows: NamedRow[], locale: Locale): Conversation[] {
  const ids = rows.flatMap((row) => row.last_message_id ?? [])
  const messages = messagesById(db, ids)
  return rows.map((row) => item(db, row, messages.get(row.last_message_id ?? 0), locale))
}

const item = (db: Reading, row: NamedRow, last: MessageRow | undefined, locale: Locale): Conversation => ({
  robotId: String(row.robot_id),
  peer: { kind: row.kind, id: row.peer_id, name: row.peer_name },
  unread: row.unread,
  lastMessage: last ? messageItem(db, last, locale) : null,
  pinned: row.pinned === 1,
  muted: row.muted === 1,
  readUpTo: row.read_up_to > 0 ? String(row.read_up_to) : null,
  lastAt: row.last_at,
})

export interface ConversationQuery extends Paging {
  robotId?: number | undefined
  unreadOnly?: boolean | undefined
  query?: string | undefined
}

/** Conversations that have messages, newest first. */
export function listConversations(db: Reading, query: ConversationQuery, locale: Locale): Page<Conversation> {
  const conditions = ['c.last_at IS NOT NULL', '(c.last_at, c.id) < (@at, @id)']
  if (query.robotId !== undefined) conditions.push('c.robot_id = @robotId')
  if (query.unreadOnly) conditions.push('c.unread > 0')
  const pattern = query.query?.trim() ? likePattern(query.query.trim()) : ''
  if (pattern) conditions.push(foundByPattern)
  const rows = db.all<NamedRow>(
    `${named} WHERE ${conditions.join(' AND ')} ORDER BY c.last_at DESC, c.id DESC LIMIT @limit`,
    {
      ...timeAndIdBefore(query.cursor),
      limit: rowLimit(query),
      ...(query.robotId === undefined ? {} : { robotId: query.robotId }),
      ...(pattern ? { pattern } : {}),
    },
  )
  const page = pageOf(
    rows,
    query,
    (row) => [row.last_at ?? 0, row.id],
    (row) => row,
  )
  return { items: items(db, page.items, locale), nextCursor: page.nextCursor }
}

export const findConversation = (db: Reading, robotId: number, peer: Peer): ConversationRow | undefined =>
  db.get<ConversationRow>(
    'SELECT * FROM conversations WHERE robot_id = ? AND kind = ? AND peer_id = ?',
    robotId,
    peer.kind,
    peer.id,
  )

export function conversationItem(db: Reading, id: number, locale: Locale): Conversation | undefined {
  const row = db.get<NamedRow>(`${named} WHERE c.id = ?`, id)
  return row && items(db, [row], locale)[0]
}

/** The conversation with a peer; one that has no messages yet is given as it would look. */
export function conversationWith(db: Reading, robotId: number, peer: Peer, locale: Locale): Conversation {
  const row = findConversation(db, robotId, peer)
  const present = row && conversationItem(db, row.id, locale)
  if (present) return present
  const name = db.get<{ name: string }>(
    peer.kind === 'friend'
      ? `SELECT coalesce(nullif(remark, ''), nullif(name, '')) AS name FROM friends WHERE robot_id = ? AND user_id = ?`
      : `SELECT nullif(name, '') AS name FROM groups WHERE robot_id = ? AND group_id = ?`,
    robotId,
    peer.id,
  )
  return {
    robotId: String(robotId),
    peer: { ...peer, name: name?.name ?? peer.id },
    unread: 0,
    lastMessage: null,
    pinned: false,
    muted: false,
    readUpTo: null,
    lastAt: null,
  }
}

/** @returns the conversation's id, made if there was none */
export function ensureConversation(db: Writing, robotId: number, peer: Peer): number {
  const present = db.get<{ id: number }>(
    'SELECT id FROM conversations WHERE robot_id = ? AND kind = ? AND peer_id = ?',
    robotId,
    peer.kind,
    peer.id,
  )
  if (present) return present.id
  return db.run('INSERT INTO conversations (robot_id, kind, peer_id) VALUES (?, ?, ?)', robotId, peer.kind, peer.id).id
}

/** Reads everything that is there: unread becomes 0, also if messages with an older time come later as new ones. */
export function readConversation(db: Writing, changes: Changes, robotId: number, peer: Peer): void {
  const row = findConversation(db, robotId, peer)
  if (!row || row.unread === 0) return
  db.run(
    `UPDATE conversations SET unread = 0,
       read_up_to = max(read_up_to, coalesce((SELECT max(id) FROM messages WHERE conversation_id = conversations.id), 0))
     WHERE id = ?`,
    row.id,
  )
  changes.conversation(row.id)
  changes.robot(robotId)
}

/** Keeps last message and unread true after a message was added. */
export function noteMessage(
  db: Writing,
  changes: Changes,
  conversation: { id: number; robotId: number },
  message: { id: number; sentAt: number; unread: boolean },
): void {
  db.run(
    `UPDATE conversations SET
       last_message_id = CASE WHEN last_at IS NULL OR last_at <= @at THEN @message ELSE last_message_id END,
       last_at = max(coalesce(last_at, @at), @at), unread = unread + @unread
     WHERE id = @id`,
    { id: conversation.id, message: message.id, at: message.sentAt, unread: message.unread ? 1 : 0 },
  )
  changes.conversation(conversation.id)
  changes.robot(conversation.robotId)
}
