/** When a message calls the operator: decisions as pure functions, the same in a browser and on the desktop. */
import type { Conversation, PlacedMessage } from './contract/entries/conversations.ts'
import type { Settings } from './contract/entries/system.ts'

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

/** How long messages gather before they call, in milliseconds: their conversation's news comes with them. */
export const gatherMs = 250
/** More conversations than this at once call together. */
export const mostAtOnce = 3
