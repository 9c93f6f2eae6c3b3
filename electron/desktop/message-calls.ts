/**
 * Calls the operator when a customer writes: what is told and when. The host does it and not the page, since a page
 * that is hidden sleeps, one that is reloaded hears nothing, and only the host has the system's reply field.
 */
import { createHash } from 'node:crypto'
import type { Conversation, PlacedMessage } from '#shared/contract/entries/conversations.ts'
import type { Destination } from '#shared/contract/desktop.ts'
import type { Robot } from '#shared/contract/entries/robots.ts'
import type { Settings } from '#shared/contract/entries/system.ts'
import { fill, type Locale } from '#shared/contract/errors.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import { calls, gatherMs, mostAtOnce } from '#shared/notify-rules.ts'
import { texts } from './texts.ts'

export type Place = Pick<PlacedMessage, 'robotId' | 'peer'>

/** A notification as it is to be shown. */
export interface MessageCall {
  /** A later one with the same takes its place. Tells nothing of anybody. */
  readonly id: string
  /** What belongs together: all of one robot. */
  readonly group: { readonly id: string; readonly title: string } | null
  readonly title: string
  readonly body: string
  readonly destination: Destination
  /** Where an answer goes; null where none can be given at once. */
  readonly replyTo: Place | null
  readonly silent: boolean
}

export interface CallsHost {
  onEvents(listener: (events: readonly ContractEvent[]) => void): () => void
  isLocked(): boolean
  language(): Locale
  /** The conversation that the operator has before their eyes. */
  watched(): Place | null
  settings(): Promise<Settings | null>
  robots(): Promise<readonly Robot[]>
  conversation(place: Place): Promise<Conversation | null>
  show(call: MessageCall): void
  /** Takes back what was told of a conversation: it has been read. */
  dismiss(id: string): void
  /** Takes back everything that names anybody: it has been locked. */
  clear(): void
}

const keyOf = ({ robotId, peer }: Place): string => `${robotId} ${peer.kind} ${peer.id}`

/** Short enough for every system, and nobody's number. */
export const callId = (place: Place): string =>
  createHash('sha256').update(keyOf(place)).digest('base64url').slice(0, 24)

/** What a message says, in one line. */
function gistOf(message: PlacedMessage, locale: Locale): string {
  const t = texts[locale]
  const text =
    message.type === 'text' ? message.content.replace(/\s+/g, ' ') : message.type === 'image' ? t.picture : t.otherKind
  return message.peer.kind === 'group' && message.senderName
    ? fill(t.groupSaid, { name: message.senderName, text })
    : text
}

/** The call of one message. @param name of its conversation */
export function callOf(
  message: PlacedMessage,
  { name, robot, settings, locale }: { name: string; robot: string; settings: Settings; locale: Locale },
): MessageCall {
  const t = texts[locale]
  const {
    robotId,
    peer,
    peer: { kind, id },
  } = message
  const isShown = settings.notificationPreview
  return {
    id: callId(message),
    group: { id: `robot-${robotId}`, title: robot },
    title: isShown ? fill(t.messageFrom, { name, robot }) : fill(t.messageFor, { robot }),
    body: isShown ? gistOf(message, locale) : t.openToRead,
    destination: { to: 'conversation', robotId, peer: { kind, id } },
    // Whoever does not see what was written cannot answer it.
    replyTo: isShown ? { robotId, peer } : null,
    silent: !settings.notificationSound,
  }
}

/** The one call of many conversations. */
const callOfMany = (n: number, settings: Settings, locale: Locale): MessageCall => ({
  id: 'many',
  group: null,
  title: fill(texts[locale].messagesInMany, { n }),
  body: texts[locale].openList,
  destination: { to: 'inbox' },
  replyTo: null,
  silent: !settings.notificationSound,
})

/** Follows the messages. @returns a function that ends it */
export function followMessages(host: CallsHost): () => void {
  let gathered: PlacedMessage[] = []
  /** What came with the messages: most conversations need not be asked for. */
  const known = new Map<string, Conversation>()
  let timer: NodeJS.Timeout | null = null

  async function callNow(): Promise<void> {
    timer = null
    const messages = gathered
    const conversations = new Map(known)
    gathered = []
    known.clear()
    const [settings, robots] = await Promise.all([host.settings(), host.robots()])
    if (!settings) return
    const calling = new Map<string, { message: PlacedMessage; conversation: Conversation | null }>()
    const now = new Date()
    for (const message of messages) {
      const key = keyOf(message)
      const conversation = conversations.get(key) ?? (await host.conversation(message))
      if (conversation) conversations.set(key, conversation)
      const watched = host.watched()
      const around = {
        settings,
        conversation: conversation ?? undefined,
        robotMuted: robots.find(({ id }) => id === message.robotId)?.muted ?? false,
        isWatched: watched !== null && keyOf(watched) === key,
        now,
      }
      if (calls(message, around)) calling.set(key, { message, conversation })
    }
    // Asked last: it may have been locked meanwhile.
    if (calling.size === 0 || host.isLocked()) return
    const locale = host.language()
    if (calling.size > mostAtOnce) {
      host.show(callOfMany(calling.size, settings, locale))
      return
    }
    for (const { message, conversation } of calling.values()) {
      const robot = robots.find(({ id }) => id === message.robotId)
      const name = conversation?.peer.name || message.senderName
      host.show(callOf(message, { name, robot: robot?.name || robot?.serialNo || '', settings, locale }))
    }
  }

  const clear = (): void => {
    if (timer) clearTimeout(timer)
    timer = null
    gathered = []
    known.clear()
  }
  const end = host.onEvents((events) => {
    for (const { event, data } of events) {
      // After a restart, or a connection that was lost, it may be locked as well.
      if ((event === 'lock.changed' || event === 'system.restarted') && host.isLocked()) {
        clear()
        host.clear()
      }
      if (event === 'conversation.changed') {
        if (timer || gathered.length > 0) known.set(keyOf(data), data)
        if (data.unread === 0) host.dismiss(callId(data))
      }
      if (event !== 'message.added' || data.direction !== 'in' || host.isLocked()) continue
      gathered.push(data)
      timer ??= setTimeout(() => void callNow(), gatherMs)
    }
  })
  return () => {
    end()
    clear()
  }
}
