import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import type { ContractEvent } from '#shared/contract/events.ts'
import { closeCodes } from '#shared/contract/frames.ts'
import { contractVersion } from '#shared/contract/index.ts'
import { startTestServer, type TestServer, token } from './support.ts'

const bearer = { headers: { authorization: `Bearer ${token}` } }
const hello = (locale = 'en', version = contractVersion): string =>
  JSON.stringify({ type: 'hello', contractVersion: version, locale })
const robotRemoved = (id: string): ContractEvent => ({ event: 'robot.removed', data: { id } })

let server: TestServer
const opened: WebSocket[] = []
beforeEach(async () => {
  server = await startTestServer({ socketLimits: { helloMs: 300, bufferedBytes: 1024 * 1024 } })
})
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.terminate()
  await server.remove()
})

interface Frame {
  type: string
  [field: string]: unknown
}

/** A client that keeps what it heard. */
class Client {
  readonly socket: WebSocket
  readonly frames: Frame[] = []
  readonly closed: Promise<number>
  #waiting: (() => void)[] = []

  constructor(options: ClientOptions = bearer, url = server.wsUrl) {
    this.socket = new WebSocket(url, options)
    opened.push(this.socket)
    this.socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as Frame)
      for (const wake of this.#waiting.splice(0)) wake()
    })
    this.closed = new Promise((resolve) => this.socket.once('close', resolve))
  }

  async open(): Promise<this> {
    await new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject))
    return this
  }

  async heard(count: number): Promise<Frame[]> {
    while (this.frames.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.frames
  }
}

const greet = async (options?: ClientOptions): Promise<Client> => {
  const client = await new Client(options).open()
  client.socket.send(hello())
  await client.heard(1)
  return client
}

