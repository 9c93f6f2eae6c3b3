/** A way is kept open: opened again after each end, with pauses that grow, and not where another try mends nothing. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Keeper, pauseBefore, usualPauses, type KeeperOptions } from '#engine/reach/keeper.ts'
import type { OpenWay } from '#engine/reach/way.ts'
import type { ReachState } from '#shared/contract/entries/reach.ts'
import { AppError } from '#shared/contract/errors.ts'
import { until } from '../../support/desk.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const pauses = { firstMs: 4, longestMs: 32, slowMs: 16, steadyMs: 10_000 }

/** A way that opens, fails and breaks when it is told to. */
class Scripted {
  readonly states: (ReachState & { tries: number })[] = []
  /** What the next openings end with; nothing: they open. */
  failures: AppError[] = []
  opened = 0
  closed = 0
  break: (error: AppError) => void = () => undefined
  readonly keeper: Keeper

  constructor(changes: Partial<KeeperOptions> = {}) {
    this.keeper = new Keeper({
      way: { open: (signal) => this.#open(signal) },
      publicUrl: null,
      changed: (state, tries) => this.states.push({ ...state, tries }),
      pauses,
      log: silent,
      ...changes,
    })
    this.keeper.start()
  }

  #open(_signal: AbortSignal): Promise<OpenWay> {
    const failure = this.failures.shift()
    if (failure) return Promise.reject(failure)
    this.opened += 1
    const ended = new Promise<AppError>((resolve) => (this.break = resolve))
    const close = (): Promise<void> => {
      this.closed += 1
      return Promise.resolve()
    }
    return Promise.resolve({ publicUrl: `https://way-${this.opened}.example`, ended, close })
  }

  reaches(state: ReachState['state']): Promise<unknown> {
    return until(`the way to be ${state}`, () => this.keeper.state.state === state)
  }
}

let way: Scripted
afterEach(() => way.keeper.stop())

describe('a way that is kept open', () => {
  it('comes up, breaks, and comes up again at its new address', async () => {
    way = new Scripted()
    await way.reaches('up')
    expect(way.keeper.state.publicUrl).toBe('https://way-1.example')
    way.break(new AppError('reach-lost', { problem: 'ECONNRESET' }))
    await until('it to be open again', () => way.opened === 2 && way.keeper.state.state === 'up')
    expect(way.keeper.state).toMatchObject({ publicUrl: 'https://way-2.example', failure: null, retryAt: null })
    expect(way.states.map(({ state }) => state)).toEqual(['connecting', 'up', 'failed', 'connecting', 'up'])
    const [, , failed] = way.states
    expect(failed).toMatchObject({ failure: { code: 'reach-lost' }, publicUrl: 'https://way-1.example', tries: 1 })
    expect(failed?.retryAt).toBeGreaterThan(0)
    expect(way.closed).toBe(1)
  })

  it('waits for the operator where another try mends nothing, and tries again when asked', async () => {
    way = new Scripted({
      way: {
        open: () => Promise.reject(new AppError('reach-host-key', { server: 's', fingerprint: 'b', pinned: 'a' })),
      },
    })
    await way.reaches('failed')
    expect(way.keeper.state.retryAt).toBeNull()
    const before = way.states.length
    way.keeper.retry()
    await until('another try', () => way.states.length === before + 2)
    expect(way.keeper.state).toMatchObject({ state: 'failed', failure: { code: 'reach-host-key' } })
  })

  it('goes on counting where it breaks each time that it comes up', async () => {
    way = new Scripted()
    for (const opened of [1, 2, 3]) {
      await until(`opening ${opened}`, () => way.opened === opened && way.keeper.state.state === 'up')
      way.break(new AppError('reach-lost', { problem: 'x' }))
    }
    await until('it to be open again', () => way.opened === 4)
    expect(way.states.filter(({ state }) => state === 'failed').map(({ tries }) => tries)).toEqual([1, 2, 3])
  })

  it('begins to count anew once it lasted', async () => {
    way = new Scripted({ pauses: { ...pauses, steadyMs: 0 } })
    for (const opened of [1, 2, 3]) {
      await until(`opening ${opened}`, () => way.opened === opened && way.keeper.state.state === 'up')
      way.break(new AppError('reach-lost', { problem: 'x' }))
    }
    await until('it to be open again', () => way.opened === 4)
    expect(way.states.filter(({ state }) => state === 'failed').map(({ tries }) => tries)).toEqual([1, 1, 1])
  })

  it('is tried as soon as the machine woke, when its pause was over while that slept', async () => {
    way = new Scripted({ pauses: { ...pauses, firstMs: 600_000, longestMs: 600_000 } })
    await way.reaches('up')
    way.break(new AppError('reach-lost', { problem: 'x' }))
    await way.reaches('failed')
    const realNow = Date.now()
    const clock = vi.spyOn(Date, 'now').mockReturnValue(realNow + 3_600_000)
    await vi.waitFor(() => expect(way.opened).toBe(2), { timeout: 5000 })
    clock.mockRestore()
  })

  it('goes on where nobody can be told of it', async () => {
    way = new Scripted({
      changed: () => {
        throw new Error('nobody is there')
      },
    })
    await until('it to be open', () => way.opened === 1 && way.keeper.state.state === 'up')
    way.break(new AppError('reach-lost', { problem: 'x' }))
    await until('it to be open again', () => way.opened === 2)
  })

  it('takes down what is open when it is stopped, and tells nothing more', async () => {
    way = new Scripted()
    await way.reaches('up')
    const told = way.states.length
    await way.keeper.stop()
    expect([way.closed, way.states.length]).toEqual([1, told])
  })

  it('takes down what opened only after it was stopped', async () => {
    const opening = Promise.withResolvers<OpenWay>()
    let closed = 0
    way = new Scripted({ way: { open: () => opening.promise } })
    const stopped = way.keeper.stop()
    opening.resolve({
      publicUrl: 'https://late.example',
      ended: new Promise(() => {}),
      close: async () => void closed++,
    })
    await stopped
    expect(closed).toBe(1)
    expect(way.states.map(({ state }) => state)).toEqual(['connecting'])
  })

  it('is left to itself where it neither opens nor closes, and closed when it opens after all', async () => {
    const opening = Promise.withResolvers<OpenWay>()
    way = new Scripted({ way: { open: () => opening.promise }, endMs: 20 })
    await way.keeper.stop()
    let closed = 0
    opening.resolve({
      publicUrl: 'https://late.example',
      ended: new Promise(() => {}),
      close: () => {
        closed += 1
        return new Promise(() => {})
      },
    })
    await until('what opened too late to be closed', () => closed === 1)
    way = new Scripted({
      way: {
        open: () =>
          Promise.resolve({
            publicUrl: 'https://stuck.example',
            ended: new Promise(() => {}),
            close: () => new Promise(() => {}),
          }),
      },
      endMs: 20,
    })
    await way.reaches('up')
    await way.keeper.stop()
  })
})

describe('the pause before a try', () => {
  it('doubles up to its longest, and lies between half of it and the whole', () => {
    const whole = [1, 2, 3, 6, 7, 50].map((tries) => pauseBefore(tries, 'reach-lost', usualPauses, 1))
    expect(whole).toEqual([1000, 2000, 4000, 32_000, 60_000, 60_000])
    expect(pauseBefore(3, 'reach-lost', usualPauses, 0)).toBe(2000)
  })

  it('is long from the first where a server refused the log-in', () => {
    expect(pauseBefore(1, 'reach-refused', usualPauses, 1)).toBe(30_000)
    expect(pauseBefore(9, 'reach-refused', usualPauses, 1)).toBe(60_000)
  })
})
