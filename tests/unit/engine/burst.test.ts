/** When callbacks are only kept, and when their effects follow: by how fast they come, and by how many wait. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Burst, burstCallbacks, burstMs } from '#engine/store/burst.ts'
import { heldBytes } from '#engine/store/apply-queue.ts'

/** What a callback with its effects takes of the writer, in milliseconds: 10,000 a second can be applied. */
let cost: number
/** How long the writer has worked. */
let worked: number
let waiting: { length: number; held: number; waited: number }
let burst: Burst

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
  cost = 0.1
  worked = 0
  waiting = { length: 0, held: 0, waited: 0 }
  burst = new Burst(waiting, () => worked)
})
afterEach(() => {
  vi.useRealTimers()
})

/** Commits of the writer are so many milliseconds apart. */
const step = 4

/**
 * Callbacks come, one commit a step; what is only kept waits, and all else is applied, as many as there is time for.
 *
 * @param perSecond how many; as many at most can be applied where senders wait for their answers
 * @returns how many of them were only kept
 */
function come(perSecond: number, ms: number, { bytes = 400, isPatient = false } = {}): number {
  let held = 0
  let isHeld = false
  for (let passed = 0; passed < ms; passed += step) {
    vi.advanceTimersByTime(step)
    const most = isPatient && !isHeld ? Math.min(perSecond, 950 / cost) : perSecond
    const count = Math.round((most / 1000) * step)
    isHeld = burst.takes(count, count * bytes)
    if (isHeld) {
      held += count
      waiting.length += count
      waiting.held += count * bytes
      waiting.waited += step
      worked += count * 0.01
    } else {
      const applied = Math.min(count, Math.floor(step / cost))
      worked += applied * cost
      burst.noteApplied(applied)
    }
  }
  return held
}

/**
 * The writer under a load that lasts: each commit takes what came during the one before, applies of what waits as many as
 * it may, and leaves what it does not get to. Nothing is but modelled here, in the times of arrivals.ts.
 *
 * @returns the most that waited, in number and in milliseconds
 */
function overload(perSecond: number, ms: number): { length: number; waited: number } {
  const entered: number[] = []
  const most = { length: 0, waited: 0 }
  let due = 0
  for (const end = performance.now() + ms; performance.now() < end;) {
    const count = Math.min(burst.together, Math.floor(due))
    due -= count
    waiting.length = entered.length
    waiting.waited = performance.now() - (entered[0] ?? performance.now())
    most.length = Math.max(most.length, waiting.length)
    most.waited = Math.max(most.waited, waiting.waited)
    const isHeld = burst.takes(count, count * 400)
    const budget = burst.isBehind ? Math.min(50, Math.max(25, count * cost)) : 4
    const applied = isHeld ? 0 : Math.min(entered.length, Math.ceil(budget / cost))
    entered.splice(0, applied)
    burst.noteApplied(applied)
    burst.noteBeside(applied)
    entered.push(...Array<number>(count).fill(performance.now()))
    const took = 1 + applied * cost + count * 0.02
    worked += took
    due += (perSecond * took) / 1000
    vi.advanceTimersByTime(took)
  }
  return most
}

function workOff(): void {
  waiting.length = waiting.held = waiting.waited = 0
}

describe('effects follow at once', () => {
  test.each([200, 1000, 2000, 4500])('at %i callbacks a second, however long', (perSecond) => {
    expect(come(perSecond, 20_000)).toBe(0)
    expect(burst.holdsFor()).toBe(0)
  })

  test('on a machine that can apply few, as long as not many come', () => {
    cost = 0.6
    expect(come(1750, 20_000)).toBe(0)
    expect(come(4000, 1000)).toBeGreaterThan(0)
  })

  test('though the writer has much else to do', () => {
    for (let round = 0; round < 250; round += 1) {
      worked += 3.5
      expect(come(2000, 4)).toBe(0)
    }
  })

  test('but for a moment where more can be applied than comes', () => {
    // A trial, which shows that senders wait for nothing, and each time twice as long until the next.
    const held = come(8700, 20_000)
    expect(held).toBeGreaterThan(0)
    expect(held).toBeLessThan(0.02 * 8700 * 20)
    expect(burst.isBehind).toBe(false)
  })

  test('for a handful that come together', () => {
    expect(burst.takes(64, 64 * 400)).toBe(false)
    vi.advanceTimersByTime(500)
    expect(burst.takes(64, 64 * 400)).toBe(false)
  })
})

