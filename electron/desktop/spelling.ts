/** Which spelling is checked, and what a right click offers for it. */
import type { Session } from 'electron'
import type { DesktopSettings, DesktopState } from '#shared/contract/desktop.ts'

/**
 * Whether the window's pages check spelling. On macOS the system does, by its own settings. Elsewhere Chromium loads
 * each language's dictionary from Google's server: only after somebody chose one.
 */
export const checksSpelling = (
  { spellLanguages }: Pick<DesktopSettings, 'spellLanguages'>,
  platform: NodeJS.Platform,
): boolean => platform === 'darwin' || spellLanguages.length > 0

/** Those of the chosen languages that there is a dictionary for: an unknown one would throw. */
export const usableLanguages = (wanted: readonly string[], available: readonly string[]): string[] =>
  wanted.filter((language) => available.includes(language))

export interface Spelling {
  apply(settings: DesktopSettings): void
  state(settings: DesktopSettings): DesktopState['spelling']
}

type SpellSession = Pick<
  Session,
  'setSpellCheckerEnabled' | 'setSpellCheckerLanguages' | 'availableSpellCheckerLanguages'
>

/** Makes it, before the first window. @param atStart the settings that the window is made by */
export function makeSpelling(session: SpellSession, platform: NodeJS.Platform, atStart: DesktopSettings): Spelling {
  const bySystem = platform === 'darwin'
  const madeFor = checksSpelling(atStart, platform)
  const apply: Spelling['apply'] = (settings) => {
    if (bySystem) return
    const languages = usableLanguages(settings.spellLanguages, session.availableSpellCheckerLanguages)
    // Languages before the switch: switched on, it would begin to load those of the system.
    if (languages.length > 0) session.setSpellCheckerLanguages(languages)
    session.setSpellCheckerEnabled(madeFor && languages.length > 0)
  }
  apply(atStart)
  return {
    apply,
    state: (settings) => ({
      bySystem,
      available: bySystem ? [] : [...session.availableSpellCheckerLanguages],
      needsRestart: checksSpelling(settings, platform) && !madeFor,
    }),
  }
}
