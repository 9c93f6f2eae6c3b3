/** Notifications of the system for what the watch raises, in the operator's language. */
import { alarmInGeneral, sayAlarm } from '#shared/contract/alarm-words.ts'
import type { Alarm, AlarmPhase } from '#shared/contract/entries/watch.ts'
import type { Locale } from '#shared/contract/errors.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import { texts } from './texts.ts'

export interface AlarmNotice {
  readonly title: string
  readonly body: string
}

interface Told {
  readonly phase: AlarmPhase
  readonly alarm: Alarm
}

/** What a notification says. @param isLocked then it names nobody, since whoever passes can read it */
export function noticeOf({ phase, alarm }: Told, locale: Locale, isLocked: boolean): AlarmNotice {
  if (isLocked) return { title: texts[locale].appName, body: alarmInGeneral[locale][phase] }
  const { message, hint } = sayAlarm(alarm, phase, locale)
  return { title: message, body: hint }
}

export interface AlarmHost {
  onEvents(listener: (events: readonly ContractEvent[]) => void): () => void
  isLocked(): boolean
  /** Whether the operator looks at the window, which shows alarms itself. */
  isLookedAt(): boolean
  language(): Locale
  /** @param isGeneral it names nobody */
  notify(notice: AlarmNotice, isGeneral: boolean): void
}

/** Follows the engine's alarms. @returns a function that ends it */
export const followAlarms = (host: AlarmHost): (() => void) =>
  host.onEvents((events) => {
    for (const { event, data } of events) {
      if (event !== 'watch.told') continue
      const isLocked = host.isLocked()
      if (isLocked || !host.isLookedAt()) host.notify(noticeOf(data, host.language(), isLocked), isLocked)
    }
  })
