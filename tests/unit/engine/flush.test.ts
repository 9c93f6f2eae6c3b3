/** What is told to be on the disk was flushed after it was written. */
import fc from 'fast-check'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { sharedFlush } from '#engine/store/flush.ts'

/** A log in memory: what was written, how much of it is on the disk, and how often that took a flush. */
function disk(broken: (flush: number) => boolean = () => false) {
  const state = { written: 0, durable: 0, flushes: 0, mended: 0 }
  const reach = async (ms: number): Promise<void> => {
    const upTo = state.written
    await pause(ms)
    state.durable = Math.max(state.durable, upTo)
  }
  return {
    state,
    flush: sharedFlush(
      async () => {
        state.flushes += 1
        if (broken(state.flushes)) throw new Error('EIO')
        await reach(2)
      },
      async () => {
        state.mended += 1
        await reach(2)
      },
    ),
  }
}

test('each caller waits for a flush that began after its write, and many share one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 30 }), async (gaps) => {
      const { state, flush } = disk()
      const callers: Promise<void>[] = []
      for (const gap of gaps) {
        if (gap > 0) await pause(gap)
        state.written += 1
        const mine = state.written
        callers.push(flush().then(() => expect(state.durable).toBeGreaterThanOrEqual(mine)))
      }
      await Promise.all(callers)
      expect(state.flushes).toBeLessThanOrEqual(gaps.length)
    }),
    { numRuns: 30 },
  )
})

test('fifty that ask while one is under way share the next', async () => {
  const { state, flush } = disk()
  const first = flush()
  await Promise.all([first, ...Array.from({ length: 50 }, () => flush())])
  expect(state.flushes).toBe(2)
})

test('after a flush failed everything is brought to the disk in another way before anybody is told', async () => {
  const { state, flush } = disk((count) => count === 1)
  state.written = 7
  await flush()
  expect(state).toMatchObject({ durable: 7, mended: 1 })
  state.written = 8
  await flush()
  expect(state).toMatchObject({ durable: 8, mended: 1, flushes: 2 })
})

test('where that fails too the callers are told so, and the next try begins with it again', async () => {
  let failing = true
  let mended = 0
  const flush = sharedFlush(
    () => Promise.reject(new Error('EIO')),
    () => {
      mended += 1
      return failing ? Promise.reject(new Error('still broken')) : Promise.resolve()
    },
  )
  await expect(flush()).rejects.toThrow('still broken')
  await expect(flush()).rejects.toThrow('still broken')
  failing = false
  await flush()
  expect(mended).toBe(3)
})
