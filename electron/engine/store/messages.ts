/** Messages: the history of conversations, in and out. */
import { describeFailure, type Failure, type Locale } from '#shared/contract/errors.ts'
import type { PeerKind } from '#shared/contract/common.ts'
import type { Message, MessageStatus, MessageType, PlacedMessage } from '#shared/contract/entries/conversations.ts'
import type { Wait } from '#shared/contract/entries/pace.ts'
import type { Reading, Writing } from './database.ts'
import { waitFields, waitOfSend } from './holds.ts'
import { indexTerms } from './search-terms.ts'

export interface MessageRow {
  id: number
  conversation_id: number
  direction: 'in' | 'out'
  sender_id: string | null
  /** What the callback itself said; names from friends and members come first. */
  sender_name: string | null
  known_name: string | null
  type: MessageType
  raw_type: string | null
  content: string
  sent_at: number
  status: MessageStatus
  error: string | null
  operation_id: number | null
  robot_id: number
  kind: PeerKind
  peer_id: string
}

const ofConversation = (column: string): string =>
  `(SELECT c.${column} FROM conversations c WHERE c.id = m.conversation_id)`

/** Look-ups instead of a join: for single rows, which is what events need, they are ten times as fast in SQLite. */
const rows = `
  SELECT m.*, ${ofConversation('robot_id')} AS robot_id, ${ofConversation('kind')} AS kind,
    ${ofConversation('peer_id')} AS peer_id,
    (SELECT coalesce(nullif(f.remark, ''), nullif(f.name, '')) FROM friends f
      WHERE f.robot_id = ${ofConversation('robot_id')} AND f.user_id = m.sender_id) AS known_name
  FROM messages m`

/** Words for an error that is stored with a message or an operation. */
export const storedError = (error: string | null, locale: Locale) =>
  error === null ? null : describeFailure(JSON.parse(error) as Failure, locale)

/** A row as the contract gives it. */
export function messageItem(db: Reading, row: MessageRow, locale: Locale): Message {
  const error = storedError(row.error, locale)
  const parts =
    row.direction === 'out'
      ? db.all<{ content: string; status: MessageStatus }>(
          'SELECT content, status FROM parts WHERE message_id = ? ORDER BY position',
          row.id,
        )
      : []
  return {
    id: String(row.id),
    direction: row.direction,
    senderId: row.sender_id,
    senderName: row.known_name ?? row.sender_name ?? row.sender_id ?? '',
    type: row.type,
    content: row.content,
    rawType: row.raw_type,
    sentAt: row.sent_at,
    status: row.status,
    error: error && { code: error.code, message: error.message, ...(error.params ? { params: error.params } : {}) },
    operationId: row.operation_id === null ? null : String(row.operation_id),
    parts: parts.length > 1 ? parts : [],
    ...waitFields(isUnderWay(row, parts) ? undefined : waitOfMessage(db, row)),
  }
}

/** A piece of it is on its way, or all that could still go are: it waits for nothing but the answer. */
const isUnderWay = ({ status }: MessageRow, parts: readonly { status: MessageStatus }[]): boolean =>
  status === 'sending' &&
  (parts.some((part) => part.status === 'sending') || !parts.some((part) => part.status === 'queued'))

const waitOfMessage = (db: Reading, { id, status, robot_id: robotId, kind }: MessageRow): Wait | undefined =>
  status === 'queued' || status === 'sending'
    ? waitOfSend(db, { id, robotId, peerKind: kind, isQueued: status === 'queued' })
    : undefined

export const placedItem = (db: Reading, row: MessageRow, locale: Locale): PlacedMessage => ({
  ...messageItem(db, row, locale),
  robotId: String(row.robot_id),
  peer: { kind: row.kind, id: row.peer_id },
})

/** A message with the callback that brought it. */
export function messageWithOrigin(
  db: Reading,
  id: number,
  locale: Locale,
): (PlacedMessage & { callbackId: string | null }) | null {
  const row = messageRow(db, id)
  const origin = db.get<{ id: number | null }>('SELECT callback_id AS id FROM messages WHERE id = ?', id)
  return row ? { ...placedItem(db, row, locale), callbackId: origin?.id == null ? null : String(origin.id) } : null
}

/** Written out once: the text is what finds its prepared statement again. */
const rowById = `${rows} WHERE m.id = ?`

