/** Notifications of the system for what the watch raises, in the operator's language; and what the tray is to show. */
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

export interface TrayState {
  /** Whether the tray's picture asks for attention. */
  readonly needsAttention: boolean
  readonly tooltip: string
}

/** What the tray shows of the alarms that last. */
export function trayState(alarms: readonly Alarm[], locale: Locale, isLocked: boolean): TrayState {
  const { appName } = texts[locale]
  const [first] = alarms
  if (!first) return { needsAttention: false, tooltip: appName }
  const general = alarmInGeneral[locale].raised
  const words = isLocked ? general : sayAlarm(first, 'raised', locale).message
  const more = alarms.length > 1 ? ` (+${alarms.length - 1})` : ''
  return { needsAttention: true, tooltip: `${appName}: ${words}${isLocked ? '' : more}` }
}

export interface AlarmHost {
  onEvents(listener: (events: readonly ContractEvent[]) => void): () => void
  isLocked(): boolean
  /** Whether the operator looks at the window, which shows alarms itself. */
  isLookedAt(): boolean
  /** The system's language. */
  readonly locale: Locale
  /** What the operator chose in the settings. */
  chosenLanguage(): Promise<Locale | 'auto'>
  notify(notice: AlarmNotice): void
}

/** Follows the engine's alarms. @returns a function that ends it */
export function followAlarms(host: AlarmHost): () => void {
  let locale = host.locale
  const choose = (chosen: Locale | 'auto'): void => {
    locale = chosen === 'auto' ? host.locale : chosen
  }
  void host.chosenLanguage().then(choose)
  return host.onEvents((events) => {
    for (const { event, data } of events) {
      if (event === 'settings.changed') choose(data.language)
      if (event !== 'watch.told') continue
      const isLocked = host.isLocked()
      if (isLocked || !host.isLookedAt()) host.notify(noticeOf(data, locale, isLocked))
    }
  })
}
