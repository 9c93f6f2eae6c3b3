import { request as httpRequest } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { Kit, until } from './kit.ts'

let kit: Kit
afterEach(async () => {
  await kit.stop()
})

describe('the world', () => {
  it('is the same for the same seed, and another for another', async () => {
    kit = await Kit.start({ seed: 7 })
    const names = kit.merchant.robots.map(({ name }) => name)
    expect(names).toEqual(['小雅客服', '林先生门店', 'ร้านดอกไม้ กรุงเทพ'])
    for (const { serialNo } of kit.merchant.robots) {
      expect(serialNo).toMatch(/^\d{19}$/)
      expect(BigInt(serialNo)).toBeGreaterThan(2n ** 53n)
    }
    const robot = await kit.robotState()
    expect(robot.people.filter(({ friend }) => friend)).toHaveLength(14)
    expect(robot.people.map(({ name }) => name)).toContain('<b>王</b>')
    expect(robot.groups).toHaveLength(3)
    for (const { phone } of robot.people) expect(phone).toMatch(/^\d{9,11}$/)
    const same = await Kit.start({ seed: 7 })
    expect(same.merchant.robots).toEqual(kit.merchant.robots)
    await same.stop()
    const other = await Kit.start({ seed: 8 })
    expect(other.merchant.robots[0].serialNo).not.toBe(kit.merchant.robots[0].serialNo)
    await other.stop()
  })

  it('has people who write first, and answer', async () => {
    kit = await Kit.start({
      settings: { liveliness: 'calm', answers: true, answerMs: [20, 40], firstMessageMs: [50, 90] },
    })
    await kit.login()
    const fromPeople = (): { FromUserId: string; Content: string }[] =>
      kit.receiver
        .ofType(1005)
        .map(({ json }) => json.data as unknown as { FromUserId: string; Content: string; nPlatformMsgType: string })
        .filter(({ nPlatformMsgType }) => nPlatformMsgType === '10')
    await until(() => fromPeople().length > 0 || kit.receiver.ofType(2004).length > 0)
    const { serialNo, people } = await kit.robotState()
    const friend = people[0]!.userId
    const send = async (content: object): Promise<void> => {
      const before = fromPeople().filter(({ FromUserId }) => FromUserId === friend).length
      await kit.done('sendMessage', { vcRobotSerialNo: serialNo, vcFriendSerialNo: friend, content })
      await until(() => fromPeople().filter(({ FromUserId }) => FromUserId === friend).length > before)
    }
    await send({ msg_type: '0', msg_content: '您好，在的' })
    await send({ msg_type: '1', msg_content: `${kit.sandbox.url}/pictures/2.png` })
    const last = fromPeople().findLast(({ FromUserId }) => FromUserId === friend)
    expect(last?.Content).toMatch(/图片|颜色|就要这个/)
  })

  it('serves its pictures, all of them small', async () => {
    kit = await Kit.start()
    for (let number = 1; number <= 12; number += 1) {
      const response = await fetch(`${kit.sandbox.url}/pictures/${number}.png`)
      const bytes = Buffer.from(await response.arrayBuffer())
      expect(response.headers.get('content-type')).toBe('image/png')
      expect(bytes.subarray(1, 4).toString()).toBe('PNG')
      expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([640, 480])
      expect(bytes.length).toBeLessThan(60_000)
    }
    expect((await fetch(`${kit.sandbox.url}/pictures/13.png`)).status).toBe(404)
  })
})

describe('the admin interface', () => {
  const status = async (path: string, headers: Record<string, string>, method = 'GET'): Promise<number> =>
    await new Promise((resolve, reject) => {
      const asked = httpRequest(`${kit.sandbox.url}${path}`, { method, headers }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      asked.on('error', reject)
      asked.end()
    })

  it('wants the token, its own host and its own origin', async () => {
    kit = await Kit.start()
    const { adminToken, url } = kit.sandbox
    const token = { authorization: `Bearer ${adminToken}` }
    expect(await status('/admin/state', token)).toBe(200)
    expect(await status('/admin/state', { 'x-sandbox-token': adminToken })).toBe(200)
    expect(await status('/admin/state', {})).toBe(401)
    expect(await status('/admin/state', { authorization: 'Bearer wrong' })).toBe(401)
    expect(await status('/admin/state', { ...token, origin: 'https://evil.example' })).toBe(403)
    expect(await status('/admin/state', { ...token, host: 'evil.example' })).toBe(403)
    expect(await status('/admin/state', { ...token, origin: url })).toBe(200)
    expect(await status('/healthz', {})).toBe(200)
    expect(await status('/', {})).toBe(401)
    expect(await status('/page/live', {})).toBe(401)
    expect(await status('/page/faults', {}, 'POST')).toBe(401)
  })

  it('takes what is too fast from the control page', async () => {
    kit = await Kit.start()
    const form = { messages: '7', messageSeconds: '2.5', requests: '3', requestSeconds: '60', limitSeconds: '9' }
    const send = async (haste: string): Promise<number> => {
      const headers = { authorization: `Bearer ${kit.sandbox.adminToken}`, accept: 'application/json' }
      const body = new URLSearchParams({ ...form, haste })
      return (await fetch(`${kit.sandbox.url}/page/haste`, { method: 'POST', headers, body })).status
    }
    expect(await send('limit-first')).toBe(200)
    const rates = { rateLimit: { messages: 7, windowMs: 2500 }, friendLimit: { requests: 3, windowMs: 60_000 } }
    const wanted = { ...rates, haste: 'limit-first', hasteLimitMs: 9000 }
    expect(await kit.admin('GET', '/settings')).toMatchObject(wanted)
    expect(await send('forgive')).toBe(400)
    expect(await kit.admin('GET', '/settings')).toMatchObject(wanted)
  })

  it('says what is wrong with a request', async () => {
    kit = await Kit.start()
    await expect(kit.admin('POST', '/merchants', { publicKeyPem: 'x', callbackUrl: kit.receiver.url })).rejects.toThrow(
      /400.*publicKeyPem cannot be read/,
    )
    await expect(kit.admin('POST', '/faults', { latency: 1 })).rejects.toThrow(/400.*latency/)
    await expect(kit.admin('POST', '/settings', { liveliness: 'mad' })).rejects.toThrow(/400.*liveliness/)
    await expect(kit.admin('POST', '/robots/1', { state: 'online' })).rejects.toThrow(/404/)
    const robotSerialNo = kit.merchant.robots[0].serialNo
    const saying = { robotSerialNo, userId: 'x', text: 'hi' }
    await expect(kit.admin('POST', '/people/say', saying)).rejects.toThrow(/not online/)
    expect(await kit.admin('GET', '/faults')).toMatchObject({ latencyMs: 0, refuse: null })
  })

  it('keeps passwords out of its record', async () => {
    kit = await Kit.start()
    await kit.login()
    const { serialNo: vcRobotSerialNo, username, password } = kit.merchant.robots[0]
    const unsigned = kit.envelope('login', { vcRobotSerialNo, username, password })
    expect((await kit.post({ ...unsigned, sign: 'AAAA' })).vcErrorMsg).not.toContain(password)
    const calls = JSON.stringify(await kit.admin('GET', '/calls'))
    expect(calls).toContain('***')
    expect(calls).not.toContain(password)
  })
})
