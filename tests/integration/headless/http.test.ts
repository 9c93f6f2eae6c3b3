import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeFailure } from '#shared/contract/errors.ts'
import { startTestServer, type TestServer, token } from './support.ts'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(async () => {
  await server.remove()
})

const json = { 'content-type': 'application/json' }
const bearer = { authorization: `Bearer ${token}` }
const linkPath = (): string => server.url.slice(server.origin.length)

describe('the API', () => {
  it('answers a script that shows the token', async () => {
    const reply = await server.call('robots.list', { limit: 3 })
    expect(reply.status).toBe(200)
    expect(reply.json()).toEqual({ ok: true, result: { echo: { limit: 3 } } })
    expect(server.engine.calls).toEqual([{ entry: 'robots.list', input: { limit: 3 }, locale: 'en' }])
  })

  it('takes no body at all as an empty object', async () => {
    expect((await server.ask('POST', '/api/system.info', bearer)).json()).toEqual({ ok: true, result: { echo: {} } })
  })

  it.each([
    ['nothing', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['another scheme', { authorization: `Basic ${token}` }],
    ['the token with more behind it', { authorization: `Bearer ${token}x` }],
    ['a cookie that was never given', { cookie: 'switchboard_1=abc' }],
  ])('refuses who shows %s, without asking the engine', async (_what, headers) => {
    const reply = await server.ask('POST', '/api/robots.list', { ...json, ...headers }, '{}')
    expect(reply.status).toBe(401)
    expect(reply.json()).toMatchObject({ ok: false, error: { code: 'unauthorized' } })
    expect(server.engine.calls).toEqual([])
  })

  it('answers a failure with the status of its code, in the language that was asked for', async () => {
    const error = describeFailure({ code: 'vault-locked', params: { problem: 'x' } }, 'en')
    server.engine.answers.set('robots.add', { ok: false, error })
    expect((await server.call('robots.add', {})).status).toBe(423)
    const unknown = await server.call('no.such', {}, { 'accept-language': 'fr, zh-TW;q=0.8, en;q=0.2' })
    expect(unknown.status).toBe(404)
    expect(unknown.json().error).toEqual(
      describeFailure({ code: 'unknown-entry', params: { entry: 'no.such' } }, 'zh-CN'),
    )
  })

  it.each([
    ['text', { 'content-type': 'text/plain' }, '{}', 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=1', 415],
    ['broken JSON', json, '{"a":', 400],
    ['JSON that reaches for the prototype', json, '{"__proto__":{"a":1}}', 400],
    ['more than 1 MiB', json, JSON.stringify({ a: 'x'.repeat(1024 * 1024) }), 413],
  ])('refuses %s', async (_what, headers, body, status) => {
    const reply = await server.ask('POST', '/api/robots.list', { ...bearer, ...headers }, body)
    expect(reply.status).toBe(status)
    expect(reply.json()).toMatchObject({ ok: false, error: { code: 'invalid-input' } })
    expect(server.engine.calls).toEqual([])
  })

  it('has nothing under other methods and paths', async () => {
    for (const path of ['/api/robots.list', '/api/', '/api', '/assets/none.js', '/media/x']) {
      const reply = await server.ask('GET', path, { ...bearer, accept: 'text/html' })
      expect(reply.status, path).toBe(404)
      expect(reply.json().error?.code).toBe('unknown-entry')
    }
  })

  it('says so after twenty wrong tokens, while sessions and the right token go on', async () => {
    const cookie = await server.enter()
    for (let n = 0; n < 20; n++) {
      expect((await server.call('x.y', {}, { authorization: `Bearer wrong-${n}` })).status).toBe(401)
    }
    const blocked = await server.call('robots.list', {}, { authorization: 'Bearer wrong' })
    expect(blocked.status).toBe(429)
    expect(blocked.headers['retry-after']).toBe('60')
    expect(blocked.json().error?.code).toBe('too-many-requests')
    expect((await server.ask('GET', '/enter?code=wrong')).status).toBe(429)
    const session = { ...json, cookie, origin: server.origin }
    expect((await server.ask('POST', '/api/robots.list', session, '{}')).status).toBe(200)
    expect((await server.call('robots.list', {})).status).toBe(200)
  })
})

describe('signing in', () => {
  it('works once by the link and leaves a cookie that scripts of a page cannot read', async () => {
    const first = await server.ask('GET', linkPath())
    expect(first.status).toBe(303)
    expect(first.headers.location).toBe('/')
    const cookie = first.headers['set-cookie']?.[0] ?? ''
    expect(cookie).toMatch(/^switchboard_\d+=[\w-]{43}; /)
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=2592000']) expect(cookie).toContain(part)

    const second = await server.ask('GET', linkPath())
    expect(second.status).toBe(401)
    expect(second.headers['set-cookie']).toBeUndefined()
    expect(second.text).toContain('已使用过')
    expect(second.text).toContain('used already')
    expect(second.headers['content-security-policy']).toContain("form-action 'self'")
  })

  it('sends the browser that used the link on, when it opens the link again', async () => {
    const cookie = await server.enter()
    expect((await server.ask('GET', linkPath(), { cookie })).status).toBe(303)
  })

  it('refuses a wrong code and leaves the right one good', async () => {
    expect((await server.ask('GET', '/enter?code=wrong')).status).toBe(401)
    expect((await server.ask('GET', '/enter?code=a&code=b')).status).toBe(200)
    expect((await server.ask('GET', linkPath())).status).toBe(303)
  })

  it('works by the token in the form of the page', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await server.ask('GET', '/enter')).status).toBe(200)
    expect((await server.ask('POST', '/enter', form, 'token=wrong')).status).toBe(401)
    expect((await server.ask('POST', '/enter', form, 'other=1')).status).toBe(401)
    const reply = await server.ask('POST', '/enter', { ...form, origin: server.origin }, `token=${token}`)
    expect(reply.status).toBe(303)
    const cookie = reply.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    const session = { ...json, cookie, origin: server.origin }
    expect((await server.ask('POST', '/api/robots.list', session, '{}')).status).toBe(200)
  })

  it('lets a session call only from a page of this host', async () => {
    const cookie = await server.enter()
    const call = async (headers: Record<string, string>): Promise<number> =>
      (await server.ask('POST', '/api/robots.list', { ...json, cookie, ...headers }, '{}')).status
    expect(await call({ origin: server.origin })).toBe(200)
    expect(await call({})).toBe(403)
    expect(await call({ origin: 'null' })).toBe(403)
    expect(await call({ origin: 'http://127.0.0.1:1' })).toBe(403)
    expect(await call({ origin: 'https://example.com' })).toBe(403)
  })
})

