/** Times as callbacks bring them (PROTOCOL §3): seconds, milliseconds, or a date in the connection's zone. */
import { tzOffset } from '@date-fns/tz'

/** From here on a number counts milliseconds. */
const millisecondsFrom = 1e11

/** The latest time that a JavaScript date can hold, in milliseconds. */
const latest = 8.64e15

const written = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.(\d{1,3})\d*)?$/

/**
 * Reads a time.
 *
 * @param text digits, or `yyyy-MM-dd HH:mm:ss`
 * @param timeZone IANA name of the zone in which a date is written
 * @returns integer milliseconds UTC; null when it is neither
 */
export function readTime(text: string | undefined, timeZone: string): number | null {
  if (text === undefined) return null
  if (/^\d{1,16}(\.\d+)?$/.test(text)) {
    const number = Number(text)
    const time = Math.trunc(number >= millisecondsFrom ? number : number * 1000)
    return time > 0 && time <= latest ? time : null
  }
  const match = written.exec(text)
  if (!match) return null
  const part = (index: number): number => Number(match[index] ?? 0)
  const [month, day, hour, minute, second] = [part(2), part(3), part(4), part(5), part(6)]
  const inRange = month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 && second <= 60
  if (!inRange) return null
  const local = Date.UTC(part(1), month - 1, day, hour, minute, second, Number((match[7] ?? '0').padEnd(3, '0')))
  return zonedToUtc(local, timeZone)
}

/** A wall-clock time, given as if it were UTC, in a zone. Twice, since the first guess may lie across a change of offset. */
export function zonedToUtc(local: number, timeZone: string): number {
  const offset = (at: number): number => tzOffset(timeZone, new Date(at)) * 60_000
  const guess = local - offset(local)
  return local - offset(guess)
}
