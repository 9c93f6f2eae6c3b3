/** A list that comes in pages and stays true by events: how every table of the record and of people is held. */
import { computed, ref, shallowRef } from 'vue'
import type { Page } from '#shared/contract/common.ts'
import type { Answer } from '#shared/contract/index.ts'
import { notLoaded, type Loading } from './load.ts'

const pageSize = 50
/** The contract's greatest page. */
const largestPage = 500

/** A page of a list that is searched: where it ended early, how far back it looked. */
export type SearchedPage<Item> = Page<Item> & { lookedBackTo?: number | null }

/** How many requests one press of "look further back" makes at most. */
const furtherSteps = 20

export interface PagedOptions<Item> {
  keyOf: (item: Item) => string
  /** Asks for one page under the filter of the moment. */
  fetch: (paging: { limit: number; cursor?: string }) => Promise<Answer<SearchedPage<Item>>>
  /** Order of the list, for what events bring; without it events only change what is there. */
  compare?: (one: Item, other: Item) => number
  /** Whether an item belongs under the filter of the moment. */
  fits?: (item: Item) => boolean
}

export function createPaged<Item>(options: PagedOptions<Item>) {
  const { keyOf, fetch, compare, fits = () => true } = options
  const items = shallowRef<readonly Item[]>([])
  const nextCursor = shallowRef<string | null>(null)
  const loading = shallowRef<Loading>(notLoaded())
  const more = shallowRef<Loading>(notLoaded())
  /** The time down to which a search has looked so far; null where nothing is left out. */
  const lookedBackTo = shallowRef<number | null>(null)
  /** What came while the pointer was over the list: nothing moves under it. */
  const waiting = shallowRef<readonly Item[]>([])
  const held = ref(false)
  /** What events brought while a page was on its way: the page may have been read before them. */
  const taken = new Map<string, Item>()
  let turn = 0

  /** Loads from the beginning, as much as was there; what is shown stays until it comes. */
  async function load(): Promise<void> {
    const mine = ++turn
    taken.clear()
    loading.value = { state: 'loading', error: null }
    more.value = notLoaded()
    const wanted = Math.max(pageSize, items.value.length)
    const found: Item[] = []
    let cursor: string | null = null
    let looked: number | null = null
    do {
      const limit = Math.min(largestPage, Math.max(pageSize, wanted - found.length))
      const answer: Answer<SearchedPage<Item>> = await fetch({ limit, ...(cursor === null ? {} : { cursor }) })
      if (mine !== turn) return
      if (!answer.ok) {
        loading.value = { state: 'failed', error: answer.error }
        return
      }
      found.push(...answer.result.items)
      cursor = answer.result.nextCursor
      looked = answer.result.lookedBackTo ?? null
    } while (cursor !== null && looked === null && found.length < wanted)
    lookedBackTo.value = looked
    items.value = found.map((item) => taken.get(keyOf(item)) ?? item)
    const read = new Set(found.map(keyOf))
    const missed = [...taken.values()].filter((item) => !read.has(keyOf(item)))
    waiting.value = []
    nextCursor.value = cursor
    loading.value = { state: 'ready', error: null }
    for (const item of missed) take(item)
  }

  /** Another filter is another list: begins anew, with nothing. */
  function restart(): void {
    items.value = []
    waiting.value = []
    nextCursor.value = null
    lookedBackTo.value = null
    held.value = false
    void load()
  }

  /** Loads the next page, if there is one and none is under way. */
  async function loadMore(): Promise<void> {
    const cursor = nextCursor.value
    if (cursor === null || loading.value.state !== 'ready' || more.value.state === 'loading') return
    const mine = turn
    more.value = { state: 'loading', error: null }
    const answer = await fetch({ limit: pageSize, cursor })
    if (mine !== turn) return
    if (!answer.ok) {
      more.value = { state: 'failed', error: answer.error }
      return
    }
    more.value = { state: 'ready', error: null }
    nextCursor.value = answer.result.nextCursor
    lookedBackTo.value = answer.result.lookedBackTo ?? null
    const known = new Set(items.value.map(keyOf))
    items.value = [...items.value, ...answer.result.items.filter((item) => !known.has(keyOf(item)))]
  }

  /** Goes on with a search until it finds something more, or the list or its patience ends. */
  async function lookFurther(): Promise<void> {
    const mine = turn
    const had = items.value.length
    for (let step = 0; step < furtherSteps; step += 1) {
      await loadMore()
      if (mine !== turn || items.value.length > had || lookedBackTo.value === null || more.value.error) return
    }
  }

  const without = (list: readonly Item[], key: string): Item[] => list.filter((item) => keyOf(item) !== key)

  /** An event brought an item: it is replaced where it is, or put into its place. */
  function take(item: Item): void {
    const key = keyOf(item)
    if (loading.value.state === 'loading') taken.set(key, item)
    if (items.value.some((other) => keyOf(other) === key)) {
      // One that ceases to fit stays while it is looked at: it is what the operator just dealt with.
      items.value = items.value.map((other) => (keyOf(other) === key ? item : other))
      return
    }
    if (!compare || !fits(item) || loading.value.state === 'idle') return
    const last = items.value.at(-1)
    const isBelowLoaded = nextCursor.value !== null && last !== undefined && compare(item, last) > 0
    if (isBelowLoaded) return
    if (held.value) waiting.value = [...without(waiting.value, key), item]
    else items.value = [...items.value, item].sort(compare)
  }

  /** Shows what waited. */
  function showWaiting(): void {
    if (waiting.value.length === 0 || !compare) return
    const keys = new Set(waiting.value.map(keyOf))
    items.value = [...items.value.filter((item) => !keys.has(keyOf(item))), ...waiting.value].sort(compare)
    waiting.value = []
  }

  /** Holds the list still while the pointer is over it. */
  function hold(on: boolean): void {
    held.value = on
    if (!on) showWaiting()
  }

  return {
    items,
    loading,
    more,
    waiting: computed(() => waiting.value.length),
    hasMore: computed(() => nextCursor.value !== null),
    load,
    restart,
    loadMore,
    lookedBackTo,
    lookFurther,
    take,
    remove: (key: string): void => {
      items.value = without(items.value, key)
    },
    hold,
    showWaiting,
  }
}

export type Paged<Item> = ReturnType<typeof createPaged<Item>>
