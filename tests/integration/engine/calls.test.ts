/** What the engine does with every kind of answer, and with none. */
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openEngineOffice, friend, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'
import { pause, until } from '../../support/desk.ts'
import { accepted, refused, startPlatform } from '../../support/fake-platform.ts'

let office: EngineOffice
let robot: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice({ advanced: { callTimeoutMs: 2000 } })
})
beforeEach(async () => {
  office.platform.script = accepted
  robot = await office.robot()
})
afterAll(() => office.close())

const sent = () => office.platform.requests.filter(({ data }) => data.vcRobotSerialNo === robot.serialNo)

describe('a send', () => {
  it('carries exactly the parameters of the document', async () => {
    const { operationId } = await robot.send(friend('u1'), 'Hello 你好')
    await robot.settled(operationId, 'accepted')
    expect(sent()).toHaveLength(1)
    const [request] = sent()
    expect(request?.method).toBe('sendMessage')
    expect(request?.data).toEqual({
      vcMerchantNo: '2021004186687842',
      vcRobotSerialNo: robot.serialNo,
      vcFriendSerialNo: 'u1',
      content: { msg_type: '0', msg_content: 'Hello 你好' },
    })
    const [call] = (await office.desk.call('calls.list', { operationId })).items
    expect(call).toMatchObject({ method: 'sendMessage', status: 200, success: true, vcSerialNo: request?.serialNo })
  })

  it('to a group and of a picture', async () => {
    const link = 'https://pictures.example/1.png'
    const { operationId } = await office.desk.call('messages.send', {
      robotId: robot.id,
      peer: { kind: 'group', id: 'g1' },
      type: 'image',
      content: link,
    })
    await robot.settled(operationId, 'accepted')
    expect(sent()[0]).toMatchObject({
      method: 'sendGroupMessage',
      data: { vcGroupSerialNo: 'g1', content: { msg_type: '1', msg_content: link } },
    })
  })

  it.each([
    ['a refusal', refused(40003, '好友不存在'), 'failed', 'platform-refused'],
    ['a refused signature', refused('isv.invalid-signature', '验签失败'), 'failed', 'signature-refused'],
    [
      'a refusal with status 500',
      async (r: never) => ({ ...(await refused(1, 'no')(r)), status: 500 }),
      'failed',
      'platform-refused',
    ],
    ['404 without words', () => ({ status: 404, body: '' }), 'failed', 'answer-unreadable'],
    ['a redirect', () => ({ status: 302, body: '' }), 'failed', 'answer-unreadable'],
    ['502 with a page', () => ({ status: 502, body: '<html>' }), 'unknown', 'answer-unreadable'],
    ['503 without a word', () => ({ status: 503, body: '' }), 'unknown', 'answer-unreadable'],
    ['408', () => ({ status: 408, body: '' }), 'unknown', 'answer-unreadable'],
    ['200 with garbage', () => ({ body: 'OK' }), 'unknown', 'answer-unreadable'],
    ['200 with other JSON', () => ({ body: { hello: 1 } }), 'unknown', 'answer-unreadable'],
    [
      'a connection that is reset',
      () => ({ body: (response: ServerResponse) => response.socket?.resetAndDestroy() }),
      'unknown',
      'answer-lost',
    ],
    ['half an answer', () => ({ body: halfAnswer }), 'unknown', 'answer-lost'],
    ['no answer in time', () => ({ body: () => {} }), 'unknown', 'answer-lost'],
  ] as const)('that meets %s', async (_name, script, state, code) => {
    office.platform.script = script as typeof accepted
    const { operationId, messageId } = await robot.send(friend('u1'), 'Hello')
    const operation = await robot.settled(operationId, 'failed', 'unknown', 'accepted')
    expect(operation).toMatchObject({ state, error: { code } })
    const [message] = await robot.history(friend('u1'))
    expect(message).toMatchObject({ id: messageId, status: state, error: { code } })
    // Never again by itself.
    office.platform.script = accepted
    const next = await robot.send(friend('u1'), 'Next')
    await robot.settled(next.operationId, 'accepted')
    expect(sent().map(({ data }) => (data.content as { msg_content: string }).msg_content)).toEqual(['Hello', 'Next'])
  })

  it('is refused before anything is sent where the content cannot go', async () => {
    const send = (type: string, content: string) =>
      office.desk.refusal('messages.send', { robotId: robot.id, peer: friend('u1'), type, content })
    for (const [type, content] of [
      ['text', ' \n '],
      ['image', 'javascript:alert(1)'],
      ['image', 'not a link'],
      ['image', `https://x.example/${'a'.repeat(256)}`],
    ] as const) {
      expect(await send(type, content)).toMatchObject({ code: 'invalid-input', params: { field: 'content' } })
    }
    expect(await robot.history(friend('u1'))).toEqual([])
  })
})

