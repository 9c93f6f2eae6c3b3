/** Relays that were left: each is tried until it is done, whatever goes wrong beside it, and never for what is gone. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Notices } from '#engine/notices.ts'
import { Leavings } from '#engine/reach/leavings.ts'
import type { Leave } from '#engine/reach/way.ts'
import type { LeavingRecord } from '#engine/store/leavings.ts'
import type { Store } from '#engine/store/store.ts'
import type { Vault } from '#engine/vault/vault.ts'
import { until } from '../../support/desk.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const pauses = { firstMs: 4, longestMs: 32, slowMs: 16, steadyMs: 10_000 }
const dayMs = 86_400_000

let records: LeavingRecord[]
/** What the next calls of the store, by their names, fail with. */
let failing: Map<string, Error>
/** What the relay is left by. */
let leave: (record: LeavingRecord, tools: Leave) => Promise<void>
let changed: (connectionId: number) => void
let isPresent: boolean
let leavings: Leavings

const recordOf = (since: number): LeavingRecord =>
  ({
    id: 7,
    connectionId: 1,
    merchantNo: 'M1',
    settings: { way: 'relay', servers: ['nats://x'], name: 'x' },
    since,
  }) as never

beforeEach(() => {
  records = [recordOf(Date.now())]
  failing = new Map()
  leave = () => Promise.resolve()
  changed = () => undefined
  isPresent = true
  const answer = <Result>(name: string, result: () => Result): Promise<Result> => {
    const error = failing.get(name)
    failing.delete(name)
    return error ? Promise.reject(error) : Promise.resolve(result())
  }
  const store = {
    read: (name: string) => answer(name, () => records),
    write: (name: string) => answer(name, () => void (records = [])),
  }
  leavings = new Leavings({
    store: store as unknown as Store,
    vault: { get: () => Promise.resolve(null) } as unknown as Vault,
    notices: new Notices(() => undefined, silent),
    isPresent: () => isPresent,
    leave: (record, tools) => leave(record, tools),
    changed: (id) => changed(id),
    log: silent,
    pauses,
  })
})
afterEach(() => leavings.stop())

const isOver = () => until('nothing to be left', () => leavings.items().length === 0)

it('one that is done is taken off the list, though the store could not say so at first', async () => {
  leave = () => {
    failing.set('leavings.list', new Error('busy'))
    return Promise.resolve()
  }
  await leavings.start()
  await isOver()
  expect(records).toEqual([])
})

it('goes on though those who are told throw', async () => {
  changed = () => {
    throw new Error('nobody listens')
  }
  let tries = 0
  leave = (_record, { waiting }) => {
    waiting(1)
    tries += 1
    return tries < 3 ? Promise.reject(new Error('away')) : Promise.resolve()
  }
  await leavings.start()
  await isOver()
  expect(tries).toBe(3)
})

it('of a connection that is gone is let be after a month, though that could not be written at first', async () => {
  records = [recordOf(Date.now() - 31 * dayMs)]
  isPresent = false
  leave = () => Promise.reject(new Error('away'))
  failing.set('leavings.end', new Error('busy'))
  await leavings.start()
  await isOver()
  expect(records).toEqual([])
})

it('of a connection that is removed leaves off before, and begins anew when it is gone', async () => {
  const told: string[] = []
  leave = async (_record, { signal }) => {
    told.push(isPresent ? 'fetches' : 'takes back')
    if (!isPresent) return
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    told.push('leaves off')
  }
  await leavings.start()
  await expect(leavings.removing(1, () => Promise.reject(new Error('busy')))).rejects.toThrow('busy')
  await leavings.removing(1, async () => {
    told.push('is removed')
    // As when another is done in between.
    await leavings.refresh()
  })
  expect(told).toEqual(['fetches', 'leaves off', 'fetches', 'leaves off', 'is removed'])
  isPresent = false
  await leavings.refresh()
  await isOver()
  expect(told.at(-1)).toBe('takes back')
})
