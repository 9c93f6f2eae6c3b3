/** When and how a message calls the operator through the system. */
import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  callId,
  callOf,
  followMessages,
  type CallsHost,
  type MessageCall,
} from '../../../electron/desktop/message-calls.ts'
import { makeNotifier } from '../../../electron/desktop/notifications.ts'
import type { Conversation, PlacedMessage } from '../../../shared/contract/entries/conversations.ts'
import { settingsSchema } from '../../../shared/contract/entries/system.ts'
import type { ContractEvent } from '../../../shared/contract/events.ts'

class FakeNotification extends EventEmitter {
  static made: FakeNotification[] = []
  readonly options: Record<string, unknown>
  isShown = false
  constructor(options: Record<string, unknown>) {
    super()
    this.options = options
    FakeNotification.made.push(this)
  }
  static isSupported(): boolean {
    return true
  }
  show(): void {
    this.isShown = true
  }
  close(): void {
    this.isShown = false
    this.emit('close', {})
  }
}
vi.mock('electron', () => ({
  get Notification() {
    return FakeNotification
  },
}))

const settings = settingsSchema.parse({})
const message = (userId: string, changes: Partial<PlacedMessage> = {}): PlacedMessage => ({
  ...{
    id: '1',
    direction: 'in',
    senderId: userId,
    senderName: '林',
    type: 'text',
    content: '你好\n在吗',
    rawType: null,
  },
  ...{ sentAt: Date.now(), status: 'received', error: null, operationId: null, parts: [] },
  ...{ robotId: '7', peer: { kind: 'friend', id: userId } },
  ...changes,
})
const added = (...messages: PlacedMessage[]): ContractEvent[] =>
  messages.map((data) => ({ event: 'message.added', data }))
const conversation = (userId: string, changes: Partial<Conversation> = {}): Conversation =>
  ({
    robotId: '7',
    peer: { kind: 'friend', id: userId, name: `客户 ${userId}` },
    unread: 1,
    ...changes,
  }) as Conversation

describe('a call', () => {
  const around = { name: '林小姐', robot: '门店', settings, locale: 'en' } as const
  it('names the conversation and says what was written in one line', () => {
    expect(callOf(message('u1'), around)).toEqual({
      id: callId(message('u1')),
      group: { id: 'robot-7', title: '门店' },
      title: '林小姐 · 门店',
      body: '你好 在吗',
      destination: { to: 'conversation', robotId: '7', peer: { kind: 'friend', id: 'u1' } },
      replyTo: { robotId: '7', peer: { kind: 'friend', id: 'u1' } },
      silent: false,
    })
  })
  it('says who of a group wrote, and names what is no text', () => {
    const group = { kind: 'group', id: 'g' } as const
    expect(callOf(message('u1', { peer: group }), around).body).toBe('林: 你好 在吗')
    expect(callOf(message('u1', { type: 'image', content: 'http://x/y.png' }), around).body).toBe('[Picture]')
    expect(callOf(message('u1', { type: 'other' }), around).body).toBe('[Message of another type]')
  })
  it('tells nothing of anybody where names and words are not to be shown, and takes no answer then', () => {
    const hidden = callOf(message('u1'), { ...around, settings: { ...settings, notificationPreview: false } })
    expect(hidden).toMatchObject({ title: 'New message for 门店', body: 'Open it to read', replyTo: null })
    expect(JSON.stringify([hidden.title, hidden.body, hidden.id])).not.toMatch(/林|你好|u1/)
  })
  it('has an id that fits every system, its own for each conversation', () => {
    const ids = ['u1', 'u2', 'x'.repeat(256)].map((id) => callId(message(id)))
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^[\w-]{24}$/)
  })
})

