/** The built host as those who watch over it see it: sound, with a listener that is down, a full disk, damaged data; and its end. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { contractVersion } from '#shared/contract/index.ts'
import { ensureBuilt } from '../../../scripts/lib/build.mjs'
import { type HostProcess, type ReadyLine, startHost } from '../../support/headless-host.ts'

// Each starts a process, some of them several.
vi.setConfig({ testTimeout: 60_000 })

const monitor = 'only-looks-1'
let folder = ''
const hosts: HostProcess[] = []
const mounted: string[] = []
const start = (args: string[] = [], dataDir = join(folder, 'data')): HostProcess => {
  const host = startHost(['--data', dataDir, '--port', '0', ...args], { SWITCHBOARD_MONITOR_TOKEN: monitor })
  hosts.push(host)
  return host
}

beforeAll(async () => {
  await ensureBuilt(process.stderr)
}, 120_000)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-standing-'))
})
afterEach(async () => {
  for (const { child, ended } of hosts.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
  for (const disk of mounted.splice(0)) execFileSync('umount', ['-l', disk])
  rmSync(folder, { recursive: true, force: true })
})

const healthOf = async ({ url }: ReadyLine): Promise<unknown> => {
  const reply = await fetch(new URL('/healthz', url))
  return { http: reply.status, ...((await reply.json()) as object) }
}
const metricsOf = async ({ url }: ReadyLine): Promise<Map<string, number>> => {
  const reply = await fetch(new URL('/metrics', url), { headers: { authorization: `Bearer ${monitor}` } })
  expect(reply.status).toBe(200)
  const samples = (await reply.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}
const api = async <Result>(ready: ReadyLine, entry: string, input: object): Promise<Result> => {
  const reply = await fetch(new URL(`/api/${entry}`, ready.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${ready.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })
  const answer = (await reply.json()) as { ok: boolean; result: Result }
  expect(answer).toMatchObject({ ok: true })
  return answer.result
}
const merchantNo = 'm-1'
const connectTo = (ready: ReadyLine): Promise<{ id: string; callbackUrl: string }> =>
  api(ready, 'connections.save', {
    name: 'Kanari',
    gatewayUrl: 'http://127.0.0.1:1/gateway',
    appId: 'a',
    merchantNo,
    methodPrefix: 'p',
  })
const post = async (url: string, body: string): Promise<number> =>
  (await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).status
const said = (text: string): string =>
  JSON.stringify({
    ...{ optvcMerchantId: merchantNo, optvcRobotSerialNo: 'r1', resultCode: '0', resultMsg: '', type: '1005' },
    ...{ nTimeStamp: '1793000001', data: { FromUserId: 'u1', Content: text, nPlatformMsgType: '10' } },
  })

describe('a host that is sound', () => {
  it('says so, and counts what came in, by ids and without a name', async () => {
    const ready = await start(['--callback-port', '0']).ready
    expect(await healthOf(ready)).toEqual({ http: 200, status: 'ok' })
    const { id, callbackUrl } = await connectTo(ready)
    const { id: robotId } = await api<{ id: string }>(ready, 'robots.add', { connectionId: id, serialNo: 'r1' })
    await api(ready, 'robots.add', { connectionId: id, serialNo: 'r2' })
    const begun = Date.now()
    expect(await post(callbackUrl, said('Kanari'))).toBe(200)
    expect(await post(callbackUrl, 'no callback')).toBe(200)
    expect(await post(new URL('/callback/wrong', callbackUrl).href, '{}')).toBe(404)
    // Nothing takes it: the gateway is away, and it stays in the outbox.
    const peer = { kind: 'friend', id: 'u1' }
    await api(ready, 'messages.send', { robotId, peer, type: 'text', content: 'Kanari' })
    await expect
      .poll(async () => (await metricsOf(ready)).get('switchboard_callbacks_read_total{state="applied"}'))
      .toBe(1)
    const metrics = await metricsOf(ready)
    expect(Object.fromEntries(metrics)).toMatchObject({
      switchboard_healthy: 1,
      switchboard_callbacks_received_total: 2,
      switchboard_callbacks_acknowledged_total: 2,
      'switchboard_callbacks_refused_total{reason="unknown-address"}': 1,
      'switchboard_callbacks_read_total{state="quarantined"}': 1,
      switchboard_callbacks_waiting: 0,
      'switchboard_operations_open{kind="send"}': 1,
      'switchboard_robots{state="unknown"}': 2,
      switchboard_websockets: 0,
    })
    const last = metrics.get(`switchboard_last_callback_timestamp_seconds{connection="${id}"}`) ?? 0
    expect(last * 1000).toBeGreaterThanOrEqual(begun)
    expect(last * 1000).toBeLessThanOrEqual(Date.now())
    expect(metrics.get('switchboard_database_bytes')).toBeGreaterThan(0)
    expect(metrics.get('switchboard_wal_bytes')).toBeGreaterThan(0)
    for (const name of metrics.keys()) expect(name).not.toMatch(/Kanari|only-looks|callback\/|u1|r1/)

    const socket = new WebSocket(`ws://${new URL(ready.url).host}/ws`, {
      headers: { authorization: `Bearer ${ready.token}` },
    })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    expect((await metricsOf(ready)).get('switchboard_websockets')).toBe(1)
    socket.close()
  })
})

describe('a host that cannot keep callbacks', () => {
  it('whose port is taken says so, and that it is over once it is free', async () => {
    const first = start()
    const { callbackUrl } = await first.ready
    first.child.kill('SIGTERM')
    await first.ended
    const blocker = createServer().listen(Number(new URL(callbackUrl).port), '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve))
    const ready = await start().ready
    expect(await healthOf(ready)).toEqual({
      http: 503,
      status: 'unavailable',
      reason: 'listener',
      code: 'port-in-use',
    })
    expect((await metricsOf(ready)).get('switchboard_healthy')).toBe(0)
    await new Promise((resolve) => blocker.close(resolve))
    await expect.poll(() => healthOf(ready), { timeout: 10_000 }).toEqual({ http: 200, status: 'ok' })
  })

  it('whose data is damaged says so and goes on answering', async () => {
    await mkdir(join(folder, 'data'))
    writeFileSync(join(folder, 'data', 'switchboard.db'), 'no database '.repeat(1000))
    const ready = await start().ready
    expect(await healthOf(ready)).toEqual({ http: 503, status: 'unavailable', reason: 'rescue', code: 'data-damaged' })
    const metrics = await metricsOf(ready)
    expect(metrics.get('switchboard_healthy')).toBe(0)
    expect(metrics.has('switchboard_callbacks_received_total')).toBe(false)
  })

  it('whose disk is full says so, counts what it refused, and is sound again when there is room', async ({ skip }) => {
    const disk = join(folder, 'disk')
    await mkdir(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk], { stdio: 'ignore' })
    } catch {
      return skip('no file system may be mounted here')
    }
    mounted.push(disk)
    const ready = await start([], join(disk, 'data')).ready
    const { callbackUrl } = await connectTo(ready)
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(14 * 1024 * 1024))
    const large = 'x'.repeat(200_000)
    let status = 200
    for (let n = 0; status === 200 && n < 300; n += 1) status = await post(callbackUrl, said(`${n} ${large}`))
    expect(status).toBe(503)
    await expect
      .poll(() => healthOf(ready))
      .toEqual({ http: 503, status: 'unavailable', reason: 'store', code: 'disk-full' })
    expect((await metricsOf(ready)).get('switchboard_callbacks_refused_total{reason="not-kept"}')).toBe(1)
    rmSync(join(disk, 'ballast'))
    await expect.poll(() => post(callbackUrl, said('again'))).toBe(200)
    await expect.poll(() => healthOf(ready), { timeout: 10_000 }).toEqual({ http: 200, status: 'ok' })
  })
})

/** Begins a callback whose body never becomes whole. */
const trickle = async (callbackUrl: string): Promise<{ status: Promise<string> }> => {
  const { port, pathname } = new URL(callbackUrl)
  const socket = connect(Number(port), '127.0.0.1')
  let heard = ''
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString())).on('error', () => undefined)
  const status = new Promise<string>((resolve) => socket.once('close', () => resolve(heard)))
  socket.write(`POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"half`)
  await new Promise((resolve) => socket.once('connect', resolve))
  // Until the host has read what came of it.
  await fetch(new URL('/nothing', callbackUrl))
  return { status }
}

