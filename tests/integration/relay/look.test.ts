/** A machine that cannot call its own public address has the relay look at it from outside. */
import { createServer, type RequestListener, type Server } from 'node:http'
import { connect } from '@nats-io/transport-node'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type * as Hops from '#engine/reach/hops.ts'
import { secretHash } from '#engine/callbacks/incoming.ts'
import type { RelayOptions } from '../../../electron/relay/relay.ts'
import { Desk, until } from '../../support/desk.ts'
import { startPlatform, type FakePlatform } from '../../support/fake-platform.ts'
import { NatsServer } from '../../support/nats.ts'
import { freePort } from '../../support/servers.ts'
import { hasNats, health, reachByRelay, startRelay, type RunningRelay } from './kit.ts'

/* The machine's router: it lets nobody inside call the public address that is its own. The relay is not behind it. */
vi.mock('#engine/reach/hops.ts', async (original) => {
  const hops = await original<typeof Hops>()
  const behindRouter = {
    resolve: () => Promise.resolve(['8.8.4.4']),
    connect: () => Promise.reject(Object.assign(new Error('x'), { code: 'ETIMEDOUT' })),
  }
  return {
    ...hops,
    walkHops: (options: Hops.HopOptions) =>
      hops.walkHops(options.isOwnNetwork ? { ...options, ...behindRouter } : options),
  }
})

