import type { Locale } from '#shared/contract/errors.ts'

/**
 * The interface language that fits the system's.
 *
 * @param languages of the system, most wanted first (BCP 47)
 */
export function localeOf(languages: readonly string[]): Locale {
  for (const language of languages) {
    const [primary] = language.toLowerCase().split(/[-_]/)
    if (primary === 'zh') return 'zh-CN'
    if (primary === 'en') return 'en'
  }
  return 'en'
}