describe.skipIf(process.platform === 'win32')('the end', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('by %s is clean, within seconds, whoever holds it up', async (signal) => {
    const host = start()
    const ready = await host.ready
    const { callbackUrl } = await connectTo(ready)
    expect(await post(callbackUrl, said('kept'))).toBe(200)
    const socket = new WebSocket(`ws://${new URL(ready.url).host}/ws`, {
      headers: { authorization: `Bearer ${ready.token}` },
    })
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send(JSON.stringify({ type: 'hello', contractVersion, locale: 'en' }))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    const { status } = await trickle(callbackUrl)

    const begun = performance.now()
    host.child.kill(signal)
    // Pages are told that the host goes away.
    expect(await closed).toBe(1001)
    expect(await host.ended).toEqual({ code: 0, signal: null })
    expect(performance.now() - begun).toBeLessThan(10_000)
    // What was not whole was not acknowledged: the platform sends it again.
    expect(await status).not.toContain('200')
    expect(host.output.stderr).toMatch(/"msg":"stopped"/)
    // The database was closed: nothing is left of its log, and the next start need not read it through.
    expect(existsSync(join(folder, 'data', 'clean-end'))).toBe(true)
    expect(existsSync(join(folder, 'data', 'switchboard.db-wal'))).toBe(false)

    const again = await start().ready
    const { items } = await api<{ items: { raw?: string }[] }>(again, 'callbacks.list', {})
    expect(items).toHaveLength(1)
  })

  it('comes at once by a second signal, and the data is found again', async () => {
    const host = start()
    const { callbackUrl } = await connectTo(await host.ready)
    expect(await post(callbackUrl, said('kept'))).toBe(200)
    await trickle(callbackUrl)
    host.child.kill('SIGTERM')
    await expect.poll(() => host.output.stderr).toContain('"msg":"stopping"')
    const begun = performance.now()
    host.child.kill('SIGTERM')
    expect(await host.ended).toEqual({ code: 143, signal: null })
    expect(performance.now() - begun).toBeLessThan(1500)
    const again = await start().ready
    const { items } = await api<{ items: object[] }>(again, 'callbacks.list', {})
    expect(items).toHaveLength(1)
    expect(await healthOf(again)).toEqual({ http: 200, status: 'ok' })
  })
})

describe('the log', () => {
  it('goes to standard error, and to a file that gives way when it is full only where one is named', async () => {
    const file = join(folder, 'logs', 'host.log')
    const host = start(['--log-file', file, '--log-keep', '2'])
    const ready = await host.ready
    await api(ready, 'system.info', {})
    host.child.kill('SIGTERM')
    expect((await host.ended).code).toBe(0)
    expect(host.output.stderr).toBe('')
    expect(readFileSync(file, 'utf8')).toContain('"msg":"stopped"')
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o077).toBe(0)
    expect(readdirSync(join(folder, 'logs'))).toEqual(['host.log'])
  })

  it('that cannot be written is told in a sentence', async () => {
    writeFileSync(join(folder, 'file'), '')
    const host = start(['--log-file', join(folder, 'file', 'host.log')])
    expect((await host.ended).code).toBe(1)
    expect(host.output.stderr).toMatch(/^--log-file: .*\. Correct it and try again\.\n$/)
    expect(existsSync(join(folder, 'data'))).toBe(false)
  })
})