describe('every answer', () => {
  it('is only for requests that name this host and come from it', async () => {
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (await server.ask('GET', '/', headers)).status
    expect(await ask({ host: `localhost:${server.port}` })).toBe(200)
    expect(await ask({ host: `[::1]:${server.port}` })).toBe(200)
    expect(await ask({ host: 'rebound.example' })).toBe(403)
    expect(await ask({ host: `rebound.example:${server.port}` })).toBe(403)
    expect(await ask({ host: '127.0.0.1' })).toBe(403)
    expect(await ask({ host: `127.0.0.1:${server.port + 1}` })).toBe(403)
    expect(await ask({ origin: 'http://rebound.example' })).toBe(403)
    // Another name of loopback is another origin.
    expect(await ask({ origin: `http://localhost:${server.port}` })).toBe(403)
  })

  it('carries the security headers, whatever it is', async () => {
    for (const path of ['/', '/enter', '/assets/index-abc123.js', '/api/x', '/nowhere', '/%00', '/enter?code=%']) {
      const { headers } = await server.ask('GET', path)
      expect(headers['content-security-policy'], path).toContain("default-src 'none'; script-src 'self';")
      expect(headers['x-content-type-options'], path).toBe('nosniff')
      expect(headers['cross-origin-opener-policy'], path).toBe('same-origin')
      expect(headers['cross-origin-resource-policy'], path).toBe('same-origin')
    }
  })
})

describe('pictures', () => {
  const link = 'https://pictures.example/a.png?x=1&y=2'
  const path = `/media?robot=3&url=${encodeURIComponent(link)}`

  it('come from the engine, for who is signed in, and can run nothing', async () => {
    const body = Buffer.from('picture')
    server.engine.pictures.set(`3 ${link}`, { type: 'image/png', body })
    const cookie = await server.enter()
    const reply = await server.ask('GET', path, { cookie, 'sec-fetch-site': 'same-origin' })
    expect(reply.status).toBe(200)
    expect(reply.text).toBe('picture')
    expect(reply.headers['content-type']).toBe('image/png')
    expect(reply.headers['x-content-type-options']).toBe('nosniff')
    expect(reply.headers['content-security-policy']).toBe("default-src 'none'; sandbox")
  })

  it('are refused to everybody else, and absent where the engine has none', async () => {
    const cookie = await server.enter()
    expect((await server.ask('GET', path)).status).toBe(401)
    expect((await server.ask('GET', path, { cookie, 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await server.ask('GET', path, { cookie, 'sec-fetch-site': 'same-site' })).status).toBe(403)
    for (const wrong of [path, '/media', '/media?robot=3', `${path}&url=b`]) {
      expect((await server.ask('GET', wrong, { cookie })).status, wrong).toBe(404)
    }
  })
})

describe('the interface', () => {
  it('is served with its page never and its hashed files always cached', async () => {
    const page = await server.ask('GET', '/')
    expect(page.text).toContain('<title>page</title>')
    expect(page.headers['cache-control']).toBe('no-store')
    const asset = await server.ask('GET', '/assets/index-abc123.js')
    expect(asset.headers['cache-control']).toContain('immutable')
    expect(asset.headers['content-type']).toContain('javascript')
  })

  it('answers the page for a screen’s address, and 404 for a file that is not there', async () => {
    const screen = await server.ask('GET', '/robots/3/friends?x=1', { accept: 'text/html,*/*' })
    expect(screen.text).toContain('<title>page</title>')
    expect(screen.headers['cache-control']).toBe('no-store')
    expect((await server.ask('GET', '/robots/3', { accept: '*/*' })).status).toBe(404)
  })

  it('gives nothing outside its folder', async () => {
    for (const path of ['/../package.json', '/..%2fpackage.json', '/assets/..%5c..%5cpackage.json', '/%2e%2e/x']) {
      const reply = await server.ask('GET', path)
      expect(reply.status, path).toBeGreaterThanOrEqual(400)
    }
  })
})

describe('starting', () => {
  it('says that the port is taken', async () => {
    await expect(startTestServer({ port: server.port })).rejects.toMatchObject({
      code: 'port-in-use',
      params: { port: server.port },
    })
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    await expect(startTestServer({ port })).rejects.toMatchObject({ code: 'port-in-use' })
    other.close()
  })

  it('says that the interface was not built', async () => {
    await expect(startTestServer({ rendererDir: '/nonexistent' })).rejects.toMatchObject({ code: 'not-built' })
  })
})
