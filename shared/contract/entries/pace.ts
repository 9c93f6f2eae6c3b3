/** How fast a robot may go, and why what waits in its outbox waits. */
import { z } from 'zod'
import { timeOrNull } from '../common.ts'

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 22:30')

/** The time of day in the connection's zone, over midnight where `to` is the earlier. */
const quietHours = z
  .object({ from: clockTime, to: clockTime })
  .refine(({ from, to }) => from !== to, 'must begin and end at different times')
  .nullable()

const fields = {
  /** Messages in any 60 seconds; 0: as many as wait. */
  perMinute: z.int().min(0).max(100_000),
  /** Messages on one day of the connection's zone; 0: as many as wait. */
  perDay: z.int().min(0).max(10_000_000),
  /** Least time between two messages, friend requests, new groups, invitations; in milliseconds. */
  gapMs: z.int().min(0).max(3_600_000),
  /** Up to so much is added to each gap by chance, in milliseconds. */
  extraGapMs: z.int().min(0).max(3_600_000),
  /** Friend requests on one day of the connection's zone; 0: as many as wait. */
  friendRequestsPerDay: z.int().min(0).max(1_000_000),
  /** While they last nothing goes out but log-ins and questions for lists. */
  quietHours,
}

/** The pace of all robots, with defaults at which accounts of people stay unsuspicious. */
export const paceSchema = z.object({
  perMinute: fields.perMinute.default(20),
  perDay: fields.perDay.default(600),
  gapMs: fields.gapMs.default(1000),
  extraGapMs: fields.extraGapMs.default(1500),
  friendRequestsPerDay: fields.friendRequestsPerDay.default(20),
  quietHours: fields.quietHours.default(null),
})
export type Pace = z.output<typeof paceSchema>

/** What one robot does at another pace than all. */
export const ownPaceSchema = z.object(fields).partial()
export type OwnPace = z.output<typeof ownPaceSchema>

/** Without any pause or limit: for a platform of one's own, and for measuring. */
export const unpaced: Pace = {
  perMinute: 0,
  perDay: 0,
  gapMs: 0,
  extraGapMs: 0,
  friendRequestsPerDay: 0,
  quietHours: null,
}

/** What a risk code of the platform can forbid a robot. */
export const robotAction = z.enum(['send-friend', 'send-group', 'add-friend', 'create-group', 'invite', 'quit-group'])
export type RobotAction = z.infer<typeof robotAction>

export const waitReason = z.enum([
  // The robot's state
  'offline',
  'banned',
  'logging-in',
  'limited',
  // Its pace
  'pace',
  'day-limit',
  'friend-request-limit',
  'quiet-hours',
  // It can still be called back
  'recall',
  // The network
  'unreachable',
  // It waited too long, or stands behind one that did: the operator decides
  'late',
  'behind-late',
])

/** Why something waits in the outbox. */
export const waitSchema = z.object({
  reason: waitReason,
  /** When it can go at the earliest; null where nobody knows. What stands before it goes first. */
  until: timeOrNull,
  /** The platform's words for the state or the limit; what the network said; else empty. */
  text: z.string(),
})
export type Wait = z.output<typeof waitSchema>
