import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { envelopeParameters } from '#shared/protocol/envelope.ts'
import { Kit, privateKey, shanghai, signedBy, type Answer } from './kit.ts'

let kit: Kit
beforeAll(async () => {
  kit = await Kit.start()
  await kit.login()
})
afterAll(async () => {
  await kit.stop()
})

const list = (): Record<string, string> => {
  const { merchantNo, robots } = kit.merchant
  return kit.envelope('getFriendList', { vcMerchantNo: merchantNo, vcRobotSerialNo: robots[0].serialNo })
}
const refused = (answer: Answer, code: number, about: string | RegExp): void => {
  expect(answer.vcErrorMsg).toMatch(about)
  expect(answer).toMatchObject({ vcSuccess: 'false', nErrorCode: code })
  expect(answer.vcSerialNo).toMatch(/^\d{19}$/)
}

describe('signature', () => {
  it('accepts what openssl signed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sandbox-openssl-'))
    const fields = list()
    const text = ['Merchantid', 'app_id', 'charset', 'data', 'format', 'method', 'sign_type', 'timestamp', 'version']
      .map((name) => `${name}=${fields[name]}`)
      .join('&')
    writeFileSync(join(folder, 'key.pem'), privateKey)
    writeFileSync(join(folder, 'text'), text)
    const sign = execFileSync('openssl', ['dgst', '-sha256', '-sign', join(folder, 'key.pem'), join(folder, 'text')])
    rmSync(folder, { recursive: true })
    expect(await kit.post({ ...fields, sign: sign.toString('base64') })).toMatchObject({ vcSuccess: 'true' })
  })

  it('accepts RSA, JSON bodies and the query placement', async () => {
    expect(await kit.post(signedBy({ ...list(), sign_type: 'RSA' }))).toMatchObject({ vcSuccess: 'true' })
    const json = await fetch(kit.merchant.gatewayUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(signedBy(list())),
    })
    expect(await json.json()).toMatchObject({ vcSuccess: 'true', nErrorCode: 0, data: {} })
    const { data = '', ...others } = signedBy(list())
    const query = await fetch(`${kit.merchant.gatewayUrl}?${new URLSearchParams(others)}`, {
      method: 'POST',
      body: new URLSearchParams({ data }),
    })
    expect(await query.json()).toMatchObject({ vcSuccess: 'true' })
  })

  it('drops empty parameters from the string', async () => {
    expect(await kit.post(signedBy({ ...list(), format: '' }))).toMatchObject({ vcSuccess: 'true' })
  })

  it('refuses another key, a changed parameter, the other digest and broken base64', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const foreign = other.export({ type: 'pkcs8', format: 'pem' }).toString()
    refused(await kit.post(signedBy(list(), foreign)), 40002, /sign does not fit/)
    refused(await kit.post({ ...signedBy(list()), data: '{}' }), 40002, /sign does not fit/)
    refused(await kit.post({ ...signedBy(list()), sign_type: 'RSA' }), 40002, /sign does not fit/)
    refused(await kit.post({ ...list(), sign: '***' }), 40002, /base64/)
  })

  it('leaves sign_type out of the string where the merchant is set so', async () => {
    await kit.admin('PATCH', `/merchants/${kit.merchant.merchantNo}`, { signTypeInString: false })
    refused(await kit.post(signedBy(list())), 40002, /sign does not fit/)
    expect(await kit.post(signedBy(list(), privateKey, ['sign_type']))).toMatchObject({ vcSuccess: 'true' })
    await kit.admin('PATCH', `/merchants/${kit.merchant.merchantNo}`, { signTypeInString: true })
  })
})

