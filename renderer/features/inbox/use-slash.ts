/** Quick replies at the cursor: what `/` and the signs after it find, walked through by key. */
import { computed, nextTick, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { QuickReply } from '#shared/contract/entries/quick-replies.ts'
import { matchesOf } from '@/features/quick-replies/matches.ts'
import { filled, type Occasion } from '@/features/quick-replies/variables.ts'
import { useQuickReplies } from '@/stores/quick-replies.ts'

/** The most that the menu shows; a longer list is narrowed by typing on. */
const shownLimit = 50

/** A slash that begins a word: not one of an address, a date or a fraction. */
const slash = /(?<![\w/:.])\/([^\s/]{0,30})$/

interface Place {
  /** Where the slash stands. */
  start: number
  end: number
}

export function useSlash(
  field: Readonly<ShallowRef<HTMLTextAreaElement | null>>,
  text: Ref<string>,
  occasion: () => Occasion,
  attach: (picture: string) => void,
) {
  const replies = useQuickReplies()
  const query = ref('')
  const place = shallowRef<Place | null>(null)
  const chosen = ref(0)
  const found = computed(() => (place.value === null ? [] : matchesOf(replies.items, query.value).slice(0, shownLimit)))
  const open = computed(() => place.value !== null && (found.value.length > 0 || query.value === ''))
  watch([query, place], () => {
    chosen.value = 0
  })

  /** Looks at what stands before the cursor. */
  function look(): void {
    const area = field.value
    if (!area || area.selectionStart !== area.selectionEnd) return close()
    const match = slash.exec(text.value.slice(0, area.selectionStart))
    if (!match) return close()
    if (place.value === null && replies.loading.state !== 'ready') void replies.load()
    query.value = match[1] ?? ''
    if (place.value?.start !== match.index || place.value.end !== area.selectionStart) {
      place.value = { start: match.index, end: area.selectionStart }
    }
  }
  function close(): void {
    place.value = null
  }

  /** Puts it in the place of the slash and what follows. */
  async function choose(reply: QuickReply): Promise<void> {
    const { start, end } = place.value ?? { start: text.value.length, end: text.value.length }
    const words = filled(reply.text, occasion())
    text.value = text.value.slice(0, start) + words + text.value.slice(end)
    if (reply.picture) attach(reply.picture)
    close()
    await nextTick()
    field.value?.focus()
    field.value?.setSelectionRange(start + words.length, start + words.length)
  }

  /** Writes the slash itself: for who does not know it. */
  async function begin(): Promise<void> {
    const area = field.value
    if (!area) return
    const before = text.value.slice(0, area.selectionStart)
    const sign = before === '' || /\s$/.test(before) ? '/' : ' /'
    const at = before.length + sign.length
    text.value = before + sign + text.value.slice(area.selectionEnd)
    await nextTick()
    area.focus()
    area.setSelectionRange(at, at)
    look()
  }

  /** @returns whether the key was the menu's */
  function takesKey(event: KeyboardEvent): boolean {
    if (!open.value || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return false
    const count = found.value.length
    const walk = (by: number) => () => {
      chosen.value = (chosen.value + by + count) % Math.max(1, count)
    }
    const take = (): void => {
      const reply = found.value[chosen.value]
      if (reply) void choose(reply)
    }
    const keys: Readonly<Record<string, () => void>> = {
      Escape: close,
      ...(count > 0 ? { ArrowDown: walk(1), ArrowUp: walk(-1), Enter: take, Tab: take } : {}),
    }
    const act = keys[event.key]
    if (!act) return false
    event.preventDefault()
    event.stopPropagation()
    act()
    return true
  }

  return {
    open,
    found,
    chosen,
    loading: computed(() => replies.loading),
    load: replies.load,
    look,
    close,
    choose,
    begin,
    takesKey,
  }
}
