/** The language of what the system draws for the application: the one chosen in the settings, else the system's. */
import type { Engine } from '#engine/types.ts'
import { settingsSchema } from '#shared/contract/entries/system.ts'
import type { Locale } from '#shared/contract/errors.ts'

export interface Language {
  readonly now: () => Locale
  readonly end: () => void
}

/**
 * Follows the choice in the settings.
 *
 * @param system the system's language
 * @param changed told when it may be another than before
 */
export function followLanguage(
  engine: Pick<Engine, 'call' | 'onEvents'>,
  system: Locale,
  changed: () => void,
): Language {
  let chosen: Locale | 'auto' = 'auto'
  const choose = (language: Locale | 'auto'): void => {
    if (language === chosen) return
    chosen = language
    changed()
  }
  /** Counts choices that were heard: an answer that was asked for before one of them may be older. */
  let heard = 0
  const look = async (): Promise<void> => {
    const before = heard
    const answer = await engine.call('settings.get', {}, { locale: system })
    const settings = answer.ok ? settingsSchema.safeParse(answer.result) : null
    if (settings?.success && heard === before) choose(settings.data.language)
  }
  void look()
  const end = engine.onEvents((events) => {
    for (const { event, data } of events) {
      if (event === 'settings.changed') {
        heard += 1
        choose(data.language)
      }
      if (event === 'system.restarted') void look()
    }
  })
  return { now: () => (chosen === 'auto' ? system : chosen), end }
}
