/** Conversations: one robot with one friend or group, with its last message and unread count kept beside it. */
import type { Page, Peer, PeerKind } from '#shared/contract/common.ts'
import type { Conversation, ConversationShelf, Message } from '#shared/contract/entries/conversations.ts'
import type { Locale } from '#shared/contract/errors.ts'
import type { Changes } from './changes.ts'
import type { Reading, Writing } from './database.ts'
import { messageItem, messageRow, messagesById } from './messages.ts'
import { likePattern, numbersBefore, pageOf, rowLimit, type Paging } from './paging.ts'

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
  waiting_since: number | null
  marked_unread: number
  resolved_at: number | null
  hidden: number
  follow_up_at: number | null
  draft: string
  note: string
}

type NamedRow = ConversationRow & { peer_name: string; trouble: number; tags: string | null }

/** Messages of ours that ask for a decision; the words of the index that finds them. */
const inTrouble = `status IN ('failed', 'unknown')`

/** The peer's name as the operator knows it: remark, else name, else number. */
const peerName = `coalesce(CASE c.kind
    WHEN 'friend' THEN (SELECT coalesce(nullif(f.remark, ''), nullif(f.name, '')) FROM friends f
      WHERE f.robot_id = c.robot_id AND f.user_id = c.peer_id)
    ELSE (SELECT nullif(g.name, '') FROM groups g WHERE g.robot_id = c.robot_id AND g.group_id = c.peer_id)
  END, c.peer_id)`

