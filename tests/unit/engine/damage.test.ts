import { expect, test } from 'vitest'
import { heedDamage } from '#engine/damage.ts'
import { Notices } from '#engine/notices.ts'
import type { Store } from '#engine/store/store.ts'
import { AppError } from '#shared/contract/errors.ts'
import { pause } from '../../support/desk.ts'
import { silentLog } from '../../support/fake-engine.ts'

const damage = new AppError('data-damaged', { problem: 'a page' })

/** An engine of which each new start finds the data damaged, or whole. */
function scene(finds: 'damaged' | 'whole') {
  const open = { doubt: () => Promise.resolve() } as Store
  let store: Store | undefined = open
  let restarts = 0
  const restart = (): Promise<void> => {
    restarts += 1
    if (finds === 'damaged') store = undefined
    return Promise.resolve()
  }
  const heed = heedDamage(new Notices(() => {}, silentLog), () => store, restart)
  return { heed, restored: () => void (store = open), restarts: () => restarts }
}

test('damage that a look did not find starts nothing anew soon after', async () => {
  const { heed, restarts } = scene('whole')
  heed(damage)
  await pause(1)
  heed(damage)
  await pause(1)
  expect(restarts()).toBe(1)
})

test('data that took the place of damaged data is looked at again when it is damaged, too', async () => {
  const { heed, restored, restarts } = scene('damaged')
  heed(damage)
  heed(damage)
  await pause(1)
  expect(restarts()).toBe(1)
  restored()
  heed(damage)
  await pause(1)
  expect(restarts()).toBe(2)
})
