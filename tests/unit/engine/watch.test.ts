/** What the watch takes for a trouble: judged without a machine, over weeks of made-up history. */
import { describe, expect, it } from 'vitest'
import { judge, mattersOf, type Facts, type Matter, type OpenAlarm } from '#engine/watch/conditions.ts'
import { SteadyClock } from '#engine/watch/steady-clock.ts'
import { tooLong, usualSilence, type Span } from '#engine/watch/usual.ts'
import { signatureOf } from '#engine/watch/webhook.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/* A Thursday, 10:00 in Shanghai. */
const now = Date.UTC(2026, 10, 19, 2)
const zone = 'Asia/Shanghai'

/** Nights from 22 to 7, and silences of `gap` through the day, for so many days before now. */
function history(days: number, gap: number, weekends: boolean): Span[] {
  const quiet: Span[] = []
  for (let back = 1; back <= days; back += 1) {
    const midnight = now - 10 * hour - (back - 1) * day
    const weekday = new Date(midnight - 12 * hour + 8 * hour).getUTCDay()
    if (weekends && (weekday === 0 || weekday === 6)) {
      quiet.push({ from: midnight - day, to: midnight })
      continue
    }
    quiet.push({ from: midnight - 2 * hour, to: midnight + 7 * hour })
    for (let at = midnight - 17 * hour; at < midnight - 2 * hour; at += gap) quiet.push({ from: at, to: at + gap })
  }
  return quiet
}
const always: Span[] = [{ from: 0, to: now }]

describe('what silence is usual', () => {
  it('is learned for the hour: short by day, the whole night at night', () => {
    const quiet = history(28, 12 * minute, false)
    const byDay = usualSilence(now, quiet, always, zone)
    expect(byDay.days).toBe(20)
    expect(byDay.usualMs).toBeLessThanOrEqual(12 * minute)
    const atNight = usualSilence(now - 6 * hour, quiet, always, zone)
    expect(atNight.usualMs).toBeGreaterThan(6 * hour)
  })
  it('keeps working days and weekends apart', () => {
    const quiet = history(28, 12 * minute, true)
    expect(usualSilence(now, quiet, always, zone).usualMs).toBeLessThanOrEqual(12 * minute)
    const saturday = usualSilence(now + 2 * day, quiet, always, zone)
    expect(saturday.usualMs).toBeGreaterThan(9 * hour)
  })
  it('is not spoiled by an outage or a holiday', () => {
    const quiet = history(28, 12 * minute, false)
    for (const back of [3, 10]) quiet.push({ from: now - back * day - 8 * hour, to: now - back * day + 8 * hour })
    expect(usualSilence(now, quiet, always, zone).usualMs).toBeLessThanOrEqual(12 * minute)
  })
  it('is not known from two days, nor from days on which nobody watched', () => {
    const quiet = history(28, 12 * minute, false)
    const watched = (days: number) => usualSilence(now, quiet, [{ from: now - days * day - hour, to: now }], zone)
    expect(watched(2)).toEqual({ days: 2, usualMs: null })
    expect(watched(3).usualMs).not.toBeNull()
  })
  it('has to be exceeded by half, and never by less than a quarter of an hour', () => {
    expect([tooLong(5 * minute), tooLong(hour)]).toEqual([15 * minute, 1.5 * hour])
  })
})

describe('time that goes by', () => {
  it('breaks where the machine slept or the clock was set, and ages begin anew', () => {
    const clock = new SteadyClock(90_000)
    expect(clock.tick(now, 0)).toBe(true)
    expect(clock.tick(now + 20_000, 20_000)).toBe(false)
    expect(clock.age(now - hour, now + 20_000)).toBe(20_000)
    // Slept, on a system whose steady clock stands still meanwhile.
    expect(clock.tick(now + hour, 40_000)).toBe(true)
    // Slept, on one whose steady clock goes on.
    expect(clock.tick(now + 2 * hour, 40_000 + hour)).toBe(true)
    // Set back by a day: what is stored lies ahead of the clock.
    expect(clock.tick(now - day, 60_000 + hour)).toBe(true)
    expect(clock.age(now, now - day + minute)).toBe(minute)
    expect(clock.since).toBe(now - day)
  })
})

const robot: Facts['robots'][number] = {
  id: 7,
  connectionId: 1,
  state: 'online',
  stateSince: now - day,
  limits: [],
  loggedOut: false,
}
const calm: Facts = {
  now,
  robots: [robot],
  queues: [],
  lastCallbacks: new Map([[1, now - minute]]),
  arrived: new Set([1]),
  usual: new Map([[1, { days: 20, usualMs: 20 * minute }]]),
  waysDown: [],
  freeBytes: 50 * 1024 ** 3,
  open: [],
  age: (at) => now - at,
}
const all = (): boolean => true
const raised = (facts: Partial<Facts>): string[] =>
  judge(mattersOf({ ...calm, ...facts }), facts.open ?? [], all).raise.map(({ key }) => key)
const alarm = (key: string, kind: OpenAlarm['kind'], raisedAt = now - hour): OpenAlarm => ({
  id: 1,
  key,
  kind,
  raisedAt,
})
const ended = (facts: Partial<Facts> & { open: OpenAlarm[] }) =>
  judge(mattersOf({ ...calm, ...facts }), facts.open, all).end

