import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Changes } from '#engine/store/changes.ts'
import type { MessageRow } from '#engine/store/messages.ts'
import { Telling } from '#engine/store/telling.ts'

let told: { robots: number[]; conversations: number[]; messages: number[]; removed: string[] }[] = []
let wanted = false
let telling: Telling

beforeEach(() => {
  vi.useFakeTimers()
  told = []
  wanted = false
  telling = new Telling({
    tell: (changes) => {
      told.push({
        robots: [...changes.robotsTouched],
        conversations: [...changes.conversationsTouched],
        messages: [...changes.messagesTouched.keys()],
        removed: changes.removed.flatMap(({ ids }) => ids),
      })
    },
    isWanted: () => wanted,
  })
})
afterEach(() => {
  telling.stop()
  vi.useRealTimers()
})

/** What the effects of one callback touched. */
function effects(robot: number, conversation: number): Changes {
  const changes = new Changes()
  changes.robot(robot)
  changes.conversation(conversation)
  return changes
}

test('the first effects are told at once, robot and all', () => {
  telling.add(effects(1, 10))
  vi.advanceTimersByTime(0)
  expect(told).toMatchObject([{ robots: [1], conversations: [10] }])
})

test('robots that go on changing are told now and then, conversations each time', () => {
  for (let n = 0; n < 10; n += 1) {
    telling.add(effects(1, n))
    vi.advanceTimersByTime(4)
  }
  expect(told.flatMap(({ conversations }) => conversations)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(told.flatMap(({ robots }) => robots)).toEqual([1])
  vi.advanceTimersByTime(50)
  expect(told.flatMap(({ robots }) => robots)).toEqual([1, 1])
})

test('effects wait while somebody waits for the thread, but not for long', () => {
  wanted = true
  telling.add(effects(1, 10))
  vi.advanceTimersByTime(10)
  telling.add(effects(2, 11))
  expect(told).toEqual([])
  vi.advanceTimersByTime(15)
  expect(told.map(({ conversations }) => conversations)).toEqual([[10, 11]])
})

test('a message that came and was removed before it was told is told as removed alone', () => {
  const came = new Changes()
  came.message(7, 'added')
  telling.add(came)
  const went = new Changes()
  went.removed.push({ robotId: '1', peer: { kind: 'friend', id: 'u1' }, ids: ['7'] })
  telling.add(went)
  vi.advanceTimersByTime(0)
  expect(told).toEqual([{ robots: [], conversations: [], messages: [], removed: ['7'] }])
})

test('a new message whose robot or connection was removed before it was told is read again, and so not found', () => {
  const came = new Changes()
  came.message(7, 'added', { id: 7 } as MessageRow)
  const went = new Changes(false)
  went.swept = true
  const gathered = new Changes()
  gathered.absorb(came)
  expect(gathered.written.size).toBe(1)
  gathered.absorb(went)
  expect(gathered.written.size).toBe(0)
})

/** What a turn of the outbox touched. */
function turn(message: number): Changes {
  const changes = new Changes()
  changes.message(message, 'changed')
  return changes
}

test('what the outbox does is told at once after a rest, and from then on every 20 ms, each thing once', () => {
  telling.add(turn(1), true)
  vi.advanceTimersByTime(0)
  expect(told.map(({ messages }) => messages)).toEqual([[1]])
  for (const message of [2, 3, 2, 3]) {
    telling.add(turn(message), true)
    vi.advanceTimersByTime(4)
  }
  expect(told).toHaveLength(1)
  vi.advanceTimersByTime(4)
  expect(told.map(({ messages }) => messages)).toEqual([[1], [2, 3]])
  vi.advanceTimersByTime(1000)
  expect(told).toHaveLength(2)
  telling.add(turn(4), true)
  vi.advanceTimersByTime(0)
  expect(told.at(-1)?.messages).toEqual([4])
})

test('whatever else changed is told at once, with what the outbox did before it', () => {
  telling.add(turn(1), true)
  vi.advanceTimersByTime(0)
  telling.add(turn(2), true)
  vi.advanceTimersByTime(2)
  telling.add(effects(1, 10))
  vi.advanceTimersByTime(0)
  expect(told.at(-1)).toMatchObject({ robots: [1], conversations: [10], messages: [2] })
  vi.advanceTimersByTime(1000)
  expect(told).toHaveLength(2)
})

/** What the turn touched that took a message. */
function claim(message: number): Changes {
  const changes = new Changes()
  changes.claim(message, message + 100)
  return changes
}

const tellings = () => told.flatMap(({ messages }) => messages)

test('a message that is being sent is told when it still is a while later', () => {
  telling.add(claim(1), true)
  vi.advanceTimersByTime(30)
  expect(tellings()).toEqual([1])
  vi.advanceTimersByTime(1000)
  expect(tellings()).toEqual([1])
})

test('a message that went through within that while is told once', () => {
  telling.add(turn(9), true)
  vi.advanceTimersByTime(0)
  telling.add(claim(1), true)
  vi.advanceTimersByTime(25)
  telling.add(turn(1), true)
  vi.advanceTimersByTime(1000)
  expect(tellings()).toEqual([9, 1])
})

test('a message that is new and being sent already is told at once, as it is', () => {
  const came = new Changes()
  came.message(1, 'added')
  telling.add(came, true)
  telling.add(claim(1), true)
  vi.advanceTimersByTime(0)
  expect(tellings()).toEqual([1])
  vi.advanceTimersByTime(1000)
  expect(tellings()).toEqual([1])
})

test('a message that was removed while it was being sent is told no more', () => {
  telling.add(turn(9), true)
  vi.advanceTimersByTime(0)
  telling.add(claim(1), true)
  const went = new Changes()
  went.removed.push({ robotId: '1', peer: { kind: 'friend', id: 'u1' }, ids: ['1'] })
  telling.add(went)
  vi.advanceTimersByTime(1000)
  expect(tellings()).toEqual([9])
  expect(told.flatMap(({ removed }) => removed)).toEqual(['1'])
})
