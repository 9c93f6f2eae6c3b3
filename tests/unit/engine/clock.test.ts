/** Days, quiet hours and deadlines where the clock is not what it was: daylight saving, other zones, a clock that is set, sleep. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Deadlines } from '#engine/deadlines.ts'
import { uptime } from 'node:os'
import { clockHeeder, machineClock } from '#engine/outbox/clock.ts'
import { endOfDay, quietUntil } from '#engine/outbox/day.ts'
import { fakeClock, yearMs } from '../../support/fake-clock.ts'
import { silentLog } from '../../support/fake-engine.ts'

const hourMs = 3_600_000
const at = (text: string): number => Date.parse(text)

describe('a day ends at midnight of its zone', () => {
  it.each([
    ['of 23 hours, when clocks go forward', 'America/New_York', '2026-03-08T12:00:00Z', '2026-03-09T04:00:00Z'],
    ['of 25 hours, when they go back', 'America/New_York', '2026-11-01T12:00:00Z', '2026-11-02T05:00:00Z'],
    ['in the hour that comes twice', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T23:00:00Z'],
    ['where half an hour is saved', 'Australia/Lord_Howe', '2026-10-03T20:00:00Z', '2026-10-04T13:00:00Z'],
    ['where midnight itself is skipped', 'America/Santiago', '2026-09-05T20:00:00Z', '2026-09-06T04:00:00Z'],
    ['where no clock is ever set', 'Asia/Shanghai', '2026-11-25T12:00:00Z', '2026-11-25T16:00:00Z'],
  ])('%s', (_name, zone, now, end) => {
    expect(new Date(endOfDay(at(now), zone)).toISOString()).toBe(new Date(end).toISOString())
  })

  it('at every hour of a year: soon, later than now, and never twice the same day', () => {
    for (const zone of ['America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'Africa/Casablanca', 'UTC']) {
      for (let now = at('2026-01-01T00:00:00Z'); now < at('2027-01-01T00:00:00Z'); now += hourMs) {
        const end = endOfDay(now, zone)
        expect(end).toBeGreaterThan(now)
        expect(end - now).toBeLessThanOrEqual(25.5 * hourMs)
        expect(endOfDay(end, zone)).toBeGreaterThan(end + 22 * hourMs)
      }
    }
  })
})

describe('quiet hours', () => {
  const night = { from: '22:00', to: '08:00' }
  it.each([
    [
      'end at eight by the new clock, the night it goes forward',
      'Europe/Berlin',
      '2026-03-28T23:00:00Z',
      '2026-03-29T06:00:00Z',
    ],
    [
      'end at eight by the new clock, the night it goes back',
      'Europe/Berlin',
      '2026-10-24T22:00:00Z',
      '2026-10-25T07:00:00Z',
    ],
    ['hold in the hour that comes twice', 'Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-25T07:00:00Z'],
  ])('%s', (_name, zone, now, end) => {
    expect(new Date(quietUntil(at(now), zone, night) ?? 0).toISOString()).toBe(new Date(end).toISOString())
  })

  it('are those of the zone that the connection has now', () => {
    const now = at('2026-11-25T15:00:00Z')
    expect(quietUntil(now, 'Asia/Shanghai', night)).toBe(at('2026-11-26T00:00:00Z'))
    expect(quietUntil(now, 'Europe/Berlin', night)).toBeNull()
  })
})

describe('a clock that is set', () => {
  it('is told apart from time that passed and from a machine that slept; what fails is tried again', async () => {
    const clock = fakeClock()
    const jumps: number[] = []
    const ids: string[] = []
    let fails = false
    const look = clockHeeder(
      clock,
      ({ id, ms }) => {
        ids.push(id)
        if (fails) return Promise.reject(new Error('the disk'))
        jumps.push(ms)
        return Promise.resolve()
      },
      silentLog,
    )
    clock.pass(30 * 24 * hourMs)
    await look()
    expect(jumps).toEqual([])
    for (const jump of [yearMs, -yearMs, hourMs, -hourMs]) {
      clock.set(jump)
      fails = true
      await expect(look()).rejects.toThrow('the disk')
      fails = false
      await look()
      await look()
      expect(Math.abs((jumps.at(-1) ?? 0) - jump)).toBeLessThan(50)
    }
    expect(jumps).toHaveLength(4)
    // What failed may have been written all the same: it is known again.
    expect(ids).toHaveLength(8)
    expect(new Set(ids).size).toBe(4)
  })
})

describe('a deadline', () => {
  afterEach(() => void vi.useRealTimers())

  it.each([
    ['forward a year: due within a minute', yearMs, true],
    ['back a year: not before its time', -yearMs, false],
  ])('with a clock that is set %s', async (_name, jump, isDue) => {
    vi.useFakeTimers()
    const due: number[] = []
    let next: number | null = Date.now() + 10 * 60_000
    const deadlines = new Deadlines({
      next: () => Promise.resolve(next),
      due: (now) => {
        if (next !== null && now >= next) {
          due.push(now)
          next = null
        }
        return Promise.resolve()
      },
      log: silentLog,
    })
    deadlines.arm()
    await vi.advanceTimersByTimeAsync(1000)
    vi.setSystemTime(Date.now() + jump)
    await vi.advanceTimersByTimeAsync(61_000)
    expect(due).toHaveLength(isDue ? 1 : 0)
    deadlines.stop()
  })
})

describe('the machine’s own clock', () => {
  afterEach(() => vi.restoreAllMocks())

  it('says how long the machine has run, as the system does', () => {
    expect(Math.abs(machineClock.steady() - uptime() * 1000)).toBeLessThan(50)
    expect(Math.abs(machineClock.now() - Date.now())).toBeLessThan(50)
  })

  it('goes on between two looks at the system’s', () => {
    const begun = machineClock.steady()
    const at = performance.now()
    vi.spyOn(performance, 'now').mockReturnValue(at + 700)
    const now = Date.now()
    vi.spyOn(Date, 'now').mockReturnValue(now + 700)
    const passed = machineClock.steady() - begun
    expect(passed).toBeGreaterThanOrEqual(650)
    expect(passed).toBeLessThan(750)
  })

  it('asks the system where the process’s clocks disagree, as after a sleep or where the clock was set', () => {
    const begun = machineClock.steady()
    const now = Date.now()
    vi.spyOn(Date, 'now').mockReturnValue(now + 60_000)
    // The machine did not sleep: it was the clock that was set.
    expect(machineClock.steady() - begun).toBeLessThan(50)
  })
})
