/**
 * One conversation's history as far as it is loaded: a window of it, which pages on both sides extend and which
 * never grows beyond what scrolls lightly.
 */
import { shallowReactive } from 'vue'
import type { Message } from '#shared/contract/entries/conversations.ts'
import { compareMessages, mergeMessages } from './keys.ts'
import { notLoaded, type Loading } from './load.ts'

/** The most messages that a window holds; what is furthest from where it grows is let go, and loaded again on the way back. */
export const windowSize = 480

/** Where a history is to be read from. */
export type Target = { kind: 'end' } | { kind: 'unread' } | { kind: 'message'; id: string }

export interface Thread {
  /** Oldest first. */
  items: readonly Message[]
  hasOlder: boolean
  /** The window ends before the conversation does. */
  hasNewer: boolean
  loading: Loading
  older: Loading
  newer: Loading
  /** The link was lost since: shown at once, loaded afresh when opened. */
  stale: boolean
  /** Grows when the window was exchanged for another: whoever shows it begins anew. */
  turn: number
  target: Target
  /** Grows when the target was set again within the same window. */
  aim: number
  /** Whoever shows it stands at its end, so that what is oldest can be let go when news come. */
  atEnd: boolean
}

export const newThread = (): Thread =>
  shallowReactive({
    items: [],
    hasOlder: false,
    hasNewer: false,
    loading: notLoaded(),
    older: notLoaded(),
    newer: notLoaded(),
    stale: false,
    turn: 0,
    target: { kind: 'end' },
    aim: 0,
    atEnd: true,
  })

/** Exchanges the window. */
export function exchange(thread: Thread, items: readonly Message[], ends: { older: boolean; newer: boolean }): void {
  thread.items = items
  thread.hasOlder = ends.older
  thread.hasNewer = ends.newer
  thread.older = notLoaded()
  thread.newer = notLoaded()
  thread.turn += 1
}

/** Puts older messages before the window; what is newest is let go where it grows too large. */
export function growOlder(thread: Thread, page: readonly Message[], older: boolean): void {
  const items = mergeMessages(thread.items, page)
  thread.hasOlder = older
  if (items.length > windowSize) {
    thread.items = items.slice(0, windowSize)
    thread.hasNewer = true
  } else thread.items = items
}

/** Puts newer messages after the window; what is oldest is let go where it grows too large. */
export function growNewer(thread: Thread, page: readonly Message[], newer: boolean): void {
  const items = mergeMessages(thread.items, page)
  thread.hasNewer = newer
  if (items.length > windowSize) {
    thread.items = items.slice(-windowSize)
    thread.hasOlder = true
  } else thread.items = items
}

/**
 * Puts a message where it belongs, unless it stands among those that are not loaded.
 *
 * @returns false where it stands after the window
 */
export function take(thread: Thread, message: Message): boolean {
  const { items } = thread
  if (items.some((item) => item.id === message.id)) {
    thread.items = mergeMessages(items, [message])
    return true
  }
  const oldest = items[0]
  const newest = items.at(-1)
  if (thread.hasOlder && oldest && compareMessages(message, oldest) < 0) return true
  if (thread.hasNewer && newest && compareMessages(message, newest) > 0) return false
  if (items.length < windowSize) {
    thread.items = mergeMessages(items, [message])
    return true
  }
  if (thread.atEnd) {
    growNewer(thread, [message], thread.hasNewer)
    return true
  }
  // Who reads further up keeps what is read: the news are loaded on the way down.
  thread.hasNewer = true
  return false
}
