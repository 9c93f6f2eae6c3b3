/** Times as the platform writes them: `yyyy-MM-dd HH:mm:ss` in a time zone. */
import { TZDate } from '@date-fns/tz'

const form = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/

/** @returns milliseconds UTC, or null where the text has another form or names no real moment of that zone */
export function readTime(text: string, timeZone: string): number | null {
  const parts = form.exec(text)?.slice(1).map(Number)
  if (!parts) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
  const at = new TZDate(year, month - 1, day, hour, minute, second, timeZone).getTime()
  return writeTime(at, timeZone) === text ? at : null
}

/** @param at milliseconds UTC */
export function writeTime(at: number, timeZone: string): string {
  const date = new TZDate(at, timeZone)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = [String(date.getFullYear()).padStart(4, '0'), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`
}
