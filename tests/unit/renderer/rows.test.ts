import { describe, expect, test } from 'vitest'
import type { Message } from '#shared/contract/entries/conversations.ts'
import { firstUnread, rowsOf } from '@/features/inbox/rows.ts'
import { compareIds, compareMessages, mergeMessages, placeKey } from '@/stores/keys.ts'

const noon = new Date(2026, 10, 23, 12).getTime()
const message = (id: number, minutes: number, more: Partial<Message> = {}): Message => ({
  id: String(id),
  direction: 'in',
  senderId: 'a',
  senderName: 'A',
  type: 'text',
  content: `m${id}`,
  rawType: null,
  sentAt: noon + minutes * 60_000,
  status: 'received',
  error: null,
  operationId: null,
  parts: [],
  ...more,
})
const out = (id: number, minutes: number, more: Partial<Message> = {}) =>
  message(id, minutes, { direction: 'out', senderId: null, status: 'done', ...more })
const none = new Map<string, string>()

describe('rows of a history', () => {
  test('those of one sender within five minutes stand together', () => {
    const rows = rowsOf(
      [message(1, 0), message(2, 3), message(3, 9), message(4, 10, { senderId: 'b' })],
      [],
      none,
      undefined,
    )
    expect(rows.map((row) => [row.startsGroup, row.endsGroup])).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ])
  })

  test('a day begins where the day does, and a group with it', () => {
    const rows = rowsOf([message(1, 719), message(2, 721)], [], none, undefined)
    expect(rows.map((row) => row.startsDay)).toEqual([true, true])
    expect(rows[0]?.endsGroup).toBe(true)
  })

  test('the line of new messages parts a group', () => {
    const rows = rowsOf([message(1, 0), message(2, 1)], [], none, '2')
    expect(rows.map((row) => row.startsNew)).toEqual([false, true])
    expect(rows[1]?.startsGroup).toBe(true)
  })

  test('the newest settled ones and all unsettled ones say their state in words', () => {
    const rows = rowsOf(
      [out(1, 0, { status: 'failed' }), out(2, 1), out(3, 2), message(4, 3), out(5, 4)],
      [],
      none,
      undefined,
    )
    expect(rows.map((row) => row.inWords)).toEqual([true, false, true, false, true])
  })

  test('a message that was written here keeps the key of its submission', () => {
    const rows = rowsOf([out(7, 0)], [], new Map([['7', 'client']]), undefined)
    expect(rows[0]?.key).toBe('client')
  })
})

describe('where the line of new messages goes', () => {
  const history = [message(5, 0), out(6, 1), message(12, 2), message(13, 3)]
  test('above the first one of theirs that was not read', () => {
    expect(firstUnread(history, '6', true)).toBe('12')
    expect(firstUnread(history, '13', true)).toBeUndefined()
  })
  test('by number, not by letter', () => {
    expect(firstUnread(history, '9', true)).toBe('12')
  })
  test('nowhere while it may stand on a page that is not loaded', () => {
    expect(firstUnread(history, null, false)).toBeUndefined()
    expect(firstUnread(history, null, true)).toBe('5')
  })
})

describe('order', () => {
  test('of ids beyond what a number holds', () => {
    const ids = ['9007199254740993', '9007199254740992', '10', '9']
    expect(ids.sort(compareIds)).toEqual(['9', '10', '9007199254740992', '9007199254740993'])
  })
  test('of messages: by time, then by id; a newer state replaces', () => {
    const merged = mergeMessages([message(2, 0), message(1, 5)], [message(10, 0), message(2, 0, { content: 'new' })])
    expect(merged.map((item) => item.id)).toEqual(['2', '10', '1'])
    expect(merged[0]?.content).toBe('new')
    expect(compareMessages(message(2, 0), message(10, 0))).toBeLessThan(0)
  })
  test('of places: whatever a platform’s id contains, two of them never meet', () => {
    expect(placeKey({ robotId: '1', peer: { kind: 'friend', id: '2:group:3' } })).not.toBe(
      placeKey({ robotId: '1', peer: { kind: 'group', id: '3' } }),
    )
  })
})
