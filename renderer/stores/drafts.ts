/** What was typed and not sent, per conversation; kept over a reload. */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { placeKey, type Place } from './keys.ts'

export const useDrafts = defineStore('drafts', () => {
  const texts = useStorage<Record<string, string>>('switchboard.drafts', {})

  const textOf = (place: Place): string => texts.value[placeKey(place)] ?? ''

  function write(place: Place, text: string): void {
    const key = placeKey(place)
    if (text === '') {
      const { [key]: _sent, ...others } = texts.value
      texts.value = others
    } else {
      texts.value[key] = text
    }
  }

  return { textOf, write }
})
