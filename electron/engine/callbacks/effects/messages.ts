/** 1005 messages and the message form of 2004: theirs into the history, ours onto what was sent (echo). */
import { messageTypes } from '#shared/protocol/methods.ts'
import { writtenByPerson } from '#shared/protocol/callbacks.ts'
import type { Peer } from '#shared/contract/common.ts'
import type { Tolerance } from '#shared/contract/reading.ts'
import type { MessageType } from '#shared/contract/entries/conversations.ts'
import { ensureConversation, findConversation, noteMessage } from '../../store/conversations.ts'
import { isFriend } from '../../store/friends.ts'
import { insertMessage, knownName, unechoedBetween } from '../../store/messages.ts'
import { sendUnderWaySince } from '../../store/operations.ts'
import { partRow, setPartState, settleMessage, type PartRow } from '../../store/parts.ts'
import { learnAccountId } from '../../store/robots.ts'
import { asText, Fields, isObject, tryParseJson, type Json } from '../../platform/json.ts'
import { dataObject, fromBase64, nameOf, toldTime } from '../read.ts'
import { applied, type Effect, type EffectContext, type EffectOutcome } from './context.ts'

/** A message as a callback tells of it. */
interface Told {
  peer: Peer
  senderId: string | null
  senderName: string | null
  type: MessageType
  rawType: string | null
  content: string
  sentAt: number
}

function kindOf(rawType: string | undefined): Pick<Told, 'type' | 'rawType'> {
  if (rawType === undefined || rawType === messageTypes.text) return { type: 'text', rawType: null }
  if (rawType === messageTypes.image) return { type: 'image', rawType: null }
  return { type: 'other', rawType }
}

export const message: Effect = (context) => {
  const { connection, read, callback } = context
  const data = dataObject(read.data, read.tolerances)
  const from = data.text('FromUserId')
  const to = data.text('ToUserId')
  // Nothing that becomes known later could tell whose it is.
  if (from === undefined && to === undefined) return { state: 'quarantined', reason: 'no-peer' }
  const author = data.text('nPlatformMsgType')
  if (author === undefined) read.tolerances.push('author-inferred')
  const ours = writtenByRobot(context, author, from, to)
  if (ours === null) return { state: 'pending', reason: 'undecided-author' }
  const peerId = ours ? to : from
  if (peerId === undefined) return { state: 'quarantined', reason: 'no-peer' }
  const told: Told = {
    peer: { kind: 'friend', id: peerId },
    senderId: from ?? null,
    senderName: null,
    ...kindOf(data.text('nMsgType')),
    content: contentText(data.get('Content')),
    sentAt: toldTime(read, data.text('dtMsgTime'), connection.timeZone) ?? read.stamp ?? callback.at,
  }
  return ours ? echo(context, told) : theirs(context, told)
}

/** Whose message a 1005 is (PROTOCOL §3). Null: nobody can tell yet. */
function writtenByRobot(
  { db, robot, call }: EffectContext,
  author: string | undefined,
  from: string | undefined,
  to: string | undefined,
): boolean | null {
  if (author !== undefined) return author !== writtenByPerson
  // The serial number of a send of ours: what settles it is its echo.
  if (call?.method === 'sendMessage') return true
  if (robot.account_user_id !== null) {
    if (from === robot.account_user_id) return true
    if (to === robot.account_user_id) return false
  }
  if (from !== undefined && isFriend(db, robot.id, from)) return false
  if (to !== undefined && isFriend(db, robot.id, to)) return true
  return null
}

const contentText = (value: Json | undefined): string =>
  asText(value) ?? (value === undefined ? '' : JSON.stringify(value))

export const groupMessage: Effect = (context) => {
  const { connection, robot, read, callback, call } = context
  const data = dataObject(read.data, read.tolerances)
  const groupId = data.text('groupId', 'vcGroupId')
  if (groupId === undefined) return { state: 'quarantined', reason: 'undecided-2004' }
  const inner = messageData(data.get('MsgData'), read.tolerances)
  // The document's dashes do not show depth: these may stand beside MsgData or inside it.
  const either = (...names: string[]): string | undefined => data.text(...names) ?? inner.fields.text(...names)
  const encoded = either('msgContentb')
  const senderId = inner.fields.text('FromUserId', 'vcUserId') ?? data.text('FromUserId', 'vcUserId') ?? null
  const told: Told = {
    peer: { kind: 'group', id: groupId },
    senderId,
    senderName: nameOf(inner.fields, 'vcUserName') || nameOf(data, 'vcUserName') || null,
    ...kindOf(either('nMsgType')),
    content: inner.text ?? fromBase64(encoded) ?? encoded ?? '',
    sentAt: toldTime(read, either('dtMsgTime'), connection.timeZone) ?? read.stamp ?? callback.at,
  }
  const own = senderId !== null && senderId === robot.account_user_id
  if (own || call?.method === 'sendGroupMessage') return echo(context, told)
  if (call === undefined && mayBeAnswered(context) && (senderId === null || robot.account_user_id === null)) {
    return { state: 'pending', reason: 'awaiting-answer' }
  }
  return theirs(context, told)
}