describe('envelope', () => {
  const required = Object.entries(envelopeParameters).filter(([, { required }]) => required)
  it.each(required)('misses %s', async (name) => {
    const { [name]: _, ...fields } = signedBy(list())
    refused(await kit.post(fields as Record<string, string>), 40001, new RegExp(`^${name} is missing`))
  })

  const limited = Object.entries(envelopeParameters).filter(([, { max }]) => max !== undefined)
  it.each(limited)('limits %s', async (name, { max = 0 }) => {
    refused(await kit.post({ ...signedBy(list()), [name]: '字'.repeat(max + 1) }), 40008, `${name} is longer than`)
  })

  it.each([
    ['version', '2.0'],
    ['charset', 'gbk'],
    ['format', 'xml'],
    ['sign_type', 'MD5'],
  ])('fixes %s', async (name, value) => {
    refused(await kit.post(signedBy({ ...list(), [name]: value })), 40008, name)
  })

  it('knows app, merchant, method and clock', async () => {
    refused(await kit.post(signedBy({ ...list(), app_id: '1' })), 40004, /app_id 1 is unknown/)
    refused(await kit.post(signedBy({ ...list(), Merchantid: '1' })), 40004, /Merchantid 1/)
    refused(await kit.post(signedBy({ ...list(), method: 'other.prefix.getFriendList' })), 40005, /no method/)
    refused(
      await kit.post(signedBy({ ...list(), timestamp: shanghai(Date.now() - 11 * 60_000) })),
      40003,
      /-66\d s off/,
    )
    refused(
      await kit.post(signedBy({ ...list(), timestamp: shanghai(Date.now() + 11 * 60_000) })),
      40003,
      /6[56]\d s off/,
    )
    refused(await kit.post(signedBy({ ...list(), timestamp: '2026-02-30 10:00:00' })), 40003, /no time/)
    expect(await kit.post(signedBy({ ...list(), timestamp: shanghai(Date.now() - 9 * 60_000) }))).toMatchObject({
      vcSuccess: 'true',
    })
  })

  it('refuses what it does not know, what is given twice and bodies it cannot read', async () => {
    refused(await kit.post(signedBy({ ...list(), biz_content: '{}' })), 40008, /biz_content is no public parameter/)
    const send = async (body: string, type: string): Promise<Answer> => {
      const headers = { 'content-type': type }
      const response = await fetch(kit.merchant.gatewayUrl, { method: 'POST', headers, body })
      return (await response.json()) as Answer
    }
    const form = 'application/x-www-form-urlencoded'
    refused(await send('app_id=1&app_id=2', form), 40000, /twice/)
    refused(await send('app_id=%ff', form), 40000, /URL encoding/)
    refused(await send('app_id=1', `${form}; charset=gbk`), 40000, /charset/)
    refused(await send('{"app_id":1}', 'application/json'), 40000, /app_id is a number, not text/)
    refused(await send('[]', 'application/json'), 40000, /a list/)
    refused(await send('<a/>', 'text/xml'), 40000, /content type text\/xml/)
    refused(await send('', form), 40001, /app_id/)
    expect((await fetch(kit.merchant.gatewayUrl)).status).toBe(405)
  })
})

