import { expect, it } from 'vitest'
import { AppError } from '#shared/contract/errors.ts'
import { StoreProbe } from '#engine/standing/store-probe.ts'
import type { Store } from '#engine/store/store.ts'

const storeThat = (write: () => Promise<unknown>): { store: Store; writes: () => number } => {
  let count = 0
  const store = {
    write: () => {
      count += 1
      return write()
    },
  } as unknown as Store
  return { store, writes: () => count }
}
const times = { countsMs: 60_000, patienceMs: 20 }

it('writes once for all who ask within a time', async () => {
  const { store, writes } = storeThat(() => Promise.resolve())
  const probe = new StoreProbe(times)
  expect(await Promise.all([probe.ask(store), probe.ask(store)])).toEqual([null, null])
  expect(await probe.ask(store)).toBeNull()
  expect(writes()).toBe(1)
})

it('tells the code of what went wrong, and asks again where another store is open', async () => {
  const full = storeThat(() => Promise.reject(new AppError('disk-full')))
  const odd = storeThat(() => Promise.reject(new Error('odd')))
  const probe = new StoreProbe(times)
  expect(await probe.ask(full.store)).toBe('disk-full')
  expect(await probe.ask(odd.store)).toBe('storage-failed')
  expect(await probe.ask(storeThat(() => Promise.resolve()).store)).toBeNull()
})

it('does not wait for a disk that hangs, nor write to it twice, and knows when it goes on', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const { store, writes } = storeThat(() => promise)
  const probe = new StoreProbe(times)
  expect(await probe.ask(store)).toBe('storage-failed')
  expect(await probe.ask(store)).toBe('storage-failed')
  expect(writes()).toBe(1)
  resolve(undefined)
  expect(await probe.ask(store)).toBeNull()
})

it('asks anew once an outcome is old', async () => {
  const { store, writes } = storeThat(() => Promise.resolve())
  const probe = new StoreProbe({ countsMs: 0, patienceMs: 1000 })
  await probe.ask(store)
  await probe.ask(store)
  expect(writes()).toBe(2)
})
