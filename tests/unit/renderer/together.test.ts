/** Events in fewer pieces: at once when they are alone, together when many come, and never out of order. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Bridge, LinkState } from '#shared/contract/bridge.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import { together } from '@/bridge/together.ts'

const removed = (id: string): ContractEvent => ({ event: 'robot.removed', data: { id } })

const listeners: ((events: readonly ContractEvent[]) => void)[] = []
const emit = (...events: ContractEvent[]): void => listeners.forEach((listener) => listener(events))
let setLink: (state: LinkState) => void
let told: string[][]
let order: string[]
let bridge: Bridge
let end: () => void

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', { hidden: false })
  listeners.length = 0
  told = []
  order = []
  bridge = together({
    host: 'browser',
    call: () => Promise.resolve({ ok: false, error: { code: 'internal', message: '', hint: '' } }),
    onEvents(listener) {
      listeners.push(listener)
      return () => undefined
    },
    onLink(listener) {
      setLink = listener
      return () => undefined
    },
    setLocale: () => undefined,
  })
  end = bridge.onEvents((events) => {
    const ids = events.map(({ data }) => (data as { id: string }).id)
    told.push(ids)
    order.push(...ids)
  })
  bridge.onLink((state) => order.push(state))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('tells what comes alone at once', () => {
  emit(removed('1'))
  expect(told).toEqual([['1']])
  vi.advanceTimersByTime(20)
  emit(removed('2'))
  expect(told).toEqual([['1'], ['2']])
})

it('tells two hundred a second in fifty pieces at most, all of them and in order', () => {
  for (let n = 0; n < 200; n += 1) {
    emit(removed(String(n)))
    vi.advanceTimersByTime(5)
  }
  vi.advanceTimersByTime(20)
  expect(told.length).toBeLessThanOrEqual(51)
  expect(order).toEqual(Array.from({ length: 200 }, (_, n) => String(n)))
})

it('tells what came before an answer before it', async () => {
  emit(removed('1'))
  emit(removed('2'))
  expect(order).toEqual(['1'])
  await bridge.call('system.info', {})
  expect(order).toEqual(['1', '2'])
})

it('tells what came before a change of the link before it', () => {
  emit(removed('1'))
  emit(removed('2'))
  setLink('connecting')
  expect(order).toEqual(['1', '2', 'connecting'])
})

it('keeps nothing back behind other windows, nor when nobody listens any more', () => {
  emit(removed('1'))
  vi.stubGlobal('document', { hidden: true })
  emit(removed('2'))
  expect(order).toEqual(['1', '2'])
  vi.stubGlobal('document', { hidden: false })
  emit(removed('3'))
  end()
  expect(order).toEqual(['1', '2', '3'])
})

it('answers a call also where a listener fails on what came before', async () => {
  vi.useRealTimers()
  const failures: unknown[] = []
  const note = (error: unknown): void => void failures.push(error)
  process.once('uncaughtException', note)
  bridge.onEvents(() => {
    throw new Error('a listener of the page')
  })
  emit(removed('1'))
  expect(await bridge.call('system.info', {})).toMatchObject({ ok: false })
  await vi.waitFor(() => expect(failures).toHaveLength(1))
  process.off('uncaughtException', note)
})
