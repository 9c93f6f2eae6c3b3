/** Reads a conversation from its beginning, piece by piece, and writes it as a file; in the thread for what takes long. */
import type { Peer } from '#shared/contract/common.ts'
import type { ExportFormat } from '#shared/contract/entries/conversation-export.ts'
import type { Locale } from '#shared/contract/errors.ts'
import { writePiece } from '../export/format.ts'
import { findConversation, peerNames } from './conversations.ts'
import type { Reading } from './database.ts'
import { messageItem, selectMessages } from './messages.ts'
import { numbersBefore } from './paging.ts'
import { requireRobot } from './robots.ts'

/** Messages of one piece. */
const pieceMessages = 500

export interface ExportInput {
  robotId: number
  peer: Peer
  format: ExportFormat
  timeZone: string
  cursor?: string | undefined
  locale: Locale
}

/** @throws AppError not-found */
export function exportPiece(
  db: Reading,
  input: ExportInput,
): { text: string; messages: number; nextCursor: string | null } {
  const robot = requireRobot(db, input.robotId)
  const conversation = findConversation(db, input.robotId, input.peer)
  const [at, id] = numbersBefore(input.cursor, [Number.MIN_SAFE_INTEGER, 0])
  const rows = conversation
    ? selectMessages(
        db,
        conversation,
        'AND (m.sent_at, m.id) > (?, ?) ORDER BY m.sent_at, m.id LIMIT ?',
        at,
        id,
        pieceMessages,
      )
    : []
  const last = rows.at(-1)
  const isLast = rows.length < pieceMessages
  const head = {
    robot: robot.name || robot.serial_no,
    robotSerialNo: robot.serial_no,
    peer: { ...input.peer, name: (conversation && peerNames(db)(conversation.id)) || input.peer.id },
    timeZone: input.timeZone,
    locale: input.locale,
  }
  const messages = rows.map((row) => messageItem(db, row, input.locale))
  return {
    text: writePiece(input.format, head, messages, { isFirst: input.cursor === undefined, isLast }),
    messages: rows.length,
    nextCursor: isLast || !last ? null : `${last.sent_at}.${last.id}`,
  }
}
