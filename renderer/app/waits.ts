/** Why something waits in the outbox, in words. */
import type { Wait } from '#shared/contract/entries/pace.ts'
import { t } from './i18n/index.ts'
import { clockTime, momentOf } from './times.ts'

/**
 * `Limited by the platform: sending forbidden`, `Quiet hours, until 08:00`.
 *
 * @param now milliseconds UTC
 */
export function sayWait(wait: Wait, now: number): string {
  const why = t(`robots.wait.${wait.reason}`)
  const words = wait.text ? t('robots.wait.because', { why, text: wait.text }) : why
  if (wait.until === null || wait.until <= now) return words
  const seconds = Math.ceil((wait.until - now) / 1000)
  if (wait.reason === 'recall') return t('robots.wait.sentIn', { n: seconds })
  const when =
    seconds < 60
      ? t('robots.wait.seconds', { n: seconds })
      : t('robots.wait.until', {
          time: seconds < 12 * 3600 ? clockTime(wait.until) : momentOf(wait.until),
        })
  return t('robots.wait.with', { words, when })
}