const halfAnswer = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-length': '100' })
  response.write('{"vcSuccess":"tr', () => {
    response.destroy()
  })
}

describe('a gateway that cannot be reached', () => {
  it('keeps the message queued, says so, and gets it later; a list too', async () => {
    const away = await startPlatform()
    await away.close()
    const connection = await office.desk.connect(away)
    const { id: robotId } = await office.desk.call('robots.add', { connectionId: connection.id, serialNo: 'away' })
    const { operationId } = await office.desk.call('messages.send', {
      robotId,
      peer: friend('u1'),
      type: 'text',
      content: 'Later',
    })
    const list = await office.desk.call('friends.refresh', { robotId })
    const notices = async () => (await office.desk.call('system.info', {})).notices.map(({ code }) => code)
    await until('the notice', async () => (await notices()).includes('gateway-unreachable'))
    const waiting = await until('the send to wait again', async () => {
      const operation = await robot.operation(operationId)
      return operation.error !== null && operation
    })
    expect(waiting).toMatchObject({ state: 'queued', error: { code: 'gateway-unreachable' } })
    const back = await startPlatform(away.port)
    await robot.settled(operationId, 'accepted')
    await robot.settled(list.operationId, 'accepted')
    expect(back.of('sendMessage')).toHaveLength(1)
    await until('the notice to go', async () => !(await notices()).includes('gateway-unreachable'))
    await back.close()
  }, 30_000)

  it('a list whose answer was lost is asked for again by itself', async () => {
    let asked = 0
    office.platform.script = (request) =>
      ++asked === 1 ? { body: (response) => void response.socket?.resetAndDestroy() } : accepted(request)
    const { operationId } = await office.desk.call('friends.refresh', { robotId: robot.id })
    await robot.settled(operationId, 'accepted')
    expect(sent().map(({ method }) => method)).toEqual(['getFriendList', 'getFriendList'])
  })

  it('a connection that is closed before a byte of an answer leaves the send in doubt', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const { id: connectionId } = await office.desk.connect({ url: `http://127.0.0.1:${port}/` })
    const { id: robotId } = await office.desk.call('robots.add', { connectionId, serialNo: 'closing' })
    const { operationId } = await office.desk.call('messages.send', {
      robotId,
      peer: friend('u1'),
      type: 'text',
      content: 'x',
    })
    await robot.settled(operationId, 'unknown')
    server.close()
  })
})

