import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { startSandbox } from '../../../electron/sandbox/sandbox.ts'
import { Kit, pause, signedBy, until, type Received } from './kit.ts'

let kit: Kit
afterEach(async () => {
  await kit.stop()
})

async function say(text: string, times = 1): Promise<void> {
  const { serialNo, people } = await kit.robotState()
  const saying = { robotSerialNo: serialNo, userId: people[0]!.userId, text, times }
  await kit.admin('POST', '/people/say', saying)
}
const texts = (): unknown[] => kit.receiver.ofType(1005).map(({ json }) => json.data.Content)

describe('delivery', () => {
  it('tries again until it is acknowledged, in order', async () => {
    kit = await Kit.start()
    await kit.login()
    let failures = 3
    kit.receiver.respond = () => {
      failures -= 1
      if (failures === 2) return { status: 500, body: 'success' }
      if (failures === 1) return { status: 200, body: 'ok' }
      return failures === 0 ? { status: 404, body: '' } : { status: 200, body: 'success' }
    }
    await say('first')
    await say('second')
    await until(() => texts().includes('second'))
    expect(texts()).toEqual(['first', 'first', 'first', 'first', 'second'])
    const times = kit.receiver.ofType(1005).map(({ at }) => at)
    expect(times[3]! - times[2]!).toBeGreaterThanOrEqual(100)
    const { items } = await kit.admin<{ items: { body: string; attempts: { status: number }[]; doneAt: number }[] }>(
      'GET',
      '/callbacks',
    )
    await until(async () => {
      const { items } = await kit.admin<{ items: { doneAt: number | null }[] }>('GET', '/callbacks')
      return items.every(({ doneAt }) => doneAt !== null)
    })
    const first = items.find(({ body }) => body.includes('"first"'))
    expect(first?.attempts.map(({ status }) => status)).toEqual([500, 200, 404, 200])
  })

  it('lets other robots pass one that waits, and gives up on a silent receiver', async () => {
    kit = await Kit.start({ settings: { deliveryTimeoutMs: 60 } })
    await kit.login()
    await kit.login(kit.merchant.robots[1])
    kit.receiver.respond = (body) => (body.includes('stuck') ? 'hang' : { status: 200, body: 'success' })
    await say('stuck')
    const { serialNo, people } = await kit.robotState(kit.merchant.robots[1].serialNo)
    await kit.admin('POST', '/people/say', { robotSerialNo: serialNo, userId: people[0]!.userId, text: 'passes' })
    await until(() => texts().includes('passes'))
    await until(() => texts().filter((text) => text === 'stuck').length >= 2)
  })

  it('hurries when the merchant says where it is now', async () => {
    kit = await Kit.start({ settings: { retryMs: [60_000] }, merchant: { callbackUrl: 'http://127.0.0.1:9/nobody' } })
    const { serialNo } = kit.merchant.robots[0]
    await kit.admin('POST', `/robots/${serialNo}`, { state: 'online' })
    await until(async () => {
      const { items } = await kit.admin<{ items: { attemptCount: number }[] }>('GET', '/callbacks')
      return items[0]?.attemptCount === 1
    })
    await kit.admin('PATCH', `/merchants/${kit.merchant.merchantNo}`, { callbackUrl: kit.receiver.url })
    await until(() => kit.receiver.ofType(1007).length === 1)
  })

  it('goes on after a restart, at the same port, with what was not acknowledged', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'sandbox-state-'))
    kit = await Kit.start({ stateDir })
    await kit.login()
    kit.receiver.respond = () => ({ status: 503, body: '' })
    await say('kept')
    await until(() => texts().length > 0)
    await kit.sandbox.stop()
    kit.receiver.respond = () => ({ status: 200, body: 'success' })
    const before = kit.receiver.got.length
    const again = await startSandbox({ stateDir })
    expect(again.url).toBe(kit.sandbox.url)
    expect(again.adminToken).toBe(kit.sandbox.adminToken)
    await until(() => kit.receiver.got.slice(before).some(({ raw }) => raw.includes('kept')))
    kit = Object.assign(new Kit(again, kit.receiver), { merchant: kit.merchant })
    expect(await kit.call('getFriendList', { vcRobotSerialNo: kit.merchant.robots[0].serialNo })).toMatchObject({
      vcSuccess: 'true',
    })
    rmSync(stateDir, { recursive: true })
  })

  it('never sends two equal ones, however fast', async () => {
    kit = await Kit.start()
    await kit.login()
    await say('again', 300)
    await until(() => texts().length === 300)
    const bodies = kit.receiver.ofType(1005).map(({ raw }) => raw)
    expect(new Set(bodies).size).toBe(300)
  })

  it('delivers anything that it is told to', async () => {
    kit = await Kit.start()
    const { merchantNo } = kit.merchant
    await kit.admin('POST', '/callbacks', { merchantNo, body: 'no json', contentType: 'text/plain' })
    await kit.admin('POST', '/callbacks', { merchantNo, body: { nType: 9999 } })
    await until(() => kit.receiver.got.length === 2)
    expect(kit.receiver.got.map(({ raw }) => raw).sort()).toEqual(['no json', '{"nType":9999}'])
  })

  it('wraps, escapes and signs where that is set', async () => {
    kit = await Kit.start({ settings: { timeForm: 'seconds' } })
    await kit.login()
    await kit.admin('POST', '/settings', { bodyForm: 'form-escaped' })
    await say('in a form')
    await until(() => kit.receiver.got.some(({ raw }) => raw.startsWith('strContext=')))
    const form = new URLSearchParams(kit.receiver.got.at(-1)!.raw).get('strContext')!
    expect(form).toContain('&quot;type&quot;:&quot;1005&quot;')
    await kit.admin('POST', '/settings', { bodyForm: 'json', signCallbacks: true })
    await say('signed')
    await until(() => texts().includes('signed'))
    const { json } = kit.receiver.ofType(1005)[0]!
    expect(json.nTimeStamp).toMatch(/^\d{10}$/)
    expect(json).toMatchObject({ sign_type: 'RSA2', sign: expect.stringMatching(/^[\w+/]{342}==$/) as string })
  })
})

