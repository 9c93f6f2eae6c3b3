/** The way in of a connection: chosen, kept over a restart, followed by the callback URL, told about when it is down. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Desk, until } from '../../support/desk.ts'
import { startPlatform, type FakePlatform } from '../../support/fake-platform.ts'

let desk: Desk
let platform: FakePlatform
let connectionId: string

beforeEach(async () => {
  platform = await startPlatform()
  desk = await Desk.open()
  connectionId = (await desk.call('connections.save', (await connection()) as never)).id
})
afterEach(async () => {
  await desk.close()
  await platform.close()
})

const connection = async (): Promise<object> => ({
  name: 'Shop',
  gatewayUrl: platform.url,
  appId: '1',
  merchantNo: '2',
  methodPrefix: 'xx.xx',
})

const direct = (publicUrl: string) => desk.call('reach.save', { connectionId, settings: { way: 'direct', publicUrl } })

describe('the way in of a connection', () => {
  it('is off at first, and its callback URL leads to this machine', async () => {
    const item = await desk.call('reach.get', { connectionId })
    expect(item).toMatchObject({
      state: 'off',
      settings: { way: 'off' },
      publicUrl: null,
      kept: [],
      hostKey: null,
      leaving: [],
    })
    expect(item.callbackUrl.startsWith(`${desk.engine.callbackBaseUrl}/callback/`)).toBe(true)
    expect((await desk.call('reach.list', {})).items).toEqual([item])
  })

  it('leads the callback URL to the public address, in every answer and event', async () => {
    await direct('https://shop.example/in/')
    await until('it to be up', async () => (await desk.call('reach.get', { connectionId })).state === 'up')
    const item = await desk.call('reach.get', { connectionId })
    expect(item.callbackUrl).toMatch(/^https:\/\/shop\.example\/in\/callback\/[\w-]{32}$/)
    const [listed] = (await desk.call('connections.list', {})).items
    expect(listed?.callbackUrl).toBe(item.callbackUrl)
    await expect.poll(() => desk.of('connection.changed').at(-1)?.callbackUrl).toBe(item.callbackUrl)
    await expect.poll(() => desk.of('reach.changed').at(-1)).toEqual(item)
  })

  it('is there again after a restart, and gone with its connection', async () => {
    await direct('https://shop.example')
    await desk.close(true)
    desk = await Desk.open(desk.dataDir)
    const [listed] = (await desk.call('connections.list', {})).items
    expect(listed?.callbackUrl.startsWith('https://shop.example/callback/')).toBe(true)
    await until('it to be up', async () => (await desk.call('reach.get', { connectionId })).state === 'up')
    await desk.call('connections.remove', { id: connectionId })
    expect((await desk.call('reach.list', {})).items).toEqual([])
    expect((await desk.refusal('reach.get', { connectionId })).code).toBe('not-found')
  })

  it('keeps secrets in the vault, says which there are, and gives none back', async () => {
    const settings = { way: 'direct', publicUrl: 'https://shop.example' } as const
    const saved = await desk.call('reach.save', { connectionId, settings, secrets: { ngrokToken: 'kept-token' } })
    expect(saved.kept).toEqual(['ngrokToken'])
    const again = await desk.call('reach.save', { connectionId, settings })
    expect(again.kept).toEqual(['ngrokToken'])
    expect(JSON.stringify([saved, again, desk.events, desk.log])).not.toContain('kept-token')
    const without = await desk.call('reach.save', { connectionId, settings, secrets: { ngrokToken: null } })
    expect(without.kept).toEqual([])
  })

  it.each([
    ['no address', { way: 'direct', publicUrl: 'shop' }],
    ['another scheme', { way: 'direct', publicUrl: 'ftp://shop.example' }],
    ['a query', { way: 'direct', publicUrl: 'https://shop.example/?a=b' }],
    ['a password alone', { way: 'direct', publicUrl: 'https://:p@shop.example' }],
    ['a user name', { way: 'direct', publicUrl: 'https://u@shop.example' }],
    ['no program', { way: 'command', argv: [' '] }],
    ['no regular expression', { way: 'command', argv: ['x'], pattern: '(' }],
    [
      'a host with blanks',
      { way: 'ssh', host: 'a b', username: 'u', auth: 'key', remotePort: 1, publicUrl: 'http://a' },
    ],
    ['a way that there is not', { way: 'pigeon' }],
  ])('is refused with %s', async (_what, settings) => {
    expect((await desk.refusal('reach.save', { connectionId, settings })).code).toBe('invalid-input')
  })

  it('takes callbacks where its listener was told to listen', async () => {
    await desk.close(true)
    desk = await Desk.open(desk.dataDir, { callbackPort: undefined })
    const before = await desk.call('system.info', {})
    expect(before.listener.fixed).toEqual([])
    await desk.call('settings.set', { listener: { address: '127.0.0.2' } })
    const { listener } = await desk.call('system.info', {})
    expect(listener).toEqual({
      url: `http://127.0.0.2:${before.listener.port}`,
      port: before.listener.port,
      fixed: [],
    })
    const { callbackUrl } = await desk.call('reach.get', { connectionId })
    expect((await desk.post(callbackUrl, '{}')).status).toBe(200)
  })

  it('does not listen where it cannot, and says so before anything is changed', async () => {
    await desk.close(true)
    desk = await Desk.open(desk.dataDir, { callbackPort: undefined })
    const taken = Number(new URL(platform.url).port)
    expect((await desk.refusal('settings.set', { listener: { port: taken } })).code).toBe('port-in-use')
    expect((await desk.refusal('settings.set', { listener: { address: '192.0.2.7', port: 4999 } })).code).toBe(
      'listener-failed',
    )
    const half = await desk.refusal('settings.set', { listener: { tlsCert: '/no/such.pem' } })
    expect(half).toMatchObject({ code: 'tls-unusable', params: { problem: 'tls-one-missing' } })
    expect((await desk.call('settings.get', {})).listener).toMatchObject({ port: 0, tlsCert: '' })
  })
})
