/** What is found for what is typed into the search: each kind by a request of its own, the last typed wins. */
import { useDebounceFn } from '@vueuse/core'
import { computed, reactive, ref, shallowRef, watch, type Ref } from 'vue'
import type { FoundMessage } from '#shared/contract/entries/conversations.ts'
import type { Friend, Group } from '#shared/contract/entries/people.ts'
import type { Answer } from '#shared/contract/index.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { call } from '@/bridge/index.ts'

interface Found<Item> {
  items: readonly Item[]
  nextCursor: string | null
  state: 'idle' | 'loading' | 'ready' | 'failed'
  error: ContractError | null
  lookedBackTo: number | null
}

const nothing = <Item>(): Found<Item> => ({
  items: [],
  nextCursor: null,
  state: 'idle',
  error: null,
  lookedBackTo: null,
})

interface SearchPage<Item> {
  items: Item[]
  nextCursor: string | null
  lookedBackTo?: number | null
}

/** How many people and groups are shown; the pages of friends and groups show all. */
const few = 5
const messagesAtOnce = 20

export function useSearch(query: Ref<string>) {
  const friends = shallowRef(nothing<Friend>())
  const groups = shallowRef(nothing<Group>())
  const messages = shallowRef(nothing<FoundMessage>())
  /** What the results shown are for. */
  const shown = ref('')
  let turn = 0

  async function ask<Item>(
    into: Ref<Found<Item>>,
    request: (cursor?: string) => Promise<Answer<SearchPage<Item>>>,
    goOn = false,
  ): Promise<void> {
    const mine = turn
    const { nextCursor } = into.value
    // What was found before stays until the new is there: nothing flickers while it is typed on.
    into.value = { ...into.value, state: 'loading', error: null }
    const answer = await request(goOn ? (nextCursor ?? undefined) : undefined)
    if (mine !== turn) return
    if (!answer.ok) {
      into.value = { ...nothing<Item>(), state: 'failed', error: answer.error }
      return
    }
    const { items, nextCursor: next, lookedBackTo = null } = answer.result
    into.value = {
      items: goOn ? [...into.value.items, ...items] : items,
      nextCursor: next,
      state: 'ready',
      error: null,
      lookedBackTo,
    }
  }

  const askMessages = (goOn = false): Promise<void> =>
    ask(
      messages,
      (cursor) =>
        call('messages.search', { query: query.value.trim(), limit: messagesAtOnce, ...(cursor ? { cursor } : {}) }),
      goOn,
    )

  async function searchNow(): Promise<void> {
    const text = query.value.trim()
    turn += 1
    if (text === '') {
      for (const found of [friends, groups, messages]) found.value = nothing<never>()
      shown.value = ''
      return
    }
    const mine = turn
    await Promise.all([
      ask(friends, () => call('friends.list', { query: text, limit: few })),
      ask(groups, () => call('groups.list', { query: text, limit: few })),
      askMessages(),
    ])
    if (mine === turn) shown.value = text
  }
  const searchSoon = useDebounceFn(searchNow, 120)
  watch(query, (text) => (text.trim() === '' ? searchNow() : searchSoon()))

  const all = computed(() => [friends.value, groups.value, messages.value])
  return reactive({
    friends,
    groups,
    messages,
    shown,
    isLoading: computed(() => all.value.some((found) => found.state === 'loading')),
    error: computed(() => all.value.find((found) => found.error)?.error ?? null),
    retry: searchNow,
    /** Goes on with the messages, further back in time. */
    more: () => askMessages(true),
  })
}
