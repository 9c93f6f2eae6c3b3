/** Histories by conversation, and what is on its way from this window into the outbox. */
import { defineStore } from 'pinia'
import { shallowReactive, watch } from 'vue'
import type { Message, PlacedMessage } from '#shared/contract/entries/conversations.ts'
import { call, link, onEvent } from '@/bridge/index.ts'
import { compareMessages, mergeMessages, placeKey, type Place } from './keys.ts'
import { notLoaded, type Loading } from './load.ts'
import { createOutgoing } from './outgoing.ts'

const pageSize = 50
/** How many histories stay in memory for an instant switch. */
const keptThreads = 40

export interface Thread {
  /** Oldest first. */
  items: readonly Message[]
  /** Where older ones begin; null when the beginning is reached. */
  cursor: string | null
  loading: Loading
  older: Loading
  /** The link was lost since: shown at once, loaded afresh when opened. */
  stale: boolean
}

const newThread = (): Thread =>
  shallowReactive({ items: [], cursor: null, loading: notLoaded(), older: notLoaded(), stale: false })

export const useMessages = defineStore('messages', () => {
  const threads = shallowReactive(new Map<string, Thread>())
  const outgoing = createOutgoing({
    arrived(message) {
      // Its event may have been quicker and is then the newer state.
      const isThere = threads.get(placeKey(message))?.items.some((item) => item.id === message.id)
      if (!isThere) place(message)
    },
  })

  /** Puts a message where it belongs, unless it stands among pages that are not loaded. */
  function place(message: PlacedMessage): void {
    const thread = threads.get(placeKey(message))
    if (!thread || thread.loading.state === 'idle') return
    const { robotId: _robotId, peer: _peer, ...plain } = message
    const oldest = thread.items[0]
    const isKnown = thread.items.some((item) => item.id === plain.id)
    if (!isKnown && thread.cursor !== null && oldest && compareMessages(plain, oldest) < 0) return
    thread.items = mergeMessages(thread.items, [plain])
  }

  onEvent('message.added', (message) => {
    outgoing.claim(message)
    place(message)
  })
  onEvent('message.changed', place)
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

  /** Loads the newest page, unless it is there and fresh. */
  async function open(where: Place): Promise<void> {
    const thread = threadOf(where)
    const { state } = thread.loading
    if (state === 'loading' || (state === 'ready' && !thread.stale)) return
    thread.loading = { state: 'loading', error: null }
    thread.stale = false
    const { robotId, peer } = where
    const answer = await call('messages.page', { robotId, peer: { kind: peer.kind, id: peer.id }, limit: pageSize })
    if (!answer.ok) {
      thread.stale = true
      thread.loading = { state: 'failed', error: answer.error }
      return
    }
    const page = [...answer.result.items].sort(compareMessages)
    const oldest = page[0]
    // After a loss there may be a hole between what was shown and what comes: then only the new page is sure.
    const joins = oldest !== undefined && thread.items.some((item) => item.id === oldest.id)
    if (joins) {
      thread.items = mergeMessages(thread.items, page)
    } else {
      // Events of the meantime are newer than the page.
      const newest = page.at(-1)
      const since = newest ? thread.items.filter((item) => compareMessages(item, newest) > 0) : thread.items
      thread.items = mergeMessages(page, state === 'idle' ? since : [])
      thread.cursor = answer.result.nextCursor
    }
    thread.loading = { state: 'ready', error: null }
  }

  /** Loads the page before the oldest message that is there. */
  async function loadOlder(where: Place): Promise<void> {
    const thread = threadOf(where)
    if (thread.cursor === null || thread.loading.state !== 'ready' || thread.older.state === 'loading') return
    thread.older = { state: 'loading', error: null }
    const cursor = thread.cursor
    const { robotId, peer } = where
    const answer = await call('messages.page', {
      robotId,
      peer: { kind: peer.kind, id: peer.id },
      limit: pageSize,
      cursor,
    })
    if (!answer.ok) {
      thread.older = { state: 'failed', error: answer.error }
      return
    }
    thread.older = { state: 'ready', error: null }
    if (thread.cursor !== cursor) return
    thread.cursor = answer.result.nextCursor
    thread.items = mergeMessages(thread.items, answer.result.items)
  }

  /** Says what became of a message that is unknown or failed. */
  const settle = (messageId: string, as: 'arrived' | 'resend') => call('messages.settle', { messageId, as })

  return { threadOf, open, loadOlder, settle, outgoing }
})
