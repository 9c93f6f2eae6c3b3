import { expect, test, vi } from 'vitest'
import { Backups } from '#engine/backup/backups.ts'
import { settingsSchema } from '#shared/contract/entries/system.ts'
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

test('a look through the data that finds nothing takes back nothing that another found', async () => {
  vi.useFakeTimers()
  const looks: (string | null)[] = [null]
  const told: unknown[] = []
  const backups = new Backups({
    dataDir: '/nowhere/at/all',
    store: { read: () => Promise.resolve(looks.shift()) } as unknown as Store,
    settings: () => settingsSchema.parse({ backupDaily: false }),
    freeBytes: () => Promise.resolve(null),
    changed() {},
    trouble() {},
    damage: (problem) => void told.push(problem),
    log: silentLog,
  })
  backups.start()
  await vi.advanceTimersByTimeAsync(60_000)
  expect([looks, told]).toEqual([[], []])
  backups.stop()
  vi.useRealTimers()
})