describe('a WebSocket', () => {
  it('welcomes, answers calls by their ids and tells events in order', async () => {
    const client = await greet()
    expect(client.frames[0]).toEqual({ type: 'welcome', contractVersion, engineId: 'engine-1' })
    client.socket.send(JSON.stringify({ type: 'call', id: 7, entry: 'robots.list', input: { limit: 1 } }))
    client.socket.send(JSON.stringify({ type: 'call', id: 8, entry: 'no.such', input: {} }))
    await client.heard(3)
    expect(client.frames[1]).toEqual({ type: 'answer', id: 7, ok: true, result: { echo: { limit: 1 } } })
    expect(client.frames[2]).toMatchObject({ type: 'error', id: 8, ok: false, error: { code: 'unknown-entry' } })
    server.engine.emit([robotRemoved('1'), robotRemoved('2')])
    server.engine.emit([robotRemoved('3')])
    await client.heard(5)
    expect(client.frames.slice(3)).toEqual([
      { type: 'events', events: [robotRemoved('1'), robotRemoved('2')] },
      { type: 'events', events: [robotRemoved('3')] },
    ])
  })

  it('changes the language of errors by a second hello, without a second welcome', async () => {
    const client = await greet()
    client.socket.send(hello('zh-CN'))
    client.socket.send(JSON.stringify({ type: 'call', id: 1, entry: 'no.such', input: {} }))
    await client.heard(2)
    expect(client.frames[1]).toMatchObject({ type: 'error', error: { message: expect.stringContaining('没有名为') } })
  })

  it('sits where who has the token says; a browser at its session, whatever it says', async () => {
    const called = vi.spyOn(server.engine, 'call')
    const seat = `window:${'a'.repeat(32)}`
    const frame = JSON.stringify({ type: 'call', id: 1, entry: 'lock.get', input: {}, seat })
    const script = await greet()
    script.socket.send(frame)
    await script.heard(2)
    expect(called.mock.lastCall?.[2].seat).toBe(seat)
    const browser = await greet({ headers: { cookie: await server.enter(), origin: server.origin } })
    browser.socket.send(frame)
    await browser.heard(2)
    expect(called).toHaveBeenCalledTimes(2)
    expect(called.mock.lastCall?.[2].seat).toMatch(/./)
    expect(called.mock.lastCall?.[2].seat).not.toBe(seat)
  })

  it('tells no event before hello', async () => {
    const client = await new Client().open()
    server.engine.emit([robotRemoved('1')])
    client.socket.send(hello())
    await client.heard(1)
    expect(client.frames[0]?.type).toBe('welcome')
  })

  it('refuses a renderer of another contract version, in words', async () => {
    const client = await new Client().open()
    client.socket.send(hello('zh-CN', contractVersion + 1))
    expect(await client.closed).toBe(closeCodes.contractVersion)
    expect(client.frames).toEqual([{ type: 'refused', error: expect.objectContaining({ code: 'contract-version' }) }])
    server.engine.emit([robotRemoved('1')])
    expect(client.frames).toHaveLength(1)
  })

  it.each([
    ['nothing within the limit', undefined],
    ['no JSON', 'hello'],
    ['an unknown frame', '{"type":"bye"}'],
    ['a call before hello', JSON.stringify({ type: 'call', id: 1, entry: 'robots.list', input: {} })],
    ['binary', Buffer.from(hello())],
  ])('closes on a client that says %s', async (_what, frame) => {
    const client = await new Client().open()
    if (frame !== undefined) client.socket.send(frame)
    expect(await client.closed).toBe(closeCodes.badFrame)
    expect(server.engine.calls).toEqual([])
  })

  it('closes on a frame of more than 1 MiB', async () => {
    const client = await greet()
    client.socket.send('x'.repeat(1024 * 1024 + 1))
    expect(await client.closed).toBe(1009)
  })

  it('lets a signed-in page in, and no other page with its cookie', async () => {
    const cookie = await server.enter()
    await greet({ headers: { cookie }, origin: server.origin })
    await expect(new Client({ headers: { cookie }, origin: 'https://example.com' }).open()).rejects.toThrow('403')
    const rebound = { headers: { cookie, host: `evil.example:${server.port}` }, origin: `http://evil.example` }
    await expect(new Client(rebound).open()).rejects.toThrow('403')
    expect(await new Client({ headers: { cookie } }).closed).toBe(closeCodes.unauthorized)
  })

  it.each([
    ['nothing', {}],
    ['a wrong token', { headers: { authorization: 'Bearer wrong' } }],
    ['a token in the address only', {}],
  ])('closes with "unauthorized" on who shows %s', async (what, options) => {
    const url = what.includes('address') ? `${server.wsUrl}?token=${token}` : server.wsUrl
    expect(await new Client(options, url).closed).toBe(closeCodes.unauthorized)
  })

  it('is at /ws only', async () => {
    await expect(new Client(bearer, `${server.wsUrl}x`).open()).rejects.toThrow('404')
  })

  it('closes on a client that reads too slowly, and the others do not notice', async () => {
    const quick = await greet()
    const slow = await greet()
    slow.socket.pause()
    const name = 'x'.repeat(100_000)
    let sent = 0
    const closed = slow.closed
    // What the system's buffers take is not waiting; so send until the host itself has to hold something back.
    while (sent < 200) {
      server.engine.emit([robotRemoved(name)])
      sent += 1
      await quick.heard(sent + 1)
    }
    slow.socket.resume()
    expect(await closed).toBe(closeCodes.slow)
    expect(slow.frames.length).toBeLessThan(quick.frames.length)
  })

  it('drops who does not answer a ping, and keeps who does', async () => {
    await server.remove()
    server = await startTestServer({ socketLimits: { pingMs: 100 } })
    const lively = await greet()
    const dead = await greet({ ...bearer, autoPong: false })
    expect(await dead.closed).toBe(1006)
    expect(lively.socket.readyState).toBe(WebSocket.OPEN)
  })

  it('says that the host ends', async () => {
    const client = await greet()
    await server.close()
    expect(await client.closed).toBe(1001)
  })

  it('survives who breaks off in the middle', async () => {
    const raw = connect(server.port, '127.0.0.1')
    raw.write('GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    await new Promise((resolve) => raw.once('data', resolve))
    raw.destroy()
    expect((await server.call('robots.list', {})).status).toBe(200)
  })
})
