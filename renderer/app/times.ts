/** Times in words, in the operator's zone and language. All take integer milliseconds UTC. */
import { shallowRef } from 'vue'
import { locale, t } from './i18n/index.ts'

type Style = 'clock' | 'day' | 'dayOfYear' | 'date' | 'full'

const styles: Record<Style, Intl.DateTimeFormatOptions> = {
  clock: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: { weekday: 'long', month: 'long', day: 'numeric' },
  dayOfYear: { month: 'short', day: 'numeric' },
  date: { year: 'numeric', month: 'short', day: 'numeric' },
  full: {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  },
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format(style: Style, time: number): string {
  const key = `${locale.value} ${style}`
  let made = formats.get(key)
  if (!made) {
    // British order for English: day before month, as in the rest of the interface.
    made = new Intl.DateTimeFormat(locale.value === 'en' ? 'en-GB' : locale.value, styles[style])
    formats.set(key, made)
  }
  return made.format(time)
}

const now = shallowRef(new Date())
setInterval(() => {
  now.value = new Date()
}, 30_000)
/** About now, so that "today" turns into "yesterday" on a screen that stays open. */
const minute = (): Date => now.value

const startOfDay = (time: number | Date): number => new Date(time).setHours(0, 0, 0, 0)
const daysAgo = (time: number): number => Math.round((startOfDay(minute()) - startOfDay(time)) / 86_400_000)
const thisYear = (time: number): boolean => new Date(time).getFullYear() === minute().getFullYear()

/** `14:32` */
export const clockTime = (time: number): string => format('clock', time)

/** For a title: date and time to the second. */
export const fullTime = (time: number): string => format('full', time)

/** `2 March 2026` */
export const dateOf = (time: number): string => format('date', time)

/** For a list: `14:32` today, `Yesterday`, `22 Nov`, `22 Nov 2025`. */
export function shortTime(time: number): string {
  const days = daysAgo(time)
  if (days <= 0) return format('clock', time)
  if (days === 1) return t('common.yesterday')
  return format(thisYear(time) ? 'dayOfYear' : 'date', time)
}

/** For a separator in a history: `Today`, `Sunday 22 November`. */
export function dayName(time: number): string {
  const days = daysAgo(time)
  if (days === 0) return t('common.today')
  if (days === 1) return t('common.yesterday')
  return thisYear(time) ? format('day', time) : format('date', time)
}

/** Whether two times are of the same day, where the operator is. */
export const sameDay = (one: number, other: number): boolean => startOfDay(one) === startOfDay(other)

/** For "since": `today 09:14`, `yesterday 22:40`, `22 Nov 09:14`. */
export function momentOf(time: number): string {
  const days = daysAgo(time)
  if (days === 0) return format('clock', time)
  if (days === 1) return `${t('common.yesterday')} ${format('clock', time)}`
  return `${format(thisYear(time) ? 'dayOfYear' : 'date', time)} ${format('clock', time)}`
}
