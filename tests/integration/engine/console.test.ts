/** What the API console shows before anything is sent, held against what is then really sent. */
import { execFile } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signingString } from '#engine/platform/signing.ts'
import { openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'
import { merchantKeys } from '../../support/fake-platform.ts'

let office: EngineOffice
let robot: RobotHandle
beforeAll(async () => {
  office = await openEngineOffice()
  robot = await office.robot()
})
afterAll(() => office.close())

const hard = `O'Brien "&=+%" 你好 🎉 @$(id)\\`

describe('platform.preview', () => {
  const send = () => ({
    connectionId: office.connectionId,
    method: 'sendMessage' as const,
    parameters: {
      vcRobotSerialNo: robot.serialNo,
      vcFriendSerialNo: 'u1',
      content: { msg_type: '0', msg_content: hard },
    },
  })

  it('shows the very string that the call then signs, and sends nothing', async () => {
    const before = office.platform.requests.length
    const shown = await office.desk.call('platform.preview', send())
    expect(office.platform.requests).toHaveLength(before)
    expect(shown.envelope).not.toHaveProperty('sign')
    expect(shown.curl).toBeNull()
    const { callId } = await office.desk.call('platform.sendMessage', {
      connectionId: office.connectionId,
      ...send().parameters,
    })
    const call = await office.desk.call('calls.get', { id: callId })
    const withoutTime = (text: string) => text.replace(/timestamp=[^&]+/, '')
    expect(withoutTime(shown.signingString)).toBe(withoutTime(call.signingString))
  })

  it.each([
    ['form', 'body'],
    ['form', 'query'],
    ['json', 'body'],
    ['json', 'query'],
  ] as const)('gives a curl command that the platform verifies (%s, %s)', async (contentType, placement) => {
    const { id: connectionId } = await office.desk.connect(office.platform, { advanced: { contentType, placement } })
    const shown = await office.desk.call('platform.preview', { ...send(), connectionId, signed: true })
    if (shown.curl === null) throw new Error('no command')
    // The shell itself is the judge of the quoting.
    await promisify(execFile)('sh', ['-c', shown.curl])
    const request = office.platform.requests.at(-1)
    expect(request?.data).toMatchObject({ content: { msg_content: hard } })
    const key = createPublicKey(merchantKeys.publicKey)
    const text = Buffer.from(signingString(request?.envelope ?? {}))
    expect(verify('RSA-SHA256', text, key, Buffer.from(request?.envelope.sign ?? '', 'base64'))).toBe(true)
    expect(shown.signingString).toBe(text.toString())
  })

  it('never shows a password, nor a private key, and signs the real text', async () => {
    const password = 'p&ss "word" 密'
    const shown = await office.desk.call('platform.preview', {
      connectionId: office.connectionId,
      method: 'login',
      parameters: {
        vcRobotSerialNo: robot.serialNo,
        username: 'u',
        password,
        login_type: '0',
        vcRobotSerialNo_type: '0',
      },
      signed: true,
    })
    expect(shown.redacted).toBe(true)
    const all = JSON.stringify(shown)
    for (const form of [password, JSON.stringify(password).slice(1, -1), encodeURIComponent(password), 'PRIVATE']) {
      expect(all).not.toContain(form)
    }
    const real = shown.signingString.replace('"***"', JSON.stringify(password))
    const key = createPublicKey(merchantKeys.publicKey)
    const sign = Buffer.from(shown.envelope['sign'] ?? '', 'base64')
    expect(verify('RSA-SHA256', Buffer.from(real), key, sign)).toBe(true)
    expect(verify('RSA-SHA256', Buffer.from(shown.signingString), key, sign)).toBe(false)
  })

  it('refuses what the call would refuse, by the same field', async () => {
    const { connectionId, parameters } = send()
    const cases = [
      ['addFriend', { vcRobotSerialNo: 'r', vcFriendPhone: '123456789012' }, 'vcFriendPhone'],
      ['sendMessage', { ...parameters, more: 1 }, 'parameters'],
      [
        'sendMessage',
        { ...parameters, content: { msg_type: '0', msg_content: '字'.repeat(257) } },
        'content.msg_content',
      ],
      ['inviteFriendsToGroup', { vcRobotSerialNo: 'r', vcGroupSerialNo: 'g' }, 'vcFriendSerialNo | vcFriendSerialNos'],
      ['createGroup', { vcRobotSerialNo: 'r', vcGroupName: 'n', vcFriendSerialNoList: [7] }, 'vcFriendSerialNoList.0'],
    ] as const
    for (const [method, given, field] of cases) {
      const refused = await office.desk.refusal('platform.preview', { connectionId, method, parameters: given })
      expect(refused).toMatchObject({ code: 'invalid-input', params: { field } })
      expect(await office.desk.refusal(`platform.${method}`, { connectionId, ...given })).toMatchObject({
        code: 'invalid-input',
        ...(field === 'parameters' ? {} : { params: { field } }),
      })
    }
    const withdrawn = { connectionId, method: 'logout', parameters: { vcRobotSerialNo: 'r' } }
    expect(await office.desk.refusal('platform.preview', withdrawn)).toMatchObject({ code: 'method-withdrawn' })
  })
})

describe('friends.update', () => {
  it('names a friend in the operator’s words, which no callback overwrites', async () => {
    await robot.deliver(robot.young(1006, [{ vcUserId: 'u9', vcUserName: 'Platform name' }]))
    await office.desk.call('friends.update', { robotId: robot.id, id: 'u9', remark: '  老客户 Wang ' })
    await robot.deliver(robot.young(1006, [{ vcUserId: 'u9', vcUserName: 'New name', vcAbperson: '另一个备注' }]))
    await robot.deliver(robot.young(1003, { vcUserId: 'u9', vcUserName: 'Newer', remark: 'x', vcRemark: 'y' }))
    const { items } = await office.desk.call('friends.list', { robotId: robot.id, query: '老客户' })
    expect(items).toMatchObject([{ id: 'u9', name: 'Newer', remark: '老客户 Wang' }])
    await office.desk.call('friends.update', { robotId: robot.id, id: 'u9', remark: '' })
    expect((await office.desk.call('friends.list', { robotId: robot.id, query: 'u9' })).items[0]?.remark).toBe('')
    expect(await office.desk.refusal('friends.update', { robotId: robot.id, id: 'nobody', remark: 'x' })).toMatchObject(
      { code: 'not-found' },
    )
  })
})
