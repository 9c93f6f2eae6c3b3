/**
 * What was typed and not sent, per conversation. The engine keeps it with the conversation; until it has, the page
 * does, so that a reload or a lost link loses nothing.
 */
import { useStorage, watchDebounced } from '@vueuse/core'
import { defineStore } from 'pinia'
import { watch } from 'vue'
import { link } from '@/bridge/index.ts'
import { useConversations } from './conversations.ts'
import { placeKey, type Place } from './keys.ts'

/** How long typing rests before it is kept, in milliseconds. */
const restMs = 500

interface Unsaved {
  place: Place
  text: string
}

export const useDrafts = defineStore('drafts', () => {
  const conversations = useConversations()
  const unsaved = useStorage<Record<string, Unsaved>>('switchboard.unsaved-drafts', {})

  const textOf = (place: Place): string => {
    const key = placeKey(place)
    return unsaved.value[key]?.text ?? conversations.known.get(key)?.draft ?? ''
  }

  function write({ robotId, peer: { kind, id } }: Place, text: string): void {
    const place: Place = { robotId, peer: { kind, id } }
    unsaved.value[placeKey(place)] = { place, text }
  }

  async function save(key: string, { place, text }: Unsaved): Promise<void> {
    const answer = await conversations.update(place, { draft: text })
    // Typed on meanwhile: that is kept in its turn. A conversation that is gone needs no draft.
    if (unsaved.value[key]?.text !== text || (!answer.ok && answer.error.code !== 'not-found')) return
    const item = conversations.known.get(key)
    if (item && answer.ok) conversations.known.set(key, { ...item, draft: text })
    const { [key]: _saved, ...others } = unsaved.value
    unsaved.value = others
  }
  function saveAll(): void {
    for (const [key, draft] of Object.entries(unsaved.value)) void save(key, draft)
  }
  watchDebounced(unsaved, saveAll, { debounce: restMs, deep: true })
  watch(link, (state) => state === 'connected' && saveAll(), { immediate: true })

  /** Links of pictures that go out with the text, by conversation: they are kept on the page, since they are soon sent. */
  const attached = useStorage<Record<string, readonly string[]>>('switchboard.attached-pictures', {})
  const picturesOf = (place: Place): readonly string[] => attached.value[placeKey(place)] ?? []
  function attach(place: Place, links: readonly string[]): void {
    const { [placeKey(place)]: _before, ...others } = attached.value
    attached.value = links.length > 0 ? { ...others, [placeKey(place)]: links } : others
  }

  return { textOf, write, picturesOf, attach }
})