describe('parameters', () => {
  const robot = (): string => kit.merchant.robots[0].serialNo
  const base = (): Record<string, unknown> => ({ vcRobotSerialNo: robot() })
  const message = { msg_type: '0', msg_content: 'hi' }

  it('takes data as JSON text only, without losing digits', async () => {
    const raw = async (data: string): Promise<Answer> => await kit.post(signedBy(kit.envelope('getFriendList', data)))
    refused(await raw('no json'), 40007, /data is no JSON/)
    refused(await raw('[]'), 40007, /data is a list/)
    const digits = `{"vcMerchantNo":"${kit.merchant.merchantNo}","vcRobotSerialNo":${robot()}}`
    refused(await raw(digits), 40007, /vcRobotSerialNo is a number, not text/)
  })

  it.each<[string, Record<string, unknown>, number, RegExp]>([
    ['getFriendList', { vcMerchantNo: '1' }, 40004, /vcMerchantNo is 1/],
    ['getFriendList', { vcMerchantNo: undefined }, 40001, /vcMerchantNo is missing/],
    ['getFriendList', { vcRobotSerialNo: '1' }, 50001, /no robot 1/],
    ['getFriendList', { extra: 1 }, 40007, /extra is no parameter of getFriendList/],
    ['getFriendList', { vcRobotSerialNo: 'x'.repeat(257) }, 40007, /vcRobotSerialNo is longer than 256/],
    ['sendMessage', { vcFriendSerialNo: 'nobody', content: message }, 50006, /nobody is no friend/],
    ['sendMessage', { vcFriendSerialNo: 'a' }, 40001, /content is missing/],
    ['sendMessage', { vcFriendSerialNo: 'a', content: '{"msg_type":"0"}' }, 40007, /content is a string/],
    [
      'sendMessage',
      { vcFriendSerialNo: 'a', content: { msg_type: 0, msg_content: 'a' } },
      40007,
      /msg_type is a number/,
    ],
    ['sendMessage', { vcFriendSerialNo: 'a', content: { ...message, msg_type: '2' } }, 40007, /msg_type is "2"/],
    ['sendMessage', { vcFriendSerialNo: 'a', content: { msg_type: '0' } }, 40001, /msg_content is missing/],
    ['sendMessage', { vcFriendSerialNo: 'a', content: { ...message, at: 'x' } }, 40007, /content.at is no parameter/],
    [
      'sendMessage',
      { vcFriendSerialNo: 'a', content: { msg_type: '0', msg_content: '😀'.repeat(257) } },
      40007,
      /msg_content is longer than 256/,
    ],
    ['sendMessage', { vcFriendSerialNo: 'a', content: { msg_type: '1', msg_content: 'file:///x' } }, 40007, /no http/],
    ['sendGroupMessage', { vcGroupSerialNo: 'x', content: message }, 50007, /in no group x/],
    ['createGroup', { vcGroupName: 'g', vcFriendSerialNoList: '["a"]' }, 40007, /vcFriendSerialNoList is a string/],
    ['createGroup', { vcGroupName: 'g', vcFriendSerialNoList: [] }, 40007, /empty list/],
    [
      'createGroup',
      { vcGroupName: 'g', vcFriendSerialNoList: ['a', 1] },
      40007,
      /vcFriendSerialNoList\[1\] is a number/,
    ],
    ['createGroup', { vcGroupName: 'g', vcFriendSerialNoList: ['a', 'a'] }, 40007, /twice/],
    ['inviteFriendsToGroup', { vcGroupSerialNo: 'x' }, 40001, /one of vcFriendSerialNo, vcFriendSerialNos/],
    [
      'inviteFriendsToGroup',
      { vcGroupSerialNo: 'x', vcFriendSerialNo: 'a', vcFriendSerialNos: ['a'] },
      40007,
      /only one of/,
    ],
    ['addFriend', { vcFriendPhone: '138000000001' }, 40007, /vcFriendPhone is longer than 11/],
    ['addFriend', { vcFriendPhone: 'abc' }, 40007, /vcFriendPhone is no phone number/],
    ['quitGroup', { groupId: 'x' }, 40007, /groupId is no parameter/],
    ['getVerificationCode', {}, 50011, /waits for a verification code/],
  ])('%s with %o', async (method, data, code, about) => {
    refused(await kit.call(method, { ...base(), ...data }), code, about)
  })

  it('checks what login needs', async () => {
    const data = { ...base(), login_type: '0', vcRobotSerialNo_type: '0' }
    refused(await kit.call('login', data), 40001, /username is missing/)
    refused(await kit.call('login', { ...data, login_type: '2' }), 40007, /login_type is "2"/)
    refused(await kit.call('login', { ...data, login_type: 0 }), 40007, /login_type is a number/)
    refused(await kit.call('login', { ...data, is_cache_login: 'true' }), 40007, /is_cache_login is a string/)
    refused(await kit.call('login', { ...data, vcRobotSerialNo_type: '1' }), 40007, /vcRobotSerialNo_type/)
    const second = { ...data, vcRobotSerialNo: kit.merchant.robots[1].serialNo, is_cache_login: true }
    refused(await kit.call('login', second), 50010, /never logged in/)
  })

  it('counts code points', async () => {
    const { people } = await kit.robotState()
    const content = { msg_type: '0', msg_content: '😀'.repeat(256) }
    const data = { ...base(), vcFriendSerialNo: people[0]!.userId, content }
    expect(await kit.call('sendMessage', data)).toMatchObject({ vcSuccess: 'true' })
  })
})

