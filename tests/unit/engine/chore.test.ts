import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Chore } from '#engine/store/chore.ts'
import type { Database } from '#engine/store/database.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('after each step that was written the log is looked at, whether or not anybody else writes', () => {
  const heard: string[] = []
  let left = 3
  const chore = new Chore({
    db: { transaction: <Result>(work: () => Result) => work() } as Database,
    step: () => {
      heard.push('step')
      left -= 1
      if (left === 1) throw new Error('refused')
      return left > 0
    },
    committed: () => heard.push('committed'),
    isBusy: () => false,
    failed: () => heard.push('failed'),
  })
  vi.advanceTimersByTime(2100)
  chore.stop()
  expect(heard).toEqual(['step', 'committed', 'step', 'failed'])
})
