/**
 * What is posted to the webhook. It may pass through other people's machines: no text and no name of anybody, but
 * number and name of the robot. docs/watch.md describes it.
 */
import { sayAlarm } from '#shared/contract/alarm-words.ts'
import type { Alarm, AlarmPhase } from '#shared/contract/entries/watch.ts'
import type { Locale } from '#shared/contract/errors.ts'

const inWords = (alarm: Alarm, phase: AlarmPhase, locale: Locale): string => {
  const connection = locale === 'en' ? `connection ${alarm.connection?.id ?? ''}` : `连接 ${alarm.connection?.id ?? ''}`
  return sayAlarm(alarm, phase, locale, connection).message
}

export const alarmBody = (phase: AlarmPhase, alarm: Alarm): string =>
  JSON.stringify({
    switchboard: 'alarm',
    version: 1,
    phase,
    alarm: {
      id: alarm.id,
      kind: alarm.kind,
      robot: alarm.robot && { serialNo: alarm.robot.serialNo, name: alarm.robot.name },
      connectionId: alarm.connection?.id ?? null,
      detail: alarm.detail,
      raisedAt: alarm.raisedAt,
      endedAt: alarm.endedAt,
    },
    text: { 'zh-CN': inWords(alarm, phase, 'zh-CN'), en: inWords(alarm, phase, 'en') },
  })

export const testBody = (): string =>
  JSON.stringify({
    switchboard: 'alarm',
    version: 1,
    phase: 'test',
    alarm: null,
    text: { 'zh-CN': '总机的测试消息', en: 'A test from Switchboard' },
  })
