import { describe, expect, it } from 'vitest'
import { Access, sessionLifeMs } from '../../../electron/headless/access.ts'
import { isOwnHost, isOwnOrigin, preferredLocale } from '../../../electron/headless/guard.ts'

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
    expect(isOwnHost({ host }, port)).toBe(expected)
  })
  it('wants a Host at all', () => {
    expect(isOwnHost({}, 80)).toBe(false)
  })
})

describe('isOwnOrigin', () => {
  it('wants the very address that the request names', () => {
    const host = '127.0.0.1:4000'
    expect(isOwnOrigin({ host, origin: `http://${host}` }, true)).toBe(true)
    expect(isOwnOrigin({ host, origin: `https://${host}` }, true)).toBe(false)
    expect(isOwnOrigin({ host, origin: 'null' }, false)).toBe(false)
    expect(isOwnOrigin({ host }, true)).toBe(false)
    expect(isOwnOrigin({ host }, false)).toBe(true)
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

describe('Access', () => {
  it('forgets wrong tokens after a minute', () => {
    let now = 0
    const access = new Access('right-token', () => now)
    for (let n = 0; n < 20; n++) expect(access.byToken('wrong')).toBe('refused')
    expect(access.byToken('right-token')).toBe('blocked')
    expect(access.byCode(access.code)).toBe('blocked')
    now = 60_001
    expect(access.byToken('right-token')).toBe('admitted')
    expect(access.byCode(access.code)).toBe('admitted')
  })

  it('does not count who shows nothing', () => {
    const access = new Access('right-token')
    for (let n = 0; n < 100; n++) expect(access.byHeader(undefined)).toBe('anonymous')
    expect(access.byHeader('bearer right-token')).toBe('admitted')
  })

  it('ends a session after thirty days, and keeps the others', () => {
    let now = 0
    const access = new Access(undefined, () => now)
    const first = access.openSession()
    now = 1000
    const second = access.openSession()
    now = sessionLifeMs + 1
    expect(access.isSession(first)).toBe(false)
    expect(access.isSession(second)).toBe(true)
  })

  it('holds no more than a thousand sessions, the newest', () => {
    const access = new Access(undefined)
    const ids = Array.from({ length: 1001 }, () => access.openSession())
    expect(access.isSession(ids[0])).toBe(false)
    expect(access.isSession(ids[1])).toBe(true)
    expect(access.isSession(ids[1000])).toBe(true)
  })
})
