/** 1005 and the message form of 2004: whose message it is, where it goes, what it says. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  friend,
  group,
  nextStamp,
  openEngineOffice,
  type EngineOffice,
  type RobotHandle,
} from '../../support/engine-office.ts'
import { until } from '../../support/desk.ts'

let office: EngineOffice
let robot: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice()
})
beforeEach(async () => {
  robot = await office.robot()
})
afterAll(() => office.close())

const said = (content: unknown, more: object = {}) => ({
  FromUserId: 'u1',
  ToUserId: 'me',
  Content: content,
  dtMsgTime: '2026-11-24 08:00:00',
  nPlatformMsgType: '10',
  nMsgType: '0',
  ...more,
})
const eight = Date.UTC(2026, 10, 24, 0, 0, 0)

describe('1005', () => {
  it.each(['old', 'young'] as const)('from a person, with headers of the %s generation', async (generation) => {
    const callback = await robot.deliver(robot[generation](1005, said('你好')))
    expect(callback).toMatchObject({ state: 'applied', reason: null, type: '1005', robotId: robot.id })
    expect(await robot.history(friend('u1'))).toMatchObject([
      { direction: 'in', senderId: 'u1', type: 'text', content: '你好', sentAt: eight, status: 'received' },
    ])
    const { items } = await office.desk.call('conversations.list', { robotId: robot.id })
    expect(items).toMatchObject([{ peer: friend('u1'), unread: 1, lastMessage: { content: '你好' }, lastAt: eight }])
    expect((await robot.state()).unread).toBe(1)
  })

  it('tells of it by events in an order that a screen can use', async () => {
    const before = office.desk.events.length
    await robot.deliver(robot.old(1005, said('x')))
    const names = await until('the events', () => {
      const heard = office.desk.events.slice(before).map(({ event }) => event)
      return heard.includes('callback.changed') && heard.includes('robot.changed') && heard
    })
    // The robot, with its unread count, may follow: it is told no more often than it is worth.
    const others = names.filter((name) => name !== 'robot.changed')
    expect(others.slice(-3)).toEqual(['message.added', 'conversation.changed', 'callback.changed'])
  })

  it.each([
    ['seconds', '1763942400', 1_763_942_400_000],
    ['milliseconds', 1_763_942_400_123, 1_763_942_400_123],
    ['a date in the zone of the connection', '2026-11-24 08:00:00', eight],
  ])('reads its time from %s', async (_name, dtMsgTime, sentAt) => {
    await robot.deliver(robot.old(1005, said('x', { dtMsgTime })))
    expect((await robot.history(friend('u1')))[0]?.sentAt).toBe(sentAt)
  })

  it('takes the time of the callback where the message has none, and keeps the order', async () => {
    const stamp = nextStamp()
    await robot.deliver(robot.old(1005, said('second', { dtMsgTime: undefined }), { nTimeStamp: String(stamp) }))
    await robot.deliver(robot.old(1005, said('first', { dtMsgTime: stamp - 10 })))
    const history = await robot.history(friend('u1'))
    expect(history.map(({ content }) => content)).toEqual(['second', 'first'])
    const [conversation] = (await office.desk.call('conversations.list', { robotId: robot.id })).items
    expect(conversation).toMatchObject({ unread: 2, lastMessage: { content: 'second' }, lastAt: stamp * 1000 })
  })

  it('keeps numbers of 19 digits, and numbers where text is declared', async () => {
    const body = JSON.stringify(robot.old(1005, said('x'))).replace('"u1"', '9007199254740993123')
    await office.desk.deliver(office.callbackUrl, body.replace('"10"', '10').replace('"x"', '12345678901234567890'))
    expect(await robot.history(friend('9007199254740993123'))).toMatchObject([{ content: '12345678901234567890' }])
  })

  it.each([
    ['0', 'text', null],
    [0, 'text', null],
    ['1', 'image', null],
    [7, 'other', '7'],
    ['audio', 'other', 'audio'],
    [undefined, 'text', null],
  ])('with nMsgType %j is %s', async (nMsgType, type, rawType) => {
    await robot.deliver(robot.old(1005, said('https://x.example/1', { nMsgType })))
    expect(await robot.history(friend('u1'))).toMatchObject([{ type, rawType, content: 'https://x.example/1' }])
  })

  it('keeps hostile text as it is', async () => {
    const content = '<img src=x onerror=alert(1)>\u202e&quot; \u0000 👨‍👩‍👧 \ud800'.replace('\ud800', '')
    await robot.deliver(robot.old(1005, said(content)))
    expect((await robot.history(friend('u1')))[0]?.content).toBe(content)
  })

  it('written on the phone appears as sent, and is not unread', async () => {
    for (const nPlatformMsgType of ['1', 11, '0']) {
      await robot.deliver(
        robot.old(1005, said(`by ${nPlatformMsgType}`, { FromUserId: 'me', ToUserId: 'u2', nPlatformMsgType })),
      )
    }
    const history = await robot.history(friend('u2'))
    expect(history).toHaveLength(3)
    for (const message of history) expect(message).toMatchObject({ direction: 'out', status: 'done' })
    const [conversation] = (await office.desk.call('conversations.list', { robotId: robot.id })).items
    expect(conversation).toMatchObject({ peer: friend('u2'), unread: 0 })
  })

  it('is applied whatever its result code says', async () => {
    await robot.deliver(robot.old(1005, said('x'), { resultCode: '500' }))
    expect(await robot.history(friend('u1'))).toHaveLength(1)
  })

  it('with data as a list of one, as JSON text, and in a form, is the same', async () => {
    await robot.deliver(robot.old(1005, [said('list')]))
    await robot.deliver(robot.old(1005, JSON.stringify(said('text'))))
    const form = new URLSearchParams({ strContext: JSON.stringify(robot.old(1005, said('form'))) }).toString()
    await office.desk.deliver(office.callbackUrl, form, 'application/x-www-form-urlencoded')
    const escaped = JSON.stringify(robot.old(1005, said('escaped'))).replaceAll('"', '&quot;')
    const escapedForm = new URLSearchParams({ strContext: escaped }).toString()
    await office.desk.deliver(office.callbackUrl, escapedForm, 'application/x-www-form-urlencoded')
    const contents = (await robot.history(friend('u1'))).map(({ content }) => content)
    expect(contents.sort()).toEqual(['escaped', 'form', 'list', 'text'])
  })
})

describe('1005 that does not say who wrote', () => {
  const unsaid = (content: string, more: object = {}) => said(content, { nPlatformMsgType: undefined, ...more })

  it('is decided by the account’s own id', async () => {
    await robot.deliver(robot.old(1001, { userId: 'me' }))
    await robot.deliver(robot.old(1005, unsaid('in')))
    await robot.deliver(robot.old(1005, unsaid('out', { FromUserId: 'me', ToUserId: 'u1' })))
    const directions = (await robot.history(friend('u1'))).map(({ content, direction }) => [content, direction])
    expect(Object.fromEntries(directions)).toEqual({ in: 'in', out: 'out' })
  })

  it('is decided by who is a friend', async () => {
    await robot.deliver(robot.young(1003, [{ vcUserId: 'u1', vcUserName: 'One' }]))
    await robot.deliver(robot.old(1005, unsaid('in')))
    await robot.deliver(robot.old(1005, unsaid('out', { FromUserId: 'x', ToUserId: 'u1' })))
    const directions = (await robot.history(friend('u1'))).map(({ content, direction }) => [content, direction])
    expect(Object.fromEntries(directions)).toEqual({ in: 'in', out: 'out' })
  })

  it.each([
    ['the friends', 1003, [{ vcUserId: 'u1' }]],
    ['the account', 1001, { userId: 'me' }],
  ])('waits, and is read again once %s are known', async (_name, type, data) => {
    const waiting = await robot.deliver(robot.old(1005, unsaid('hello')))
    expect(waiting).toMatchObject({ state: 'pending', reason: 'undecided-author', robotId: robot.id })
    expect(await robot.history(friend('u1'))).toEqual([])
    await robot.deliver(robot.old(type, data))
    await until('it to be read again', async () => {
      const { state } = await office.desk.call('callbacks.get', { id: waiting.id })
      return state === 'applied'
    })
    expect(await robot.history(friend('u1'))).toMatchObject([{ direction: 'in', content: 'hello' }])
  })
})

describe('a callback that is sent again', () => {
  it('is kept as a repeat, and applied once, however it is written', async () => {
    const body = robot.old(1005, said('once'))
    const first = await robot.deliver(body)
    expect(first.state).toBe('applied')
    const others = [
      JSON.stringify(body),
      JSON.stringify(body, null, 4),
      JSON.stringify(Object.fromEntries(Object.entries(body).reverse())),
      JSON.stringify({ ...body, type: 1005, nTimeStamp: Number(body.nTimeStamp) }),
      JSON.stringify({ ...body, data: JSON.stringify(body.data) }),
      new URLSearchParams({ strContext: JSON.stringify(body) }).toString(),
    ]
    for (const other of others) {
      expect(await office.desk.deliver(office.callbackUrl, other)).toMatchObject({ state: 'repeat', raw: other })
    }
    expect(await robot.history(friend('u1'))).toHaveLength(1)
    expect((await robot.state()).unread).toBe(1)
    await office.desk.call('callbacks.replay', { ids: [first.id] })
    expect(await robot.history(friend('u1'))).toHaveLength(1)
  })

  it('is another one when any time in it differs', async () => {
    await robot.deliver(robot.old(1005, said('ok')))
    await robot.deliver(robot.old(1005, said('ok')))
    await robot.deliver(robot.old(1005, said('ok', { dtMsgTime: '2026-11-24 08:00:01' })))
    expect(await robot.history(friend('u1'))).toHaveLength(3)
  })
})

describe('2004 as a message', () => {
  const told = (more: object) => ({ groupId: 'g1', dtMsgTime: '2026-11-24 08:00:00', nMsgType: '0', ...more })
  const base64 = (text: string) => Buffer.from(text).toString('base64')

  it.each([
    ['an object', { MsgData: { FromUserId: 'u1', Content: '你好' } }, 'u1', '你好'],
    ['JSON text', { MsgData: JSON.stringify({ vcUserId: 'u1', Content: '你好' }) }, 'u1', '你好'],
    ['plain text', { MsgData: '你好' }, null, '你好'],
    ['base64 beside', { MsgData: { FromUserId: 'u1' }, msgContentb: base64('你好') }, 'u1', '你好'],
    ['base64 inside', { MsgData: { FromUserId: 'u1', msgContentb: base64('你好') } }, 'u1', '你好'],
    ['base64 alone', { msgContentb: base64('你好') }, null, '你好'],
    ['what looks like base64 and is none', { msgContentb: '你好 there' }, null, '你好 there'],
    [
      'a content that both give',
      { MsgData: { FromUserId: 'u1', Content: 'this' }, msgContentb: base64('that') },
      'u1',
      'this',
    ],
    [
      'times and type inside',
      {
        dtMsgTime: undefined,
        nMsgType: undefined,
        MsgData: { Content: '你好', dtMsgTime: '2026-11-24 08:00:00', nMsgType: 0 },
      },
      null,
      '你好',
    ],
    ['a list of one', [told({ MsgData: { FromUserId: 'u1', Content: '你好' } })], 'u1', '你好'],
  ])('reads MsgData as %s', async (_name, data, senderId, content) => {
    const callback = await robot.deliver(robot.old(2004, Array.isArray(data) ? data : told(data)))
    expect(callback.state).toBe('applied')
    expect(await robot.history(group('g1'))).toMatchObject([
      { direction: 'in', senderId, content, sentAt: eight, type: 'text' },
    ])
  })

  it('names the sender as the callback does, else as the friend is called', async () => {
    await robot.deliver(robot.old(2004, told({ MsgData: { vcUserId: 'u5', vcUserName: 'Five', Content: 'a' } })))
    expect((await robot.history(group('g1')))[0]?.senderName).toBe('Five')
    await robot.deliver(robot.young(1003, [{ vcUserId: 'u5', vcUserName: 'Known' }]))
    expect((await robot.history(group('g1')))[0]?.senderName).toBe('Known')
  })

  it('from the account’s own id is ours', async () => {
    await robot.deliver(robot.old(1001, { userId: 'me' }))
    await robot.deliver(robot.old(2004, told({ MsgData: { FromUserId: 'me', Content: 'x' } })))
    expect(await robot.history(group('g1'))).toMatchObject([{ direction: 'out', status: 'done' }])
  })

  it('does not count as a message of theirs where it is left', async () => {
    await robot.deliver(robot.young(2003, [{ vcGroupId: 'g1', vcGroupName: 'Group' }]))
    const callback = await robot.deliver(robot.old(2004, { vcGroupId: 'g1', vcGroupName: 'Group' }))
    expect(callback.state).toBe('applied')
    expect(await robot.history(group('g1'))).toEqual([])
    const { items } = await office.desk.call('groups.list', { robotId: robot.id })
    expect(items[0]).toMatchObject({ id: 'g1', name: 'Group' })
    expect(items[0]?.leftAt).toBeTypeOf('number')
  })

  it.each([
    ['neither', { other: 1 }],
    ['nothing', null],
    ['both', { vcGroupId: 'g1', MsgData: 'x' }],
    ['a group alone', { groupId: 'g1' }],
  ])('that fits %s is kept as undecided, and changes nothing', async (_name, data) => {
    const callback = await robot.deliver(robot.old(2004, data))
    expect(callback).toMatchObject({ state: 'quarantined', reason: 'undecided-2004', robotId: robot.id })
    expect((await office.desk.call('groups.list', { robotId: robot.id })).items).toEqual([])
    expect((await office.desk.call('conversations.list', { robotId: robot.id })).items).toEqual([])
  })
})
