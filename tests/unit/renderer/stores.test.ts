/** The stores over a bridge that is played by hand. */
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import { uncared } from '../../support/fixture-data.ts'
import type { Bridge, LinkState } from '#shared/contract/bridge.ts'
import type { Conversation, Message } from '#shared/contract/entries/conversations.ts'
import type { ContractEvent } from '#shared/contract/events.ts'

vi.hoisted(() => {
  const kept = new Map<string, string>()
  Object.assign(globalThis, {
    localStorage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
      removeItem: (key: string) => kept.delete(key),
      clear: () => kept.clear(),
    },
  })
})

type Answer = (input: Record<string, unknown>) => unknown

let answers: Record<string, Answer>
let calls: { entry: string; input: Record<string, unknown> }[]
let emit: (...events: ContractEvent[]) => void
let setLink: (state: LinkState) => void

const place = { robotId: '1', peer: { kind: 'friend' as const, id: 'u' } }
const message = (id: number, more: Partial<Message> = {}): Message => ({
  id: String(id),
  direction: 'in',
  senderId: null,
  senderName: '',
  type: 'text',
  content: `m${id}`,
  rawType: null,
  sentAt: id * 1000,
  status: 'received',
  error: null,
  operationId: null,
  parts: [],
  ...more,
})
const conversation = (id: string, lastAt: number, more: Partial<Conversation> = {}): Conversation => ({
  robotId: '1',
  peer: { kind: 'friend', id, name: id },
  unread: 0,
  lastMessage: null,
  ...uncared,
  readUpTo: null,
  lastAt,
  ...more,
})
const added = (one: Message): ContractEvent => ({ event: 'message.added', data: { ...one, ...place } })
const lost = { ok: false, error: { code: 'connection-lost', message: '', hint: '' } }

async function start() {
  vi.resetModules()
  const bridge = await import('@/bridge/index.ts')
  const played: Bridge = {
    host: 'browser',
    async call(entry, input) {
      calls.push({ entry, input: input as Record<string, unknown> })
      const result = await answers[entry]?.(input as Record<string, unknown>)
      return (result === lost ? lost : { ok: true, result }) as never
    },
    onEvents(listener) {
      emit = (...events) => listener(events)
      return () => {}
    },
    onLink(listener) {
      setLink = listener
      listener('connected')
      return () => {}
    },
    setLocale() {},
  }
  bridge.useBridge(played)
  setActivePinia(createPinia())
  const { useMessages } = await import('@/stores/messages.ts')
  const { useConversations } = await import('@/stores/conversations.ts')
  return { messages: useMessages(), conversations: useConversations() }
}
const soon = () => new Promise((resolve) => setTimeout(resolve))

beforeEach(() => {
  localStorage.clear()
  answers = {}
  calls = []
})

describe('what is on its way into the outbox', () => {
  test('the answer first: the message takes the place of the submission, under the same key', async () => {
    const { messages } = await start()
    answers = {
      'messages.page': () => ({ items: [], nextCursor: null }),
      'messages.send': () => ({ messageId: '5', operationId: '6' }),
    }
    await messages.open(place)
    messages.outgoing.submit(place, 'text', 'hi')
    const clientId = messages.outgoing.of(place)[0]?.clientId
    expect(messages.threadOf(place).items).toEqual([])
    await soon()
    expect(messages.outgoing.of(place)).toEqual([])
    expect(messages.threadOf(place).items).toMatchObject([{ id: '5', status: 'queued', content: 'hi' }])
    expect(messages.outgoing.aliases.get('5')).toBe(clientId)
    emit(added(message(5, { direction: 'out', content: 'hi', status: 'sending' })))
    expect(messages.threadOf(place).items).toMatchObject([{ id: '5', status: 'sending' }])
  })

  test('the event first: one bubble at every moment', async () => {
    const { messages } = await start()
    let answer: (value: unknown) => void = () => {}
    answers = {
      'messages.page': () => ({ items: [], nextCursor: null }),
      'messages.send': () => new Promise((resolve) => (answer = resolve)),
    }
    await messages.open(place)
    messages.outgoing.submit(place, 'text', 'hi')
    await soon()
    emit(added(message(5, { direction: 'out', content: 'hi', status: 'sending' })))
    expect(messages.outgoing.of(place)).toEqual([])
    expect(messages.threadOf(place).items).toHaveLength(1)
    answer({ messageId: '5', operationId: '6' })
    await soon()
    expect(messages.threadOf(place).items).toMatchObject([{ id: '5', status: 'sending' }])
  })

  test('a lost answer: asked again with the same clientId once the link is back', async () => {
    const { messages } = await start()
    answers = { 'messages.send': () => lost }
    messages.outgoing.submit(place, 'text', 'hi')
    await soon()
    expect(messages.outgoing.of(place)[0]?.state).toBe('waiting')
    setLink('connecting')
    await nextTick()
    answers = { 'messages.send': () => ({ messageId: '5', operationId: '6' }) }
    setLink('connected')
    await soon()
    const ids = calls.filter((call) => call.entry === 'messages.send').map((call) => call.input['clientId'])
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
    expect(messages.outgoing.of(place)).toEqual([])
  })

  test('what waited when the page was closed is asked when it opens again', async () => {
    const first = await start()
    answers = { 'messages.send': () => lost }
    first.messages.outgoing.submit(place, 'text', 'kept')
    await soon()
    answers = { 'messages.send': () => ({ messageId: '5', operationId: '6' }) }
    await start()
    await soon()
    const sent = calls.filter((call) => call.entry === 'messages.send').map((call) => call.input)
    expect(sent).toHaveLength(2)
    expect(sent[1]).toEqual(sent[0])
    expect(sent[1]).toMatchObject({ content: 'kept' })
  })

  test('two lines of one conversation go one after the other', async () => {
    const { messages } = await start()
    let answer: (value: unknown) => void = () => {}
    answers = { 'messages.send': () => new Promise((resolve) => (answer = resolve)) }
    messages.outgoing.submit(place, 'text', 'one')
    messages.outgoing.submit(place, 'text', 'two')
    await soon()
    expect(calls.map((call) => call.input['content'])).toEqual(['one'])
    answer({ messageId: '5', operationId: '6' })
    await soon()
    expect(calls.map((call) => call.input['content'])).toEqual(['one', 'two'])
  })
})

