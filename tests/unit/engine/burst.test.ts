/** When callbacks are only kept, and when their effects follow: by how fast they come, and by how many wait. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Burst, burstCallbacks, burstMs } from '#engine/store/burst.ts'
import { heldBytes } from '#engine/store/apply-queue.ts'

/** What a callback with its effects takes of the writer, in milliseconds: 10,000 a second can be applied. */
const cost = 0.1

let waiting: { length: number; held: number; waited: number }
let burst: Burst

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
  waiting = { length: 0, held: 0, waited: 0 }
  burst = new Burst(waiting)
  for (let n = 0; n < 20; n += 1) burst.noteApplied(64, 64 * cost)
})
afterEach(() => {
  vi.useRealTimers()
})

/**
 * Callbacks come at a rate, one commit a step; what is only kept waits, and all else is applied at once.
 *
 * @param bytes of a body
 * @returns how many of them were only kept
 */
function come(perSecond: number, ms: number, { step = 4, bytes = 400 } = {}): number {
  let held = 0
  for (let passed = 0; passed < ms; passed += step) {
    vi.advanceTimersByTime(step)
    const count = Math.round((perSecond / 1000) * step)
    if (!burst.takes(count, count * bytes)) continue
    held += count
    waiting.length += count
    waiting.held += count * bytes
    waiting.waited += step
  }
  return held
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
    for (let n = 0; n < 100; n += 1) burst.noteApplied(64, 64 * 2)
    expect(come(1900, 20_000)).toBe(0)
    expect(come(3000, 1000)).toBeGreaterThan(0)
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

  test('is over a moment after the last callback', () => {
    come(20_000, 200)
    vi.advanceTimersByTime(burst.holdsFor() - 1)
    expect(burst.holdsFor()).toBeGreaterThan(0)
    vi.advanceTimersByTime(1)
    expect(burst.holdsFor()).toBe(0)
  })

  test('is over when they come no faster than they can be applied', () => {
    const held = come(20_000, 200)
    // The old rate counts for one more window.
    expect(come(1000, 2000)).toBeLessThan(100)
    expect(waiting.length).toBeLessThan(held + 100)
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
    come(6500, 10_000)
    expect(waiting.length).toBeLessThan(burstCallbacks)
    expect(waiting.waited).toBeLessThanOrEqual(burstMs + 10)
    expect(burst.isBehind).toBe(true)
  })

  test('a load that lasts has one burst and no other, though what waited is worked off', () => {
    come(20_000, 1500)
    workOff()
    for (let round = 0; round < 100; round += 1) {
      expect(come(8000, 300)).toBe(0)
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
