import { z } from 'zod'
import { errorSchema } from '../errors.ts'
import { done, id, page, paging, peer, peerKind, platformId, time, timeOrNull } from '../common.ts'
import { entry } from '../define.ts'
import { waitSchema } from './pace.ts'

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
  /** Why it, or the rest of it, waits in the outbox, where it does. */
  wait: waitSchema.optional(),
})
export type Message = z.output<typeof messageSchema>

/** A message outside its conversation: with where it belongs. */
export const placedMessageSchema = messageSchema.extend({ robotId: id, peer })
export type PlacedMessage = z.output<typeof placedMessageSchema>

/** A message that was found: with whose conversation it is from. */
export const foundMessageSchema = placedMessageSchema.extend({
  peer: z.object({ kind: peerKind, id: platformId, name: z.string() }),
})
export type FoundMessage = z.output<typeof foundMessageSchema>

export const conversationSchema = z.object({
  robotId: id,
  peer: z.object({ kind: peerKind, id: platformId, name: z.string() }),
  /** Messages of theirs that nobody has read here. */
  unread: z.int(),
  lastMessage: messageSchema.nullable(),
  pinned: z.boolean(),
  muted: z.boolean(),
  /** The operator wants to see it as unread, though everything was read. */
  markedUnread: z.boolean(),
  /** Since when the oldest of their messages that nobody answered waits; null where the last word is ours. */
  waitingSince: timeOrNull,
  /** When it was settled; a new message of theirs opens it again. */
  resolvedAt: timeOrNull,
  /** When it is to come back, or came back. */
  followUpAt: timeOrNull,
  /** Kept out of every list and count until it is shown again. */
  hidden: z.boolean(),
  /** Whether a message of ours failed or has an unknown fate. */
  trouble: z.boolean(),
  tagIds: z.array(id),
  /** What was typed and not sent. */
  draft: z.string(),
  /** Id of the newest message that was read; where the "new messages" line goes. */
  readUpTo: id.nullable(),
  /** What the operator wrote down about the friend or group. */
  note: z.string(),
  lastAt: timeOrNull,
})
export type Conversation = z.output<typeof conversationSchema>

/**
 * Which conversations a list shows by what was done with them: open (neither resolved nor hidden), to follow up,
 * resolved, hidden, or any. Left out: all that are not hidden.
 */
export const conversationShelf = z.enum(['open', 'follow-up', 'resolved', 'hidden', 'any'])
export type ConversationShelf = z.infer<typeof conversationShelf>

/** How many tags there may be; more are no longer told apart. */
export const tagLimit = 200

export const tagSchema = z.object({
  id,
  name: z.string(),
  /** One of the twelve colours, 0 to 11. */
  color: z.int().min(0).max(11),
  /** How many conversations have it. */
  conversations: z.int(),
})
export type Tag = z.output<typeof tagSchema>

/** A place in a history. */
export const messagePlace = z.union([
  z.object({ messageId: id }),
  z.object({ time }),
  z.object({ unread: z.literal(true) }),
])
export type MessagePlace = z.output<typeof messagePlace>

