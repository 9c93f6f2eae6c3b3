/** Emoji with their words in both languages; loaded when the picker is first opened. */
import en from 'emojibase-data/en/compact.json'
import zh from 'emojibase-data/zh/compact.json'

export interface Emoji {
  sign: string
  group: number
  zh: string
  en: string
  /** All words by which it is found, in lower case, a blank before each. */
  words: string
}

interface Compact {
  hexcode: string
  unicode: string
  label: string
  tags?: string[]
  group?: number
}

/** Skin tones and hair stand beside their emoji, and are none of their own. */
const componentGroup = 2

const zhWords = new Map((zh as Compact[]).map((item) => [item.hexcode, item]))

export const emojis: readonly Emoji[] = (en as Compact[]).flatMap((item) => {
  if (item.group === undefined || item.group === componentGroup) return []
  const chinese = zhWords.get(item.hexcode)
  const words = [item.label, ...(item.tags ?? []), chinese?.label ?? '', ...(chinese?.tags ?? [])]
  return {
    sign: item.unicode,
    group: item.group,
    zh: chinese?.label ?? item.label,
    en: item.label,
    words: ` ${words.join(' ').toLowerCase()}`,
  }
})