/** With the peer's name, and what hangs on it. */
const named = `
  SELECT c.*, ${peerName} AS peer_name,
  EXISTS (SELECT 1 FROM messages WHERE conversation_id = c.id AND ${inTrouble}) AS trouble,
  (SELECT group_concat(tag_id) FROM (SELECT tag_id FROM conversation_tags WHERE conversation_id = c.id
    ORDER BY tag_id)) AS tags
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
  return rows.map((row) => {
    const last = messages.get(row.last_message_id ?? 0)
    return item(row, last ? messageItem(db, last, locale) : null)
  })
}

const item = (row: NamedRow, lastMessage: Message | null): Conversation => ({
  robotId: String(row.robot_id),
  peer: { kind: row.kind, id: row.peer_id, name: row.peer_name },
  unread: row.unread,
  lastMessage,
  pinned: row.pinned === 1,
  muted: row.muted === 1,
  markedUnread: row.marked_unread === 1,
  waitingSince: row.waiting_since,
  resolvedAt: row.resolved_at,
  followUpAt: row.follow_up_at,
  hidden: row.hidden === 1,
  trouble: row.trouble === 1,
  tagIds: row.tags?.split(',') ?? [],
  draft: row.draft,
  note: row.note,
  readUpTo: row.read_up_to > 0 ? String(row.read_up_to) : null,
  lastAt: row.last_at,
})

export interface ConversationQuery extends Paging {
  robotId?: number | undefined
  unreadOnly?: boolean | undefined
  needsAnswer?: boolean | undefined
  kind?: PeerKind | undefined
  pinnedOnly?: boolean | undefined
  trouble?: boolean | undefined
  tagId?: number | undefined
  shelf?: ConversationShelf | undefined
  query?: string | undefined
}

const shelves: Readonly<Record<ConversationShelf, string | null>> = {
  open: 'c.hidden = 0 AND c.resolved_at IS NULL',
  'follow-up': 'c.hidden = 0 AND c.follow_up_at IS NOT NULL',
  resolved: 'c.hidden = 0 AND c.resolved_at IS NOT NULL',
  hidden: 'c.hidden = 1',
  any: null,
}

/** What narrows a list, as conditions with the values that they bind. */
function narrowed(query: ConversationQuery): { conditions: string[]; values: Record<string, string | number> } {
  const conditions = ['c.last_at IS NOT NULL']
  const values: Record<string, string | number> = {}
  const shelf = query.shelf ? shelves[query.shelf] : 'c.hidden = 0'
  if (shelf) conditions.push(shelf)
  if (query.robotId !== undefined) {
    conditions.push('c.robot_id = @robotId')
    values.robotId = query.robotId
  }
  if (query.unreadOnly) conditions.push('(c.unread > 0 OR c.marked_unread = 1)')
  if (query.kind) {
    conditions.push('c.kind = @kind')
    values.kind = query.kind
  }
  if (query.pinnedOnly) conditions.push('c.pinned = 1')
  if (query.trouble) conditions.push(`c.id IN (SELECT conversation_id FROM messages WHERE ${inTrouble})`)
  if (query.tagId !== undefined) {
    conditions.push('c.id IN (SELECT conversation_id FROM conversation_tags WHERE tag_id = @tagId)')
    values.tagId = query.tagId
  }
  const text = query.query?.trim()
  if (text) {
    conditions.push(foundByPattern)
    values.pattern = likePattern(text)
  }
  return { conditions, values }
}

/** Conversations that have messages: pinned first, then newest first; those that wait, longest first. */
export function listConversations(db: Reading, query: ConversationQuery, locale: Locale): Page<Conversation> {
  const { conditions, values } = narrowed(query)
  let order: string
  if (query.needsAnswer) {
    const [since, id] = numbersBefore(query.cursor, [-1, 0])
    conditions.push('c.waiting_since IS NOT NULL', '(c.waiting_since, c.id) > (@since, @id)')
    Object.assign(values, { since, id })
    order = 'c.waiting_since, c.id'
  } else {
    const [pinned, at, id] = numbersBefore(query.cursor, [1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER])
    conditions.push('(c.pinned, c.last_at, c.id) < (@pinned, @at, @id)')
    Object.assign(values, { pinned, at, id })
    order = 'c.pinned DESC, c.last_at DESC, c.id DESC'
  }
  const rows = db.all<NamedRow>(`${named} WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT @limit`, {
    ...values,
    limit: rowLimit(query),
  })
  const page = pageOf(
    rows,
    query,
    (row) => (query.needsAnswer ? [row.waiting_since ?? 0, row.id] : [row.pinned, row.last_at ?? 0, row.id]),
    (row) => row,
  )
  return { items: items(db, page.items, locale), nextCursor: page.nextCursor }
}

/** Names of peers by conversation, each asked once. */
export function peerNames(db: Reading): (conversationId: number) => string {
  const known = new Map<number, string>()
  return (id) => {
    let name = known.get(id)
    if (name === undefined) {
      name = db.get<{ name: string }>(`SELECT ${peerName} AS name FROM conversations c WHERE c.id = ?`, id)?.name ?? ''
      known.set(id, name)
    }
    return name
  }
}

export const findConversation = (db: Reading, robotId: number, peer: Peer): ConversationRow | undefined =>
  db.get<ConversationRow>(
    'SELECT * FROM conversations WHERE robot_id = ? AND kind = ? AND peer_id = ?',
    robotId,
    peer.kind,
    peer.id,
  )

/** Written out once: the text is what finds its prepared statement again. */
const namedById = `${named} WHERE c.id = ?`

/** @param messageOf finds its last message, where it may be known without reading */
export function conversationItem(
  db: Reading,
  id: number,
  locale: Locale,
  messageOf: (id: number) => Message | null = (message) => {
    const row = messageRow(db, message)
    return row ? messageItem(db, row, locale) : null
  },
): Conversation | undefined {
  const row = db.get<NamedRow>(namedById, id)
  return row && item(row, row.last_message_id === null ? null : messageOf(row.last_message_id))
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
    markedUnread: false,
    waitingSince: null,
    resolvedAt: null,
    followUpAt: null,
    hidden: false,
    trouble: false,
    tagIds: [],
    draft: '',
    note: '',
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
  if (!row || (row.unread === 0 && row.marked_unread === 0)) return
  db.run(
    `UPDATE conversations SET unread = 0, marked_unread = 0,
       read_up_to = max(read_up_to, coalesce((SELECT max(id) FROM messages WHERE conversation_id = conversations.id), 0))
     WHERE id = ?`,
    row.id,
  )
  changes.conversation(row.id)
  changes.robot(robotId)
}

/** Each in words of its own, with positions: every message pays for them. */
const noteTheirs = `UPDATE conversations SET
    last_message_id = CASE WHEN last_at > ? THEN last_message_id ELSE ? END,
    waiting_since = CASE WHEN last_at > ? THEN waiting_since ELSE coalesce(waiting_since, ?) END,
    resolved_at = NULL, last_at = max(coalesce(last_at, 0), ?), unread = unread + 1
  WHERE id = ?`
const noteOurs = `UPDATE conversations SET
    last_message_id = CASE WHEN last_at > ? THEN last_message_id ELSE ? END,
    waiting_since = CASE WHEN last_at > ? THEN waiting_since ELSE NULL END,
    last_at = max(coalesce(last_at, 0), ?)
  WHERE id = ?`

/**
 * Keeps last message, unread and who has the last word true after a message was added. One of theirs opens a
 * resolved conversation again; one that comes late changes nothing about who waits.
 */
export function noteMessage(
  db: Writing,
  changes: Changes,
  conversation: { id: number; robotId: number },
  message: { id: number; sentAt: number; theirs: boolean },
): void {
  const { id, sentAt: at } = message
  if (message.theirs) db.run(noteTheirs, at, id, at, at, at, conversation.id)
  else db.run(noteOurs, at, id, at, at, conversation.id)
  changes.conversation(conversation.id)
  changes.robot(conversation.robotId)
}
