import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Kit, pause, until, type Received } from './kit.ts'

let kit: Kit
beforeAll(async () => {
  kit = await Kit.start()
})
afterAll(async () => {
  await kit.stop()
})

const serialOf = ({ json }: Received): unknown => json.optvcSerNo ?? json.optSerNo
const robot = (index: 0 | 1 | 2 = 0): string => kit.merchant.robots[index].serialNo
/** Waits for so many callbacks of a type with a serial number. */
async function callbacks(type: number, serial: string, count = 1): Promise<Received[]> {
  const found = (): Received[] => kit.receiver.ofType(type).filter((one) => serialOf(one) === serial)
  await until(() => found().length >= count)
  return found()
}
async function callback(type: number, serial: string): Promise<Received['json']> {
  return (await callbacks(type, serial))[0]!.json
}

const oldHead = (type: number, serial: string, resultCode: string): object => ({
  resultCode,
  resultMsg: expect.any(String) as string,
  type: String(type),
  nTimeStamp: expect.stringMatching(/^\d{13}$/) as string,
  optSerNo: serial,
  optvcMerchantId: kit.merchant.merchantNo,
  optvcRobotSerialNo: expect.stringMatching(/^\d{19}$/) as string,
})
const newHead = (type: number, serial: string, nResultCode = 0): object => ({
  nResultCode,
  vcResultMsg: expect.any(String) as string,
  nType: type,
  nTimeStamp: expect.any(Number) as number,
  optvcSerNo: serial,
  optvcMerchantId: kit.merchant.merchantNo,
  optvcRobotSerialNo: expect.stringMatching(/^\d{19}$/) as string,
})

