/** A report of a problem holds no secret, no person, no message. */
import { expect, it } from 'vitest'
import { makeReport, withoutSecrets } from '#engine/report.ts'
import { settingsSchema, type SystemInfo } from '#shared/contract/entries/system.ts'

const secrets: readonly [string, string][] = [
  ['a key', '-----BEGIN PRIVATE KEY-----\\nMIIEsecret\\n-----END PRIVATE KEY-----'],
  ['a key that is cut off', '-----BEGIN RSA PRIVATE KEY-----\nMIIEsecret'],
  ['a bearer token', 'Authorization: Bearer abc.secret-123='],
  ['a token in JSON', '{"token":"secret"}'],
  ['one in JSON inside JSON', '{"body":"{\\"accessToken\\":\\"secret\\"}"}'],
  ['a password with a quote in it', '{"password":"a\\"secret"}'],
  ['a password in words', 'password=secret, then'],
  ['a cached log-in', '"cache_info":"secret"'],
  ['a header', '"set-cookie":"secret"'],
  ['the callback’s secret', 'POST /callback/secret-AbC_1 503'],
  ['a link that signs in', 'http://127.0.0.1:8300/login?token=secret&x=1'],
  ['what was written', '{"content":"secret"}'],
  ['a name', '{"robot":{"name":"secret"}}'],
  ['an address of somebody', 'getaddrinfo ENOTFOUND https://secret.example/gateway'],
  ['a webhook', '{"url":"https://hooks.example/secret"}'],
]

it.each(secrets)('leaves out %s', (_name, text) => {
  const clean = withoutSecrets(`{"level":30,"msg":"before"} ${text} after`)
  expect(clean).not.toMatch(/secret(?!["\\\s]*[:=])/i)
  expect(clean).toContain('"msg":"before"')
})

it('leaves out phone numbers and the name of the home folder, and keeps what helps', () => {
  expect(withoutSecrets('phone 13812345678, at 1793000000123', '/home/li')).toBe('phone ***, at 1793000000123')
  expect(withoutSecrets('{"dataDir":"/home/li/.local/share"}', '/home/li')).toBe('{"dataDir":"~/.local/share"}')
  const helps =
    '{"level":50,"err":{"type":"Error","message":"ECONNREFUSED 127.0.0.1:9","stack":"at x (file.js:1:2)"},"robotId":7}'
  expect(withoutSecrets(helps)).toBe(helps)
  expect(withoutSecrets('http://127.0.0.1:4123/healthz')).toBe('http://127.0.0.1:4123/healthz')
})

it('takes no longer for long lines', () => {
  const began = performance.now()
  withoutSecrets(`${'a'.repeat(200_000)} ${'{"'.repeat(20_000)} ${'\\"token'.repeat(5000)}`)
  expect(performance.now() - began).toBeLessThan(2000)
})

it('tells what runs, also where some of it cannot be had', async () => {
  const info: SystemInfo = {
    ...{ version: '1.2.3', contractVersion: 1, host: 'headless', platform: 'linux', startedAt: 1, dataDir: '/d' },
    listener: { url: null, port: null, fixed: [] },
    vault: { kind: 'os' },
    sandbox: { state: 'stopped', pageUrl: 'http://127.0.0.1:1/?token=secret', connectionId: null },
    notices: [{ code: 'port-in-use', params: { port: 1 }, since: 1 }],
    rescue: null,
  }
  const files = await makeReport({
    ...{ info, settings: settingsSchema.parse({}), dataDir: '/d' },
    health: () => Promise.resolve({ reason: 'listener', code: 'port-in-use' }),
    measures: () => Promise.reject(new Error('the store is gone')),
    readLog: () => Promise.resolve('{"msg":"a line","token":"secret"}\n'),
  })
  expect(files.map(({ name }) => name)).toEqual(['system.json', 'settings.json', 'health.json', 'log.txt'])
  const [system, settings, health, log] = files.map(({ content }) => content)
  expect(JSON.parse(system ?? '')).toMatchObject({
    version: '1.2.3',
    host: 'headless',
    notices: [{ code: 'port-in-use' }],
  })
  expect(JSON.parse(settings ?? '')).toMatchObject({ recallSeconds: 0 })
  expect(health).toMatch(/"listener"[\s\S]*the store is gone/)
  expect(log).toContain('a line')
  expect(JSON.stringify(files)).not.toContain('secret')
  const without = await makeReport({
    ...{ info, settings: null, dataDir: '/d' },
    health: () => Promise.resolve({ reason: null, code: null }),
    measures: () => Promise.resolve(null),
  })
  expect(without.map(({ name }) => name)).not.toContain('log.txt')
})