describe('platform.<method>', () => {
  it('answers a refusal as a value, and records the call', async () => {
    office.platform.script = refused('40003', 'no such friend')
    const answer = await office.desk.call('platform.sendMessage', {
      connectionId: office.connectionId,
      vcRobotSerialNo: robot.serialNo,
      vcFriendSerialNo: 'u1',
      content: { msg_type: '0', msg_content: 'x' },
    })
    expect(answer).toMatchObject({ success: false, errorCode: '40003', errorMessage: 'no such friend' })
    expect(await office.desk.call('calls.get', { id: answer.callId })).toMatchObject({
      operationId: null,
      success: false,
    })
  })

  it('fills in the merchant number, and only where the method takes one', async () => {
    const common = { connectionId: office.connectionId, vcRobotSerialNo: robot.serialNo }
    await office.desk.call('platform.getFriendList', common)
    await office.desk.call('platform.login', { ...common, login_type: '0', vcRobotSerialNo_type: '0' })
    expect(sent().map(({ data }) => Object.keys(data).includes('vcMerchantNo'))).toEqual([true, false])
  })

  it.each([
    [
      'sendMessage',
      { vcFriendSerialNo: 'u', content: { msg_type: '0', msg_content: 'x'.repeat(257) } },
      'content.msg_content',
    ],
    ['addFriend', { vcFriendPhone: '123456789012' }, 'vcFriendPhone'],
    ['login', { login_type: '2', vcRobotSerialNo_type: '0' }, 'login_type'],
    ['inviteFriendsToGroup', { vcGroupSerialNo: 'g' }, 'vcFriendSerialNo'],
    [
      'inviteFriendsToGroup',
      { vcGroupSerialNo: 'g', vcFriendSerialNo: 'a', vcFriendSerialNos: ['b'] },
      'vcFriendSerialNo',
    ],
    ['createGroup', { vcGroupName: 'g', vcFriendSerialNoList: [] }, 'vcFriendSerialNoList'],
    ['getFriendList', { unknown: 1 }, ''],
  ])('%s refuses %j before anything is sent', async (method, parameters, field) => {
    const common = { connectionId: office.connectionId, vcRobotSerialNo: robot.serialNo }
    const error = await office.desk.refusal(`platform.${method}`, { ...common, ...parameters })
    expect(error.code).toBe('invalid-input')
    expect(error.params?.field).toContain(field)
    expect(sent()).toEqual([])
  })

  it.each(['logout', 'getVerificationCode'])('%s is off unless the connection turns it on', async (method) => {
    const input = { connectionId: office.connectionId, vcRobotSerialNo: robot.serialNo }
    expect(await office.desk.refusal(`platform.${method}`, input)).toMatchObject({ code: 'method-withdrawn' })
    const { id } = await office.desk.connect(office.platform, { advanced: { withdrawnMethods: true } })
    const entry = method === 'logout' ? 'platform.logout' : 'platform.getVerificationCode'
    expect(await office.desk.call(entry, { ...input, connectionId: id })).toMatchObject({ success: true })
  })

  it('says what happened when no answer can be had', async () => {
    const call = () =>
      office.desk.refusal('platform.getGroupList', {
        connectionId: office.connectionId,
        vcRobotSerialNo: robot.serialNo,
      })
    office.platform.script = () => ({ status: 502, body: '<html>' })
    expect(await call()).toMatchObject({ code: 'answer-unreadable', params: { status: 502 } })
    office.platform.script = () => ({ body: (response) => void response.socket?.resetAndDestroy() })
    expect(await call()).toMatchObject({ code: 'answer-lost' })
    await pause(0)
  })

  it('lets an echo land once though it comes before the answer', async () => {
    office.platform.script = async (request) => {
      await robot.deliver(
        robot.old(
          1005,
          { FromUserId: 'me', ToUserId: 'u9', Content: 'direct', nPlatformMsgType: '1', nMsgType: '0' },
          { optSerNo: request.serialNo },
        ),
      )
      return accepted(request)
    }
    await office.desk.call('platform.sendMessage', {
      connectionId: office.connectionId,
      vcRobotSerialNo: robot.serialNo,
      vcFriendSerialNo: 'u9',
      content: { msg_type: '0', msg_content: 'direct' },
    })
    await until('the echo', async () => (await robot.history(friend('u9'))).length > 0)
    await pause(50)
    expect(await robot.history(friend('u9'))).toMatchObject([{ direction: 'out', status: 'done', content: 'direct' }])
  })
})