describe.skipIf(!hasNats)('seen from outside by the relay', () => {
  let nats: NatsServer
  let platform: FakePlatform
  let desk: Desk
  let behind: string
  let localUrl: string
  const relays: RunningRelay[] = []
  const servers: Server[] = []

  /** For the relays the name leads to this machine, which for them lies outside. */
  const seeing: Partial<RelayOptions> = { lookInside: true, looks: { resolve: async () => ['127.0.0.1'] } }
  async function open(changes: Partial<RelayOptions> = seeing): Promise<RunningRelay> {
    const running = await startRelay(nats, changes)
    relays.push(running)
    await until('the relay to be up', async () => (await health(running.url)).status === 200)
    return running
  }

  beforeAll(async () => {
    platform = await startPlatform()
  })
  afterAll(() => platform.close())
  beforeEach(async () => {
    nats = await NatsServer.start()
    desk = await Desk.open()
    behind = (await desk.connect(platform, { name: 'Behind a router' })).id
    localUrl = (await desk.call('reach.get', { connectionId: behind })).callbackUrl
    const { id } = await desk.connect(platform, { name: 'By the relay' })
    await reachByRelay(desk, id, nats, 'https://relay.example')
  })
  afterEach(async () => {
    await desk.close()
    await Promise.all(relays.splice(0).map(({ relay }) => relay.stop()))
    await nats.close()
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
  })

  async function listen(answer: RequestListener): Promise<number> {
    const server = createServer(answer)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as { port: number }).port
  }
  const ownPort = (): number => Number(new URL(localUrl).port)

  async function check(port: number) {
    const settings = { way: 'direct', publicUrl: `http://desk.example:${port}` } as const
    await desk.call('reach.save', { connectionId: behind, settings })
    await until('the way to be up', async () => {
      const { state } = await desk.call('reach.get', { connectionId: behind })
      return state === 'up'
    })
    const { verdict, hops } = await desk.call('reach.check', { connectionId: behind })
    expect(hops.at(-2)?.code).toBe('tcp-cannot-tell')
    const { hop, code, params, message } = hops.at(-1) ?? {}
    expect([hop, message]).toEqual(['outside', expect.not.stringMatching(/\{\w+\}/)])
    return { verdict, code, params }
  }

  it('it leads here, and neither the secret nor its hash crosses NATS', async () => {
    await open()
    const connection = await connect({ servers: nats.url })
    const crossed: string[] = []
    connection.subscribe('>', { callback: (_error, message) => void crossed.push(message.string()) })
    await connection.flush()
    expect(await check(ownPort())).toMatchObject({ verdict: 'works', code: 'outside-here' })
    await until('what was asked to be heard', () => crossed.some((text) => text.includes('desk.example')))
    await connection.flush()
    const secret = localUrl.split('/').at(-1) ?? ''
    expect(secret).toHaveLength(32)
    expect(crossed.join()).not.toContain(secret)
    expect(crossed.join()).not.toContain(secretHash(secret))
    await connection.close()
  })

  it('one of several relays looks, once', async () => {
    await open()
    await open()
    let asked = 0
    const port = await listen((_request, response) => {
      asked += 1
      response.end('<h1>Welcome to nginx!</h1>')
    })
    expect(await check(port)).toMatchObject({ verdict: 'fails', code: 'machine-other', params: { status: 200 } })
    expect(asked).toBe(1)
  })

  it('the port is closed', async () => {
    await open()
    const port = await freePort()
    expect(await check(port)).toEqual({ verdict: 'fails', code: 'tcp-refused', params: { host: 'desk.example', port } })
  })

  it('it redirects, and the relay does not follow', async () => {
    await open()
    let followed = 0
    const target = await listen((_request, response) => {
      followed += 1
      response.end()
    })
    const location = `http://127.0.0.1:${target}/`
    const port = await listen((_request, response) => response.writeHead(302, { location }).end())
    expect(await check(port)).toMatchObject({ verdict: 'fails', code: 'http-redirected', params: { location } })
    expect(followed).toBe(0)
  })

  it('the path arrives as another', async () => {
    await open()
    const port = await listen((request, response) => {
      const path = (request.url ?? '').replace(/^\/callback\/[^/]+/, '/callback/an-older-secret')
      void fetch(new URL(path, localUrl)).then(async (answer) => response.end(await answer.text()))
    })
    expect(await check(port)).toMatchObject({ verdict: 'fails', code: 'secret-wrong' })
  })

  it('an answer in the form of a proof, from another machine, is none', async () => {
    await open()
    const port = await listen((_request, response) => response.end('p'.repeat(43)))
    expect(await check(port)).toMatchObject({ verdict: 'fails', code: 'machine-other' })
  })

  it('a private address is not asked for unless the relay was told so', async () => {
    await open({ looks: { resolve: async () => ['127.0.0.1'] } })
    let asked = 0
    const port = await listen((_request, response) => {
      asked += 1
      response.end()
    })
    expect(await check(port)).toEqual({
      verdict: 'cannot-tell',
      code: 'outside-private',
      params: { host: 'desk.example', addresses: '127.0.0.1' },
    })
    expect(asked).toBe(0)
  })

  it('nobody can, where no relay is there', async () => {
    expect(await check(ownPort())).toMatchObject({ verdict: 'cannot-tell', code: 'outside-nobody' })
    const { relay } = await open()
    expect(await check(ownPort())).toMatchObject({ verdict: 'works', code: 'outside-here' })
    await relay.stop()
    expect(await check(ownPort())).toMatchObject({ verdict: 'cannot-tell', code: 'outside-nobody' })
  })

  it('it goes on after NATS was away, answers no nonsense, and looks thirty times a minute', async () => {
    const { url } = await open()
    await nats.kill()
    await until('NATS to be missed', async () => (await health(url)).status === 503)
    await nats.open()
    await until('the relay to be up', async () => (await health(url)).status === 200)
    const connection = await connect({ servers: nats.url })
    connection.publish('switchboard.look', 'nonsense')
    const random = 'a'.repeat(32)
    const look = { publicUrl: `http://desk.example:${await freePort()}`, stand: random, nonce: random }
    const codes: unknown[] = []
    for (let count = 0; count < 31; count += 1) {
      const answer = await connection.request('switchboard.look', JSON.stringify(look), { timeout: 10_000 })
      codes.push(answer.json<{ failed: { code: string } }>().failed.code)
    }
    expect(codes).toEqual([...Array<string>(30).fill('tcp-refused'), 'outside-busy'])
    await connection.close()
  })
})
