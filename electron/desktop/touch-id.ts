/** The system's recognition of the operator: Touch ID, which Electron offers on macOS. */
import type { Locale } from '#shared/contract/errors.ts'
import type { TouchId } from '#engine/types.ts'

/** The part of Electron's systemPreferences that is used; it exists on macOS only. */
export interface FingerReader {
  canPromptTouchID(): boolean
  promptTouchID(reason: string): Promise<void>
}

/* macOS sets the application's name before it: "Switchboard" is trying to … */
const reasons: Readonly<Record<Locale, string>> = { 'zh-CN': '解锁总机', en: 'unlock Switchboard' }

/** Touch ID where the machine has it; on other systems it is never there. */
export const touchIdOf = (reader: FingerReader, platform: NodeJS.Platform): TouchId => ({
  isAvailable: () => platform === 'darwin' && reader.canPromptTouchID(),
  recognise: async (locale) => {
    try {
      await reader.promptTouchID(reasons[locale])
      return true
    } catch {
      // Given up, or not the operator's finger.
      return false
    }
  },
})
