/** Pages of a history: from the newest on, from a message on in either direction, or around a place. */
import { AppError } from '#shared/contract/errors.ts'
import { defaultLimit } from '#shared/contract/common.ts'
import type { Message, MessagePlace } from '#shared/contract/entries/conversations.ts'
import type { Locale } from '#shared/contract/errors.ts'
import type { ConversationRow } from './conversations.ts'
import type { Reading } from './database.ts'
import { messageItem, selectMessages, type MessageRow } from './messages.ts'
import { timeAndIdBefore, type Paging } from './paging.ts'

export interface PageQuery extends Paging {
  around?: MessagePlace | undefined
  from?: { sentAt: number; id: string } | undefined
  towards?: 'older' | 'newer' | undefined
}

export interface HistoryPage {
  items: Message[]
  nextCursor: string | null
  newer: boolean
  anchorId: string | null
}

/** A message's place in its conversation. */
interface Spot {
  at: number
  id: number
}

const spotOf = (row: MessageRow): Spot => ({ at: row.sent_at, id: row.id })

/** Those before a spot, newest first. */
const before = (db: Reading, conversation: ConversationRow, spot: Spot, limit: number): MessageRow[] =>
  selectMessages(
    db,
    conversation,
    'AND (m.sent_at, m.id) < (?, ?) ORDER BY m.sent_at DESC, m.id DESC LIMIT ?',
    spot.at,
    spot.id,
    limit,
  )

/** Those from a spot on, oldest first. */
const after = (db: Reading, conversation: ConversationRow, spot: Spot, limit: number): MessageRow[] =>
  selectMessages(
    db,
    conversation,
    'AND (m.sent_at, m.id) > (?, ?) ORDER BY m.sent_at, m.id LIMIT ?',
    spot.at,
    spot.id,
    limit,
  )

/** The message that a place names. @throws AppError not-found for a message that is not of the conversation */
function anchorOf(db: Reading, conversation: ConversationRow, place: MessagePlace): MessageRow | undefined {
  if ('messageId' in place) {
    const [row] = selectMessages(db, conversation, 'AND m.id = ?', Number(place.messageId))
    if (!row) throw new AppError('not-found', { what: 'message' })
    return row
  }
  if ('time' in place) return after(db, conversation, { at: place.time, id: 0 }, 1)[0]
  // As many as are unread, counted from the newest: the search ends there, however long the history is.
  if (conversation.unread === 0) return undefined
  return selectMessages(
    db,
    conversation,
    `AND m.direction = 'in' AND m.id > ? ORDER BY m.sent_at DESC, m.id DESC LIMIT 1 OFFSET ?`,
    conversation.read_up_to,
    conversation.unread - 1,
  )[0]
}

/**
 * One page, newest first.
 *
 * @param conversation undefined where nothing was ever written
 * @throws AppError not-found when it is to stand around a message that is not there
 */
export function pageMessages(
  db: Reading,
  conversation: ConversationRow | undefined,
  query: PageQuery,
  locale: Locale,
): HistoryPage {
  const limit = query.limit ?? defaultLimit
  if (!conversation) {
    if (query.around && 'messageId' in query.around) throw new AppError('not-found', { what: 'message' })
    return { items: [], nextCursor: null, newer: false, anchorId: null }
  }
  const page = (rows: MessageRow[], older: boolean, newer: boolean, anchor?: MessageRow): HistoryPage => {
    const last = rows.at(-1)
    return {
      items: rows.map((row) => messageItem(db, row, locale)),
      nextCursor: older && last ? `${last.sent_at}.${last.id}` : null,
      newer,
      anchorId: anchor ? String(anchor.id) : null,
    }
  }
  const anchor = query.around && anchorOf(db, conversation, query.around)
  if (anchor) {
    const spot = spotOf(anchor)
    const half = Math.floor(limit / 2)
    const newer = after(db, conversation, spot, limit - half)
    const older = before(db, conversation, spot, half + 1)
    const shown = newer.slice(0, limit - half - 1).reverse()
    return page([...shown, anchor, ...older.slice(0, half)], older.length > half, newer.length >= limit - half, anchor)
  }
  if (query.from && query.towards === 'newer') {
    const rows = after(db, conversation, { at: query.from.sentAt, id: Number(query.from.id) }, limit + 1)
    const shown = rows.slice(0, limit).reverse()
    const oldest = shown.at(-1)
    const older = oldest !== undefined && before(db, conversation, spotOf(oldest), 1).length > 0
    return page(shown, older, rows.length > limit)
  }
  const from = query.from ? { at: query.from.sentAt, id: Number(query.from.id) } : timeAndIdBefore(query.cursor)
  const rows = before(db, conversation, from, limit + 1)
  const shown = rows.slice(0, limit)
  const newest = shown[0]
  const isFirst = query.from === undefined && query.cursor === undefined
  return page(
    shown,
    rows.length > limit,
    !isFirst && newest !== undefined && after(db, conversation, spotOf(newest), 1).length > 0,
  )
}
