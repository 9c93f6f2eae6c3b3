/**
 * Makes events of what a transaction changed, after its commit: one for each thing, carrying its whole new
 * state.
 */
import type { Message } from '#shared/contract/entries/conversations.ts'
import type { Locale } from '#shared/contract/errors.ts'
import { callItem } from './calls.ts'
import type { Changes } from './changes.ts'
import { conversationItem, findConversation } from './conversations.ts'
import type { Reading } from './database.ts'
import { messageItem, messageRow, type MessageRow } from './messages.ts'
import { operationItem } from './operations.ts'
import type { CrossedEvent } from './protocol.ts'
import { listQuickReplies } from './quick-replies.ts'
import { listScheduled } from './scheduled.ts'
import { lateSummary } from './late-list.ts'
import { getRobot } from './robots.ts'
import { listTags } from './tags.ts'

/** Errors inside events are worded in this language; a renderer words them again in its own, by code. */
const eventLocale: Locale = 'en'

/** Whether a message is the one that its conversation shows. */
const isLast = (db: Reading, { id, conversation_id: conversationId }: MessageRow): boolean =>
  db.get<{ last: number | null }>('SELECT last_message_id AS last FROM conversations WHERE id = ?', conversationId)
    ?.last === id

/** The events, in the order in which a renderer can use them: what is named before what names it. */
export function eventsOf(changes: Changes, db: Reading): CrossedEvent[] {
  const events: CrossedEvent[] = []
  const conversations = new Set(changes.conversationsTouched)
  const rowOf = (id: number): MessageRow | undefined => changes.written.get(id) ?? messageRow(db, id)
  const told = new Map<number, Message>()
  const messageOf = (id: number): Message | null => {
    const present = told.get(id)
    if (present) return present
    const row = rowOf(id)
    return row ? messageItem(db, row, eventLocale) : null
  }
  for (const id of changes.robotsTouched) {
    const robot = getRobot(db, id)
    if (robot) events.push({ event: 'robot.changed', data: robot })
  }
  for (const robotId of changes.friendsTouched)
    events.push({ event: 'friends.changed', data: { robotId: String(robotId) } })
  for (const robotId of changes.groupsTouched)
    events.push({ event: 'groups.changed', data: { robotId: String(robotId) } })
  for (const { robotId, kind, id } of changes.peersTouched.values()) {
    const conversation = findConversation(db, robotId, { kind, id })
    if (conversation?.last_at) conversations.add(conversation.id)
  }
  if (changes.tags) events.push({ event: 'tags.changed', data: { items: listTags(db) } })
  if (changes.quickReplies) events.push({ event: 'quickReplies.changed', data: { items: listQuickReplies(db) } })
  if (changes.scheduled) events.push({ event: 'scheduled.changed', data: { items: listScheduled(db) } })
  for (const data of changes.removed) events.push({ event: 'messages.removed', data })
  for (const [id, how] of changes.messagesTouched) {
    const row = rowOf(id)
    if (!row) continue
    const event = how === 'added' ? 'message.added' : 'message.changed'
    const message = messageItem(db, row, eventLocale)
    told.set(id, message)
    events.push({ event, message, robotId: String(row.robot_id), peer: { kind: row.kind, id: row.peer_id } })
    if (how !== 'moved' || isLast(db, row)) conversations.add(row.conversation_id)
  }
  for (const id of conversations) {
    const conversation = conversationItem(db, id, eventLocale, messageOf)
    if (conversation) events.push({ event: 'conversation.changed', data: conversation })
  }
  for (const id of changes.callsTouched) {
    const call = callItem(db, id)
    if (!call) continue
    const { request: _request, response: _response, ...summary } = call
    events.push({ event: 'call.finished', data: summary })
  }
  for (const id of changes.operationsTouched) {
    const operation = operationItem(db, id, eventLocale, (message) => told.get(message))
    if (operation) events.push({ event: 'operation.changed', data: operation })
  }
  if (changes.late) events.push({ event: 'late.changed', data: lateSummary(db) })
  for (const { robotId, operationId, login } of changes.loginsTouched) {
    const data = { robotId: String(robotId), operationId: String(operationId), login }
    events.push({ event: 'login.progress', data })
  }
  for (const callback of changes.callbacksTouched.values()) events.push({ event: 'callback.changed', data: callback })
  return events
}
