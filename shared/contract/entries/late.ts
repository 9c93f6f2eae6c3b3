/** Replies that waited too long while they could not go: held back until the operator has looked at them. */
import { z } from 'zod'
import { id, page, paging, peer, peerKind, platformId, time, timeOrNull } from '../common.ts'
import { entry } from '../define.ts'

/** How much is held back. */
export const lateSummarySchema = z.object({
  messages: z.int(),
  conversations: z.int(),
  /** When the oldest of them was written; null where nothing is held back. */
  oldestAt: timeOrNull,
})
export type LateSummary = z.output<typeof lateSummarySchema>

export const lateMessageSchema = z.object({
  messageId: id,
  robotId: id,
  peer: z.object({ kind: peerKind, id: platformId, name: z.string() }),
  type: z.enum(['text', 'image']),
  content: z.string(),
  /** When it was written. */
  sentAt: time,
  /** Since when it is held back. */
  heldAt: time,
})
export type LateMessage = z.output<typeof lateMessageSchema>

export const lateEntries = {
  'late.list': entry(
    'Replies that waited longer than `lateSendMinutes` because robot, network or application were away: held back until somebody decides, oldest first.',
    z.object({
      robotId: id.optional(),
      /** Only together with `robotId`. */
      peer: peer.optional(),
      ...paging,
    }),
    /** `summary` counts all that are asked for. */
    page(lateMessageSchema).extend({ summary: lateSummarySchema }),
  ),
  'late.settle': entry(
    'Decides about replies that are held back: they are sent, in their order and at the robot’s pace, or dropped. Which: those named, those of a conversation, of a robot, or with neither all that are held back now.',
    z.object({
      as: z.enum(['send', 'drop']),
      messageIds: z.array(id).min(1).max(500).optional(),
      robotId: id.optional(),
      /** Only together with `robotId`. */
      peer: peer.optional(),
    }),
    /** How many it was: fewer than named where others were quicker. */
    z.object({ messages: z.int() }),
  ),
}
