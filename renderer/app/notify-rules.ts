/** When a message calls the operator: decisions as pure functions. */
import type { Conversation, PlacedMessage } from '#shared/contract/entries/conversations.ts'
import type { Settings } from '#shared/contract/entries/system.ts'

/** What came long ago, and is only now delivered or read again, calls nobody. Milliseconds. */
const freshMs = 10 * 60_000

/** Whether it is quiet: from one minute of the day to another, also over midnight. */
export function isQuiet(hours: Pick<Settings, 'quietHours' | 'quietFrom' | 'quietTo'>, now: Date): boolean {
  const { quietHours, quietFrom: from, quietTo: to } = hours
  if (!quietHours || from === to) return false
  const minute = now.getHours() * 60 + now.getMinutes()
  return from < to ? minute >= from && minute < to : minute >= from || minute < to
}

export interface Surroundings {
  settings: Settings
  conversation: Pick<Conversation, 'muted' | 'hidden'> | undefined
  robotMuted: boolean
  /** The operator has this conversation before their eyes. */
  isWatched: boolean
  now: Date
}

/** Whether a message that came calls. */
export function calls(message: Pick<PlacedMessage, 'direction' | 'sentAt'>, around: Surroundings): boolean {
  const { settings, conversation, robotMuted, isWatched, now } = around
  return (
    message.direction === 'in' &&
    now.getTime() - message.sentAt < freshMs &&
    settings.notifications &&
    !robotMuted &&
    !(conversation?.muted ?? false) &&
    !(conversation?.hidden ?? false) &&
    !isWatched &&
    !isQuiet(settings, now)
  )
}
