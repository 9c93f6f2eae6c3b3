/** Who may ask for health and metrics, and what is told: over real HTTP, with an engine that stands as the test says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { startServer } from '../../../electron/headless/server.ts'
import { loopbackSite } from '../../../electron/headless/site.ts'
import type { Measures } from '#engine/types.ts'
import { fakeEngine, silentLog } from '../../support/fake-engine.ts'
import { startTestServer, type TestServer, token } from './support.ts'

const monitorToken = 'only-looks'
const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` })

const servers: TestServer[] = []
const start = async (...parameters: Parameters<typeof startTestServer>): Promise<TestServer> => {
  const server = await startTestServer({ monitorToken, ...parameters[0] })
  servers.push(server)
  return server
}
afterEach(async () => {
  for (const server of servers.splice(0)) await server.remove()
})

describe('/healthz', () => {
  it('says in a few bytes that callbacks can be kept, without a token on this machine', async () => {
    const server = await start()
    const reply = await server.ask('GET', '/healthz')
    expect(reply).toMatchObject({ status: 200, text: '{"status":"ok"}' })
    expect(reply.headers['cache-control']).toBe('no-store')
    expect(reply.headers['content-type']).toContain('application/json')
    expect((await server.ask('HEAD', '/healthz')).status).toBe(200)
    expect(server.engine.calls).toEqual([])
  })

  it.each([
    [{ reason: 'rescue', code: 'data-damaged' }],
    [{ reason: 'listener', code: 'port-in-use' }],
    [{ reason: 'store', code: 'disk-full' }],
  ] as const)('answers 503 with the reason %j', async (health) => {
    const server = await start()
    server.engine.standing.health = health
    const reply = await server.ask('GET', '/healthz')
    expect(reply.status).toBe(503)
    expect(reply.json()).toEqual({ status: 'unavailable', ...health })
  })

  it('names no code where there is none', async () => {
    const server = await start()
    server.engine.standing.health = { reason: 'starting', code: null }
    expect((await server.ask('GET', '/healthz')).text).toBe('{"status":"unavailable","reason":"starting"}')
  })

  it('answers while the host still opens its data, when nothing else does', async () => {
    const rendererDir = mkdtempSync(join(tmpdir(), 'switchboard-renderer-'))
    writeFileSync(join(rendererDir, 'index.html'), '')
    const engine = fakeEngine()
    engine.standing.health = { reason: 'starting', code: null }
    const server = await startServer({ engine, port: 0, token, version: '0.0.0', rendererDir, log: silentLog })
    try {
      const ask = async (path: string): Promise<[number, unknown]> => {
        const headers = { authorization: `Bearer ${token}` }
        const reply = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers })
        return [reply.status, await reply.json()]
      }
      expect(await ask('/healthz')).toEqual([503, { status: 'unavailable', reason: 'starting' }])
      expect(await ask('/metrics')).toEqual([503, expect.objectContaining({ ok: false })])
    } finally {
      await server.close()
      rmSync(rendererDir, { recursive: true })
    }
  })

  it('needs a token as soon as somebody handed the request on', async () => {
    const handedOn: Record<string, string>[] = [{ 'x-forwarded-for': '127.0.0.1' }, { forwarded: 'for=127.0.0.1' }]
    for (const headers of handedOn) {
      const server = await start()
      expect((await server.ask('GET', '/healthz', headers)).status).toBe(401)
      expect((await server.ask('GET', '/healthz', { ...headers, ...bearer(monitorToken) })).status).toBe(200)
      expect((await server.ask('GET', '/healthz', { ...headers, ...bearer(token) })).status).toBe(200)
    }
  })

  it('is told to a load balancer that is a trusted proxy, by the public name, and not to whom it hands on', async () => {
    const publicUrl = 'https://chat.example.com'
    const server = await start({ site: { ...loopbackSite, trustedProxies: ['127.0.0.1'], publicUrl } })
    const host = { host: 'chat.example.com' }
    expect((await server.ask('GET', '/healthz', host)).status).toBe(200)
    const stranger = { ...host, 'x-forwarded-for': '203.0.113.9' }
    expect((await server.ask('GET', '/healthz', stranger)).status).toBe(401)
    expect((await server.ask('GET', '/healthz', { ...stranger, 'x-forwarded-for': '127.0.0.1' })).status).toBe(401)
    expect((await server.ask('GET', '/healthz', { ...stranger, ...bearer(monitorToken) })).status).toBe(200)
  })
})

describe.each(['/healthz', '/metrics'])('%s', (path) => {
  it('takes the token of who looks and the other, no wrong one and no browser’s session', async () => {
    const server = await start()
    const forwarded = { 'x-forwarded-for': '203.0.113.9' }
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (await server.ask('GET', path, { ...forwarded, ...headers })).status
    expect(await ask(bearer(monitorToken))).toBe(200)
    expect(await ask(bearer(token))).toBe(200)
    expect(await ask(bearer(`${monitorToken}x`))).toBe(401)
    expect(await ask({ cookie: await server.enter(), origin: server.origin })).toBe(401)
    // On this machine too a wrong one is wrong.
    expect((await server.ask('GET', path, bearer('wrong-token'))).status).toBe(401)
  })

  it('counts wrong tokens as everywhere', async () => {
    const server = await start()
    for (let n = 0; n < 20; n++) expect((await server.ask('GET', path, bearer(`wrong-${n}`))).status).toBe(401)
    const blocked = await server.ask('GET', path, bearer('wrong-token'))
    expect(blocked.status).toBe(429)
    expect(blocked.headers['retry-after']).toBe('60')
  })

  it('is only for requests that name this host and come from no other page', async () => {
    const server = await start()
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (await server.ask('GET', path, { ...bearer(monitorToken), ...headers })).status
    expect(await ask({ host: `localhost:${server.port}` })).toBe(200)
    expect(await ask({ host: 'rebound.example' })).toBe(403)
    expect(await ask({ host: `rebound.example:${server.port}` })).toBe(403)
    expect(await ask({ origin: 'http://rebound.example' })).toBe(403)
    expect(await ask({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' })).toBe(
      403,
    )
  })

  it('has nothing under another method', async () => {
    const server = await start()
    expect((await server.ask('POST', path, bearer(token))).status).toBe(404)
  })
})

it('the token of who looks opens nothing else', async () => {
  const server = await start()
  expect((await server.call('robots.list', {}, bearer(monitorToken))).status).toBe(401)
  expect((await server.ask('GET', '/media?robot=1&url=x', bearer(monitorToken))).status).toBe(401)
  const form = { 'content-type': 'application/x-www-form-urlencoded', origin: server.origin }
  expect((await server.ask('POST', '/enter', form, `token=${monitorToken}`)).status).toBe(401)
  expect(server.engine.calls).toEqual([])
})

const measures: Measures = {
  received: 7,
  acknowledged: 6,
  refused: { 'unknown-address': 3, source: 0, 'too-large': 1, 'not-kept': 1 },
  read: new Map([
    ['applied', 4],
    ['quarantined', 2],
  ]),
  sent: new Map([['done', 9]]),
  callbacksWaiting: 5,
  outbox: [{ state: 'queued', n: 2 }],
  sends: [
    { state: 'queued', n: 2 },
    { state: 'failed', n: 8 },
    { state: 'unknown', n: 1 },
  ],
  operations: [{ kind: 'login', n: 1 }],
  robots: [{ state: 'online', n: 3 }],
  lastCallbacks: [
    { connectionId: 1, at: 1_795_000_000_500 },
    { connectionId: 2, at: null },
  ],
  databaseBytes: 4096,
  walBytes: 512,
}

describe('/metrics', () => {
  it('has every number in the text format 0.0.4', async () => {
    const server = await start()
    server.engine.standing.measures = measures
    const reply = await server.ask('GET', '/metrics', bearer(monitorToken))
    expect(reply.status).toBe(200)
    expect(reply.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const lines = reply.text.split('\n')
    for (const line of [
      '# TYPE switchboard_callbacks_received_total counter',
      'switchboard_healthy 1',
      'switchboard_callbacks_received_total 7',
      'switchboard_callbacks_acknowledged_total 6',
      'switchboard_callbacks_refused_total{reason="unknown-address"} 3',
      'switchboard_callbacks_refused_total{reason="source"} 0',
      'switchboard_callbacks_refused_total{reason="not-kept"} 1',
      'switchboard_callbacks_read_total{state="applied"} 4',
      'switchboard_callbacks_read_total{state="quarantined"} 2',
      'switchboard_callbacks_read_total{state="failed"} 0',
      'switchboard_callbacks_waiting 5',
      'switchboard_sends_total{state="done"} 9',
      'switchboard_sends{state="failed"} 8',
      'switchboard_sends{state="sending"} 0',
      'switchboard_operations_open{kind="send"} 3',
      'switchboard_operations_open{kind="login"} 1',
      'switchboard_outbox{state="queued"} 2',
      'switchboard_outbox{state="sending"} 0',
      'switchboard_robots{state="online"} 3',
      'switchboard_robots{state="banned"} 0',
      'switchboard_database_bytes 4096',
      'switchboard_wal_bytes 512',
      'switchboard_last_callback_timestamp_seconds{connection="1"} 1795000000.5',
      'switchboard_websockets 0',
    ]) {
      expect(lines).toContain(line)
    }
    expect(reply.text).not.toContain('connection="2"')
    expect(reply.text).toMatch(/^switchboard_build_info\{version="0\.0\.0",contract="\d+",node="24\.\d+\.\d+"\} 1$/m)
    expect(reply.text).toMatch(/^switchboard_event_loop_delay_p99_seconds [\d.e-]+$/m)
    expect(reply.text).toMatch(/^process_resident_memory_bytes [1-9]\d+$/m)
    // Every line is a sample, or says what one is.
    const form = /^(# (HELP|TYPE) [a-z_0-9]+ .+|[a-z_0-9]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? [\d.e+-]+|)$/
    expect(lines.filter((line) => !form.test(line))).toEqual([])
  })

  it('tells what the process knows of itself while the data cannot be used', async () => {
    const server = await start()
    server.engine.standing.health = { reason: 'rescue', code: 'data-damaged' }
    const { status, text } = await server.ask('GET', '/metrics', bearer(monitorToken))
    expect(status).toBe(200)
    expect(text).toContain('switchboard_healthy 0\n')
    expect(text).not.toContain('switchboard_callbacks')
  })

  it('does so too where the store cannot be read', async () => {
    const server = await start()
    server.engine.standing.health = { reason: 'store', code: 'storage-failed' }
    server.engine.measures = () => Promise.reject(new Error('no reader'))
    const { status, text } = await server.ask('GET', '/metrics', bearer(monitorToken))
    expect(status).toBe(200)
    expect(text).toContain('switchboard_healthy 0\n')
  })

  it('is refused without a token, on this machine too', async () => {
    const server = await start()
    const reply = await server.ask('GET', '/metrics')
    expect(reply.status).toBe(401)
    expect(reply.json().error).toMatchObject({ code: 'unauthorized' })
  })

  it('has no token of its own unless one is given', async () => {
    const server = await start({ monitorToken: undefined })
    expect((await server.ask('GET', '/metrics', bearer('undefined'))).status).toBe(401)
    expect((await server.ask('GET', '/metrics', bearer(token))).status).toBe(200)
  })
})
