/** "Test connection": each way in which a platform can be wrong has a sentence of its own. */
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createSocketServer } from 'node:net'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { EntryInput, EntryResult } from '#shared/contract/index.ts'
import { Kit, privateKey } from '../sandbox/kit.ts'
import { Desk } from '../../support/desk.ts'

type Test = EntryResult<'connections.test'>

let desk: Desk
let kit: Kit
let sandbox: { gatewayUrl: string; appId: string; merchantNo: string; methodPrefix: string; privateKeyPem: string }
const open: { close: () => unknown }[] = []

beforeAll(async () => {
  desk = await Desk.open()
  kit = await Kit.start()
  const { gatewayUrl, appId, merchantNo, methodPrefix } = kit.merchant
  sandbox = { gatewayUrl, appId, merchantNo, methodPrefix, privateKeyPem: privateKey }
})
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})
afterAll(async () => {
  await desk.close()
  await kit.stop()
})

const step = (test: Test, name: Test['steps'][number]['step']) => test.steps.find((found) => found.step === name)
const states = (test: Test): Record<string, string> =>
  Object.fromEntries(test.steps.map(({ step: name, state }) => [name, state]))
const draft = (changes: Partial<EntryInput<'connections.test'>> = {}): Promise<Test> =>
  desk.call('connections.test', { ...sandbox, ...changes })

