/** Who may call back: source addresses, signatures by the platform's key, and a secret that changes. */
import { createSign, generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '#shared/contract/entries/connections.ts'
import type { EntryInput } from '#shared/contract/index.ts'
import { pause, until } from '../../support/desk.ts'
import { addRobot, nextStamp, openEngineOffice, type EngineOffice } from '../../support/engine-office.ts'
import { Kit, privateKey } from '../sandbox/kit.ts'

let office: EngineOffice
beforeAll(async () => {
  office = await openEngineOffice()
})
afterAll(() => office.close())

const connection = async (id: string): Promise<Connection> => {
  const found = (await office.desk.call('connections.list', {})).items.find((item) => item.id === id)
  if (!found) throw new Error('no such connection')
  return found
}
const change = async (id: string, advanced: EntryInput<'connections.save'>['advanced']): Promise<void> => {
  const { name, gatewayUrl, appId, merchantNo, methodPrefix } = await connection(id)
  await office.desk.call('connections.save', { id, name, gatewayUrl, appId, merchantNo, methodPrefix, advanced })
}
const post = async (url: string, headers: Record<string, string> = {}): Promise<number> =>
  (await fetch(url, { method: 'POST', body: JSON.stringify({ nType: 1999, at: nextStamp() }), headers })).status
const kept = async (): Promise<number> => (await office.desk.call('callbacks.list', { limit: 500 })).items.length

describe('source addresses', () => {
  it('let in who is named, and turn away others with 404, unkept and counted', async () => {
    const { id, callbackUrl } = await office.desk.connect(office.platform)
    await change(id, { callbackSources: ['203.0.113.0/24', '2001:db8::/32'] })
    const before = await kept()
    expect(await post(callbackUrl)).toBe(404)
    // Nobody named a proxy: what the sender writes of itself counts for nothing.
    expect(await post(callbackUrl, { 'x-forwarded-for': '203.0.113.7' })).toBe(404)
    expect(await kept()).toBe(before)
    const { refusedSources } = await until('the count', async () => {
      const found = await connection(id)
      return found.refusedSources?.count === 2 && found
    })
    expect(refusedSources).toMatchObject({ count: 2, lastAddress: '127.0.0.1' })
    await expect
      .poll(() => office.desk.of('connection.changed').some((changed) => changed.refusedSources?.count === 2))
      .toBe(true)
    await change(id, { callbackSources: ['127.0.0.1'] })
    expect(await post(callbackUrl)).toBe(200)
    await change(id, { callbackSources: ['127.0.0.0/8'] })
    expect(await post(callbackUrl)).toBe(200)
    await change(id, { callbackSources: [] })
    expect(await post(callbackUrl)).toBe(200)
  })

  it('are those that a trusted proxy tells, read from its side', async () => {
    const { id, callbackUrl } = await office.desk.connect(office.platform)
    await change(id, {
      callbackSources: ['203.0.113.0/24', '2001:db8::/32'],
      trustedProxies: ['127.0.0.1', '10.0.0.0/8'],
    })
    const from = (forwarded: string): Promise<number> => post(callbackUrl, { 'x-forwarded-for': forwarded })
    expect(await from('203.0.113.7')).toBe(200)
    expect(await from('198.51.100.1, 203.0.113.7')).toBe(200)
    expect(await from('203.0.113.7, 10.1.2.3')).toBe(200)
    expect(await from('203.0.113.7:4711')).toBe(200)
    expect(await from('[2001:db8::1]:4711')).toBe(200)
    expect(await from('::ffff:203.0.113.7')).toBe(200)
    // Written by the sender, to the left of what the proxy saw.
    expect(await from('203.0.113.7, 198.51.100.1')).toBe(404)
    expect(await from('203.0.113.7, garbage')).toBe(404)
    expect(await from('')).toBe(404)
    expect(await post(callbackUrl)).toBe(404)
  })

  it('must be addresses', async () => {
    for (const wrong of ['example.com', '10.0.0.0/33', '10.0.0', '']) {
      const { name, gatewayUrl, appId, merchantNo, methodPrefix } = await connection(office.connectionId)
      const input = { id: office.connectionId, name, gatewayUrl, appId, merchantNo, methodPrefix }
      const refusal = await office.desk.refusal('connections.save', {
        ...input,
        advanced: { callbackSources: [wrong] },
      })
      expect(refusal).toMatchObject({ code: 'invalid-input', params: { field: 'advanced.callbackSources.0' } })
    }
  })
})

describe('the callback secret', () => {
  it('changes at once, and the old one is taken and counted for as long as was said', async () => {
    const { id, callbackUrl: old } = await office.desk.connect(office.platform)
    const { callbackUrl, oldUntil } = await office.desk.call('connections.rotateSecret', { id, graceMs: 60_000 })
    expect(callbackUrl).not.toBe(old)
    expect(oldUntil).toBeGreaterThan(Date.now() + 50_000)
    expect(await post(callbackUrl)).toBe(200)
    expect((await connection(id)).oldCallback).toMatchObject({ uses: 0, lastUsedAt: null })
    expect([await post(old), await post(old)]).toEqual([200, 200])
    const { oldCallback } = await until('the count', async () => {
      const found = await connection(id)
      return found.oldCallback?.uses === 2 && found
    })
    expect(oldCallback?.lastUsedAt).toBeGreaterThan(Date.now() - 10_000)
    await office.desk.call('connections.endOldSecret', { id })
    expect([await post(old), await post(callbackUrl)]).toEqual([404, 200])
    expect((await connection(id)).oldCallback).toBeNull()
  })

  it('ends the old one by itself, or at once, and saving brings none back', async () => {
    const { id, callbackUrl: old } = await office.desk.connect(office.platform)
    await office.desk.call('connections.rotateSecret', { id, graceMs: 1000 })
    expect(await post(old)).toBe(200)
    await pause(1100)
    expect(await post(old)).toBe(404)
    expect((await connection(id)).oldCallback).toBeNull()
    const { callbackUrl: second } = await connection(id)
    const { callbackUrl: third } = await office.desk.call('connections.rotateSecret', { id, graceMs: 0 })
    await change(id, {})
    expect([await post(second), await post(third)]).toEqual([404, 200])
  })
})

describe('signatures', () => {
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 })

  it.each(['json', 'form', 'form-escaped'] as const)(
    'of the sandbox in a body as %s are taken',
    async (bodyForm) => {
      const kit = await Kit.start({ settings: { signCallbacks: true, bodyForm } })
      try {
        const { gatewayUrl, appId, merchantNo, methodPrefix, platformPublicKeyPem, robots } = kit.merchant
        const { id, callbackUrl } = await office.desk.call('connections.save', {
          ...{ name: 'Signed', gatewayUrl, appId, merchantNo, methodPrefix, platformPublicKeyPem },
          privateKeyPem: privateKey,
          advanced: { checkSignature: true },
        })
        await kit.admin('PATCH', `/merchants/${merchantNo}`, { callbackUrl })
        const { serialNo, username, password } = robots[0]
        const { id: robotId } = await office.desk.call('robots.add', { connectionId: id, serialNo })
        await office.desk.call('robots.login', { robotId, method: 'password', username, password })
        await until('it to be online', async () => {
          const { items } = await office.desk.call('robots.list', { connectionId: id })
          return items[0]?.state === 'online'
        })
        const { operationId } = await office.desk.call('friends.refresh', { robotId })
        await until('the friends', async () => {
          return (await office.desk.call('operations.get', { id: operationId })).state === 'done'
        })
        expect((await office.desk.call('friends.list', { robotId })).items.length).toBeGreaterThan(0)
        // The same platform, no longer signing.
        await kit.admin('POST', '/settings', { signCallbacks: false })
        await kit.admin('POST', `/robots/${serialNo}`, { state: 'banned', reason: 'x' })
        await until('the unsigned one', async () => {
          const { items } = await office.desk.call('callbacks.list', { limit: 20 })
          return items.some(({ connectionId, reason }) => connectionId === id && reason === 'unsigned')
        })
        const { items } = await office.desk.call('robots.list', { connectionId: id })
        expect(items[0]?.state).toBe('online')
      } finally {
        await kit.stop()
      }
    },
    30_000,
  )

  it('that are missing or wrong leave it in quarantine, and the true one is not taken for its repeat', async () => {
    const platformKeys = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const platformPublicKeyPem = platformKeys.publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const saved = await office.desk.connect(office.platform, {
      platformPublicKeyPem,
      advanced: { checkSignature: true },
    })
    const robot = await addRobot(office.desk, saved.id, saved.callbackUrl)
    /* Text that another JSON writer would write otherwise: blanks, 19 digits, an escaped letter. */
    const body = (content: string, sign = ''): string =>
      `{ "type":"1005",  "nTimeStamp": 1793000000001, "optvcRobotSerialNo":"${robot.serialNo}", "resultCode":"0",` +
      `\n"data": {"FromUserId": 1849000000000000001, "Content":"${content} \\u4f60", "nPlatformMsgType": "10"} ${sign} }`
    const signed = (content: string, key = platformKeys.privateKey, algorithm = 'RSA-SHA256'): string => {
      const data = `{"FromUserId": 1849000000000000001, "Content":"${content} \\u4f60", "nPlatformMsgType": "10"}`
      const text = `data=${data}&nTimeStamp=1793000000001&optvcRobotSerialNo=${robot.serialNo}&resultCode=0&type=1005`
      const sign = createSign(algorithm).update(text).sign(key, 'base64')
      return `, "sign":"${sign}", "sign_type":"${algorithm === 'RSA-SHA1' ? 'RSA' : 'RSA2'}"`
    }
    const outcome = async (raw: string): Promise<[string, string | null]> => {
      const { state, reason } = await office.desk.deliver(saved.callbackUrl, raw)
      return [state, reason]
    }
    expect(await outcome(body('a'))).toEqual(['quarantined', 'unsigned'])
    expect(await outcome(body('a', signed('a', foreign.privateKey)))).toEqual(['quarantined', 'wrong-signature'])
    expect(await outcome(body('b', signed('a')))).toEqual(['quarantined', 'wrong-signature'])
    expect(await outcome(body('a', `${signed('a')}, "Type":"1007"`))).toEqual(['quarantined', 'wrong-signature'])
    expect(await outcome(body('a', ', "sign":"%%%"'))).toEqual(['quarantined', 'wrong-signature'])
    expect(await robot.history({ kind: 'friend', id: '1849000000000000001' })).toEqual([])
    expect(await outcome(body('a', signed('a')))).toEqual(['applied', null])
    expect(await outcome(body('a', signed('a')))).toEqual(['repeat', null])
    expect(await outcome(body('c', signed('c', platformKeys.privateKey, 'RSA-SHA1')))).toEqual(['applied', null])
    const [message] = await robot.history({ kind: 'friend', id: '1849000000000000001' })
    expect(message?.content).toBe('c 你')
    // Form fields are signed as they are.
    const fields = {
      type: '1007',
      nTimeStamp: '1793000000009',
      optvcRobotSerialNo: robot.serialNo,
      data: '{"nstate":2}',
    }
    const text = Object.entries(fields)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join('&')
    const sign = createSign('RSA-SHA256').update(text).sign(platformKeys.privateKey, 'base64')
    const form = new URLSearchParams({ ...fields, sign, sign_type: 'RSA2' }).toString()
    const type = 'application/x-www-form-urlencoded'
    expect((await office.desk.deliver(saved.callbackUrl, form, type)).state).toBe('applied')
    expect((await robot.state()).state).toBe('banned')
  })

  it('cannot be checked without the platform’s key: that is said, and mended by giving it', async () => {
    const saved = await office.desk.connect(office.platform, { advanced: { checkSignature: true } })
    const robot = await addRobot(office.desk, saved.id, saved.callbackUrl)
    const callback = await robot.deliver(robot.old(1007, { nstate: '0' }))
    expect(callback).toMatchObject({ state: 'quarantined', reason: 'no-platform-key' })
    await change(saved.id, { checkSignature: false })
    await office.desk.call('callbacks.replay', { ids: [callback.id] })
    await until('it to be applied', async () => (await robot.state()).state === 'online')
  })
})