describe('messages', () => {
  let listen: (events: readonly ContractEvent[]) => void
  let shown: MessageCall[]
  let host: { [Name in keyof CallsHost]: CallsHost[Name] }
  let locked = false
  let watched: ReturnType<CallsHost['watched']> = null
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date(2026, 10, 24, 14) })
    shown = []
    locked = false
    watched = null
    host = {
      onEvents: (listener) => {
        listen = listener
        return () => {
          listen = () => expect.unreachable()
        }
      },
      isLocked: () => locked,
      language: () => 'en',
      watched: () => watched,
      settings: () => Promise.resolve(settings),
      robots: () => Promise.resolve([]),
      conversation: vi.fn(({ peer }) => Promise.resolve(conversation(peer.id))),
      show: (call) => void shown.push(call),
      dismiss: vi.fn(),
      clear: vi.fn(),
    }
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const later = () => vi.advanceTimersByTimeAsync(300)

  it('that come together call once a conversation, and once altogether where they are many', async () => {
    followMessages(host)
    listen(added(message('u1'), message('u2'), message('u1', { content: 'zwei' })))
    await later()
    expect(shown.map(({ body }) => body)).toEqual(['zwei', '你好 在吗'])
    listen(added(...['a', 'b', 'c', 'd'].map((id) => message(id))))
    await later()
    expect(shown.at(-1)).toMatchObject({ title: 'New messages in 4 conversations', destination: { to: 'inbox' } })
    expect(shown).toHaveLength(3)
  })
  it('take the name and the rules of the conversation that came with them, and ask for no other', async () => {
    followMessages(host)
    listen([...added(message('u1')), { event: 'conversation.changed', data: conversation('u1', { muted: true }) }])
    await later()
    expect([shown, vi.mocked(host.conversation).mock.calls]).toEqual([[], []])
    listen(added(message('u2')))
    await later()
    expect(shown[0]?.title).toContain('客户 u2')
  })
  it('call nobody about what is looked at, while locked, or once it was locked before it was told', async () => {
    followMessages(host)
    watched = { robotId: '7', peer: { kind: 'friend', id: 'u1' } }
    listen(added(message('u1')))
    await later()
    locked = true
    listen(added(message('u2')))
    await later()
    locked = false
    listen(added(message('u3')))
    locked = true
    await later()
    expect(shown).toEqual([])
  })
  it('follow the settings as they are then: off, quiet hours, without sound', async () => {
    followMessages(host)
    const under = async (changes: object): Promise<number> => {
      host.settings = () => Promise.resolve({ ...settings, ...changes })
      shown.length = 0
      listen(added(message('u1')))
      await later()
      return shown.length
    }
    expect(await under({ notifications: false })).toBe(0)
    expect(await under({ quietHours: true, quietFrom: 13 * 60, quietTo: 15 * 60 })).toBe(0)
    expect(await under({ quietHours: true, quietFrom: 15 * 60, quietTo: 13 * 60 })).toBe(1)
    expect(await under({ notificationSound: false })).toBe(1)
    expect(shown[0]?.silent).toBe(true)
    host.settings = () => Promise.resolve(null)
    listen(added(message('u1')))
    await later()
    expect(shown).toHaveLength(1)
  })
  it('are taken back when their conversation has been read', () => {
    followMessages(host)
    listen([{ event: 'conversation.changed', data: conversation('u1', { unread: 0 }) }])
    expect(host.dismiss).toHaveBeenCalledWith(callId(message('u1')))
  })
  it.each(['lock.changed', 'system.restarted'] as const)(
    'are taken back, shown or not, when it is locked: %s',
    async (event) => {
      followMessages(host)
      listen([{ event, data: {} }])
      expect(host.clear).not.toHaveBeenCalled()
      listen(added(message('u1')))
      locked = true
      listen([{ event, data: {} }])
      expect(host.clear).toHaveBeenCalledOnce()
      // Unlocked before it would have been told.
      locked = false
      await later()
      expect(shown).toEqual([])
    },
  )
  it('call nobody any more after the end', async () => {
    const end = followMessages(host)
    listen(added(message('u1')))
    end()
    await later()
    expect(shown).toEqual([])
  })
})

describe('notifications', () => {
  const around = { name: '林', robot: '门店', settings, locale: 'en' } as const
  const make = (platform: NodeJS.Platform) => {
    FakeNotification.made = []
    const heard = { open: vi.fn(), reply: vi.fn(), sound: vi.fn() }
    return { ...heard, notifier: makeNotifier({ platform, ...heard }) }
  }
  const words = { replyPlaceholder: 'Reply' }

  it.each(['darwin', 'win32'] as const)('take an answer on %s, in groups, with the system’s sound', (platform) => {
    const { notifier, reply, open, sound } = make(platform)
    notifier.call(callOf(message('u1'), around), words)
    const [shown] = FakeNotification.made
    expect(shown?.options).toMatchObject({
      ...{ id: callId(message('u1')), groupId: 'robot-7', groupTitle: '门店', silent: false },
      ...{ hasReply: true, replyPlaceholder: 'Reply' },
    })
    shown?.emit('reply', { reply: '  ' })
    shown?.emit('reply', { reply: '马上到' })
    expect(reply.mock.calls).toEqual([[{ robotId: '7', peer: { kind: 'friend', id: 'u1' } }, '马上到']])
    shown?.emit('click')
    expect(open).toHaveBeenCalledWith({ to: 'conversation', robotId: '7', peer: { kind: 'friend', id: 'u1' } })
    expect(sound).not.toHaveBeenCalled()
  })
  it('have the window’s sound on Linux, and take the place of the one before by hand', () => {
    const { notifier, sound } = make('linux')
    notifier.call(callOf(message('u1'), around), words)
    notifier.call({ ...callOf(message('u1'), around), silent: true }, words)
    expect(FakeNotification.made.map(({ isShown }) => isShown)).toEqual([false, true])
    expect(FakeNotification.made[0]?.options).toMatchObject({ silent: true })
    expect(FakeNotification.made[0]?.options).not.toHaveProperty('hasReply')
    expect(sound).toHaveBeenCalledOnce()
    notifier.dismiss(callId(message('u1')))
    expect(FakeNotification.made[1]?.isShown).toBe(false)
  })
  it.each(['darwin', 'win32', 'linux'] as const)('that name anybody are none after the lock on %s', (platform) => {
    const { notifier, open } = make(platform)
    for (const id of ['u1', 'u2']) notifier.call(callOf(message(id), around), words)
    for (const title of ['门店 has been banned', '门店 has been banned']) notifier.tell({ title, body: '' }, open)
    notifier.tell({ title: 'Switchboard', body: 'Something is the matter' }, open, true)
    // The system has put it in its list.
    FakeNotification.made[0]?.emit('close', { reason: 'timedOut' })
    notifier.clear()
    expect(FakeNotification.made.map(({ isShown }) => isShown)).toEqual([false, false, false, false, true])
  })
  it('are taken back rather than forgotten where they are many', () => {
    const { notifier } = make('darwin')
    for (let n = 0; n < 103; n += 1) notifier.call(callOf(message(`u${n}`), around), words)
    expect(FakeNotification.made.filter(({ isShown }) => !isShown)).toEqual(FakeNotification.made.slice(0, 3))
    notifier.clear()
    expect(FakeNotification.made.filter(({ isShown }) => isShown)).toEqual([])
  })
  it('take no answer to what they do not show', () => {
    const { notifier } = make('darwin')
    notifier.call(callOf(message('u1'), { ...around, settings: { ...settings, notificationPreview: false } }), words)
    expect(FakeNotification.made[0]?.options).not.toHaveProperty('hasReply')
  })
})
