/** The desktop's engine as a window on a server: against a real headless host, in clear on loopback and over TLS. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { tryServer } from '../../../electron/desktop/remote/connect.ts'
import { makeRemoteEngine, type RemoteEngine } from '../../../electron/desktop/remote/remote-engine.ts'
import type { LinkState } from '#shared/contract/bridge.ts'
import type { ServerChoice } from '#shared/contract/desktop.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import { contractVersion } from '#shared/contract/index.ts'
import { ensureBuilt } from '../../../scripts/lib/build.mjs'
import { Authority } from '../../support/certificates.ts'
import { silentLog } from '../../support/fake-engine.ts'
import { largeGif, pictureFile } from '../../support/pictures.ts'
import { fetchMedia, mediaDispatcher } from '../../../electron/desktop/remote/media.ts'
import { picturePieceBytes } from '#shared/contract/entries/pictures.ts'
import { pictureFacts } from '#engine/pictures/facts.ts'
import { type HostProcess, startHost } from '../../support/headless-host.ts'

// Each starts processes, some of them several.
vi.setConfig({ testTimeout: 60_000 })

const token = 'token-of-the-server'
const window = { locale: 'en', seat: 'desktop' } as const
let folder = ''
const hosts: HostProcess[] = []
const engines: RemoteEngine[] = []
const stubs: { close(): void }[] = []

beforeAll(async () => {
  await ensureBuilt(process.stderr)
}, 240_000)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-remote-'))
})
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()))
  for (const { child, ended } of hosts.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
  for (const stub of stubs.splice(0)) stub.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Starts the built host. @returns where it is reached, and its process */
async function host(...more: string[]): Promise<{ address: string; port: string; process: HostProcess }> {
  const started = startHost(['--data', join(folder, 'data'), '--token', token, ...more])
  hosts.push(started)
  const { origin, port } = new URL((await started.ready).url)
  return { address: origin, port, process: started }
}

const at = (address: string, changes: Partial<ServerChoice> = {}): ServerChoice => ({
  address,
  token,
  authority: '',
  ...changes,
})

interface Watched {
  readonly engine: RemoteEngine
  readonly events: ContractEvent[]
  readonly forHost: ContractEvent[]
  readonly states: LinkState[]
}

function look(server: ServerChoice): Watched {
  // Half of each pause: a test need not wait longer.
  const engine = makeRemoteEngine({ server, log: silentLog, random: () => 0 })
  engines.push(engine)
  const watched: Watched = { engine, events: [], forHost: [], states: [] }
  engine.onEvents((events) => watched.events.push(...events))
  engine.forHost.onEvents((events) => watched.forHost.push(...events))
  engine.onChange((state) => watched.states.push(state))
  void engine.start()
  return watched
}
const connected = async ({ engine }: Watched): Promise<void> => {
  await expect.poll(() => engine.state, { timeout: 30_000 }).toBe('connected')
}
const names = (events: readonly ContractEvent[]): string[] => events.map(({ event }) => event)
const language = (wanted: 'en' | 'zh-CN') => ({ language: wanted })

