/** Conversations that are picked for something to be done with all of them at once. */
import { computed, ref, shallowReactive } from 'vue'
import type { Conversation } from '#shared/contract/entries/conversations.ts'
import { placeKey } from '@/stores/keys.ts'

/** Whether the list shows boxes instead of faces, and a press picks instead of opening. */
export const selecting = ref(false)
const keys = shallowReactive(new Set<string>())
/** The one that was picked last: Shift picks from there on. */
let anchor: string | null = null

export const selectedCount = computed(() => keys.size)
export const isSelected = (key: string): boolean => keys.has(key)

export function endSelection(): void {
  selecting.value = false
  keys.clear()
  anchor = null
}

export function toggleSelecting(): void {
  if (selecting.value) endSelection()
  else selecting.value = true
}

/** Picks one or leaves it; with Shift all from the one picked before. @param order keys as the list shows them */
export function pick(key: string, order: readonly string[], range: boolean): void {
  selecting.value = true
  const from = anchor === null ? -1 : order.indexOf(anchor)
  const to = order.indexOf(key)
  if (range && from !== -1 && to !== -1) {
    for (const one of order.slice(Math.min(from, to), Math.max(from, to) + 1)) keys.add(one)
  } else if (keys.has(key)) keys.delete(key)
  else keys.add(key)
  anchor = key
}

export function pickAll(order: readonly string[]): void {
  const has = order.every((key) => keys.has(key))
  keys.clear()
  if (!has) for (const key of order) keys.add(key)
}

/** The picked ones, of those that are known. */
export const selectedOf = (known: ReadonlyMap<string, Conversation>): Conversation[] =>
  [...keys].flatMap((key) => known.get(key) ?? []).filter((item) => keys.has(placeKey(item)))
