/** Members of a group at the cursor: what `@` and the signs after it find, walked through by key. */
import { computed, nextTick, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { Member } from '#shared/contract/entries/people.ts'
import { call } from '@/bridge/index.ts'
import type { Place } from '@/stores/keys.ts'
import { notLoaded, type Loading } from '@/stores/load.ts'

const shownLimit = 30

/** Not one inside a word, such as an address of e-mail. */
const sign = /(?<![\w.])@([^\s@]{0,30})$/

export function useMention(
  field: Readonly<ShallowRef<HTMLTextAreaElement | null>>,
  text: Ref<string>,
  place: () => Place,
) {
  const members = shallowRef<readonly Member[]>([])
  const loading = shallowRef<Loading>(notLoaded())
  const query = ref('')
  const at = shallowRef<{ start: number; end: number } | null>(null)
  const chosen = ref(0)
  const found = computed(() => {
    const wanted = query.value.toLowerCase()
    return members.value.filter(({ name }) => name.toLowerCase().includes(wanted)).slice(0, shownLimit)
  })
  /** A sign that finds nobody is just a sign; one that stands alone says why there is nobody. */
  const open = computed(
    () => at.value !== null && (found.value.length > 0 || query.value === '' || loading.value.state === 'failed'),
  )
  watch([query, at], () => {
    chosen.value = 0
  })

  async function load(): Promise<void> {
    const { robotId, peer } = place()
    loading.value = { state: 'loading', error: null }
    const answer = await call('groups.get', { robotId, groupId: peer.id })
    if (answer.ok) members.value = answer.result.members.filter(({ name }) => name !== '')
    // A group that is not in the list yet has no members that are known.
    const isUnheardOf = !answer.ok && answer.error.code === 'not-found'
    loading.value =
      answer.ok || isUnheardOf ? { state: 'ready', error: null } : { state: 'failed', error: answer.error }
  }

  /** Looks at what stands before the cursor. */
  function look(): void {
    const area = field.value
    if (place().peer.kind !== 'group' || !area || area.selectionStart !== area.selectionEnd) return close()
    const match = sign.exec(text.value.slice(0, area.selectionStart))
    if (!match) return close()
    if (at.value === null && loading.value.state !== 'ready') void load()
    query.value = match[1] ?? ''
    at.value = { start: match.index, end: area.selectionStart }
  }
  function close(): void {
    at.value = null
  }

  async function choose(member: Member): Promise<void> {
    if (!at.value) return
    const { start, end } = at.value
    const words = `@${member.name} `
    text.value = text.value.slice(0, start) + words + text.value.slice(end)
    close()
    await nextTick()
    field.value?.focus()
    field.value?.setSelectionRange(start + words.length, start + words.length)
  }

  /** @returns whether the key was the menu's */
  function takesKey(event: KeyboardEvent): boolean {
    if (!open.value || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return false
    const count = found.value.length
    const take = (): void => {
      const member = found.value[chosen.value]
      if (member) void choose(member)
    }
    const walk = (by: number) => () => {
      chosen.value = (chosen.value + by + count) % count
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

  return { open, found, chosen, loading, load, look, close, choose, takesKey }
}