describe('who may', () => {
  it('keeps merchants apart, and withdrawn methods back', async () => {
    const other = await kit.register({ withdrawnMethods: false })
    refused(await kit.call('getFriendList', { vcRobotSerialNo: other.robots[0].serialNo }), 50002, /another merchant/)
    const mine = kit.merchant
    kit.merchant = other
    refused(await kit.call('logout', { vcRobotSerialNo: other.robots[0].serialNo }), 40006, /withdrawn/)
    kit.merchant = mine
  })

  it('needs a robot that is online, not banned and not limited', async () => {
    const { serialNo } = kit.merchant.robots[2]
    const content = { msg_type: '0', msg_content: 'hi' }
    const { people } = await kit.robotState(serialNo)
    const send = async (): Promise<Answer> =>
      await kit.call('sendMessage', { vcRobotSerialNo: serialNo, vcFriendSerialNo: people[0]!.userId, content })
    refused(await send(), 50003, /not online/)
    await kit.admin('POST', `/robots/${serialNo}`, { state: 'banned', reason: '违规' })
    refused(await send(), 50004, /banned: 违规/)
    await kit.admin('POST', `/robots/${serialNo}`, { state: 'limited', limits: [{ code: 1, text: '禁止发消息' }] })
    refused(await send(), 50005, /禁止发消息/)
    expect(await kit.call('getFriendList', { vcRobotSerialNo: serialNo })).toMatchObject({ vcSuccess: 'true' })
    await kit.admin('POST', `/robots/${serialNo}`, { state: 'online' })
    expect(await send()).toMatchObject({ vcSuccess: 'true' })
  })

  it('bans who sends too fast', async () => {
    await kit.admin('POST', '/settings', { rateLimit: { messages: 3, windowMs: 5000 } })
    const robot = kit.merchant.robots[1]
    await kit.login(robot)
    const { people } = await kit.robotState(robot.serialNo)
    const content = { msg_type: '0', msg_content: 'spam' }
    const data = { vcRobotSerialNo: robot.serialNo, vcFriendSerialNo: people[0]!.userId, content }
    for (let sent = 0; sent < 3; sent += 1) expect(await kit.call('sendMessage', data)).toMatchObject({ nErrorCode: 0 })
    refused(await kit.call('sendMessage', data), 50012, /banned/)
    refused(await kit.call('sendMessage', data), 50004, /banned/)
    expect((await kit.robotState(robot.serialNo)).state).toBe('banned')
  })

  it('limits who is too fast the first time, lifts it by itself, and bans the next time, where that is set', async () => {
    const rateLimit = { messages: 1, windowMs: 60_000 }
    const friendLimit = { requests: 1, windowMs: 60_000 }
    await kit.admin('POST', '/settings', { rateLimit, friendLimit, haste: 'limit-first', hasteLimitMs: 200 })
    const { serialNo } = kit.merchant.robots[2]
    await kit.login(kit.merchant.robots[2])
    const ask = async (): Promise<Answer> =>
      await kit.call('addFriend', { vcRobotSerialNo: serialNo, vcFriendPhone: '13800000010' })
    expect(await ask()).toMatchObject({ nErrorCode: 0 })
    refused(await ask(), 50012, /limited for 200 ms/)
    refused(await ask(), 50005, /禁止添加好友/)
    const { people, ...limited } = await kit.robotState(serialNo)
    expect(limited).toMatchObject({ state: 'limited', limits: [{ code: 2 }] })
    await expect.poll(async () => (await kit.robotState(serialNo)).state).toBe('online')
    const content = { msg_type: '0', msg_content: 'spam' }
    const data = { vcRobotSerialNo: serialNo, vcFriendSerialNo: people[0]!.userId, content }
    // It may have sent one already, in another test.
    const answers = [await kit.call('sendMessage', data), await kit.call('sendMessage', data)]
    refused(
      answers.find(({ nErrorCode }) => nErrorCode !== 0)!,
      50012,
      /banned/,
    )
  })
})
