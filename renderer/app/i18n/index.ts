/** The interface's words in both languages, chosen by the settings; every key is known to the compiler. */
import { computed, watchEffect } from 'vue'
import { createI18n } from 'vue-i18n'
import type { Settings } from '#shared/contract/entries/system.ts'
import type { Locale } from '#shared/contract/errors.ts'
import en from './en/index.ts'
import zhCN from './zh-CN/index.ts'
import type { Keys } from './words.ts'

export type TextKey = Keys<typeof zhCN>
type Values = Record<string, string | number>

const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'en',
  messages: { 'zh-CN': zhCN, en },
})

/** The language shown now. */
export const locale = computed<Locale>(() => (i18n.global.locale.value === 'en' ? 'en' : 'zh-CN'))

/**
 * The words of a key in the language shown now; used while rendering, they follow the language.
 *
 * @param values fills `{name}`; `n` also chooses between the forms that `|` parts
 */
export function t(key: TextKey, values: Values = {}): string {
  const count = values['n']
  return i18n.global.t(key, values, typeof count === 'number' ? count : 1)
}

/** Several things one after another, as the language shown now has it. */
export const listOf = (items: readonly string[]): string => items.join(t('common.comma'))

/** The language that a setting means on this machine. */
export function localeOf(language: Settings['language'], system: readonly string[] = navigator.languages): Locale {
  if (language !== 'auto') return language
  return system[0]?.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}

/** Follows the language setting, on the page and in the document's own mark. */
export function useLanguage(settings: () => Settings, announce: (locale: Locale) => void): void {
  watchEffect(() => {
    const chosen = localeOf(settings().language)
    i18n.global.locale.value = chosen
    document.documentElement.lang = chosen
    announce(chosen)
  })
}
