/** Attacks on the headless host over real sockets: odd requests, slow and oversized senders, floods. */
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { closeCodes } from '#shared/contract/frames.ts'
import { contractVersion } from '#shared/contract/index.ts'
import { startTestServer, type TestServer, token } from './support.ts'

const limits = { headersMs: 400, requestMs: 800, checkMs: 100 }
let server: TestServer
beforeEach(async () => {
  server = await startTestServer({ callerLimits: limits, socketLimits: { callsAtOnce: 20, callsPerSecond: 1 } })
})
afterEach(() => server.remove())

/** Sends bytes and perhaps goes on dripping. @returns the first line of the answer once the connection is closed */
const raw = (start: string, drop?: string): Promise<string> =>
  new Promise((resolve) => {
    let heard = ''
    const socket = connect(server.port, '127.0.0.1', () => socket.write(start))
    const timer = drop === undefined ? undefined : setInterval(() => socket.write(drop), 50)
    socket.on('data', (chunk) => (heard += chunk.toString()))
    socket.on('error', () => {})
    socket.on('close', () => {
      clearInterval(timer)
      resolve(heard.split('\r\n')[0] ?? '')
    })
  })
const head = (line: string): string => `${line}\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\n`
const bearer = `Authorization: Bearer ${token}\r\n`

it.each([
  ['GET http://169.254.169.254/ HTTP/1.1', /^HTTP\/1.1 [45]/],
  ['GET /../../etc/passwd HTTP/1.1', /^HTTP\/1.1 [45]/],
  ['GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1', /^HTTP\/1.1 [45]/],
  ['GET /assets/..%5c..%5cpackage.json HTTP/1.1', /^HTTP\/1.1 [45]/],
  ['GET /%00 HTTP/1.1', /^HTTP\/1.1 [45]/],
  ['TRACE / HTTP/1.1', /^HTTP\/1.1 [45]/],
  ['PROPFIND / HTTP/1.1', /^HTTP\/1.1 [45]/],
  ['DELETE /api/robots.list HTTP/1.1', /^HTTP\/1.1 [45]/],
  ['POST /api/__proto__ HTTP/1.1', /^HTTP\/1.1 401/],
  ['NONSENSE', /^HTTP\/1.1 400/],
  ['GET / HTTP/9.9', /^HTTP\/1.1 (400|505)/],
])('%s gets nothing', async (line, expected) => {
  expect(await raw(`${head(line)}\r\n`)).toMatch(expected)
})

it('headers that disagree about where the request ends are refused, and nothing is smuggled in behind them', async () => {
  const smuggled = head(`POST /api/settings.set HTTP/1.1`)
  const both = `${head('POST /api/robots.list HTTP/1.1')}${bearer}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`
  expect(await raw(both)).toMatch(/^HTTP\/1.1 400/)
  const twice = `${head('POST /api/robots.list HTTP/1.1')}${bearer}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`
  expect(await raw(twice)).toMatch(/^HTTP\/1.1 400/)
  expect(await raw(`${head('GET / HTTP/1.1')}X: ${'x'.repeat(100_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431/)
})

it('cuts off who sends slowly, headers or body, and goes on serving', async () => {
  const slow = [
    raw('GET / HTTP/1.1\r\n', 'X-A: 1\r\n'),
    raw(
      `${head('POST /api/robots.list HTTP/1.1')}${bearer}Content-Type: application/json\r\nContent-Length: 9999\r\n\r\n`,
      ' ',
    ),
  ]
  expect((await server.call('robots.list', {})).status).toBe(200)
  for (const line of await Promise.all(slow)) expect(line).toMatch(/^HTTP\/1.1 408/)
})

it('refuses bodies that are too large or compressed, and does not decode them', async () => {
  const auth = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const large = await server.ask('POST', '/api/robots.list', auth, `"${'x'.repeat(1024 * 1024)}"`).catch(() => null)
  expect(large?.status ?? 413).toBe(413)
  const packed = await server.ask(
    'POST',
    '/api/robots.list',
    { ...auth, 'content-encoding': 'gzip' },
    '\x1f\x8b nonsense',
  )
  expect(packed.status).toBe(400)
})

it('closes a WebSocket that floods, and lets none in without token or with another origin', async () => {
  const closed = (socket: WebSocket): Promise<number> =>
    new Promise((resolve) => {
      socket.on('error', () => {})
      socket.on('close', resolve)
    })
  expect(await closed(new WebSocket(server.wsUrl))).toBe(closeCodes.unauthorized)
  const cookie = await server.enter()
  expect(await closed(new WebSocket(server.wsUrl, { headers: { cookie }, origin: 'http://evil.example' }))).toBe(1006)
  const rebound = { cookie, host: `evil.example:${server.port}` }
  expect(
    await closed(new WebSocket(server.wsUrl, { headers: rebound, origin: `http://evil.example:${server.port}` })),
  ).toBe(1006)
  const flood = new WebSocket(server.wsUrl, { headers: { authorization: `Bearer ${token}` } })
  flood.on('open', () => {
    flood.send(JSON.stringify({ type: 'hello', contractVersion, locale: 'en' }))
    for (let id = 0; id < 100; id++) flood.send(JSON.stringify({ type: 'call', id, entry: 'robots.list', input: {} }))
  })
  expect(await closed(flood)).toBe(closeCodes.tooMany)
  expect((await server.call('robots.list', {})).status).toBe(200)
})
