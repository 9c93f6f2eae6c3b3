/** Events that the engine sends to every renderer. Each carries the whole new state of what changed. */
import { z } from 'zod'
import { id, peer } from './common.ts'
import { event } from './define.ts'
import { connectionSchema } from './entries/connections.ts'
import { conversationSchema, messageSchema, tagSchema } from './entries/conversations.ts'
import { lateSummarySchema } from './entries/late.ts'
import { quickReplySchema } from './entries/quick-replies.ts'
import { reachSchema } from './entries/reach.ts'
import { callbackNewsSchema, callSchema, loginSchema, operationSchema } from './entries/record.ts'
import { robotSchema } from './entries/robots.ts'
import { scheduledSchema } from './entries/scheduled.ts'
import { settingsSchema, systemInfoSchema } from './entries/system.ts'
import { alarmPhase, alarmSchema, deliverySchema } from './entries/watch.ts'

export const events = {
  'connection.changed': event('A connection was added or changed.', connectionSchema),
  'connection.removed': event('A connection was removed, with its robots.', z.object({ id })),
  'reach.changed': event('The way in of a connection was chosen, came up, failed or is tried again.', reachSchema),
  'robot.changed': event('A robot was added or changed: name, state, limits, unread.', robotSchema),
  'robot.removed': event('A robot was removed.', z.object({ id })),
  'robot.keptLogins': event(
    'What is kept for log-ins of a robot changed: ask robots.remembered.',
    z.object({ robotId: id }),
  ),
  'friends.changed': event('The friends of a robot changed.', z.object({ robotId: id })),
  'groups.changed': event('The groups of a robot, or members of one, changed.', z.object({ robotId: id })),
  'conversation.changed': event('A conversation was added or changed: last message, unread.', conversationSchema),
  'tags.changed': event(
    'Tags were made, changed, removed, or put on conversations.',
    z.object({ items: z.array(tagSchema) }),
  ),
  'quickReplies.changed': event('Quick replies changed.', z.object({ items: z.array(quickReplySchema) })),
  'message.added': event('A message came or was written.', messageSchema.extend({ robotId: id, peer })),
  'message.changed': event('A message changed: its status, most often.', messageSchema.extend({ robotId: id, peer })),
  'messages.removed': event(
    'Messages were taken out of the history here.',
    z.object({ robotId: id, peer, ids: z.array(id) }),
  ),
  'scheduled.changed': event(
    'Messages for later were written, changed, sent or taken back.',
    z.object({ items: z.array(scheduledSchema) }),
  ),
  'operation.changed': event('An operation was added or changed its state.', operationSchema),
  'login.progress': event(
    'A log-in went a step further.',
    z.object({ robotId: id, operationId: id, login: loginSchema }),
  ),
  'call.finished': event('A call to the platform ended.', callSchema.omit({ request: true, response: true })),
  'callback.changed': event('A callback came, or was read again.', callbackNewsSchema),
  'late.changed': event('Replies were held back, or decided about: how much is held back now.', lateSummarySchema),
  'lock.changed': event(
    'The application lock was set, removed, closed or opened somewhere: ask lock.get.',
    z.object({}),
  ),
  'watch.changed': event(
    'What is the matter changed: all alarms that last.',
    z.object({ alarms: z.array(alarmSchema) }),
  ),
  'watch.told': event(
    'The watch tells that something is the matter, or over: for notifications.',
    z.object({ phase: alarmPhase, alarm: alarmSchema }),
  ),
  'watch.delivered': event('An attempt to post to the webhook ended.', deliverySchema),
  'settings.changed': event('Settings changed.', settingsSchema),
  'system.restarted': event('The engine started anew, on other data: load everything afresh.', z.object({})),
  'backups.changed': event(
    'A backup was made, checked or removed, or one is under way.',
    z.object({ progress: z.number().nullable() }),
  ),
  'system.changed': event('The state of the application changed: listener, sandbox, notices.', systemInfoSchema),
}

/** Events that say nothing of anybody: seats that are locked hear them too, if they come alone. */
const forLocked: ReadonlySet<string> = new Set<keyof typeof events>(['lock.changed', 'system.restarted'])
export const isForLocked = (heard: readonly ContractEvent[]): boolean =>
  heard.every(({ event }) => forLocked.has(event))

export type EventName = keyof typeof events
export type EventData<Name extends EventName> = z.output<(typeof events)[Name]['data']>
/** One event as a value; a union that narrows by `event`. */
export type ContractEvent = { [Name in EventName]: { event: Name; data: EventData<Name> } }[EventName]