export const conversationEntries = {
  'conversations.list': entry(
    'Conversations with their last message: pinned ones first, then newest first; with `needsAnswer` those that wait longest first.',
    z.object({
      robotId: id.optional(),
      unreadOnly: z.boolean().optional(),
      /** Only those where the last word is theirs. */
      needsAnswer: z.boolean().optional(),
      kind: peerKind.optional(),
      pinnedOnly: z.boolean().optional(),
      /** Only those with a message of ours that failed or whose fate is unknown. */
      trouble: z.boolean().optional(),
      tagId: id.optional(),
      shelf: conversationShelf.optional(),
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
  'conversations.update': entry(
    'Changes what the operator noted of a conversation; what is left out stays. Resolving it also reads it and ends its follow-up; a follow-up in the future brings it back then, as unread.',
    z.object({
      robotId: id,
      peer,
      pinned: z.boolean().optional(),
      muted: z.boolean().optional(),
      hidden: z.boolean().optional(),
      markedUnread: z.boolean().optional(),
      resolved: z.boolean().optional(),
      /** Null ends the follow-up. */
      followUpAt: timeOrNull.optional(),
      tagIds: z.array(id).max(20).optional(),
      draft: z.string().max(100_000).optional(),
      note: z.string().max(10_000).optional(),
    }),
    done,
    ['not-found'],
  ),
  'conversations.updateMany': entry(
    'Changes the same of many conversations, all or none; tags are put on or taken off beside those that they have.',
    z.object({
      places: z
        .array(z.object({ robotId: id, peer }))
        .min(1)
        .max(500),
      /** Marks all that came so far as read. */
      read: z.literal(true).optional(),
      pinned: z.boolean().optional(),
      muted: z.boolean().optional(),
      hidden: z.boolean().optional(),
      markedUnread: z.boolean().optional(),
      resolved: z.boolean().optional(),
      followUpAt: timeOrNull.optional(),
      addTagIds: z.array(id).max(20).optional(),
      removeTagIds: z.array(id).max(20).optional(),
    }),
    done,
    ['not-found'],
  ),
  'tags.list': entry('All tags, by name.', z.object({}), page(tagSchema)),
  'tags.save': entry(
    'Makes a tag, or changes the one named by `id`.',
    z.object({
      id: id.optional(),
      name: z.string().trim().min(1).max(40),
      /** Left out, a new tag gets the colour that is used least. */
      color: z.int().min(0).max(11).optional(),
    }),
    z.object({ id }),
    ['not-found', 'conflict'],
  ),
  'tags.remove': entry('Removes a tag from everywhere.', z.object({ id }), done, ['not-found']),
  'messages.page': entry(
    'Messages of a conversation, newest first by sentAt, then id: from the newest on, from one on in either direction, or around a place.',
    z.object({
      robotId: id,
      peer,
      /** Half a page before and half a page after a message, a time, or the first message of theirs that is unread. */
      around: messagePlace.optional(),
      /** Goes on from this message, which is not given again; it may be gone since. */
      from: z.object({ sentAt: time, id }).optional(),
      /** Which way `from` goes on; older when left out. */
      towards: z.enum(['older', 'newer']).optional(),
      ...paging,
    }),
    page(messageSchema).extend({
      /** Whether the conversation goes on after the first of `items`. */
      newer: z.boolean(),
      /** The message that `around` found: for a time the first at it or after it; null where there is none. */
      anchorId: id.nullable(),
    }),
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
      /** How long it waits in the outbox at least, so that it can be called back; in milliseconds. */
      delayMs: z.int().min(0).max(60_000).optional(),
    }),
    z.object({ messageId: id, operationId: id }),
    ['not-found', 'conflict', 'picture-expired'],
  ),
  'messages.get': entry(
    'One message, with the callback that brought it: its body is the raw content.',
    z.object({ messageId: id }),
    placedMessageSchema.extend({ callbackId: id.nullable() }),
    ['not-found'],
  ),
  'messages.delete': entry(
    'Takes messages out of the history here; at the platform and with the customer they stay. All or none; not while one waits or is on its way.',
    z.object({ messageIds: z.array(id).min(1).max(500) }),
    done,
    ['not-found', 'not-allowed-now'],
  ),
  'messages.settle': entry(
    'Decides about a message whose fate is unknown or that failed: it arrived, or is sent again (only the parts that did not go).',
    z.object({ messageId: id, as: z.enum(['arrived', 'resend']) }),
    z.object({ operationId: id.optional() }),
    ['not-found', 'not-allowed-now', 'picture-expired'],
  ),
  'messages.search': entry(
    'Messages that contain the query, newest first by arrival. One request looks for a limited time: where it ended early, `lookedBackTo` is the time down to which it looked, and the cursor goes on there.',
    z.object({ query: z.string().trim().min(1).max(200), robotId: id.optional(), ...paging }),
    page(foundMessageSchema).extend({ lookedBackTo: timeOrNull }),
  ),
}
