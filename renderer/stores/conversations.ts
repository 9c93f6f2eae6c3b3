/** The list of conversations as it is shown: filtered, paged, kept in order by events. */
import { defineStore } from 'pinia'
import { computed, reactive, ref, shallowReactive, shallowRef } from 'vue'
import type { Conversation } from '#shared/contract/entries/conversations.ts'
import type { EntryInput } from '#shared/contract/index.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { call, onEvent } from '@/bridge/index.ts'
import { compareIn, fits, openFilter, queryOf, type ConversationFilter } from './conversation-filter.ts'
import { placeKey, type Place } from './keys.ts'
import { notLoaded, type Loading } from './load.ts'

const pageSize = 50

export type ConversationChanges = Omit<EntryInput<'conversations.update'>, 'robotId' | 'peer'>

/** The peer without what a conversation has beside it. */
const placePeer = ({ peer: { kind, id } }: Place): Place['peer'] => ({ kind, id })

export const useConversations = defineStore('conversations', () => {
  /** Every conversation that was ever seen, by its key. */
  const known = shallowReactive(new Map<string, Conversation>())
  const filter = reactive(openFilter())
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
      .sort(compareIn(filter))
      .map((item) => placeKey(item))

  /** Puts the list in order. @param anyway though the pointer is over it: the operator asked */
  function settle(anyway = false): void {
    scheduled = false
    if (held.value && !anyway && order.value.length > 0) {
      const next = sorted()
      outdated.value = next.length !== order.value.length || next.some((key, index) => key !== order.value[index])
      return
    }
    for (const key of filter.query === '' ? members : []) {
      const item = known.get(key)
      if (item && !fits(filter, item) && key !== keep.value) members.delete(key)
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

  /** The open conversation's key: it stays in the list of unread ones after it was read, and in every other. */
  const keep = ref<string | null>(null)

  /** Whether it stands above the end of what is loaded; what is below comes with its page. */
  function isWithinLoaded(item: Conversation): boolean {
    if (nextCursor.value === null) return true
    const last = order.value.at(-1)
    const oldest = last === undefined ? undefined : known.get(last)
    return oldest === undefined || compareIn(filter)(item, oldest) <= 0
  }

  function take(item: Conversation): void {
    const key = placeKey(item)
    known.set(key, item)
    if (!members.has(key) && fits(filter, item) && isWithinLoaded(item)) members.add(key)
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

  /** Loads the list from its beginning; what is known already is shown meanwhile. */
  async function load(): Promise<void> {
    const turn = ++asked
    loading.value = { state: 'loading', error: null }
    more.value = notLoaded()
    const limit = Math.min(500, Math.max(pageSize, members.size))
    const answer = await call('conversations.list', { ...queryOf(filter), limit })
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
    const answer = await call('conversations.list', { ...queryOf(filter), limit: pageSize, cursor })
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
  function show(changes: Partial<ConversationFilter>): void {
    const before = { ...filter }
    Object.assign(filter, changes)
    if (JSON.stringify(before) === JSON.stringify(filter)) return
    held.value = false
    nextCursor.value = null
    if (filter.query === '') {
      members = new Set([...known].filter(([, item]) => fits(filter, item)).map(([key]) => key))
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

  /** Notes something of a conversation; its event brings the new state. */
  const update = (place: Place, changes: ConversationChanges) =>
    call('conversations.update', { robotId: place.robotId, peer: placePeer(place), ...changes })

  /** Marks everything that has come as read; its event brings the new state. */
  const read = (place: Place) => call('conversations.read', { robotId: place.robotId, peer: placePeer(place) })

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
    update,
  }
})
