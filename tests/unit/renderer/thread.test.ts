/** The window of a history, and how a change of it is told to a list that takes in one end at a time. */
import { describe, expect, test } from 'vitest'
import type { Message } from '#shared/contract/entries/conversations.ts'
import { rowsOf, type Row } from '@/features/inbox/rows.ts'
import { keepRows, stepsOf } from '@/features/inbox/steps.ts'
import { growNewer, growOlder, newThread, take, windowSize } from '@/stores/thread.ts'

const message = (id: number): Message => ({
  id: String(id),
  direction: 'in',
  senderId: 'a',
  senderName: 'A',
  type: 'text',
  content: `m${id}`,
  rawType: null,
  sentAt: id * 1000,
  status: 'received',
  error: null,
  operationId: null,
  parts: [],
})
const range = (from: number, to: number): Message[] =>
  Array.from({ length: to - from + 1 }, (_, index) => message(from + index))
const ends = (items: readonly Message[]) => [items[0]?.id, items.at(-1)?.id, items.length]

describe('a window', () => {
  test('lets go what is furthest from where it grows, and says that it goes on there', () => {
    const thread = newThread()
    thread.items = range(1000, 1000 + windowSize - 1)
    growOlder(thread, range(900, 999), true)
    expect(ends(thread.items)).toEqual(['900', String(900 + windowSize - 1), windowSize])
    expect([thread.hasOlder, thread.hasNewer]).toEqual([true, true])
    growNewer(thread, range(900 + windowSize, 999 + windowSize), false)
    expect(ends(thread.items)).toEqual(['1000', String(999 + windowSize), windowSize])
    expect([thread.hasOlder, thread.hasNewer]).toEqual([true, false])
  })

  test('that is full takes in news at its end, and leaves them outside for who reads further up', () => {
    const thread = newThread()
    thread.items = range(1, windowSize)
    expect(take(thread, message(windowSize + 1))).toBe(true)
    expect(ends(thread.items)).toEqual(['2', String(windowSize + 1), windowSize])
    thread.atEnd = false
    expect(take(thread, message(windowSize + 2))).toBe(false)
    expect(ends(thread.items)).toEqual(['2', String(windowSize + 1), windowSize])
    expect(thread.hasNewer).toBe(true)
    // What is there is brought up to date all the same.
    take(thread, { ...message(7), content: 'changed' })
    expect(thread.items.find(({ id }) => id === '7')?.content).toBe('changed')
  })
})

describe('a change of rows', () => {
  const rows = (from: number, to: number): Row[] => rowsOf(range(from, to), [], new Map(), undefined)
  const told = (before: Row[], now: Row[]) =>
    stepsOf(before, now).map(({ rows: [...all], shift }) => [all.length, shift])

  test('at one end is one step', () => {
    expect(told(rows(5, 9), rows(5, 12))).toEqual([[8, false]])
    expect(told(rows(5, 9), rows(1, 9))).toEqual([[9, true]])
    expect(told(rows(5, 9), rows(7, 9))).toEqual([[3, true]])
    expect(told([], rows(5, 9))).toEqual([[5, false]])
  })
  test('at both ends is two: the beginning first', () => {
    expect(told(rows(5, 9), rows(1, 7))).toEqual([
      [9, true],
      [7, false],
    ])
    expect(told(rows(5, 9), rows(7, 12))).toEqual([
      [3, true],
      [6, false],
    ])
  })
  test('leaves the rows alone that say the same', () => {
    const items = range(1, 5)
    const before = rowsOf(items, [], new Map(), undefined)
    const changed = [...items.slice(0, 4), { ...message(5), content: 'new' }]
    const now = keepRows(before, rowsOf(changed, [], new Map(), undefined))
    expect(now.map((row, index) => row === before[index])).toEqual([true, true, true, true, false])
  })
})