describe('a burst', () => {
  test('begins within some 30 ms, and its callbacks are only kept', () => {
    const held = come(20_000, 400)
    expect(held).toBeGreaterThan(20 * 370)
    expect(burst.holdsFor()).toBeGreaterThan(0)
  })

  test('is found where senders send no faster than they are answered', () => {
    const held = come(20_000, 600, { isPatient: true })
    expect(held).toBeGreaterThan(20 * 500)
  })

  test('is over a moment after the last callback', () => {
    come(20_000, 200)
    vi.advanceTimersByTime(burst.holdsFor() - 1)
    expect(burst.holdsFor()).toBeGreaterThan(0)
    vi.advanceTimersByTime(1)
    expect(burst.holdsFor()).toBe(0)
  })

  test('goes on though for some time few come, as while the disk takes its time', () => {
    come(20_000, 300)
    expect(come(1000, 80)).toBe(80)
    expect(burst.holdsFor()).toBeGreaterThan(0)
    expect(come(20_000, 100)).toBe(2000)
  })

  test('is over when they come no faster than they can be applied', () => {
    const held = come(20_000, 200)
    // The old rate counts for one more window, and fewer have to come for a tenth of a second.
    expect(come(4500, 2000)).toBeLessThan(700)
    expect(waiting.length).toBeLessThan(held + 700)
    expect(burst.isBehind).toBe(false)
  })

  test('may follow another, once there is time between them', () => {
    expect(come(20_000, 500)).toBeGreaterThan(5000)
    vi.advanceTimersByTime(300)
    workOff()
    expect(come(20_000, 500)).toBeGreaterThan(5000)
  })
})

describe('the bound', () => {
  test('by count: from there on what arrives is applied, and more than that', () => {
    expect(come(30_000, 2000)).toBeLessThanOrEqual(burstCallbacks)
    expect(waiting.length).toBeGreaterThan(burstCallbacks - 200)
    expect(burst.isBehind).toBe(true)
    expect(burst.holdsFor()).toBe(0)
  })

  test('by bytes: no more than memory holds', () => {
    come(20_000, 2000, { bytes: 8000 })
    expect(waiting.held).toBeLessThanOrEqual(heldBytes)
    expect(waiting.held).toBeGreaterThan(heldBytes * 0.9)
    expect(burst.isBehind).toBe(true)
  })

  test('by time: nobody waits longer for an effect', () => {
    cost = 0.2
    come(6000, 10_000)
    expect(waiting.length).toBeLessThan(burstCallbacks)
    expect(waiting.waited).toBeLessThanOrEqual(burstMs + 10)
    expect(burst.isBehind).toBe(true)
  })

  test.each([
    { what: 'fewer than make a burst, on a slow machine', each: 0.6, perSecond: 2000, waits: 5000 },
    { what: 'long lists', each: 5, perSecond: 300, waits: 5000 },
    { what: 'a flood', each: 0.6, perSecond: 8000, waits: burstMs + 0.7 * burstCallbacks },
  ])('holds for a load that lasts and is more than can be applied: $what', ({ each, perSecond, waits }) => {
    cost = each
    const most = overload(perSecond, 60_000)
    expect(most.length).toBeGreaterThan(512)
    expect(most.length).toBeLessThanOrEqual(burstCallbacks + 1024)
    expect(most.waited).toBeLessThan(waits)
  })

  test('a load that lasts has one burst and no other, though what waited is worked off', () => {
    come(20_000, 1500)
    workOff()
    for (let round = 0; round < 100; round += 1) {
      expect(come(12_000, 300)).toBe(0)
      // It stumbles now and then.
      vi.advanceTimersByTime(100)
    }
    expect(burst.isBehind).toBe(false)
  })

  test('and a new one once the load has ended and nothing waits any more', () => {
    come(20_000, 1500)
    vi.advanceTimersByTime(5000)
    expect(come(20_000, 200)).toBe(0)
    workOff()
    come(100, 3000)
    expect(come(20_000, 500)).toBeGreaterThan(5000)
  })
})