describe('faults', () => {
  const list = async (): Promise<Response> => {
    const { merchantNo, robots, gatewayUrl } = kit.merchant
    const data = { vcMerchantNo: merchantNo, vcRobotSerialNo: robots[0].serialNo }
    const fields = signedBy(kit.envelope('getFriendList', data))
    return await fetch(gatewayUrl, { method: 'POST', body: new URLSearchParams(fields) })
  }
  const code = async (): Promise<unknown> => ((await (await list()).json()) as { nErrorCode: number }).nErrorCode
  const answered = (): Received[] => kit.receiver.ofType(1003)

  it('answers late, wrongly, or not at all', async () => {
    kit = await Kit.start()
    await kit.login()
    await kit.admin('POST', '/faults', { latencyMs: 120 })
    const begun = Date.now()
    expect(await code()).toBe(0)
    expect(Date.now() - begun).toBeGreaterThanOrEqual(115)
    await kit.admin('DELETE', '/faults')
    await until(() => answered().length === 1)

    await kit.admin('POST', '/faults', { httpStatus: { status: 502, times: 1 } })
    expect((await list()).status).toBe(502)
    await kit.admin('POST', '/faults', { garbage: 1 })
    expect(await (await list()).text()).toMatch(/^<html>/)
    await kit.admin('POST', '/faults', { refuse: { method: 'getFriendList', code: 777, message: '限流', times: 1 } })
    expect(await code()).toBe(777)
    await kit.admin('POST', '/faults', { refuse: { method: 'login', code: 777, message: '限流' } })
    expect(await code()).toBe(0)
    await kit.admin('POST', '/faults', { failRate: 1 })
    expect(await code()).toBe(59999)
    await kit.admin('DELETE', '/faults')
    await until(() => answered().length === 2)

    await kit.admin('POST', '/faults', { dropAnswer: 1 })
    await expect(list()).rejects.toThrow()
    await until(() => answered().length === 3)
    expect(await code()).toBe(0)
    const { items } = await kit.admin<{ items: { fault: string | null }[] }>('GET', '/calls')
    expect(items.map(({ fault }) => fault)).toEqual([
      null,
      null,
      'HTTP 502',
      'garbage',
      'refused on purpose',
      null,
      'refused on purpose',
      'answer dropped',
      null,
    ])
  })

  it('repeats, delays and reorders callbacks, and sends them before the answer', async () => {
    kit = await Kit.start({ settings: { callbackMs: [300, 300] } })
    await kit.login()
    await kit.admin('POST', '/faults', { callbackBeforeAnswer: true })
    expect(await code()).toBe(0)
    expect(answered()).toHaveLength(1)
    await kit.admin('DELETE', '/faults')

    await kit.admin('POST', '/faults', { repeatCallbacks: 2 })
    await say('three times')
    await until(() => texts().length === 3)
    expect(new Set(kit.receiver.ofType(1005).map(({ raw }) => raw)).size).toBe(1)
    await kit.admin('DELETE', '/faults')

    await kit.admin('POST', '/faults', { delayCallbacksMs: 200 })
    const begun = Date.now()
    await say('late')
    await until(() => texts().includes('late'))
    expect(Date.now() - begun).toBeGreaterThanOrEqual(195)
    await kit.admin('DELETE', '/faults')

    await kit.admin('POST', '/faults', { reorderCallbacks: true })
    const said = Array.from({ length: 12 }, (_, index) => `n${index}`)
    for (const text of said) await say(text)
    await until(() => said.every((text) => texts().includes(text)))
    expect(texts().slice(-12)).not.toEqual(said)
    await pause(50)
  })

  it('wraps answers as Alipay does where that is set', async () => {
    kit = await Kit.start({ settings: { wrapAnswers: true } })
    const body = (await (await list()).json()) as Record<string, { nErrorCode: number }>
    expect(body.open_robot_getFriendList_response).toMatchObject({ vcSuccess: 'false', nErrorCode: 50003 })
  })
})