describe('a window on a server', () => {
  it('calls its engine and hears its events', async () => {
    const { address } = await host()
    const watched = look(at(address))
    await expect(watched.engine.call('robots.list', {}, window)).resolves.toMatchObject({
      ok: false,
      error: { code: 'connection-lost' },
    })
    await connected(watched)
    expect(watched.engine.failure).toBeNull()
    const info = await watched.engine.call('system.info', {}, window)
    expect(info).toMatchObject({ ok: true, result: { host: 'headless' } })
    await watched.engine.call('settings.set', language('en'), window)
    await expect.poll(() => names(watched.events)).toContain('settings.changed')
    // Errors come in the language of each call.
    const [zh, en] = await Promise.all([
      watched.engine.call('no.such', {}, { ...window, locale: 'zh-CN' }),
      watched.engine.call('no.such', {}, window),
    ])
    expect(zh).toMatchObject({ error: { message: expect.stringMatching(/接口/) as string } })
    expect(en).toMatchObject({ error: { message: expect.stringMatching(/no entry/) as string } })
    expect(await watched.engine.media('1', 'https://pictures.example/none.png')).toBeNull()
  })

  it('comes back when the server was killed and started again; calls fail clearly meanwhile', async () => {
    const { address, port, process } = await host()
    const watched = look(at(address))
    await connected(watched)
    process.child.kill('SIGKILL')
    await process.ended
    await expect.poll(() => watched.engine.state).toBe('connecting')
    expect(watched.engine.failure).toMatchObject({ code: 'server-unreachable' })
    await expect(watched.engine.call('settings.get', {}, window)).resolves.toMatchObject({
      ok: false,
      error: { code: 'connection-lost' },
    })
    watched.forHost.length = 0
    await host('--port', port)
    await connected(watched)
    // The page loads afresh by its link; tray and notifications by this.
    expect(watched.states.at(-1)).toBe('connected')
    expect(names(watched.forHost)).toContain('system.restarted')
    expect(names(watched.events)).not.toContain('system.restarted')
    await watched.engine.call('settings.set', language('zh-CN'), window)
    await expect.poll(() => names(watched.events)).toContain('settings.changed')
  })

  it('answers a call that was under way when the server died', async () => {
    const { address, process } = await host()
    const watched = look(at(address))
    await connected(watched)
    process.child.kill('SIGSTOP')
    const answer = watched.engine.call('settings.get', {}, window)
    process.child.kill('SIGKILL')
    await expect(answer).resolves.toMatchObject({ ok: false, error: { code: 'connection-lost' } })
  })

  it('is locked where the server has an application lock, and another window stays locked when one opens', async () => {
    const { address } = await host()
    const [one, two] = [look(at(address)), look(at(address))]
    await Promise.all([connected(one), connected(two)])
    expect(one.engine.isLocked('desktop')).toBe(false)
    await expect(one.engine.call('lock.set', { next: 'open sesame' }, window)).resolves.toMatchObject({ ok: true })
    await expect.poll(() => two.engine.isLocked('desktop')).toBe(true)
    expect(one.engine.isLocked('desktop')).toBe(false)
    await expect(two.engine.call('robots.list', {}, window)).resolves.toMatchObject({ error: { code: 'locked' } })
    // The host's own questions, for tray and alarms, sit nowhere.
    await expect(two.engine.call('robots.list', {}, { locale: 'en' })).resolves.toMatchObject({ ok: true })
    await expect(two.engine.call('lock.open', { passphrase: 'wrong one' }, window)).resolves.toMatchObject({
      error: { code: 'wrong-passphrase' },
    })
    await two.engine.call('lock.open', { passphrase: 'open sesame' }, window)
    await expect.poll(() => two.engine.isLocked('desktop')).toBe(false)
    const late = look(at(address))
    await connected(late)
    expect(late.engine.isLocked('desktop')).toBe(true)
  })

  it('shows the ways back where the server’s data cannot be used, and is not taken for locked', async () => {
    mkdirSync(join(folder, 'data'))
    writeFileSync(join(folder, 'data', 'switchboard.db'), 'no database '.repeat(1000))
    const { address } = await host()
    const watched = look(at(address))
    await connected(watched)
    expect(watched.engine.isLocked('desktop')).toBe(false)
    await expect(watched.engine.call('lock.get', {}, window)).resolves.toMatchObject({
      ...{ ok: true, result: { isSet: false, isLocked: false, look: { theme: 'system' } } },
    })
    await expect(watched.engine.call('system.info', {}, window)).resolves.toMatchObject({
      ...{ ok: true, result: { rescue: { code: 'data-damaged' } } },
    })
    // Started anew in vain: the news of it comes through, which it would not at a closed seat.
    watched.events.length = 0
    await expect(watched.engine.call('system.salvage', {}, window)).resolves.toMatchObject({ ok: true })
    await expect.poll(() => names(watched.events), { timeout: 20_000 }).toContain('system.restarted')
    expect(watched.engine.isLocked('desktop')).toBe(false)
    await expect(watched.engine.call('lock.open', { passphrase: 'whatever' }, window)).resolves.toMatchObject({
      ok: false,
    })
  })
})

