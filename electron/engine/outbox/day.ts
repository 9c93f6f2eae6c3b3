/** Days and times of day in a connection's zone, by which the pace counts. */
import { tzOffset } from '@date-fns/tz'
import type { Pace } from '#shared/contract/entries/pace.ts'
import { zonedToUtc } from '../callbacks/time.ts'

const minuteMs = 60_000

/** The clock on the wall in a zone, as if it were UTC. */
const wallClock = (at: number, timeZone: string): Date => new Date(at + tzOffset(timeZone, new Date(at)) * minuteMs)

const startOfDayAfter = (local: Date, days: number): number =>
  Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate() + days)

/** When a zone's clock on the wall comes to a time, or past it where that time is skipped. @param local as if it were UTC */
function reaches(local: number, timeZone: string): number {
  let at = zonedToUtc(local, timeZone)
  while (wallClock(at, timeZone).getTime() < local) at += 15 * minuteMs
  return at
}

/** When the day of a moment ends in a zone, milliseconds UTC. */
export const endOfDay = (at: number, timeZone: string): number =>
  Math.max(reaches(startOfDayAfter(wallClock(at, timeZone), 1), timeZone), at + 1)

const minutesOf = (time: string): number => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

/** When the quiet hours that hold at a moment end, milliseconds UTC; null outside of them. */
export function quietUntil(at: number, timeZone: string, quietHours: Pace['quietHours']): number | null {
  if (!quietHours) return null
  const [from, to] = [minutesOf(quietHours.from), minutesOf(quietHours.to)]
  const local = wallClock(at, timeZone)
  const now = local.getUTCHours() * 60 + local.getUTCMinutes()
  const isQuiet = from < to ? now >= from && now < to : now >= from || now < to
  if (!isQuiet) return null
  const end = startOfDayAfter(local, now < to ? 0 : 1) + to * minuteMs
  return Math.max(reaches(end, timeZone), at + 1)
}
