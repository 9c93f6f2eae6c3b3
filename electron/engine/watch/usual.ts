/**
 * How long a connection is usually silent at this hour, learned from its own history.
 *
 * For each of the last four weeks' days of the same kind (working day or weekend, where the connection is) the
 * longest silence is taken that was reached within an hour of this time of day. Usual is what nine of ten such days
 * did not exceed: an outage or a holiday does not spoil it, a quiet night is known as one. A day counts only where
 * the watch was awake at that time. Fewer than three days teach nothing.
 */
const dayMs = 86_400_000
const windowMs = 3_600_000
const days = 28
const leastDays = 3
const share = 0.9

/** Silences shorter than this are not kept, in milliseconds. */
export const quietMs = 5 * 60_000
/** How long silences are kept, in milliseconds. */
export const keptMs = (days + 7) * dayMs

export interface Span {
  readonly from: number
  readonly to: number
}

export interface Usual {
  /** How many days it was learned from. */
  readonly days: number
  /** Null while they are too few. */
  readonly usualMs: number | null
}

const weekdays = new Map<string, Intl.DateTimeFormat>()

function isWeekend(at: number, timeZone: string): boolean {
  let format = weekdays.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { weekday: 'short', timeZone })
    weekdays.set(timeZone, format)
  }
  return format.format(at).startsWith('S')
}

/**
 * @param quiet silences of the connection
 * @param awake when the watch looked
 */
export function usualSilence(now: number, quiet: readonly Span[], awake: readonly Span[], timeZone: string): Usual {
  const kind = isWeekend(now, timeZone)
  const longest: number[] = []
  for (let day = 1; day <= days; day += 1) {
    const at = now - day * dayMs
    if (isWeekend(at, timeZone) !== kind || !awake.some(({ from, to }) => from <= at && at <= to)) continue
    const [start, end] = [at - windowMs, at + windowMs]
    const reached = quiet
      .filter(({ from, to }) => from < end && to > start)
      .map(({ from, to }) => Math.min(to, end) - from)
    longest.push(Math.max(0, ...reached))
  }
  if (longest.length < leastDays) return { days: longest.length, usualMs: null }
  longest.sort((one, other) => one - other)
  const usualMs = longest[Math.ceil(longest.length * share) - 1] ?? 0
  return { days: longest.length, usualMs: Math.max(usualMs, quietMs) }
}

/** A silence is too long from here on: half as long again as usual, and never less than a quarter of an hour. */
export const tooLong = (usualMs: number): number => Math.max(15 * 60_000, usualMs * 1.5)