describe('a picture, from the server by the window', () => {
  const result = async (engine: RemoteEngine, entry: string, input: object): Promise<Record<string, string>> => {
    const answer = await engine.call(entry, input, window)
    expect(answer, entry).toMatchObject({ ok: true })
    return (answer as { result: Record<string, string> }).result
  }
  const robotAt = async (engine: RemoteEngine): Promise<string> => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { id: connectionId } = await result(engine, 'connections.save', {
      ...{ name: 'C', gatewayUrl: 'http://127.0.0.1:1/', appId: 'a', merchantNo: 'm', methodPrefix: 'xx.xx' },
      privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    })
    return (await result(engine, 'robots.add', { connectionId, serialNo: '880001' })).id ?? ''
  }
  /** Through the window, as its composer does. */
  const send = async (engine: RemoteEngine, robotId: string, bytes: Buffer): Promise<Record<string, string>> => {
    const { uploadId } = await result(engine, 'pictures.begin', { robotId, bytes: bytes.length })
    for (let offset = 0; offset < bytes.length; offset += picturePieceBytes) {
      const data = bytes.subarray(offset, offset + picturePieceBytes).toString('base64')
      await result(engine, 'pictures.add', { uploadId, offset, data })
    }
    return result(engine, 'pictures.finish', { uploadId })
  }

  it('is taken in there, small and as large as may be, and shown here as it is there', async () => {
    const { address } = await host()
    const watched = look(at(address))
    await connected(watched)
    const { engine } = watched
    const robotId = await robotAt(engine)
    for (const bytes of [pictureFile('camera.jpg'), largeGif(10 * 1024 * 1024 - 2000)]) {
      const { link = '', type } = await send(engine, robotId, bytes)
      const shown = await engine.media(robotId, link)
      expect(shown?.type).toBe(type)
      expect(shown?.body.equals(Buffer.from(await (await fetch(link)).arrayBuffer()))).toBe(true)
    }
    const tooLarge = { robotId, bytes: 10 * 1024 * 1024 + 1 }
    expect(await engine.call('pictures.begin', tooLarge, window)).toMatchObject({
      error: { code: 'picture-too-large' },
    })
    const { uploadId } = await result(engine, 'pictures.begin', { robotId, bytes: 4 })
    await result(engine, 'pictures.add', { uploadId, offset: 0, data: Buffer.from('<svg').toString('base64') })
    expect(await engine.call('pictures.finish', { uploadId }, window)).toMatchObject({
      error: { code: 'picture-unreadable' },
    })
    // What the server's proxy refuses is refused here: an address of its own network, one of no robot, no link at all.
    expect(await engine.media(robotId, `${address}/favicon.ico`)).toBeNull()
    expect(await engine.media('999', 'https://pictures.example/x.png')).toBeNull()
    expect(await engine.media(robotId, 'file:///etc/passwd')).toBeNull()
  })

  it('is none where the token is another by now, and where the server is away', async () => {
    const { address, port, process } = await host()
    const watched = look(at(address))
    await connected(watched)
    const robotId = await robotAt(watched.engine)
    const { link = '' } = await send(watched.engine, robotId, pictureFile('screen.png'))
    expect(await watched.engine.media(robotId, link)).not.toBeNull()
    process.child.kill('SIGTERM')
    await process.ended
    await expect.poll(() => watched.engine.state).toBe('connecting')
    expect(await watched.engine.media(robotId, link)).toBeNull()
    // Somebody chose another token: the window says so, and neither shows nor does anything more.
    const started = startHost(['--data', join(folder, 'data'), '--token', 'another-token-by-now', '--port', port])
    hosts.push(started)
    await started.ready
    watched.engine.wake()
    await expect.poll(() => watched.engine.state, { timeout: 20_000 }).toBe('unauthorized')
    expect(watched.engine.failure).toMatchObject({ code: 'server-token' })
    expect(await watched.engine.media(robotId, link)).toBeNull()
    await expect(watched.engine.call('robots.list', {}, window)).resolves.toMatchObject({
      error: { code: 'connection-lost' },
    })
    expect(await fetchMedia(at(address), mediaDispatcher({ authority: '' }), { robotId, link })).toBeNull()
  })

  it('is looked at here, too: whatever answers at the address, nothing but a picture is shown, and none for ever', async () => {
    const png = pictureFile('screen.png')
    const bomb = Buffer.from(png)
    bomb.writeUInt32BE(30_000, 16)
    bomb.writeUInt32BE(30_000, 20)
    const pages: Record<string, (response: ServerResponse) => void> = {
      good: (response) => response.end(png),
      page: (response) =>
        response.writeHead(200, { 'content-type': 'image/png' }).end('<html><script>alert(1)</script>'),
      bomb: (response) => response.writeHead(200, { 'content-type': 'image/png' }).end(bomb),
      elsewhere: (response) => response.writeHead(302, { location: '/media?robot=1&url=good' }).end(),
      endless: (response) => {
        const more = (): void => void response.write(Buffer.alloc(1024 * 1024), () => response.destroyed || more())
        response.writeHead(200, { 'content-type': 'image/png' })
        more()
      },
      slow: (response) => response.writeHead(200, { 'content-type': 'image/png' }).write(png.subarray(0, 100)),
      cut: (response) => {
        response.writeHead(200, { 'content-type': 'image/png', 'content-length': png.length })
        response.write(png.subarray(0, 100), () => response.destroy())
      },
    }
    const heard: (string | undefined)[] = []
    const stub = createServer((request, response) => {
      heard.push(request.headers.authorization)
      pages[new URL(request.url ?? '', 'http://x').searchParams.get('url') ?? '']?.(response)
    })
    await new Promise<void>((resolve) => stub.listen(0, '127.0.0.1', resolve))
    stubs.push({ close: () => (stub.closeAllConnections(), stub.close()) })
    const server = at(`http://127.0.0.1:${(stub.address() as AddressInfo).port}`)
    const dispatcher = mediaDispatcher(server)
    const shown = (link: string, limitMs = 10_000) => fetchMedia(server, dispatcher, { robotId: '1', link }, limitMs)
    expect((await shown('good'))?.body.equals(png)).toBe(true)
    expect(pictureFacts(png)?.type).toBe('image/png')
    for (const link of ['page', 'bomb', 'elsewhere', 'endless', 'cut']) expect(await shown(link), link).toBeNull()
    expect(await shown('slow', 200)).toBeNull()
    // Followed nowhere: the token went where it belongs, once for each.
    expect(heard).toHaveLength(7)
    await dispatcher.destroy()
  })
})

