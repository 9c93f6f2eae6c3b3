/** Times of the record: to the millisecond where the order of things matters, and how long they took. */
import { locale, t } from './i18n/index.ts'
import { momentOf, sameDay } from './times.ts'

const two = (value: number): string => String(value).padStart(2, '0')

/** `14:32:41`, in the operator's zone. @param time milliseconds UTC */
export function exactTime(time: number): string {
  const date = new Date(time)
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** `14:32:41.020` */
export const preciseTime = (time: number): string =>
  `${exactTime(time)}.${String(new Date(time).getMilliseconds()).padStart(3, '0')}`

/** For a row: `14:32:41` today, else with its day. */
export const rowTime = (time: number): string => (sameDay(time, Date.now()) ? exactTime(time) : momentOf(time))

/** `12 ms`, `0.4 s`, `33 s`, `4 min` @param ms milliseconds */
export function duration(ms: number): string {
  const number = (value: number, digits: number): string =>
    value.toLocaleString(locale.value, { minimumFractionDigits: digits, maximumFractionDigits: digits })
  if (ms < 100) return t('lists.milliseconds', { ms: number(Math.max(0, ms), 0) })
  if (ms < 10_000) return t('lists.seconds', { s: number(ms / 1000, 1) })
  if (ms < 120_000) return t('lists.seconds', { s: number(ms / 1000, 0) })
  if (ms < 7_200_000) return t('lists.minutes', { m: number(ms / 60_000, 0) })
  return t('lists.hours', { h: number(ms / 3_600_000, 0) })
}