describe('what is the matter', () => {
  it('is nothing where all is well', () => expect(mattersOf(calm)).toEqual([]))

  it.each([
    ['a banned robot', { robots: [{ ...robot, state: 'banned' }] }, 'robot-banned 7'],
    ['a limited one', { robots: [{ ...robot, state: 'limited', limits: ['91'] }] }, 'robot-limited 7'],
    [
      'one offline for a minute',
      { robots: [{ ...robot, state: 'offline', stateSince: now - minute }] },
      'robot-offline 7',
    ],
    ['a silence too long', { lastCallbacks: new Map([[1, now - 31 * minute]]) }, 'callbacks-silent 1'],
    [
      'an outbox that stands',
      { queues: [{ robotId: 7, waiting: 3, oldestAt: now - 11 * minute, movedAt: 0 }] },
      'outbox-stuck 7',
    ],
    ['a way that is down', { waysDown: [{ way: 'ngrok', since: now - minute }] }, 'way-down ngrok'],
    ['a disk nearly full', { freeBytes: 500 * 1024 ** 2 }, 'disk-low'],
  ] as [string, Partial<Facts>, string][])('is %s', (_name, facts, key) => {
    expect(raised(facts)).toEqual([key])
    // Told once, and not over while it lasts.
    const open = [alarm(key, key.split(' ')[0] as OpenAlarm['kind'])]
    expect(raised({ ...facts, open })).toEqual([])
    expect(ended({ ...facts, open })).toEqual([])
    expect(ended({ open })).toEqual([{ id: 1, quietly: false }])
    // Switched off it is not looked for, and ends without a word.
    const off = judge(mattersOf({ ...calm, ...facts, open }), open, () => false)
    expect(off).toEqual({ raise: [], end: [{ id: 1, quietly: true }] })
  })

  it.each([
    ['a robot that has just dropped', { robots: [{ ...robot, state: 'offline', stateSince: now - 30_000 }] }],
    ['one that its operator logged out', { robots: [{ ...robot, state: 'offline', loggedOut: true }] }],
    ['a silence that is usual', { lastCallbacks: new Map([[1, now - 29 * minute]]) }],
    [
      'a silence while no robot is online',
      { robots: [{ ...robot, state: 'unknown' }], lastCallbacks: new Map([[1, 0]]) },
    ],
    [
      'a silence since before the robot came up',
      { robots: [{ ...robot, stateSince: now - minute }], lastCallbacks: new Map([[1, 0]]) },
    ],
    ['a silence that nothing is known of', { usual: new Map(), lastCallbacks: new Map([[1, 0]]) }],
    ['an outbox that moved', { queues: [{ robotId: 7, waiting: 3, oldestAt: 0, movedAt: now - minute }] }],
    [
      'a queue of a robot offline',
      {
        robots: [{ ...robot, state: 'offline', loggedOut: true }],
        queues: [{ robotId: 7, waiting: 3, oldestAt: 0, movedAt: 0 }],
      },
    ],
    ['a way that is down for a moment', { waysDown: [{ way: 'listener', since: now - 10_000 }] }],
    ['a disk of which nothing is known', { freeBytes: null }],
  ] as [string, Partial<Facts>][])('is not %s', (_name, facts) => expect(raised(facts)).toEqual([]))

  it('does not come of sleep or a clock that was set, and is not over by that', () => {
    const slept: Partial<Facts> = {
      arrived: new Set(),
      age: (at) => now - Math.max(at, now - minute / 2),
      lastCallbacks: new Map([[1, now - 9 * hour]]),
      robots: [robot, { ...robot, id: 8, state: 'offline', stateSince: now - 9 * hour }],
      queues: [{ robotId: 7, waiting: 1, oldestAt: now - 9 * hour, movedAt: 0 }],
    }
    expect(raised(slept)).toEqual([])
    const open = [
      { ...alarm('callbacks-silent 1', 'callbacks-silent'), id: 1 },
      { ...alarm('robot-offline 8', 'robot-offline'), id: 2 },
      { ...alarm('outbox-stuck 7', 'outbox-stuck'), id: 3 },
    ]
    expect(ended({ ...slept, open })).toEqual([])
    expect(ended({ ...slept, open, arrived: new Set([1]) })).toEqual([{ id: 1, quietly: false }])
  })

  it('tells of a robot that goes from bad to worse only the worse', () => {
    const open = [alarm('robot-offline 7', 'robot-offline')]
    const { raise, end } = judge(mattersOf({ ...calm, robots: [{ ...robot, state: 'banned' }], open }), open, all)
    expect(raise.map(({ key }: Matter) => key)).toEqual(['robot-banned 7'])
    expect(end).toEqual([{ id: 1, quietly: true }])
  })

  it('waits for the outcome of a log-in before it says that it is over', () => {
    const open = [alarm('robot-banned 7', 'robot-banned')]
    expect(ended({ robots: [{ ...robot, state: 'logging-in' }], open })).toEqual([])
  })

  it('is over for the disk only with room to spare', () => {
    const open = [alarm('disk-low', 'disk-low')]
    expect(ended({ freeBytes: 1.1 * 1024 ** 3, open })).toEqual([])
    expect(ended({ freeBytes: 1.3 * 1024 ** 3, open })).toHaveLength(1)
  })
})

it('signs as docs/watch.md says', () => {
  // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 'a secret of the two'
  expect(signatureOf('a secret of the two', 1_700_000_000, '{"a":1}')).toBe(
    'v1=5122ed82d15311dc56c50a5ad0ab44b63df52158e3d8dc5b32ce7ee2d9a9446a',
  )
})
