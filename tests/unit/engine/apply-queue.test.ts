import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApplyQueue } from '#engine/store/apply-queue.ts'
import type { CallbackRow } from '#engine/store/callbacks.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const row = (id: number, bytes = 10): CallbackRow => ({
  id,
  connection_id: 1,
  at: Date.now(),
  content_type: null,
  raw: Buffer.alloc(bytes),
  state: 'pending',
  reason: null,
  type: null,
  robot_id: null,
  serial_no: null,
  operation_id: null,
  key: null,
  reading: null,
  delivery: null,
})
const rows = (count: number, bytes?: number): CallbackRow[] =>
  Array.from({ length: count }, (_, id) => row(id + 1, bytes))

test('a single callback is applied at once', () => {
  const queue = new ApplyQueue()
  queue.add([row(1)])
  expect(queue.delay()).toBe(0)
})

test('those that come right after wait a moment for company, and no longer', () => {
  const queue = new ApplyQueue()
  queue.add([row(1)])
  queue.done(1)
  queue.add([row(2)])
  expect(queue.delay()).toBeGreaterThan(0)
  expect(queue.delay()).toBeLessThanOrEqual(50)
  vi.advanceTimersByTime(50)
  expect(queue.delay()).toBe(0)
})

test('a full batch waits for nobody', () => {
  const queue = new ApplyQueue()
  queue.add([row(1)])
  queue.done(1)
  queue.add(rows(600))
  expect(queue.delay()).toBe(0)
})

test('what a request cut short goes on right after it', () => {
  const queue = new ApplyQueue()
  queue.add(rows(10))
  queue.done(4)
  expect(queue.delay()).toBe(0)
  queue.done(6)
  queue.add([row(11)])
  expect(queue.delay()).toBeGreaterThan(0)
})

test('effects leave off soon where a request waits, and later where the oldest has waited for long', () => {
  const queue = new ApplyQueue()
  queue.add(rows(600))
  const soon = queue.slice()
  vi.advanceTimersByTime(2001)
  expect(queue.slice()).toBeGreaterThan(soon)
  // What came late has not waited yet.
  queue.add(rows(600))
  queue.done(600)
  expect(queue.slice()).toBe(soon)
})

test('how long the oldest has waited is counted from when it came here, whatever time it bears', () => {
  const queue = new ApplyQueue()
  const hours = 3 * 3_600_000
  queue.add(rows(2).map((one) => ({ ...one, at: one.at - hours })))
  vi.advanceTimersByTime(100)
  queue.add([7, 8])
  queue.done(1)
  expect(queue.waited).toBe(100)
  queue.done(1)
  expect(queue.waited).toBe(0)
  vi.advanceTimersByTime(30)
  expect(queue.waited).toBe(30)
})

test('bodies beyond what memory may hold wait by their id, as all do once they may have changed', () => {
  const queue = new ApplyQueue()
  queue.add(rows(20, 1024 * 1024))
  expect(queue.next().filter((one) => typeof one === 'number')).toEqual([17, 18, 19, 20])
  queue.release()
  expect(queue.next()).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  queue.done(20)
  queue.add([row(21, 1024 * 1024)])
  expect(queue.next()[0]).toMatchObject({ id: 21 })
})

test('a body that waits keeps no other in memory which came with it', () => {
  const queue = new ApplyQueue()
  const together = Buffer.alloc(4 * 1024 * 1024, 'x')
  queue.add([{ ...row(1), raw: together.subarray(0, 10) }])
  const [held] = queue.next()
  const raw = typeof held === 'object' ? held.raw : Buffer.alloc(0)
  expect(raw.toString()).toBe('x'.repeat(10))
  expect(raw.buffer.byteLength).toBeLessThanOrEqual(64 * 1024)
})

test('a long queue is worked off in its order, and what is done with is not kept', () => {
  const queue = new ApplyQueue()
  queue.add(rows(10_000))
  const seen: number[] = []
  const takeNext = (most: number): void => {
    const batch = queue.next().slice(0, most)
    seen.push(...batch.map((one) => (typeof one === 'number' ? one : one.id)))
    queue.done(batch.length)
  }
  while (queue.length > 3000) {
    takeNext(300)
    expect(queue.held).toBe(queue.length * 10)
  }
  queue.release()
  expect(queue.held).toBe(0)
  queue.add([row(10_001)])
  expect(queue.held).toBe(10)
  while (queue.length > 0) takeNext(300)
  expect(seen).toEqual(Array.from({ length: 10_001 }, (_, index) => index + 1))
  expect(queue.held).toBe(0)
  expect(queue.waited).toBe(0)
})
