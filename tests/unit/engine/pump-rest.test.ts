/** The outbox before the machine sleeps, and after: nothing new leaves, what is under way is noted, nothing is forgotten. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Pump } from '#engine/outbox/pump.ts'
import type { CallResult } from '#engine/store/outbox.ts'
import type { Claim } from '#engine/store/turns.ts'
import { silentLog } from '../../support/fake-engine.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Robots with so many sends each, whose calls end when the test says so. */
function scene(queues: Record<number, number>, outcome: CallResult['outcome'] = { kind: 'accepted' }) {
  const sent: number[] = []
  const noted: number[] = []
  const answers: (() => void)[] = []
  const until = { at: null as number | null }
  /** While it is there, the disk takes its time with outcomes. */
  const disk = { busy: null as Promise<unknown> | null }
  const pump = new Pump({
    turn: async (robotId, lane, finished) => {
      if (finished) noted.push(finished.claim.robotId)
      const left = lane === 'activity' ? (queues[robotId] ?? 0) : 0
      if (left === 0 || until.at !== null) return { claim: null, until: lane === 'activity' ? until.at : null }
      queues[robotId] = left - 1
      const claim: Claim = {
        ...{ operationId: left, kind: 'send', robotId, connectionId: 1, robotSerialNo: 'r', peer: null, input: {} },
        ...{ part: null, paced: null },
      }
      return { claim, until: null }
    },
    perform: async (claim) => {
      sent.push(claim.robotId)
      await new Promise<void>((resolve) => answers.push(resolve))
      return { claim, call: null, outcome, timeoutMs: null, qr: null }
    },
    finish: async ({ claim }) => {
      await disk.busy
      noted.push(claim.robotId)
    },
    release: () => Promise.resolve(),
    now: () => Date.now(),
    reachable: () => {},
    log: silentLog,
  })
  const settle = async (): Promise<void> => {
    answers.splice(0).forEach((answer) => answer())
    await vi.advanceTimersByTimeAsync(0)
  }
  return { pump, sent, noted, settle, until, queues, disk }
}

test('what is under way is noted, the next is not taken, and all goes on afterwards', async () => {
  const { pump, sent, noted, settle } = scene({ 1: 3 })
  pump.wakeAll(1)
  await vi.advanceTimersByTimeAsync(0)
  let rests = false
  const resting = pump.rest().then(() => (rests = true))
  await vi.advanceTimersByTimeAsync(0)
  expect([sent, noted, rests]).toEqual([[1], [], false])
  await settle()
  await resting
  expect([sent, noted]).toEqual([[1], [1]])
  pump.wakeAll(1)
  await vi.advanceTimersByTimeAsync(120_000)
  expect(sent).toEqual([1])
  pump.resume()
  await vi.advanceTimersByTimeAsync(0)
  await settle()
  await settle()
  expect([sent.length, noted.length]).toEqual([3, 3])
  await pump.stop()
})

test('a robot that asks while the outbox rests has its turn afterwards', async () => {
  const { pump, sent, queues } = scene({ 1: 0, 2: 0 })
  await pump.rest()
  queues[2] = 1
  pump.wake(2, 'activity')
  await vi.advanceTimersByTimeAsync(0)
  expect(sent).toEqual([])
  pump.resume()
  await vi.advanceTimersByTimeAsync(0)
  expect(sent).toEqual([2])
})

test('a pause for the network, or for the pace, ends with the sleep', async () => {
  const network = scene({ 1: 2 }, { kind: 'not-sent', failure: { code: 'internal' } })
  network.pump.wakeAll(1)
  await vi.advanceTimersByTimeAsync(0)
  await network.settle()
  expect(network.sent).toEqual([1])
  await network.pump.rest()
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(network.sent).toEqual([1])
  network.pump.resume()
  await vi.advanceTimersByTimeAsync(0)
  expect(network.sent).toEqual([1, 1])

  const pace = scene({ 1: 1 })
  pace.until.at = Date.now() + 30_000
  pace.pump.wakeAll(1)
  await vi.advanceTimersByTimeAsync(0)
  await pace.pump.rest()
  pace.until.at = null
  pace.pump.resume()
  await vi.advanceTimersByTimeAsync(0)
  expect(pace.sent).toEqual([1])
})

test('an end while it rests is an end', async () => {
  const { pump, sent } = scene({ 1: 1 })
  await pump.rest()
  await pump.stop()
  pump.resume()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sent).toEqual([])
})

test('a sleep that ends while an outcome is still being noted leaves no queue behind', async () => {
  const { pump, sent, settle, disk } = scene({ 1: 2 })
  pump.wakeAll(1)
  await vi.advanceTimersByTimeAsync(0)
  const slow = Promise.withResolvers<null>()
  disk.busy = slow.promise
  const resting = pump.rest()
  await settle()
  pump.resume()
  await vi.advanceTimersByTimeAsync(0)
  slow.resolve(null)
  await vi.advanceTimersByTimeAsync(0)
  expect(sent).toEqual([1, 1])
  await settle()
  await resting
  await pump.stop()
})
