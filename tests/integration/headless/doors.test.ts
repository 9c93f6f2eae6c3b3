/** The headless host's doors over real sockets: sessions that last, TLS, other sites' pages, limits. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { closeCodes } from '#shared/contract/frames.ts'
import { contractVersion } from '#shared/contract/index.ts'
import type { SignIn } from '#shared/contract/entries/doors.ts'
import { loopbackSite } from '../../../electron/headless/site.ts'
import { startTestServer, type TestServer, token } from './support.ts'

let folder = ''
const servers: TestServer[] = []
const start = async (...parameters: Parameters<typeof startTestServer>): Promise<TestServer> => {
  const server = await startTestServer(...parameters)
  servers.push(server)
  return server
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-doors-'))
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.remove()
  rmSync(folder, { recursive: true, force: true })
})

const json = { 'content-type': 'application/json' }
const sessionsOf = async (server: TestServer, headers: Record<string, string>): Promise<SignIn[]> => {
  const reply = await server.ask('POST', '/api/sessions.list', { ...json, ...headers }, '{}')
  return (reply.json().result as { items: SignIn[] }).items
}
const closed = (socket: WebSocket): Promise<number> =>
  new Promise((resolve, reject) => socket.once('close', resolve).once('error', reject))

describe('sessions', () => {
  it('outlive the host, are listed, and end at once with what they have open', async () => {
    const sessionsFile = join(folder, 'sessions.json')
    let server = await start({ sessionsFile })
    const cookie = await server.enter()
    const { port } = server
    expect(statSync(sessionsFile).mode & 0o077).toBe(0)
    expect(readFileSync(sessionsFile, 'utf8')).not.toContain(cookie.split('=')[1])
    await servers.pop()?.remove()

    server = await start({ sessionsFile, port })
    const browser = { cookie, origin: server.origin }
    const [own, ...others] = await sessionsOf(server, browser)
    expect(own).toMatchObject({ address: '127.0.0.1', isCurrent: true })
    expect(others).toEqual([])
    expect(await sessionsOf(server, { authorization: `Bearer ${token}` })).toEqual([
      { ...own, usedAt: expect.any(Number), endsAt: expect.any(Number), isCurrent: false },
    ])

    const socket = new WebSocket(server.wsUrl, { headers: { cookie }, origin: server.origin })
    await new Promise((resolve) => socket.once('open', resolve))
    const ended = closed(socket)
    await server.call('sessions.revoke', { id: own?.id })
    expect(await ended).toBe(closeCodes.unauthorized)
    expect((await server.ask('POST', '/api/robots.list', { ...json, ...browser }, '{}')).status).toBe(401)
    expect((await server.ask('GET', '/media?robot=1&url=x', { cookie })).status).toBe(401)
    expect(readFileSync(sessionsFile, 'utf8')).not.toContain(own?.id)
  })
})

describe('pages of other sites', () => {
  it('cannot reach a route by picture, frame or form, nor use up anything', async () => {
    const server = await start()
    const { pathname, search } = new URL(server.url)
    const elsewhere = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }
    for (let n = 0; n < 30; n++) expect((await server.ask('GET', '/enter?code=x', elsewhere)).status).toBe(403)
    // Not even with the right link: nothing is compared for them.
    expect((await server.ask('GET', pathname + search, elsewhere)).status).toBe(403)
    for (const path of ['/', '/media?robot=1&url=x', '/api/robots.list', '/assets/index-abc123.js', '/nowhere']) {
      expect((await server.ask('GET', path, elsewhere)).status, path).toBe(403)
    }
    expect((await server.ask('GET', pathname + search)).status).toBe(303)
  })
})

describe('limits of the WebSocket', () => {
  it('closes a client that calls without measure, and takes no more clients than it says', async () => {
    const server = await start({ socketLimits: { callsPerSecond: 1, callsAtOnce: 20, clients: 1 } })
    const options = { headers: { authorization: `Bearer ${token}` } }
    const socket = new WebSocket(server.wsUrl, options)
    await new Promise((resolve) => socket.once('open', resolve))
    const second = new WebSocket(server.wsUrl, options)
    await expect(new Promise((_resolve, reject) => second.once('error', reject))).rejects.toThrow('503')
    const ended = closed(socket)
    socket.send(JSON.stringify({ type: 'hello', contractVersion, locale: 'en' }))
    for (let id = 0; id < 200; id++) socket.send(JSON.stringify({ type: 'call', id, entry: 'robots.list', input: {} }))
    expect(await ended).toBe(closeCodes.tooMany)
    expect(server.engine.calls.length).toBeLessThan(25)
  })
})

describe('TLS', () => {
  it('serves by the public name, with cookies for TLS only, and takes no certificate that is none', async () => {
    const tls = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
    const subject = ['-subj', '/CN=chat.example', '-days', '2', '-nodes']
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject, '-keyout', tls.key, '-out', tls.cert], {
      stdio: 'ignore',
    })
    const site = { ...loopbackSite, tls, publicUrl: 'https://chat.example' }
    const server = await start({ site })
    expect(server.url).toMatch(/^https:\/\/chat\.example\/enter\?code=/)
    const ask = (host: string) =>
      new Promise<{ status: number; headers: Record<string, string | string[] | undefined> }>((resolve, reject) => {
        const { pathname, search } = new URL(server.url)
        request(
          {
            host: '127.0.0.1',
            port: server.port,
            path: pathname + search,
            headers: { host },
            ca: readFileSync(tls.cert),
            servername: 'chat.example',
          },
          (answer) => {
            answer.resume()
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers })
          },
        )
          .on('error', reject)
          .end()
      })
    expect((await ask('evil.example')).status).toBe(403)
    const entered = await ask('chat.example')
    expect(entered.status).toBe(303)
    expect(String(entered.headers['set-cookie'])).toContain('; Secure')
    expect(entered.headers['strict-transport-security']).toBe('max-age=31536000')
    await expect(server.ask('GET', '/')).rejects.toThrow()

    await expect(start({ site: { ...site, tls: { ...tls, cert: tls.key } } })).rejects.toMatchObject({
      code: 'invalid-input',
      params: { field: '--tls-cert, --tls-key' },
    })
  })

  it('is needed where other machines reach it', async () => {
    const site = { ...loopbackSite, host: '0.0.0.0', publicUrl: 'https://chat.example' }
    await expect(start({ site })).rejects.toMatchObject({ code: 'invalid-input', params: { field: '--host' } })
  })
})

describe('behind a reverse proxy', () => {
  it('goes by the caller that the proxy names', async () => {
    const site = { ...loopbackSite, trustedProxies: ['127.0.0.1'], publicUrl: 'https://chat.example' }
    const server = await start({ site })
    const from = (address: string, shown: string) =>
      server.call(
        'robots.list',
        {},
        { host: 'chat.example', 'x-forwarded-for': address, authorization: `Bearer ${shown}` },
      )
    for (let n = 0; n < 20; n++) expect((await from('6.6.6.6', 'wrong')).status).toBe(401)
    expect((await from('6.6.6.6', token)).status).toBe(429)
    expect((await from('7.7.7.7', token)).status).toBe(200)
    // What the caller wrote into the header itself stands before what the proxy added.
    expect((await from('7.7.7.7, 6.6.6.6', token)).status).toBe(429)
  })
})

describe('a locked browser', () => {
  it('hears nothing but that the lock changed, and sees no picture; scripts go on', async () => {
    const server = await start()
    const cookie = await server.enter()
    const greeted = async (heard: string[], options: ClientOptions): Promise<WebSocket> => {
      const socket = new WebSocket(server.wsUrl, options)
      await new Promise((resolve) => socket.once('open', resolve))
      socket.on('message', (data: Buffer) => heard.push(data.toString()))
      socket.send(JSON.stringify({ type: 'hello', contractVersion, locale: 'en' }))
      await new Promise((resolve) => socket.once('message', resolve))
      return socket
    }
    const heard: { browser: string[]; script: string[] } = { browser: [], script: [] }
    const browser = await greeted(heard.browser, { headers: { cookie }, origin: server.origin })
    const script = await greeted(heard.script, { headers: { authorization: `Bearer ${token}` } })
    server.engine.lockedSeats.add('*')
    server.engine.pictures.set('1 x', { type: 'image/png', body: Buffer.from('p') })
    server.engine.emit([{ event: 'robot.removed', data: { id: '1' } }])
    server.engine.emit([{ event: 'lock.changed', data: {} }])
    expect((await server.ask('GET', '/media?robot=1&url=x', { cookie })).status).toBe(423)
    expect((await server.ask('GET', '/media?robot=1&url=x', { authorization: `Bearer ${token}` })).status).toBe(200)
    for (const socket of [script, browser]) {
      const answered = new Promise((resolve) => socket.once('pong', resolve))
      socket.ping()
      await answered
    }
    expect(heard.browser.slice(1)).toEqual(['{"type":"events","events":[{"event":"lock.changed","data":{}}]}'])
    expect(heard.script).toHaveLength(3)
    for (const socket of [browser, script]) socket.terminate()
  })
})
