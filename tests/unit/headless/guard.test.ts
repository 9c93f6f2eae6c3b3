import { describe, expect, it } from 'vitest'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Access } from '../../../electron/headless/access.ts'
import { isFromElsewhere, isOwnHost, isOwnOrigin, preferredLocale } from '../../../electron/headless/guard.ts'
import { Sessions, sessionLife } from '../../../electron/headless/sessions.ts'
import { checkSite, loopbackSite, siteOf } from '../../../electron/headless/site.ts'
import { silentLog } from '../../support/fake-engine.ts'

describe('isOwnHost', () => {
  it.each([
    ['127.0.0.1:80', 80, true],
    ['127.0.0.1', 80, true],
    ['LOCALHOST:4000', 4000, true],
    ['[::1]:4000', 4000, true],
    ['localhost', 4000, false],
    ['localhost.:4000', 4000, false],
    ['127.0.0.1:4000.evil.example', 4000, false],
    ['0.0.0.0:4000', 4000, false],
  ])('%s at %d: %s', (host, port, expected) => {
    expect(isOwnHost({ host }, siteOf(loopbackSite, port))).toBe(expected)
  })
  it('wants a Host at all', () => {
    expect(isOwnHost({}, siteOf(loopbackSite, 80))).toBe(false)
  })
})

describe('isOwnOrigin', () => {
  it('wants the very address that the request names', () => {
    const host = '127.0.0.1:4000'
    const site = siteOf(loopbackSite, 4000)
    expect(isOwnOrigin({ host, origin: `http://${host}` }, true, site)).toBe(true)
    expect(isOwnOrigin({ host, origin: `https://${host}` }, true, site)).toBe(false)
    expect(isOwnOrigin({ host, origin: 'null' }, false, site)).toBe(false)
    expect(isOwnOrigin({ host }, true, site)).toBe(false)
    expect(isOwnOrigin({ host }, false, site)).toBe(true)
  })
})

describe('preferredLocale', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['zh', 'zh-CN'],
    ['zh-Hant-TW,en', 'zh-CN'],
    ['en-GB,zh;q=0.9', 'en'],
    ['en;q=0.1, zh-CN;q=0.2', 'zh-CN'],
    ['zh;q=0, en', 'en'],
    ['fr, de', 'en'],
    [';;;q=,', 'en'],
  ])('%s: %s', (header, expected) => {
    expect(preferredLocale(header)).toBe(expected)
  })
})

