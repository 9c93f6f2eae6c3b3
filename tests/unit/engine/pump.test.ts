/** The outbox at work, where the store refuses: what came of a call is noted all the same, as soon as it can be. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Pump } from '#engine/outbox/pump.ts'
import type { CallResult } from '#engine/store/outbox.ts'
import type { Claim } from '#engine/store/turns.ts'
import { silentLog } from '../../support/fake-engine.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const claimOf = (operationId: number): Claim => ({
  ...{ operationId, kind: 'send', robotId: 1, connectionId: 1, robotSerialNo: 'r1', peer: null, input: {} },
  ...{ part: null, paced: null },
})

/** A lane with so many sends, and a store that can be told to refuse. */
function scene(queued: number) {
  const sent: number[] = []
  const noted: number[] = []
  const released: (number | null)[] = []
  const store = { refusesTurn: false, refusesFinish: false, breaks: false }
  const kinds: string[] = []
  const note = ({ claim, outcome }: CallResult): void => {
    noted.push(claim.operationId)
    kinds.push(outcome.kind)
  }
  const pump = new Pump({
    turn: async (_robotId, _lane, finished) => {
      if (store.refusesTurn) throw new Error('refused')
      if (finished) note(finished)
      return { claim: sent.length < queued ? claimOf(sent.length + 1) : null, until: null }
    },
    perform: async (claim) => {
      sent.push(claim.operationId)
      if (store.breaks) throw new Error('a fault of ours')
      store.refusesTurn = true
      return { claim, call: null, outcome: { kind: 'accepted' }, timeoutMs: null, qr: null }
    },
    finish: async (result) => {
      if (store.refusesFinish) throw new Error('refused')
      note(result)
    },
    release: async (_robotId, _lane, except) => void released.push(except?.operationId ?? null),
    now: () => Date.now(),
    reachable: () => {},
    log: silentLog,
  })
  return { pump, sent, noted, released, kinds, store }
}

test('what came of a call is noted by itself where the next cannot be taken with it', async () => {
  const { pump, sent, noted, released } = scene(1)
  pump.wake(1, 'activity')
  await vi.advanceTimersByTimeAsync(0)
  expect(sent).toEqual([1])
  expect(noted).toEqual([1])
  // The turn that failed may have taken something: it is put back.
  expect(released).toEqual([null])
  await pump.stop()
  expect(noted).toEqual([1])
})

test('what came of a call is noted once the store takes something again, and nothing is sent twice', async () => {
  const { pump, sent, noted, released, store } = scene(1)
  store.refusesFinish = true
  pump.wake(1, 'activity')
  await vi.advanceTimersByTimeAsync(15_000)
  expect(noted).toEqual([])
  // But not what was carried out and is only not noted yet.
  expect(new Set(released)).toEqual(new Set([1]))
  store.refusesTurn = store.refusesFinish = false
  await vi.advanceTimersByTimeAsync(15_000)
  expect(sent).toEqual([1])
  expect(noted).toEqual([1])
  await pump.stop()
})

test('what could not be noted is noted at the end', async () => {
  const { pump, noted, store } = scene(1)
  store.refusesFinish = true
  pump.wake(1, 'activity')
  await vi.advanceTimersByTimeAsync(0)
  store.refusesFinish = false
  await pump.stop()
  expect(noted).toEqual([1])
})

test('a call that fails in an unforeseen way is in doubt, and the queue goes on', async () => {
  const { pump, sent, noted, kinds, store } = scene(2)
  store.breaks = true
  pump.wake(1, 'activity')
  await vi.advanceTimersByTimeAsync(0)
  expect([sent, noted, kinds]).toEqual([
    [1, 2],
    [1, 2],
    ['unknown', 'unknown'],
  ])
  await pump.stop()
})