async function listening(server: Server | ReturnType<typeof createSocketServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({ close: () => server.close() })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}
const serving = async (listener: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listening(createServer(listener))}/gateway`
const answering = (body: unknown, status = 200, headers: Record<string, string> = {}): Promise<string> =>
  serving((_request, response) => {
    response.writeHead(status, headers)
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
const refusing = (message: string, code: number | string = 1): Promise<string> =>
  answering({ vcSuccess: 'false', nErrorCode: code, vcErrorMsg: message })

describe('against the sandbox', () => {
  it('works, by a made-up number where there is no robot, and nothing is recorded of a draft', async () => {
    const before = (await desk.call('calls.list', {})).items.length
    const test = await draft()
    expect(test).toMatchObject({ works: true, verdict: 'signature-taken', callId: null })
    expect(new Set(Object.values(states(test)))).toEqual(new Set(['ok']))
    expect(step(test, 'robot')?.code).toBe('robot-made-up')
    expect(Math.abs(test.clockOffsetMs ?? 1e9)).toBeLessThan(5000)
    expect((await desk.call('calls.list', {})).items).toHaveLength(before)
  })

  it('works with a robot of the connection, and the call is in the record', async () => {
    const saved = await desk.call('connections.save', { name: 'Saved', ...sandbox })
    await kit.login()
    await desk.call('robots.add', { connectionId: saved.id, serialNo: kit.merchant.robots[0].serialNo })
    const test = await desk.call('connections.test', { id: saved.id })
    expect(test).toMatchObject({ works: true })
    expect(step(test, 'robot')).toMatchObject({ state: 'ok', code: 'robot-taken' })
    expect(await desk.call('calls.get', { id: test.callId ?? '0' })).toMatchObject({ method: 'getFriendList' })
    // What is typed stands in for what is saved, and changes nothing of it.
    const typed = await desk.call('connections.test', { id: saved.id, appId: 'typo' })
    expect(typed).toMatchObject({ works: false, verdict: 'app-refused' })
    const [connection] = (await desk.call('connections.list', {})).items
    expect(connection?.appId).toBe(sandbox.appId)
    await desk.call('connections.remove', { id: saved.id })
  })

  it('names what is wrong with the settings', async () => {
    const other = await draft({ signType: 'RSA2', advanced: { signTypeInString: false } })
    expect(other).toMatchObject({ works: false, verdict: 'signature-refused' })
    expect(states(other)).toMatchObject({ reachable: 'ok', platform: 'ok', clock: 'ok', signature: 'failed' })
    expect((await draft({ appId: '404' })).verdict).toBe('app-refused')
    expect((await draft({ advanced: { merchantId: '404' } })).verdict).toMatch(/^(app|merchant)-refused$/)
    expect((await draft({ merchantNo: '404', advanced: { merchantId: sandbox.merchantNo } })).verdict).toBe(
      'merchant-refused',
    )
    expect((await draft({ methodPrefix: 'no.such' })).verdict).toBe('method-refused')
    expect((await draft({ timeZone: 'America/New_York' })).verdict).toBe('clock-refused')
  })

  it('says that a key which is only made on saving cannot be known yet', async () => {
    const { privateKeyPem: _, ...withoutKey } = sandbox
    const test = await desk.call('connections.test', withoutKey)
    expect(test).toMatchObject({ works: false, verdict: 'signature-later' })
    expect(step(test, 'signature')?.state).toBe('unknown')
  })

  it('takes Alipay’s wrapper for what it is', async () => {
    await kit.admin('POST', '/settings', { wrapAnswers: true })
    const test = await draft()
    await kit.admin('POST', '/settings', { wrapAnswers: false })
    expect(test.works).toBe(true)
    expect(step(test, 'platform')).toMatchObject({ state: 'ok', code: 'answer-wrapped' })
  })
})

describe('the words of other platforms', () => {
  it.each([
    ['验签失败', 'signature-refused'],
    ['isv.invalid-signature', 'signature-refused'],
    ['invalid timestamp', 'clock-refused'],
    ['请求已过期', 'clock-refused'],
    ['isv.invalid-app-id', 'app-refused'],
    ['应用不存在', 'app-refused'],
    ['商户号不存在', 'merchant-refused'],
    ['isv.method-not-exist: method', 'method-refused'],
    ['系统繁忙', 'refused-otherwise'],
  ])('%s: %s', async (message, verdict) => {
    const test = await draft({ gatewayUrl: await refusing(message) })
    expect(test).toMatchObject({ works: false, verdict })
    expect(JSON.stringify(test.steps)).toContain(message)
  })

  it('that do not know a robot have taken everything before', async () => {
    expect(await draft({ gatewayUrl: await refusing('机器人不存在', 50001) })).toMatchObject({ works: true })
  })

  it('are said in the language of the caller, with the fingerprint to register', async () => {
    const gatewayUrl = await refusing('sign error')
    const answer = await desk.engine.call('connections.test', { ...sandbox, gatewayUrl }, { locale: 'zh-CN' })
    const test = answer.ok ? (answer.result as Test) : null
    expect(test && step(test, 'signature')).toMatchObject({
      message: expect.stringContaining('平台不认可签名') as string,
    })
    const saved = await desk.call('connections.save', { name: 'F', ...sandbox })
    expect(test && step(test, 'signature')?.hint).toContain(saved.publicKeyFingerprint)
    await desk.call('connections.remove', { id: saved.id })
  })
})

describe('what is no such platform', () => {
  it.each([
    ['a web page', () => answering('<!doctype html><title>Welcome</title>'), 'not-json'],
    ['other JSON', () => answering({ hello: 'world' }), 'foreign-json'],
    ['a missing page', () => answering('<h1>404</h1>', 404), 'http-status'],
    ['a broken server', () => answering('', 502), 'http-status'],
    ['a redirect', () => answering('', 302, { location: 'https://elsewhere.example/' }), 'redirected'],
  ])('%s', async (_name, server, verdict) => {
    const test = await draft({ gatewayUrl: await server() })
    expect(test).toMatchObject({ works: false, verdict })
    expect(states(test)).toMatchObject({ reachable: 'ok', platform: 'failed', signature: 'unknown', robot: 'unknown' })
  })
})

describe('what cannot be reached', () => {
  it('has a sentence for each reason', async () => {
    const silent = await listening(createSocketServer((socket) => socket.on('error', () => {})))
    const cutting = await listening(createSocketServer((socket) => socket.once('data', () => socket.destroy())))
    const advanced = { callTimeoutMs: 500 }
    const at = async (gatewayUrl: string): Promise<string> => (await draft({ gatewayUrl, advanced })).verdict
    const verdictOf = async (gatewayUrl: string): Promise<string | undefined> => {
      const test = await draft({ gatewayUrl, advanced })
      expect(test.works).toBe(false)
      expect(states(test)).toMatchObject({ reachable: 'failed', platform: 'unknown' })
      return step(test, 'reachable')?.code
    }
    expect(await verdictOf('http://127.0.0.1:1/')).toBe('connection-refused')
    expect(await at('http://127.0.0.1:1/')).toBe('connection-refused')
    expect(await verdictOf('http://no-such-host.invalid/')).toBe('dns-failed')
    expect(await verdictOf(`http://127.0.0.1:${silent}/`)).toBe('no-answer')
    expect(await verdictOf(`https://127.0.0.1:${silent}/`)).toBe('no-connection')
    expect(await verdictOf(`http://127.0.0.1:${cutting}/`)).toBe('cut-off')
    expect(await verdictOf(kit.merchant.gatewayUrl.replace('http:', 'https:'))).toBe('tls-failed')
  })

  it('names a certificate that nobody trusts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-tls-'))
    try {
      const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=x', ...files], {
        stdio: 'pipe',
      })
      const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(folder, name)))
      const port = await listening(createTlsServer({ key, cert }, (_request, response) => response.end('{}')))
      const test = await draft({ gatewayUrl: `https://127.0.0.1:${port}/` })
      expect(step(test, 'reachable')).toMatchObject({
        code: 'tls-failed',
        message: expect.stringContaining('not trusted') as string,
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('the clock', () => {
  it.each([
    [3600_000, 'clock-behind'],
    [-3600_000, 'clock-ahead'],
    [2000, 'clock-fits'],
  ])('%d ms off: %s', async (offset, code) => {
    const headers = { date: new Date(Date.now() + offset).toUTCString() }
    const test = await draft({ gatewayUrl: await answering({ vcSuccess: 'true', vcSerialNo: '1' }, 200, headers) })
    expect(step(test, 'clock')?.code).toBe(code)
    expect(Math.abs((test.clockOffsetMs ?? 0) - offset)).toBeLessThan(2000)
    // A clock that is off is said, and does not make of an answer that came a refusal.
    expect(test.works).toBe(true)
  })

  it('is not known without a Date header', async () => {
    const gatewayUrl = await serving((_request, response) => {
      response.sendDate = false
      response.end('{"vcSuccess":"true"}')
    })
    expect(await draft({ gatewayUrl })).toMatchObject({ works: true, clockOffsetMs: null })
  })
})