describe('isFromElsewhere', () => {
  const link = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  it.each([
    ['nothing said', {}, 'POST', false],
    ['our own page', { 'sec-fetch-site': 'same-origin' }, 'POST', false],
    ['typed by hand', { 'sec-fetch-site': 'none', ...link }, 'GET', false],
    ['a link elsewhere', { 'sec-fetch-site': 'cross-site', ...link }, 'GET', false],
    ['a form elsewhere', { 'sec-fetch-site': 'cross-site', ...link }, 'POST', true],
    ['a picture elsewhere', { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' }, 'GET', true],
    ['a frame elsewhere', { 'sec-fetch-site': 'cross-site', ...link, 'sec-fetch-dest': 'iframe' }, 'GET', true],
    ['another port', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }, 'GET', true],
  ])('%s', (_what, headers, method, expected) => {
    expect(isFromElsewhere(headers, method)).toBe(expected)
  })
})

describe('checkSite', () => {
  const tls = { cert: 'c', key: 'k' }
  const publicUrl = 'https://chat.example.com'
  it.each([
    ['loopback in clear', {}],
    ['loopback of IPv6', { host: '::1' }],
    ['everywhere with TLS', { host: '0.0.0.0', tls, publicUrl }],
    ['everywhere behind a proxy', { host: '0.0.0.0', trustedProxies: ['10.0.0.0/24', '::1'], publicUrl }],
    ['loopback behind a proxy', { publicUrl, trustedProxies: ['127.0.0.1'] }],
  ])('allows %s', (_what, options) => {
    expect(() => checkSite({ ...loopbackSite, ...options })).not.toThrow()
  })
  it.each([
    ['everywhere in clear', { host: '0.0.0.0', publicUrl }],
    ['IPv6 everywhere in clear', { host: '::', publicUrl }],
    ['everywhere with TLS but no name', { host: '0.0.0.0', tls }],
    ['a name for the address', { host: 'localhost' }],
    ['a public address in clear', { publicUrl: 'http://chat.example.com' }],
    ['a path', { publicUrl: `${publicUrl}/x` }],
    ['no URL', { publicUrl: 'chat' }],
    ['no address of a proxy', { trustedProxies: ['proxy.local'] }],
    ['everybody as proxy', { trustedProxies: ['0.0.0.0/0'] }],
    ['a broken network', { trustedProxies: ['10.0.0.0/33'] }],
  ])('refuses %s', (_what, options) => {
    expect(() => checkSite({ ...loopbackSite, ...options })).toThrow(expect.objectContaining({ code: 'invalid-input' }))
  })
})

describe('siteOf', () => {
  const site = siteOf(
    { host: '0.0.0.0', tls: null, trustedProxies: ['10.0.0.0/24'], publicUrl: 'https://a.example' },
    4000,
  )
  it('goes by the public name, and in clear only from this machine and the proxies', () => {
    expect([site.isSecure, site.isTls, site.origin]).toEqual([true, false, 'https://a.example'])
    expect(site.isOwnHost('a.example')).toBe(true)
    expect(site.isOwnHost('b.example')).toBe(false)
    expect(site.isOwnOrigin('https://a.example', '127.0.0.1:4000')).toBe(true)
    expect(site.isOwnOrigin('http://a.example', 'a.example')).toBe(true)
    expect(site.isOwnOrigin('https://b.example', 'a.example')).toBe(false)
    expect(['127.0.0.1', '::ffff:10.0.0.7', '::1'].every((address) => site.isOwnPeer(address))).toBe(true)
    expect(['192.168.1.2', '10.0.1.1', ''].some((address) => site.isOwnPeer(address))).toBe(false)
  })
  it('believes the proxies about the caller, and nobody else', () => {
    expect(site.addressOf('10.0.0.1', '1.1.1.1, 2.2.2.2')).toBe('2.2.2.2')
    expect(site.addressOf('10.0.0.1', '2.2.2.2, 10.0.0.2')).toBe('2.2.2.2')
    expect(site.addressOf('10.0.0.1', 'nonsense')).toBe('10.0.0.1')
    expect(site.addressOf('127.0.0.1', '2.2.2.2')).toBe('127.0.0.1')
    expect(site.addressOf('::ffff:10.0.0.1', undefined)).toBe('10.0.0.1')
  })
})

const noFile = (now?: () => number): Promise<Sessions> => Sessions.open(null, silentLog, now)

describe('Access', () => {
  it('compares nothing more of an address after twenty wrong tokens, for a minute; others go on', async () => {
    let now = 0
    const access = new Access('right-token', await noFile(), () => now)
    for (let n = 0; n < 20; n++) expect(access.byToken('wrong', '1.1.1.1')).toBe('refused')
    expect(access.byToken('right-token', '1.1.1.1')).toBe('blocked')
    expect(access.byCode(access.code, '1.1.1.1')).toBe('blocked')
    expect(access.byToken('right-token', '2.2.2.2')).toBe('admitted')
    now = 60_001
    expect(access.byToken('right-token', '1.1.1.1')).toBe('admitted')
    expect(access.byCode(access.code, '1.1.1.1')).toBe('admitted')
  })

  it('blocks who guesses from many addresses, not who guesses for the first time', async () => {
    const access = new Access('right-token', await noFile(), () => 0)
    for (let n = 0; n < 200; n++) access.byToken('wrong', `1.1.1.${n}`)
    expect(access.byToken('right-token', '1.1.1.7')).toBe('blocked')
    expect(access.byToken('right-token', '9.9.9.9')).toBe('admitted')
  })

  it('never keeps out who knows the token on this machine, whatever other programs here try', async () => {
    const access = new Access('right-token', await noFile(), () => 0)
    for (let n = 0; n < 20; n++) expect(access.byToken('wrong', '127.0.0.1')).toBe('refused')
    expect(access.byToken('wrong', '127.0.0.1')).toBe('blocked')
    expect(access.byToken('right-token', '127.0.0.1')).toBe('admitted')
  })

  it('does not count who shows nothing', async () => {
    const access = new Access('right-token', await noFile())
    for (let n = 0; n < 100; n++) expect(access.byHeader(undefined, '1.1.1.1')).toBe('anonymous')
    expect(access.byHeader('bearer right-token', '1.1.1.1')).toBe('admitted')
  })
})

describe('Sessions', () => {
  it('end after thirty days, or a week without use, and tell it', async () => {
    let now = 0
    const sessions = await noFile(() => now)
    const ended: string[] = []
    sessions.onEnd((id) => ended.push(id))
    const used = await sessions.start('1.1.1.1', 'A')
    const idle = await sessions.start('1.1.1.1', 'B')
    const [{ id: usedId } = { id: '' }] = sessions.list(null).filter(({ agent }) => agent === 'A')
    for (now = 0; now < sessionLife.mostMs; now += sessionLife.idleMs - 1) expect(sessions.use(used)?.id).toBe(usedId)
    expect(sessions.use(idle)).toBeNull()
    now = sessionLife.mostMs
    expect(sessions.touch(usedId)).toBe(false)
    expect(sessions.use(used)).toBeNull()
    expect(ended).toHaveLength(2)
  })

  it('are no more than a thousand, the last used', async () => {
    let now = 0
    const sessions = await noFile(() => now)
    const ids: string[] = []
    for (; now < 1001; now++) ids.push(await sessions.start('', ''))
    expect(sessions.use(ids[0])).toBeNull()
    expect(sessions.use(ids[1])).not.toBeNull()
    expect(sessions.use(ids[1000])).not.toBeNull()
  })

  it('outlive the host without the file signing anybody in, and stay ended once ended', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-sessions-'))
    const path = join(folder, 'sessions.json')
    const first = await Sessions.open(path, silentLog)
    const one = await first.start('1.1.1.1', 'A')
    const two = await first.start('1.1.1.1', 'B')
    expect(readFileSync(path, 'utf8')).not.toContain(one)
    const id = first.use(two)?.id ?? ''
    expect(await first.end(id)).toBe(true)
    expect(await first.end(id)).toBe(false)
    // Not closed: as after a crash.
    const second = await Sessions.open(path, silentLog)
    expect(second.use(one)?.agent).toBe('A')
    expect(second.use(two)).toBeNull()
    writeFileSync(path, '{"version":1,"sessions":[{}]}')
    const third = await Sessions.open(path, silentLog)
    expect(third.list(null)).toEqual([])
    await Promise.all([first.close(), second.close(), third.close()])
    rmSync(folder, { recursive: true })
  })
})
