/** What a command's output shows of secrets: those that were given to it, in any form, and what looks like one. */
import { describe, expect, it } from 'vitest'
import { hideSecrets, secretsIn } from '#engine/reach/hide-secrets.ts'

const shown = (line: string, ...known: string[]): string => hideSecrets([line], known)[0] ?? ''

describe('a secret that was given', () => {
  const secret = 's3cr3t/with+signs="'

  it.each([
    ['as it is', secret],
    ['in an address', encodeURIComponent(secret)],
    ['as base64', Buffer.from(secret).toString('base64')],
    ['as base64 of addresses', Buffer.from(secret).toString('base64url')],
    ['as JSON', JSON.stringify({ a: secret }).slice(6, -2)],
    ['with colours in it', `${secret.slice(0, 5)}\u001b[31m${secret.slice(5)}`],
  ])('is hidden %s', (_how, printed) => {
    const line = shown(`before ${printed} after`, secret)
    expect(line).not.toContain(printed.slice(1, 6))
    expect(line).toMatch(/^before \*{3}.* after$/)
  })

  it('is hidden where it is short, and words that have it in them stay', () => {
    expect(shown('with abc, or "abc"; abcd and xabc stay', 'abc')).toBe('with ***, or "***"; abcd and xabc stay')
  })

  it('is hidden where it is half of a pair of characters, too', () => {
    expect(shown('with abcdefgh\ud800 in it', 'abcdefgh\ud800')).toBe('with *** in it')
  })

  it('is hidden line by line where it has several', () => {
    const key = 'first line\nsecond line\n'
    expect(hideSecrets(['a second line b', 'first line'], [key])).toEqual(['a *** b', '***'])
  })

  it('is hidden where a line was cut in the middle of it', () => {
    const long = 'correcthorsebatterystaple'
    expect(shown(`${'.'.repeat(10)} ${' '.repeat(4070)}${long.slice(0, 15)}`, long)).not.toContain('correct')
    expect(shown(`${long.slice(10)}${' '.repeat(4081)}`, long)).not.toContain('battery')
  })

  it('leaves nothing of itself where one is part of another', () => {
    expect(shown('token-abcdefgh-tail', 'abcdefgh', 'token-abcdefgh-tail')).toBe('***')
  })
})

describe('arguments', () => {
  it.each([
    [['--token=abc'], 'abc'],
    [['--token', 'abc'], 'abc'],
    [['-p', 'zzz9'], 'zzz9'],
    [['-H', 'Authorization: Bearer abc'], 'abc'],
    [['auth.token=ab1'], 'ab1'],
    [['https://op:pw1@a.example/x'], 'pw1'],
    [['--server=tls://a.example/?key=k9'], 'k9'],
    [['https://a.example/hook/0123456789'], '0123456789'],
  ])('%j hold a secret', (args, secret) => {
    expect(secretsIn(args)).toContain(secret)
    expect(shown(`said ${secret} there`, ...secretsIn(args))).toBe('said *** there')
  })

  it('that say nothing stay readable', () => {
    expect(secretsIn(['tunnel', 'run', '--port=8301', '--tls=true', '--proto', 'https'])).toEqual([])
  })
})

describe('what looks like a secret', () => {
  it.each([
    ['Authorization: Bearer abcd.efgh', 'efgh'],
    ['GET /?token=q1w2&x=3', 'q1w2'],
    ['{"password":"q1w2"}', 'q1w2'],
    ['client_secret = q1w2', 'q1w2'],
    ['connecting to wss://op:q1w2@a.example', 'q1w2'],
    ['using eyJhIjoiNGY1ZTYiLCJ0IjoiYTEifQ', 'NGY1'],
    ['key 0f1e2d3c4b5a69788796a5b4c3d2e1f0aa', '0f1e'],
  ])('%s: %s is hidden', (line, secret) => {
    expect(shown(line)).not.toContain(secret)
  })

  it('is hidden from the beginning of a key to its end', () => {
    const lines = ['-----BEGIN OPENSSH PRIVATE KEY-----', 'b3BlbnNz', '-----END OPENSSH PRIVATE KEY-----', 'after']
    expect(hideSecrets(lines, [])).toEqual(['***', '***', '***', 'after'])
  })

  it('is none of what one needs to read', () => {
    const line =
      '2026-11-20T10:00:00Z INF https://seasonal-deck-organisation-sponsor.trycloudflare.com /etc/frp/frpc.toml:12'
    expect(shown(line)).toBe(line)
  })

  it.each([
    ['one letter', 'a'.repeat(4096)],
    ['names', 'authtoken'.repeat(455)],
    ['addresses', 'a://'.repeat(1024)],
    ['blanks', 'token '.repeat(682)],
  ])('takes no time to find in a line of %s', (_what, line) => {
    const began = performance.now()
    hideSecrets(
      Array.from({ length: 20 }, () => line),
      ['correcthorse'],
    )
    expect(performance.now() - began).toBeLessThan(500)
  })
})