/** `MsgData` as the deployment writes it: an object, JSON in text, or the text itself. */
function messageData(value: Json | undefined, tolerances: Tolerance[]): { fields: Fields; text: string | undefined } {
  const given = typeof value === 'string' ? tryParseJson(value) : value
  const parsed = Array.isArray(given) && given.length === 1 ? given[0] : given
  if (isObject(parsed)) {
    if (typeof value === 'string') tolerances.push('field-in-text')
    if (parsed !== given) tolerances.push('list-for-object')
    const fields = new Fields(parsed, tolerances)
    const content = fields.get('Content')
    return { fields, text: content === undefined ? undefined : contentText(content) }
  }
  const text = asText(value)
  return { fields: new Fields({}), text: text === '' ? undefined : text }
}

/** Whether the callback's serial number may be that of a call whose answer is still on its way. */
const mayBeAnswered = ({ db, read, robot, callback }: EffectContext): boolean =>
  read.serialNo !== null && sendUnderWaySince(db, robot.id, callback.at)

function theirs(context: EffectContext, told: Told): EffectOutcome {
  insert(context, told, 'in')
  return applied()
}

/** Whether the callback was applied before and is read again. */
const hasMessage = ({ db, callback }: EffectContext): boolean =>
  !callback.fresh && db.get('SELECT 1 FROM messages WHERE callback_id = ?', callback.id) !== undefined

function insert(context: EffectContext, told: Told, direction: 'in' | 'out'): void {
  const { db, changes, robot, callback } = context
  if (hasMessage(context)) return
  const { peer, ...fields } = told
  const conversationId = ensureConversation(db, robot.id, peer)
  const status = direction === 'in' ? 'received' : 'done'
  const id = insertMessage(db, {
    ...fields,
    conversationId,
    direction,
    status,
    operationId: null,
    callbackId: callback.id,
  })
  noteMessage(
    db,
    changes,
    { id: conversationId, robotId: robot.id },
    { id, sentAt: told.sentAt, theirs: direction === 'in' },
  )
  changes.heardOf(robot.id, direction, callback.at)
  changes.message(id, 'added', {
    id,
    conversation_id: conversationId,
    direction,
    sender_id: told.senderId,
    sender_name: told.senderName,
    known_name: knownName(db, robot.id, told.senderId),
    type: told.type,
    raw_type: told.rawType,
    content: told.content,
    sent_at: told.sentAt,
    status,
    error: null,
    operation_id: null,
    robot_id: robot.id,
    kind: peer.kind,
    peer_id: peer.id,
  })
  changes.note('message-added', id, { peer })
}

/** The platform reports what the robot itself sent: it lands on our message, or was written on the phone. */
function echo(context: EffectContext, told: Told): EffectOutcome {
  const { db, changes, robot, read, call, callback } = context
  // Its message is echoed: read again, it would find none to land on, and stand beside it.
  if (call === undefined && callback.echoed) return applied()
  if (call === undefined && mayBeAnswered(context)) return { state: 'pending', reason: 'awaiting-answer' }
  // It must not find a second message to land on.
  if (hasMessage(context)) return applied()
  // It was taken out of the history here: its echo does not bring it back.
  if (call?.partId && !partRow(db, call.partId)) return applied()
  const part = call?.partId ? partRow(db, call.partId) : call ? undefined : fittingPart(context, told)
  if (!part) {
    insert(context, told, 'out')
    return applied()
  }
  if (call && told.senderId !== null && told.peer.id !== told.senderId) {
    learnAccountId(db, robot.id, told.senderId)
    if (robot.account_user_id !== told.senderId) changes.note('account-learned', told.senderId)
    context.peopleLearned()
  }
  if (part.echoed_at === null) {
    db.run('UPDATE parts SET echoed_at = ? WHERE id = ?', callback.at, part.id)
    setPartState(db, part.id, 'done')
    settleMessage(db, changes, part.message_id)
    changes.note('message-echoed', part.message_id, { peer: told.peer })
  }
  const operation = db.get<{ id: number | null }>(
    'SELECT operation_id AS id FROM messages WHERE id = ?',
    part.message_id,
  )
  return applied(read.serialNo !== null && call?.operationId ? call.operationId : (operation?.id ?? null))
}

const sameText = (a: string, b: string): boolean =>
  a.replaceAll('\r\n', '\n').trim() === b.replaceAll('\r\n', '\n').trim()

/**
 * The oldest send not yet echoed that fits: same robot, peer and text (pictures by kind), within the
 * connection's window. An echo with a serial number that none of our calls has can only belong to a send
 * whose answer was lost.
 */
function fittingPart(context: EffectContext, told: Told): PartRow | undefined {
  const { db, connection, robot, callback, read } = context
  const conversation = findConversation(db, robot.id, told.peer)
  if (!conversation) return undefined
  const window = connection.advanced.echoWindowMs
  const open = read.serialNo === null ? ['sending', 'accepted', 'unknown', 'done'] : ['unknown']
  const fitting = unechoedBetween(db, conversation.id, callback.at - window, callback.at + window).find(
    (part) =>
      open.includes(part.status) &&
      part.type === told.type &&
      (part.type === 'image' || sameText(part.content, told.content)),
  )
  return fitting && partRow(db, fitting.id)
}
