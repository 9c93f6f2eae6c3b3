import { z } from 'zod'
import { errorSchema } from '../errors.ts'
import { done, id, page, paging, peer, peerKind, platformId, time, timeOrNull } from '../common.ts'
import { entry } from '../define.ts'

export const messageStatus = z.enum([
  'received',
  'queued',
  'sending',
  'accepted',
  'done',
  'failed',
  'unknown',
  'cancelled',
])
export type MessageStatus = z.infer<typeof messageStatus>

export const messageType = z.enum(['text', 'image', 'other'])
export type MessageType = z.infer<typeof messageType>

export const messageSchema = z.object({
  id,
  direction: z.enum(['in', 'out']),
  senderId: z.string().nullable(),
  senderName: z.string(),
  type: messageType,
  /** The text, or the picture's link. */
  content: z.string(),
  /** The platform's own type value where it is neither text nor picture. */
  rawType: z.string().nullable(),
  sentAt: time,
  status: messageStatus,
  error: errorSchema.omit({ hint: true }).nullable(),
  operationId: id.nullable(),
  /** The pieces that a long text went out in; empty where it is one. */
  parts: z.array(z.object({ content: z.string(), status: messageStatus })),
})
export type Message = z.output<typeof messageSchema>

/** A message outside its conversation: with where it belongs. */
export const placedMessageSchema = messageSchema.extend({ robotId: id, peer })
export type PlacedMessage = z.output<typeof placedMessageSchema>

export const conversationSchema = z.object({
  robotId: id,
  peer: z.object({ kind: peerKind, id: platformId, name: z.string() }),
  /** Messages of theirs that nobody has read here. */
  unread: z.int(),
  lastMessage: messageSchema.nullable(),
  pinned: z.boolean(),
  muted: z.boolean(),
  /** Id of the newest message that was read; where the "new messages" line goes. */
  readUpTo: id.nullable(),
  lastAt: timeOrNull,
})
export type Conversation = z.output<typeof conversationSchema>

export const conversationEntries = {
  'conversations.list': entry(
    'Conversations with their last message, newest first.',
    z.object({
      robotId: id.optional(),
      unreadOnly: z.boolean().optional(),
      query: z.string().max(200).optional(),
      ...paging,
    }),
    page(conversationSchema),
  ),
  'conversations.get': entry(
    'One conversation, with a friend or group that may have none yet.',
    z.object({ robotId: id, peer }),
    conversationSchema,
    ['not-found'],
  ),
  'conversations.read': entry('Marks all that has come so far as read.', z.object({ robotId: id, peer }), done, [
    'not-found',
  ]),
  'messages.page': entry(
    'Messages of a conversation, newest first by sentAt, then id.',
    z.object({ robotId: id, peer, ...paging }),
    page(messageSchema),
    ['not-found'],
  ),
  'messages.send': entry(
    'Writes a message to the outbox and answers at once; a repeated `clientId` sends once.',
    z.object({
      robotId: id,
      peer,
      type: z.enum(['text', 'image']),
      /** A text of any length, or the link of a picture. */
      content: z.string().min(1).max(100_000),
      clientId: z.string().min(1).max(100).optional(),
    }),
    z.object({ messageId: id, operationId: id }),
    ['not-found', 'conflict'],
  ),
  'messages.settle': entry(
    'Decides about a message whose fate is unknown or that failed: it arrived, or is sent again (only the parts that did not go).',
    z.object({ messageId: id, as: z.enum(['arrived', 'resend']) }),
    z.object({ operationId: id.optional() }),
    ['not-found', 'not-allowed-now'],
  ),
  'messages.search': entry(
    'Messages that contain the query, newest first by arrival.',
    z.object({ query: z.string().trim().min(1).max(200), robotId: id.optional(), ...paging }),
    page(placedMessageSchema),
  ),
}