describe('a history', () => {
  test('after a loss: joined where pages overlap, begun anew where there may be a hole', async () => {
    const { messages } = await start()
    answers = { 'messages.page': () => ({ items: [message(2), message(1)], nextCursor: 'c' }) }
    await messages.open(place)
    setLink('connecting')
    await nextTick()
    setLink('connected')
    answers = { 'messages.page': () => ({ items: [message(3), message(2)], nextCursor: 'd' }) }
    await messages.open(place)
    expect(messages.threadOf(place).items.map((item) => item.id)).toEqual(['1', '2', '3'])
    setLink('connecting')
    await nextTick()
    answers = { 'messages.page': () => ({ items: [message(90), message(89)], nextCursor: 'e' }) }
    await messages.open(place)
    expect(messages.threadOf(place).items.map((item) => item.id)).toEqual(['89', '90'])
    expect(messages.threadOf(place).hasOlder).toBe(true)
  })

  test('a message that comes while the first page is under way is kept', async () => {
    const { messages } = await start()
    let answer: (value: unknown) => void = () => {}
    answers = { 'messages.page': () => new Promise((resolve) => (answer = resolve)) }
    const opening = messages.open(place)
    await soon()
    emit(added(message(9)))
    answer({ items: [message(2), message(1)], nextCursor: null })
    await opening
    expect(messages.threadOf(place).items.map((item) => item.id)).toEqual(['1', '2', '9'])
  })

  test('one that belongs to pages not yet loaded does not stand in for them', async () => {
    const { messages } = await start()
    answers = { 'messages.page': () => ({ items: [message(8), message(7)], nextCursor: 'c' }) }
    await messages.open(place)
    emit(added(message(3)))
    expect(messages.threadOf(place).items.map((item) => item.id)).toEqual(['7', '8'])
  })
})

describe('the list of conversations', () => {
  const changed = (one: Conversation): ContractEvent => ({ event: 'conversation.changed', data: one })
  const names = (items: Conversation[]) => items.map((item) => item.peer.id)

  test('the newest on top, also after an event', async () => {
    const { conversations } = await start()
    answers = {
      'conversations.list': () => ({ items: [conversation('b', 2), conversation('a', 1)], nextCursor: null }),
    }
    await conversations.load()
    emit(changed(conversation('a', 3)), changed(conversation('new', 4)))
    await soon()
    expect(names(conversations.items)).toEqual(['new', 'a', 'b'])
  })

  test('held under the pointer: content changes, order waits', async () => {
    const { conversations } = await start()
    answers = {
      'conversations.list': () => ({ items: [conversation('b', 2), conversation('a', 1)], nextCursor: null }),
    }
    await conversations.load()
    conversations.hold(true)
    emit(changed(conversation('a', 3, { unread: 1 })))
    await soon()
    expect(conversations.items.map((item) => [item.peer.id, item.unread])).toEqual([
      ['b', 0],
      ['a', 1],
    ])
    expect(conversations.outdated).toBe(true)
    conversations.hold(false)
    expect(names(conversations.items)).toEqual(['a', 'b'])
  })

  test('an event about one below the last page does not put it in between', async () => {
    const { conversations } = await start()
    answers = { 'conversations.list': () => ({ items: [conversation('b', 9)], nextCursor: 'c' }) }
    await conversations.load()
    emit(changed(conversation('old', 3)))
    await soon()
    expect(names(conversations.items)).toEqual(['b'])
    answers = {
      'conversations.list': () => ({ items: [conversation('mid', 5), conversation('old', 3)], nextCursor: null }),
    }
    await conversations.loadMore()
    expect(names(conversations.items)).toEqual(['b', 'mid', 'old'])
  })

  test('a filter shows what is known at once, and the slower answer of the former one is dropped', async () => {
    const { conversations } = await start()
    answers = {
      'conversations.list': () => ({
        items: [conversation('b', 9), conversation('c', 8, { robotId: '2' })],
        nextCursor: null,
      }),
    }
    await conversations.load()
    let slow: (value: unknown) => void = () => {}
    answers = { 'conversations.list': () => new Promise((resolve) => (slow = resolve)) }
    conversations.show({ robotId: '1' })
    expect(names(conversations.items)).toEqual(['b'])
    answers = { 'conversations.list': () => ({ items: [conversation('c', 8, { robotId: '2' })], nextCursor: null }) }
    conversations.show({ robotId: '2' })
    await soon()
    slow({ items: [conversation('b', 9)], nextCursor: null })
    await soon()
    expect(names(conversations.items)).toEqual(['c'])
  })
})
