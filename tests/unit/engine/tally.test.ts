import { expect, it } from 'vitest'
import type { ContractEvent } from '#shared/contract/events.ts'
import { Tally } from '#engine/standing/tally.ts'

const callback = (id: string, state: string): ContractEvent =>
  ({ event: 'callback.changed', data: { id, state } }) as ContractEvent
const operation = (id: string, kind: string, state: string): ContractEvent =>
  ({ event: 'operation.changed', data: { id, kind, state } }) as ContractEvent

it('counts each end of a callback once, however often it is told, and again when it comes to another', () => {
  const tally = new Tally()
  tally.heed([
    callback('1', 'pending'),
    callback('1', 'applied'),
    callback('1', 'applied'),
    callback('2', 'quarantined'),
  ])
  tally.heed([callback('1', 'applied'), callback('2', 'applied')])
  expect(Object.fromEntries(tally.callbacks)).toEqual({ applied: 2, quarantined: 1 })
})

it('counts sends alone, by what came of them', () => {
  const tally = new Tally()
  tally.heed([operation('1', 'send', 'queued'), operation('1', 'send', 'sending'), operation('1', 'send', 'accepted')])
  tally.heed([operation('1', 'send', 'done'), operation('2', 'send', 'unknown'), operation('3', 'login', 'done')])
  expect(Object.fromEntries(tally.sends)).toEqual({ accepted: 1, done: 1, unknown: 1 })
})

it('forgets what was told longest ago instead of growing', () => {
  const tally = new Tally()
  for (let n = 0; n < 10_001; n += 1) tally.heed([callback(String(n), 'applied')])
  tally.heed([callback('10000', 'applied')])
  expect(tally.callbacks.get('applied')).toBe(10_001)
  tally.heed([callback('0', 'applied')])
  expect(tally.callbacks.get('applied')).toBe(10_002)
})