export const messageRow = (db: Reading, id: number): MessageRow | undefined => db.get<MessageRow>(rowById, id)

/** Messages by id; one look-up each is faster than a list of ids that SQLite has to parse. */
export function messagesById(db: Reading, ids: readonly number[]): Map<number, MessageRow> {
  const found = ids.flatMap((id) => messageRow(db, id) ?? [])
  return new Map(found.map((row) => [row.id, row]))
}

const ofOneConversation = `
  SELECT m.*, ? AS robot_id, ? AS kind, ? AS peer_id,
    (SELECT coalesce(nullif(f.remark, ''), nullif(f.name, '')) FROM friends f
      WHERE f.robot_id = ? AND f.user_id = m.sender_id) AS known_name
  FROM messages m WHERE m.conversation_id = ?`

/** Messages of a conversation by a further condition on `m`, in an order. What is known of it is not looked up a row. */
export const selectMessages = (
  db: Reading,
  { id, robot_id: robotId, kind, peer_id: peerId }: Pick<MessageRow, 'id' | 'robot_id' | 'kind' | 'peer_id'>,
  rest: string,
  ...values: (string | number)[]
): MessageRow[] => db.all<MessageRow>(`${ofOneConversation} ${rest}`, robotId, kind, peerId, robotId, id, ...values)

export interface NewMessage {
  conversationId: number
  direction: 'in' | 'out'
  senderId: string | null
  senderName: string | null
  type: MessageType
  rawType: string | null
  content: string
  sentAt: number
  status: MessageStatus
  operationId: number | null
  callbackId: number | null
}

/** A friend's name as the operator knows it. */
export const knownName = (db: Reading, robotId: number, userId: string | null): string | null =>
  userId === null
    ? null
    : (db.get<{ name: string | null }>(
        `SELECT coalesce(nullif(remark, ''), nullif(name, '')) AS name FROM friends WHERE robot_id = ? AND user_id = ?`,
        robotId,
        userId,
      )?.name ?? null)

/** Adds a message; its search terms follow at the end of the transaction ({@link indexMessages}). @returns its id */
export function insertMessage(db: Writing, message: NewMessage): number {
  const { id } = db.run(
    `INSERT INTO messages (conversation_id, direction, sender_id, sender_name, type, raw_type, content, sent_at,
       arrived_at, status, operation_id, callback_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    message.conversationId,
    message.direction,
    message.senderId,
    message.senderName,
    message.type,
    message.rawType,
    message.content,
    message.sentAt,
    Date.now(),
    message.status,
    message.operationId,
    message.callbackId,
  )
  return id
}

/**
 * Adds search terms of new messages. To be called once, outside of savepoints: at the end of each savepoint
 * FTS5 writes out what it has gathered, so that every message would cost a segment of its own.
 *
 * @param ids may name messages that were rolled back; they are passed over
 * @param written those whose rows are known
 */
export function indexMessages(db: Writing, ids: Iterable<number>, written: ReadonlyMap<number, MessageRow>): void {
  for (const id of ids) {
    const row =
      written.get(id) ??
      db.get<Pick<MessageRow, 'content' | 'type'>>('SELECT content, type FROM messages WHERE id = ?', id)
    const terms = row && row.type !== 'image' ? indexTerms(row.content) : ''
    if (terms) db.run('INSERT INTO message_terms (rowid, terms) VALUES (?, ?)', id, terms)
  }
}

export const setMessageState = (db: Writing, id: number, status: MessageStatus, error: Failure | null): void => {
  db.run('UPDATE messages SET status = ?, error = ? WHERE id = ?', status, error && JSON.stringify(error), id)
}

/**
 * Pieces that went out within a span of time and were not yet echoed, oldest first: where an echo may land. By
 * the time of the call, not of the message, which may have waited in the outbox for hours.
 */
export const unechoedBetween = (
  db: Reading,
  conversationId: number,
  from: number,
  to: number,
): { id: number; type: MessageType; content: string; status: MessageStatus }[] =>
  db.all(
    `SELECT p.id, m.type, p.content, p.status FROM parts p JOIN messages m ON m.id = p.message_id
     WHERE p.echoed_at IS NULL AND p.sent_at BETWEEN ? AND ? AND m.conversation_id = ? ORDER BY p.sent_at, p.id`,
    from,
    to,
    conversationId,
  )
