/** The outbox: what is written, in which order it goes, what is held, what happens to parts. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pause, until } from '../../support/desk.ts'
import { friend, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'
import { accepted, held, refused } from '../../support/fake-platform.ts'

let office: EngineOffice
let robot: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice({
    advanced: {
      withdrawnMethods: true,
      listTimeoutMs: 1000,
      groupTimeoutMs: 2000,
      logoutTimeoutMs: 3000,
      callTimeoutMs: 3000,
    },
  })
})
beforeEach(async () => {
  office.platform.script = accepted
  robot = await office.robot()
})
afterAll(() => office.close())

const sent = () =>
  office.platform.requests
    .filter(({ data }) => data.vcRobotSerialNo === robot.serialNo)
    .map(({ data }) => (data.content as { msg_content: string } | undefined)?.msg_content)
const state = async (nstate: number) => {
  await robot.deliver(robot.old(1007, { nstate }))
}
const long = (...letters: string[]) => letters.map((letter) => `${letter.repeat(200)}.`).join(' ')
const piece = (letter: string) => `${letter.repeat(200)}.`

describe('writing', () => {
  it('answers with message and operation together, and shows them', async () => {
    await state(1)
    const { messageId, operationId } = await robot.send(friend('u1'), 'Hello')
    expect(await robot.operation(operationId)).toMatchObject({
      kind: 'send',
      state: 'queued',
      messageId,
      peer: friend('u1'),
    })
    expect(await robot.history(friend('u1'))).toMatchObject([{ id: messageId, operationId, status: 'queued' }])
    const [conversation] = (await office.desk.call('conversations.list', { robotId: robot.id })).items
    expect(conversation).toMatchObject({ unread: 0, lastMessage: { id: messageId } })
  })

  it('sends a repeated clientId once, and refuses it with other content', async () => {
    const first = await robot.send(friend('u1'), 'Hello', { clientId: 'c1' })
    const again = await Promise.all([1, 2, 3].map(() => robot.send(friend('u1'), 'Hello', { clientId: 'c1' })))
    for (const answer of again) expect(answer).toEqual(first)
    const input = { robotId: robot.id, peer: friend('u1'), type: 'text', content: 'Hello', clientId: 'c1' }
    for (const change of [{ content: 'Other' }, { peer: friend('u2') }, { peer: { kind: 'group', id: 'u1' } }]) {
      expect(await office.desk.refusal('messages.send', { ...input, ...change })).toMatchObject({ code: 'conflict' })
    }
    const other = await office.robot()
    expect((await other.send(friend('u1'), 'Other', { clientId: 'c1' })).messageId).not.toBe(first.messageId)
    await robot.settled(first.operationId, 'accepted')
    expect(sent()).toEqual(['Hello'])
  })

  it('refuses one among many that are written at once, and takes the others', async () => {
    await robot.send(friend('u1'), 'first', { clientId: 'c1' })
    const answers = await Promise.allSettled(
      Array.from({ length: 40 }, (_, n) =>
        robot.send(friend('u2'), `text ${n}`, n === 17 ? { clientId: 'c1' } : { clientId: `other ${n}` }),
      ),
    )
    const refused = answers.flatMap((answer, n) => (answer.status === 'rejected' ? [n] : []))
    expect(refused).toEqual([17])
    const texts = Array.from({ length: 40 }, (_, n) => `text ${n}`).filter((_, n) => n !== 17)
    await until('all to be sent', () => sent().length === 40)
    expect(sent()).toEqual(['first', ...texts])
    const history = await robot.history(friend('u2'))
    expect(history.map(({ content }) => content).reverse()).toEqual(texts)
    const found = await office.desk.call('messages.search', { query: '17', robotId: robot.id })
    expect(found.items).toEqual([])
  })

  it('sends in order, one after another, and beside other robots', async () => {
    const other = await office.robot()
    const { script, release, asked } = held()
    office.platform.script = (request) =>
      request.data.vcRobotSerialNo === robot.serialNo ? script(request) : accepted(request)
    const texts = ['1', '2', '3', '4', '5']
    let last = ''
    for (const text of texts) ({ operationId: last } = await robot.send(friend(`u${Number(text) % 2}`), text))
    await asked
    await pause(50)
    expect(sent()).toEqual(['1'])
    await other.settled((await other.send(friend('u1'), 'free')).operationId, 'accepted')
    release()
    await robot.settled(last, 'accepted')
    expect(sent()).toEqual(texts)
  })

  it('keeps the pace that is set', async () => {
    await office.desk.call('settings.set', { pace: { gapMs: 150 } })
    const begun = performance.now()
    let last = ''
    for (const text of ['1', '2', '3']) ({ operationId: last } = await robot.send(friend('u1'), text))
    await robot.settled(last, 'accepted')
    expect(performance.now() - begun).toBeGreaterThanOrEqual(295)
    await office.desk.call('settings.set', { pace: { gapMs: 0 } })
  })
})

describe('holding', () => {
  it.each([
    ['offline', 1],
    ['banned', 2],
  ])('waits while the robot is %s, and goes on when it is online', async (_name, nstate) => {
    await state(nstate)
    const { operationId } = await robot.send(friend('u1'), 'Held')
    await pause(100)
    expect((await robot.operation(operationId)).state).toBe('queued')
    expect(sent()).toEqual([])
    await state(0)
    await robot.settled(operationId, 'accepted')
  })

  it.each([['unknown'], ['limited', 3], ['online', 0]])('does not wait while it is %s', async (_name, nstate?) => {
    if (nstate !== undefined) await state(Number(nstate))
    await robot.settled((await robot.send(friend('u1'), 'Go')).operationId, 'accepted')
  })

  it('takes back what waits, and nothing else', async () => {
    await state(1)
    const { operationId } = await robot.send(friend('u1'), 'Never')
    const other = await robot.send(friend('u1'), 'Still')
    await office.desk.call('operations.cancel', { id: operationId })
    expect((await robot.operation(operationId)).state).toBe('cancelled')
    expect((await robot.history(friend('u1'))).map(({ status }) => status)).toEqual(['queued', 'cancelled'])
    expect(await office.desk.refusal('operations.cancel', { id: operationId })).toMatchObject({
      code: 'not-allowed-now',
    })
    await state(0)
    await robot.settled(other.operationId, 'accepted')
    expect(sent()).toEqual(['Still'])
    expect(await office.desk.refusal('operations.cancel', { id: other.operationId })).toMatchObject({
      code: 'not-allowed-now',
    })
  })
})

describe('a long text', () => {
  it('goes out in pieces, in order, as one message', async () => {
    const { operationId } = await robot.send(friend('u1'), long('a', 'b', 'c'))
    await robot.settled(operationId, 'accepted')
    expect(sent()).toEqual([piece('a'), piece('b'), piece('c')])
    const [message, ...others] = await robot.history(friend('u1'))
    expect(others).toEqual([])
    expect(message?.content).toBe(long('a', 'b', 'c'))
    expect(message?.parts.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted'])
    const serials = office.platform.requests.filter(({ data }) => data.vcRobotSerialNo === robot.serialNo)
    for (const [index, { serialNo }] of serials.entries()) {
      await robot.deliver(
        robot.old(1005, { FromUserId: 'me', ToUserId: 'u1', nPlatformMsgType: '1' }, { optSerNo: serialNo }),
      )
      expect((await robot.operation(operationId)).state).toBe(index < 2 ? 'accepted' : 'done')
    }
  })

  it('stops at the piece that failed; a second try sends only what did not go', async () => {
    office.platform.script = (request) => (sent().length === 2 ? refused(1, 'too fast')(request) : accepted(request))
    const { operationId, messageId } = await robot.send(friend('u1'), long('a', 'b', 'c'))
    expect(await robot.settled(operationId, 'failed')).toMatchObject({ error: { code: 'platform-refused' } })
    const [message] = await robot.history(friend('u1'))
    expect(message?.parts.map(({ status }) => status)).toEqual(['accepted', 'failed', 'failed'])
    expect(sent()).toHaveLength(2)
    office.platform.script = accepted
    const again = await office.desk.call('messages.settle', { messageId, as: 'resend' })
    expect(again.operationId).toBeDefined()
    await robot.settled(again.operationId ?? '', 'accepted')
    expect(sent()).toEqual([piece('a'), piece('b'), piece('b'), piece('c')])
    expect((await robot.operation(operationId)).state).toBe('failed')
  })

  it('with a piece in doubt is in doubt; arrived settles that piece alone', async () => {
    office.platform.script = (request) => (sent().length === 1 ? { status: 502, body: '' } : accepted(request))
    const { operationId, messageId } = await robot.send(friend('u1'), long('a', 'b'))
    await robot.settled(operationId, 'unknown')
    expect(sent()).toHaveLength(1)
    expect(await office.desk.call('messages.settle', { messageId, as: 'arrived' })).toEqual({})
    const [message] = await robot.history(friend('u1'))
    expect(message).toMatchObject({ status: 'failed', parts: [{ status: 'done' }, { status: 'failed' }] })
    const again = await office.desk.call('messages.settle', { messageId, as: 'resend' })
    await robot.settled(again.operationId ?? '', 'accepted')
    expect(sent()).toEqual([piece('a'), piece('b')])
  })

  it('counts in the unit of the connection', async () => {
    const { id: connectionId } = await office.desk.connect(office.platform, { advanced: { lengthUnit: 'utf8' } })
    const { id: robotId } = await office.desk.call('robots.add', { connectionId, serialNo: 'utf8' })
    const { operationId } = await office.desk.call('messages.send', {
      robotId,
      peer: friend('u1'),
      type: 'text',
      content: '你'.repeat(100),
    })
    await robot.settled(operationId, 'accepted')
    const pieces = office.platform.requests.filter(({ data }) => data.vcRobotSerialNo === 'utf8')
    expect(pieces).toHaveLength(2)
  })
})

describe('deciding', () => {
  it('about a send in doubt: it arrived, or goes again under a new operation', async () => {
    office.platform.script = () => ({ status: 502, body: '' })
    const lost = await robot.send(friend('u1'), 'Lost')
    await robot.settled(lost.operationId, 'unknown')
    await office.desk.call('messages.settle', { messageId: lost.messageId, as: 'arrived' })
    expect((await robot.operation(lost.operationId)).state).toBe('done')
    expect(await office.desk.refusal('messages.settle', { messageId: lost.messageId, as: 'resend' })).toMatchObject({
      code: 'not-allowed-now',
    })
    expect(await office.desk.refusal('messages.settle', { messageId: '1', as: 'resend' })).toMatchObject({
      code: 'not-found',
    })
    const again = await robot.send(friend('u1'), 'Again')
    await robot.settled(again.operationId, 'unknown')
    office.platform.script = accepted
    const { operationId = '' } = await office.desk.call('messages.settle', { messageId: again.messageId, as: 'resend' })
    expect(operationId).not.toBe(again.operationId)
    await robot.settled(operationId, 'accepted')
    expect(sent()).toEqual(['Lost', 'Again', 'Again'])
    expect(await robot.history(friend('u1'))).toHaveLength(2)
  })
})

describe('time', () => {
  it.each([
    ['friends.refresh', {}, 'getFriendList', 1003, [], 1],
    ['groups.create', { name: 'x', friendIds: ['a'] }, 'createGroup', 2001, {}, 2],
    ['groups.quit', { groupId: 'g1' }, 'quitGroup', 2004, { vcGroupId: 'g1' }, 2],
    ['robots.logout', {}, 'logout', 1004, {}, 3],
  ] as const)(
    '%s fails when its result does not come in the time set for it, and a late one mends it',
    async (entry, input, method, type, data, seconds) => {
      const { operationId } = await office.desk.call(entry, { robotId: robot.id, ...input } as never)
      const operation = await robot.settled(operationId, 'failed')
      expect(operation).toMatchObject({ error: { code: 'timed-out', params: { seconds } } })
      expect(operation.error?.hint).not.toBe('')
      const serialNo = office.platform
        .of(method)
        .findLast((request) => request.data.vcRobotSerialNo === robot.serialNo)?.serialNo
      await robot.deliver(robot.young(type, data, { optvcSerNo: serialNo }))
      expect(await robot.operation(operationId)).toMatchObject({ state: 'done', error: null })
    },
  )

  it('does not fail what waits on people: a send, a friend request', async () => {
    const send = await robot.send(friend('u1'), 'x')
    const add = await office.desk.call('friends.add', { robotId: robot.id, phone: '13800000000' })
    await robot.settled(send.operationId, 'accepted')
    await robot.settled(add.operationId, 'accepted')
    await pause(1200)
    expect((await robot.operation(send.operationId)).state).toBe('accepted')
    expect((await robot.operation(add.operationId)).state).toBe('accepted')
    await until('nothing', () => true)
  })
})