describe('a server is refused', () => {
  it('with another token, which is tried again, but rarely', async () => {
    const { address } = await host()
    await expect(tryServer(at(address, { token: 'another' }), 'en')).rejects.toMatchObject({ code: 'server-token' })
    const watched = look(at(address, { token: 'another' }))
    await expect.poll(() => watched.engine.state).toBe('unauthorized')
    expect(watched.engine.failure).toMatchObject({ code: 'server-token', params: { server: address } })
  })

  it('whose certificate nobody vouches for, before it has the token; with its authority given it is not', async () => {
    const authority = new Authority(folder)
    const { cert, key } = authority.issue()
    const { address } = await host('--tls-cert', cert, '--tls-key', key)
    expect(address).toMatch(/^https:/)
    await expect(tryServer(at(address), 'en')).rejects.toMatchObject({ code: 'server-certificate' })
    const refused = look(at(address))
    await expect.poll(() => refused.engine.failure?.code).toBe('server-certificate')
    expect(refused.engine.state).toBe('connecting')

    const vouched = look(at(address, { authority: authority.pem }))
    await connected(vouched)
    await expect(vouched.engine.call('robots.list', {}, window)).resolves.toMatchObject({ ok: true })
    // The name counts, too.
    const byName = at(address.replace('127.0.0.1', 'localhost'), { authority: authority.pem })
    await expect(tryServer(byName, 'en')).rejects.toMatchObject({ code: 'server-certificate' })
  })

  it('of another contract version', async () => {
    const stub = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/ws' })
    stubs.push(stub)
    stub.on('connection', (socket) => {
      socket.send(JSON.stringify({ type: 'welcome', contractVersion: contractVersion + 1, engineId: 'x' }))
    })
    await new Promise((resolve) => stub.once('listening', resolve))
    const address = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`
    await expect(tryServer(at(address), 'en')).rejects.toMatchObject({
      code: 'server-version',
      params: { theirs: String(contractVersion + 1), ours: contractVersion },
    })
    const watched = look(at(address))
    await expect.poll(() => watched.engine.state).toBe('refused')
  })

  it('that is none, that sends elsewhere, or where nobody listens', async () => {
    const web = createServer((_request, response) => response.end('hello'))
    web.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/ws\r\nContent-Length: 0\r\n\r\n')
    })
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
    const address = `http://127.0.0.1:${(web.address() as AddressInfo).port}`
    await expect(tryServer(at(address), 'en')).rejects.toMatchObject({ code: 'server-other' })
    web.closeAllConnections()
    await new Promise((resolve) => web.close(resolve))
    await expect(tryServer(at(address), 'en')).rejects.toMatchObject({ code: 'server-unreachable' })
  })
})
