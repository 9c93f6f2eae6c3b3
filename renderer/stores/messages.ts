/** Histories by conversation, and what is on its way from this window into the outbox. */
import { defineStore } from 'pinia'
import { shallowReactive, watch } from 'vue'
import type { Message, MessagePlace, PlacedMessage } from '#shared/contract/entries/conversations.ts'
import type { EntryInput } from '#shared/contract/index.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { call, link, onEvent } from '@/bridge/index.ts'
import { compareMessages, mergeMessages, placeKey, type Place } from './keys.ts'
import { notLoaded } from './load.ts'
import { createOutgoing } from './outgoing.ts'
import { exchange, growNewer, growOlder, newThread, take, windowSize, type Target, type Thread } from './thread.ts'

const pageSize = 60
/** How many histories stay in memory for an instant switch. */
const keptThreads = 40

function targetOf(around: MessagePlace | undefined, anchorId: string | null): Target {
  if (around && 'unread' in around) return { kind: 'unread' }
  return anchorId === null ? { kind: 'end' } : { kind: 'message', id: anchorId }
}

export const useMessages = defineStore('messages', () => {
  const threads = shallowReactive(new Map<string, Thread>())
  /** What events brought after the window's end while a page was on its way, which may have been read before them. */
  const since = new Map<Thread, Message[]>()
  const outgoing = createOutgoing({
    arrived(message) {
      // Its event may have been quicker and is then the newer state.
      const isThere = threads.get(placeKey(message))?.items.some((item) => item.id === message.id)
      if (!isThere) place(message)
    },
  })

  function place(message: PlacedMessage): void {
    const thread = threads.get(placeKey(message))
    if (!thread || thread.loading.state === 'idle') return
    const { robotId: _robotId, peer: _peer, ...plain } = message
    if (!take(thread, plain)) since.get(thread)?.push(plain)
  }

  onEvent('message.added', (message) => {
    outgoing.claim(message)
    place(message)
  })
  onEvent('message.changed', place)
  onEvent('messages.removed', ({ ids, ...where }) => {
    const thread = threads.get(placeKey(where))
    if (thread) thread.items = thread.items.filter((item) => !ids.includes(item.id))
  })
  watch(link, (state) => {
    if (state !== 'connected') for (const thread of threads.values()) thread.stale = true
  })

  /** The history of a conversation, made on first use. The most recently used are kept. */
  function threadOf(where: Place): Thread {
    const key = placeKey(where)
    const thread = threads.get(key) ?? newThread()
    threads.delete(key)
    threads.set(key, thread)
    for (const other of threads.keys()) {
      if (threads.size <= keptThreads) break
      threads.delete(other)
    }
    return thread
  }

  type PageInput = Omit<EntryInput<'messages.page'>, 'robotId' | 'peer'>
  const page = ({ robotId, peer: { kind, id } }: Place, input: PageInput) =>
    call('messages.page', { robotId, peer: { kind, id }, limit: pageSize, ...input })

  /** Exchanges the window for one around a place; the end, where there is none. */
  async function exchangeFor(where: Place, around: MessagePlace | undefined): Promise<ContractError | null> {
    const thread = threadOf(where)
    const wasReady = thread.loading.state === 'ready'
    thread.loading = { state: 'loading', error: null }
    thread.stale = false
    since.set(thread, [])
    const before = thread.items
    const answer = await page(where, around ? { around } : {})
    const missed = since.get(thread) ?? []
    since.delete(thread)
    if (!answer.ok) {
      thread.stale = true
      thread.loading = wasReady ? { state: 'ready', error: null } : { state: 'failed', error: answer.error }
      return answer.error
    }
    const { items, nextCursor, newer, anchorId } = answer.result
    const loaded = [...items].sort(compareMessages)
    const newest = loaded.at(-1)
    const arrived = [...thread.items.filter((item) => !before.includes(item)), ...missed]
    const later = arrived.filter((item) => !newest || compareMessages(item, newest) > 0)
    thread.target = targetOf(around, anchorId ?? null)
    thread.atEnd = thread.target.kind === 'end'
    exchange(thread, newer ? loaded : mergeMessages(loaded, later), {
      older: nextCursor !== null,
      newer: newer ?? false,
    })
    thread.loading = { state: 'ready', error: null }
    return null
  }

  /** After a loss of the link: what is shown stays where it is and gets its newest state, if it can. */
  async function refresh(where: Place, thread: Thread): Promise<void> {
    thread.stale = false
    const middle = thread.items[Math.floor(thread.items.length / 2)]
    const anchor: MessagePlace | undefined = thread.hasNewer && middle ? { messageId: middle.id } : undefined
    const limit = Math.max(pageSize, Math.min(windowSize, thread.items.length))
    const answer = await page(where, { limit, ...(anchor ? { around: anchor } : {}) })
    if (!answer.ok) {
      thread.stale = true
      return
    }
    const { items, nextCursor, newer } = answer.result
    const oldest = items.at(-1)
    const ends = { older: nextCursor !== null, newer: newer ?? false }
    const loaded = [...items].sort(compareMessages)
    const newest = items[0]
    if (oldest && newest && thread.items.some((item) => item.id === oldest.id)) {
      // What is missing between the two was taken out of the history meanwhile.
      const around = thread.items.filter(
        (item) => compareMessages(item, oldest) < 0 || compareMessages(item, newest) > 0,
      )
      thread.items = mergeMessages(around, loaded)
      thread.hasNewer = ends.newer
    } else if (oldest && loaded.some((item) => item.id === thread.items[0]?.id)) {
      thread.items = loaded
      thread.hasOlder = ends.older
      thread.hasNewer = ends.newer
    } else {
      // There may be a hole between what was shown and what comes: only the new page is sure.
      thread.target = { kind: 'end' }
      exchange(thread, loaded, ends)
    }
  }

  /** Loads what is to be read first: the first unread one with what stands around it, else the newest. */
  async function open(where: Place): Promise<void> {
    const thread = threadOf(where)
    const { state } = thread.loading
    if (state === 'loading') return
    if (state === 'ready' && thread.stale && thread.items.length > 0) await refresh(where, thread)
    else if (state !== 'ready' || thread.stale) await exchangeFor(where, { unread: true })
  }

  /**
   * Comes to a conversation: one that was left in the midst of its history begins where a first opening would.
   *
   * @param unread how many of their messages are unread
   */
  function enter(where: Place, unread: number): Promise<void> {
    const thread = threadOf(where)
    const theirs = thread.items.filter((item) => item.direction === 'in').length
    if (thread.loading.state === 'ready' && (thread.hasNewer || (thread.hasOlder && unread >= theirs))) {
      thread.items = []
      thread.loading = notLoaded()
    }
    thread.target = { kind: 'unread' }
    return open(where)
  }

  /** Loads the page before the oldest message that is there. */
  async function loadOlder(where: Place): Promise<void> {
    const thread = threadOf(where)
    const oldest = thread.items[0]
    if (!thread.hasOlder || !oldest || thread.loading.state !== 'ready' || thread.older.state === 'loading') return
    thread.older = { state: 'loading', error: null }
    const { turn } = thread
    const answer = await page(where, { from: { sentAt: oldest.sentAt, id: oldest.id } })
    if (thread.turn !== turn) return
    thread.older = answer.ok ? { state: 'ready', error: null } : { state: 'failed', error: answer.error }
    if (answer.ok) growOlder(thread, answer.result.items, answer.result.nextCursor !== null)
  }

  /** Loads the page after the newest message that is there. */
  async function loadNewer(where: Place): Promise<void> {
    const thread = threadOf(where)
    const newest = thread.items.at(-1)
    if (!thread.hasNewer || !newest || thread.loading.state !== 'ready' || thread.newer.state === 'loading') return
    thread.newer = { state: 'loading', error: null }
    since.set(thread, [])
    const { turn } = thread
    const answer = await page(where, { from: { sentAt: newest.sentAt, id: newest.id }, towards: 'newer' })
    if (thread.turn !== turn) return
    const missed = since.get(thread) ?? []
    since.delete(thread)
    thread.newer = answer.ok ? { state: 'ready', error: null } : { state: 'failed', error: answer.error }
    if (!answer.ok) return
    const { items, newer } = answer.result
    growNewer(thread, newer ? items : [...items, ...missed], newer)
  }

  /** Goes to a message or a time. @returns why it could not */
  async function jump(where: Place, to: { messageId: string } | { time: number }): Promise<ContractError | null> {
    const thread = threadOf(where)
    const { items } = thread
    const oldest = items[0]
    const found =
      'messageId' in to
        ? items.find((item) => item.id === to.messageId)
        : oldest && oldest.sentAt < to.time
          ? items.find((item) => item.sentAt >= to.time)
          : undefined
    if (!found || thread.loading.state !== 'ready') return exchangeFor(where, to)
    thread.target = { kind: 'message', id: found.id }
    thread.aim += 1
    return null
  }

  /** Makes sure that the window ends where the conversation does. */
  async function toEnd(where: Place): Promise<ContractError | null> {
    const thread = threadOf(where)
    return thread.hasNewer ? exchangeFor(where, undefined) : null
  }

  /** Says what became of a message that is unknown or failed. */
  const settle = (messageId: string, as: 'arrived' | 'resend') => call('messages.settle', { messageId, as })

  return { threadOf, open, enter, loadOlder, loadNewer, jump, toEnd, settle, outgoing }
})