describe('logging in', () => {
  const { password, ...rest } = { login_type: '0', vcRobotSerialNo_type: '0', password: '' }
  const access = (index: 0 | 1 | 2 = 0): Record<string, unknown> => {
    const { serialNo, username, password } = kit.merchant.robots[index]
    return { ...rest, vcRobotSerialNo: serialNo, username, password }
  }

  it('fails by 1001 with a wrong password', async () => {
    const serial = await kit.done('login', { ...access(), password: `${password}wrong` })
    expect(await callback(1001, serial)).toEqual({ ...oldHead(1001, serial, '1'), data: {} })
    expect((await kit.robotState()).state).toBe('offline')
  })

  it('succeeds by 1001, then 1007', async () => {
    const serial = await kit.done('login', access())
    const state = await callback(1007, serial)
    const { userId } = await kit.robotState()
    const fields = ['country_code', 'country', 'previewParm', 'cache_info', 'line_version', 'head_img_url', 'phone']
    const login = await callback(1001, serial)
    expect(login).toMatchObject({ ...oldHead(1001, serial, '0'), data: { userId, userName: '小雅客服' } })
    expect(Object.keys(login.data).sort()).toEqual(['userId', 'userName', ...fields].sort())
    expect(state).toEqual({
      ...oldHead(1007, serial, '0'),
      data: { nstate: 0, vcReason: expect.any(String) as string, functional_limits: [] },
    })
    const at = (type: number): number => kit.receiver.got.indexOf(kit.receiver.ofType(type).at(-1)!)
    expect(at(1001)).toBeLessThan(at(1007))
    const head = await fetch(String(login.data.head_img_url))
    expect(head.headers.get('content-type')).toBe('image/png')
  })

  it('logs out by 1004, and in again from its cache', async () => {
    const out = await kit.done('logout', { vcRobotSerialNo: robot() })
    const left = await callback(1004, out)
    expect(left).toEqual(oldHead(1004, out, '0'))
    expect((await callback(1007, out)).data).toMatchObject({ nstate: 1 })
    const serial = await kit.done('login', { ...rest, vcRobotSerialNo: robot(), is_cache_login: true })
    expect((await callback(1007, serial)).data).toMatchObject({ nstate: 0 })
  })

  const qr = { login_type: '1', vcRobotSerialNo_type: '0' }
  const phone = async (body: object, index: 0 | 1 | 2 = 1): Promise<unknown> =>
    await kit.admin('POST', `/logins/${robot(index)}`, body)

  it('by QR code: 1025, then the phone', async () => {
    const serial = await kit.done('login', { ...qr, vcRobotSerialNo: robot(1) })
    const code = await callback(1025, serial)
    expect(code).toEqual({
      ...newHead(1025, serial),
      Data: { vcCodeUrl: expect.stringMatching(/^https:\/\//) as string },
    })
    expect((await kit.call('login', { ...qr, vcRobotSerialNo: robot(1) })).nErrorCode).toBe(50009)
    await expect(phone({ action: 'confirm' })).rejects.toThrow(/409.*scan the code first/)
    await phone({ action: 'scan' })
    await phone({ action: 'confirm' })
    expect((await callback(1001, serial)).resultCode).toBe('0')
    expect((await callback(1007, serial)).data).toMatchObject({ nstate: 0 })
    await expect(phone({ action: 'scan' })).rejects.toThrow(/no log-in/)
  })

  it.each([
    ['refuse', '3'],
    ['expire', '2'],
  ])('by QR code that somebody lets %s', async (action, resultCode) => {
    const serial = await kit.done('login', { ...qr, vcRobotSerialNo: robot(2) })
    await phone({ action }, 2)
    expect(await callback(1001, serial)).toMatchObject({ resultCode, data: {} })
  })

  it('by QR code as a picture, as a link, and out of time', async () => {
    await kit.admin('POST', '/settings', { qrForm: 'link', loginExpiresMs: 400 })
    const serial = await kit.done('login', { ...qr, vcRobotSerialNo: robot(2) })
    const { vcCodeUrl } = (await callback(1025, serial)).Data as { vcCodeUrl: string }
    const picture = await fetch(vcCodeUrl)
    expect(picture.headers.get('content-type')).toBe('image/png')
    expect((await callback(1001, serial)).resultCode).toBe('2')
    await kit.admin('POST', '/settings', { qrForm: 'image' })
    const second = await kit.done('login', { ...qr, vcRobotSerialNo: robot(2) })
    const code = (await callback(1025, second)).Data as { vcCodeUrl: string }
    expect(code.vcCodeUrl).toMatch(/^data:image\/png;base64,/)
    expect((await callback(1001, second)).resultCode).toBe('2')
    await kit.admin('POST', '/settings', { qrForm: 'text', loginExpiresMs: 120_000 })
  })

  it('with a verification code', async () => {
    await kit.admin('POST', '/settings', { loginCode: true })
    const serial = await kit.done('login', access(2))
    const answer = await kit.call('getVerificationCode', { vcRobotSerialNo: robot(2) })
    expect(answer.data.code).toMatch(/^\d{6}$/)
    await expect(phone({ action: 'code', code: 'wrong' }, 2)).rejects.toThrow(/wrong/)
    await phone({ action: 'code', code: answer.data.code }, 2)
    expect((await callback(1001, serial)).resultCode).toBe('0')
    await kit.admin('POST', '/settings', { loginCode: false })
  })
})

describe('friends', () => {
  it('come as 1003, in parts with one serial number', async () => {
    await kit.admin('POST', '/settings', { listChunk: 6 })
    const serial = await kit.done('getFriendList', { vcRobotSerialNo: robot() })
    const parts = await callbacks(1003, serial, 3)
    expect(parts.map(({ json }) => json.data.length)).toEqual([6, 6, 2])
    expect(parts[0]!.json).toMatchObject(newHead(1003, serial))
    expect(parts[0]!.json.data[0]).toEqual({
      vcUserId: expect.any(String) as string,
      vcUserName: '陈美琪',
      Un2: '',
      Un11: '',
      vcPreviewParm: '',
    })
    await kit.admin('POST', '/settings', { listChunk: 20 })
  })

  it('accept, refuse or never answer, by the last digit', async () => {
    const [yes, no, never] = await Promise.all(
      ['13800000001', '13800000009', '13800000000'].map(
        async (phone) => await kit.done('addFriend', { vcRobotSerialNo: robot(), vcFriendPhone: phone }),
      ),
    )
    const added = await callback(1002, yes!)
    expect(added).toMatchObject({ ...newHead(1002, yes!), data: { vcUserId: expect.any(String) as string } })
    expect(await callback(1002, no!)).toMatchObject(newHead(1002, no!, 1))
    await pause(100)
    expect(kit.receiver.ofType(1002).filter((one) => serialOf(one) === never)).toEqual([])
    const { people } = await kit.robotState()
    expect(people.find(({ userId }) => userId === added.data.vcUserId)).toMatchObject({ friend: true })
    const again = await kit.call('addFriend', { vcRobotSerialNo: robot(), vcFriendPhone: '13800000001' })
    expect(again.nErrorCode).toBe(50008)
  })
})

describe('messages', () => {
  const text = { msg_type: '0', msg_content: '您好，<b>有货</b> 😀' }

  it('echo as 1005', async () => {
    const { people, userId } = await kit.robotState()
    const friend = people[3]!.userId
    expect(friend).toMatch(/^\d{19}$/)
    const data = { vcRobotSerialNo: robot(), vcFriendSerialNo: friend, content: text }
    const serial = await kit.done('sendMessage', data)
    expect(await callback(1005, serial)).toEqual({
      ...oldHead(1005, serial, '0'),
      data: {
        FromUserId: userId,
        Content: text.msg_content,
        dtMsgTime: expect.stringMatching(/^\d{13}$/) as string,
        ToUserId: friend,
        nPlatformMsgType: '1',
        nMsgType: '0',
      },
    })
  })

  it('echo as 2004 in a group', async () => {
    const { groups, userId, serialNo } = await kit.robotState()
    const { groupId } = groups[0]!
    const data = { vcRobotSerialNo: serialNo, vcGroupSerialNo: groupId, content: text }
    const serial = await kit.done('sendGroupMessage', data)
    expect(await callback(2004, serial)).toEqual({
      ...oldHead(2004, serial, '0'),
      data: {
        groupId,
        MsgData: { FromUserId: userId, vcUserName: '小雅客服', Content: text.msg_content },
        dtMsgTime: expect.stringMatching(/^\d{13}$/) as string,
        nMsgType: '0',
        msgContentb: Buffer.from(text.msg_content).toString('base64'),
      },
    })
  })

  it('echo not, or without a serial number, where that is set', async () => {
    const { people } = await kit.robotState()
    const say = (content: string): Record<string, unknown> => ({
      vcRobotSerialNo: robot(),
      vcFriendSerialNo: people[0]!.userId,
      content: { msg_type: '0', msg_content: content },
    })
    await kit.admin('POST', '/faults', { echo: 'without-serial' })
    await kit.done('sendMessage', say('no number'))
    await until(() => kit.receiver.got.some(({ raw }) => raw.includes('no number')))
    expect(kit.receiver.got.find(({ raw }) => raw.includes('no number'))!.json.optSerNo).toBe('')
    await kit.admin('POST', '/faults', { echo: 'off' })
    await kit.done('sendMessage', say('no echo'))
    await pause(150)
    expect(kit.receiver.got.some(({ raw }) => raw.includes('no echo'))).toBe(false)
    await kit.admin('DELETE', '/faults')
  })
})

describe('groups', () => {
  it('are created, listed, joined and left', async () => {
    const { people, userId } = await kit.robotState()
    const [first, second, third, fourth] = people.map((person) => person.userId) as [string, string, string, string]
    const created = await kit.done('createGroup', {
      vcRobotSerialNo: robot(),
      vcGroupName: '新群 🎉',
      vcFriendSerialNoList: [first, second],
    })
    const body = await callback(2001, created)
    const joined = (id: string): object => ({ vcUserId: id, nJoinTime: expect.any(Number) as number })
    expect(body).toEqual({
      ...newHead(2001, created),
      data: {
        vcGroupId: expect.any(String) as string,
        vcGroupName: '新群 🎉',
        vcGroupKey: expect.any(String) as string,
        nGroupTag_b: expect.any(Number) as number,
        nCreateTime: expect.any(Number) as number,
        vcStrData: '',
        vcOwnerUserId: userId,
        nOwnerTag_b: 1,
        memberJoinTime: [joined(userId), joined(first), joined(second)],
      },
    })
    const groupId = String(body.data.vcGroupId)
    const invite = { vcRobotSerialNo: robot(), vcGroupSerialNo: groupId }
    await kit.done('inviteFriendsToGroup', { ...invite, vcFriendSerialNo: third })
    await kit.done('inviteFriendsToGroup', { ...invite, vcFriendSerialNos: [fourth] })
    expect((await kit.call('inviteFriendsToGroup', { ...invite, vcFriendSerialNo: third })).nErrorCode).toBe(50013)

    const asked = await kit.done('getGroupInfo', { vcRobotSerialNo: robot(), vcGroupSerialNo: [groupId] })
    const info = await callback(2002, asked)
    expect(info).toMatchObject(newHead(2002, asked))
    expect(info.data).toEqual([
      {
        vcGroupId: groupId,
        vcGroupName: '新群 🎉',
        nCreateTime: expect.any(Number) as number,
        vcStrData: '',
        vcOwnerUserId: userId,
        memberJoinTime: [userId, first, second, third, fourth].map(joined),
      },
    ])

    const quit = await kit.done('quitGroup', { vcRobotSerialNo: robot(), group_id: groupId })
    expect(await callback(2004, quit)).toEqual({
      ...newHead(2004, quit),
      data: { vcGroupId: groupId, vcGroupName: '新群 🎉' },
    })
    const listed = await kit.done('getGroupList', { vcRobotSerialNo: robot() })
    const { data } = await callback(2003, listed)
    expect(data).toHaveLength(3)
    expect(data[0]).toMatchObject({
      vcGroupName: '老客户福利群',
      nCreateTime: expect.stringMatching(/^\d+$/) as string,
    })
    expect((await kit.call('quitGroup', { vcRobotSerialNo: robot(), group_id: groupId })).nErrorCode).toBe(50007)
  })
})
