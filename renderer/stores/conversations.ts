/** The list of conversations as it is shown: filtered, paged, kept in order by events. */
import { defineStore } from 'pinia'
import { computed, reactive, ref, shallowReactive, shallowRef } from 'vue'
import type { Conversation } from '#shared/contract/entries/conversations.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { call, onEvent } from '@/bridge/index.ts'
import { placeKey, type Place } from './keys.ts'
import { notLoaded, type Loading } from './load.ts'

const pageSize = 50
const newestFirst = (one: Conversation, other: Conversation): number => (other.lastAt ?? 0) - (one.lastAt ?? 0)

export const useConversations = defineStore('conversations', () => {
  /** Every conversation that was ever seen, by its key. */
  const known = shallowReactive(new Map<string, Conversation>())
  const filter = reactive({ robotId: null as string | null, unreadOnly: false, query: '' })
  /** Keys that belong to the list, in no order. */
  let members = new Set<string>()
  /** Keys in the order that is shown. */
  const order = shallowRef<readonly string[]>([])
  const nextCursor = shallowRef<string | null>(null)
  const loading = shallowRef<Loading>(notLoaded())
  const more = shallowRef<Loading>(notLoaded())
  /** While true (the pointer is over the list) nothing moves; `outdated` says that it would. */
  const held = ref(false)
  const outdated = ref(false)
  let asked = 0
  let scheduled = false

  const sorted = (): string[] =>
    [...members]
      .map((key) => known.get(key))
      .filter((item) => item !== undefined)
      .sort(newestFirst)
      .map((item) => placeKey(item))

  /** Puts the list in order. @param anyway though the pointer is over it: the operator asked */
  function settle(anyway = false): void {
    scheduled = false
    if (held.value && !anyway && order.value.length > 0) {
      const next = sorted()
      outdated.value = next.length !== order.value.length || next.some((key, index) => key !== order.value[index])
      return
    }
    if (filter.unreadOnly) {
      for (const key of members) if (known.get(key)?.unread === 0 && key !== keep.value) members.delete(key)
    }
    order.value = sorted()
    outdated.value = false
  }
  /** Puts the list in order once for all events of one moment. */
  function settleSoon(): void {
    if (scheduled) return
    scheduled = true
    queueMicrotask(() => settle())
  }

  /** The open conversation's key: it stays in the list of unread ones after it was read. */
  const keep = ref<string | null>(null)

  const fits = (item: Conversation): boolean =>
    item.lastAt !== null &&
    (filter.robotId === null || item.robotId === filter.robotId) &&
    (!filter.unreadOnly || item.unread > 0) &&
    filter.query === ''

  /** Whether it stands above the end of what is loaded; what is below comes with its page. */
  function isWithinLoaded(item: Conversation): boolean {
    if (nextCursor.value === null) return true
    const last = order.value.at(-1)
    const oldest = last === undefined ? undefined : known.get(last)
    return (item.lastAt ?? 0) >= (oldest?.lastAt ?? 0)
  }

  function take(item: Conversation): void {
    const key = placeKey(item)
    known.set(key, item)
    if (!members.has(key) && fits(item) && isWithinLoaded(item)) members.add(key)
    if (members.has(key)) settleSoon()
  }

  onEvent('conversation.changed', take)
  const dropWhere = (gone: (item: Conversation) => boolean): void => {
    for (const [key, item] of known) {
      if (!gone(item)) continue
      known.delete(key)
      members.delete(key)
    }
    settleSoon()
  }
  onEvent('robot.removed', ({ id }) => dropWhere((item) => item.robotId === id))

  const query = () => ({
    ...(filter.robotId === null ? {} : { robotId: filter.robotId }),
    ...(filter.unreadOnly ? { unreadOnly: true } : {}),
    ...(filter.query === '' ? {} : { query: filter.query }),
  })

  /** Loads the list from its beginning; what is known already is shown meanwhile. */
  async function load(): Promise<void> {
    const turn = ++asked
    loading.value = { state: 'loading', error: null }
    more.value = notLoaded()
    const limit = Math.min(500, Math.max(pageSize, members.size))
    const answer = await call('conversations.list', { ...query(), limit })
    if (turn !== asked) return
    if (!answer.ok) {
      loading.value = { state: 'failed', error: answer.error }
      return
    }
    for (const item of answer.result.items) known.set(placeKey(item), item)
    members = new Set(answer.result.items.map((item) => placeKey(item)))
    nextCursor.value = answer.result.nextCursor
    settle()
    loading.value = { state: 'ready', error: null }
  }

  /** Loads the next page, if there is one and none is under way. */
  async function loadMore(): Promise<void> {
    const cursor = nextCursor.value
    if (cursor === null || loading.value.state !== 'ready' || more.value.state === 'loading') return
    const turn = asked
    more.value = { state: 'loading', error: null }
    const answer = await call('conversations.list', { ...query(), limit: pageSize, cursor })
    if (turn !== asked) return
    if (!answer.ok) {
      more.value = { state: 'failed', error: answer.error }
      return
    }
    more.value = { state: 'ready', error: null }
    const added: string[] = []
    for (const item of answer.result.items) {
      const key = placeKey(item)
      known.set(key, item)
      if (!members.has(key)) added.push(key)
      members.add(key)
    }
    nextCursor.value = answer.result.nextCursor
    // Rows put after the last one move nothing, so they need not wait for the pointer.
    order.value = [...order.value, ...added]
    settleSoon()
  }

  /** Changes what the list shows. */
  function show(changes: Partial<typeof filter>): void {
    const before = { ...filter }
    Object.assign(filter, changes)
    if (before.robotId === filter.robotId && before.unreadOnly === filter.unreadOnly && before.query === filter.query) {
      return
    }
    held.value = false
    nextCursor.value = null
    if (filter.query === '') {
      members = new Set([...known].filter(([, item]) => fits(item)).map(([key]) => key))
      settle()
    }
    void load()
  }

  /** Holds the order while the pointer is over the list, lets it go when it leaves. */
  function hold(on: boolean): void {
    held.value = on
    if (!on) settle()
  }

  /** Makes sure that a conversation is known, also one with a friend who never wrote. */
  async function open(place: Place): Promise<ContractError | null> {
    if (known.has(placeKey(place))) return null
    const answer = await call('conversations.get', place)
    if (answer.ok) known.set(placeKey(place), answer.result)
    return answer.ok ? null : answer.error
  }

  /** Marks everything that has come as read; its event brings the new state. */
  const read = (place: Place) => call('conversations.read', { robotId: place.robotId, peer: place.peer })

  const items = computed(() => order.value.map((key) => known.get(key)).filter((item) => item !== undefined))

  return {
    known,
    filter,
    items,
    order,
    loading,
    more,
    outdated,
    keep,
    load,
    loadMore,
    show,
    hold,
    open,
    read,
    settle,
  }
})
