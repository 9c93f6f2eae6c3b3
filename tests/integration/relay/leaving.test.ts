/** A relay that is left: what waits there is fetched, nothing of the host stays behind, whenever its server is there. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { layoutOf } from '#engine/reach/relay/layout.ts'
import { Desk, merchantNo, pause, until } from '../../support/desk.ts'
import { startPlatform, type FakePlatform } from '../../support/fake-platform.ts'
import { NatsServer } from '../../support/nats.ts'
import { hasNats, health, reachByRelay, record, relayUp, startRelay, type RunningRelay } from './kit.ts'

/* How long a relay may take to hand over: less than usual, or each of these would wait for it. */
vi.mock('#engine/reach/relay/layout.ts', async (original) => ({
  ...(await original<object>()),
  publishMs: 1500,
}))

describe.skipIf(!hasNats)('a relay that is left', () => {
  let nats: NatsServer
  let running: RunningRelay
  let platform: FakePlatform
  let desk: Desk
  let connectionId: string
  let callbackUrl: string
  const closers: (() => unknown)[] = []

  beforeAll(async () => {
    platform = await startPlatform()
  })
  afterAll(async () => {
    await platform.close()
  })
  beforeEach(async () => {
    nats = await NatsServer.start()
    running = await startRelay(nats)
    desk = await Desk.open()
    connectionId = (await desk.connect(platform)).id
    callbackUrl = await reachByRelay(desk, connectionId, nats, running.url)
    await desk.call('robots.add', { connectionId, serialNo: '5001' })
    await isStanding(desk, '5001', 'here')
    await until('the door', async () => (await health(running.url)).doors === 1)
  })
  afterEach(async () => {
    await desk.close()
    for (const close of closers.splice(0).toReversed()) await close()
    await running.relay.stop()
    await nats.close()
  })

  const standing = async (of: Desk, serialNo: string) => {
    const { id } = (await of.call('connections.list', {})).items[0] ?? { id: '' }
    return (await of.call('relay.robots', { connectionId: id })).items.find((item) => item.serialNo === serialNo)
  }
  const isStanding = (of: Desk, serialNo: string, wanted: string) =>
    until(`${serialNo} to be ${wanted}`, async () => (await standing(of, serialNo))?.standing === wanted)

  let stamp = 1_793_000_000
  const post = async (url: string, content: string, serialNo = '5001'): Promise<void> => {
    stamp += 1
    const data = { FromUserId: 'u1', Content: content, dtMsgTime: String(stamp), nPlatformMsgType: 10, nMsgType: 0 }
    const header = { resultCode: '0', type: '1005', nTimeStamp: String(stamp), optvcMerchantId: merchantNo }
    const { status } = await desk.post(url, JSON.stringify({ ...header, optvcRobotSerialNo: serialNo, data }))
    expect(status).toBe(200)
  }
  const contents = async (of = desk): Promise<string[]> =>
    (await record(of)).map(({ raw }) => (JSON.parse(raw) as { data: { Content: string } }).data.Content)
  const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`)
  const leaving = async () => (await desk.call('reach.get', { connectionId })).leaving
  const isLeft = () => until('nothing to be left', async () => (await leaving()).length === 0, 20_000)
  const off = () => desk.call('reach.save', { connectionId, settings: { way: 'off' } })

  /** Looks into NATS. */
  async function within<Found>(look: (manager: JetStreamManager, connection: NatsConnection) => Promise<Found>) {
    const connection = await connect({ servers: nats.url })
    const found = await look(await jetstreamManager(connection), connection)
    await connection.close()
    return found
  }
  const consumersOf = (stream: string): Promise<string[]> =>
    within(async (manager) => (await manager.consumers.list(stream).next()).map(({ name }) => name))
  const claimed = (): Promise<(string | null)[]> =>
    within(async (_manager, connection) => {
      const bucket = await new Kvm(connection).open('switchboard_robots')
      const hosts: (string | null)[] = []
      for await (const key of await bucket.keys()) {
        const claim = (await bucket.get(key))?.json<{ hostId: string | null }>()
        if (claim) hosts.push(claim.hostId)
      }
      return hosts
    })
  const nothingIsLeft = async (): Promise<void> => {
    expect((await health(running.url)).doors).toBe(0)
    expect(await claimed()).toEqual([null])
    expect(await consumersOf('SWITCHBOARD_CALLBACKS')).toEqual([])
    expect(await consumersOf('SWITCHBOARD_UNREAD')).toEqual([])
  }

  /** Callbacks that were acknowledged while the host slept, and a server that is away when it wakes. */
  async function asleepWith(count: number): Promise<void> {
    await desk.close(true)
    for (const content of numbered(count)) await post(callbackUrl, content)
    await nats.kill()
    desk = await Desk.open(desk.dataDir)
  }

  it('gives back door, robots and consumers, and what came until then is there', async () => {
    await Promise.all(numbered(40).map((content) => post(callbackUrl, content)))
    await off()
    await isLeft()
    expect((await contents()).toSorted()).toEqual(numbered(40).toSorted())
    await nothingIsLeft()
    expect((await desk.post(callbackUrl, '{}')).status).toBe(404)
    expect((await desk.refusal('relay.robots', { connectionId })).code).toBe('not-allowed-now')
  })

  it('acknowledges nothing whose body comes to its end after the door was closed', async () => {
    const body = JSON.stringify({ optvcRobotSerialNo: '5001', optvcMerchantId: merchantNo, data: { Content: 'late' } })
    const request = httpRequest(callbackUrl, { method: 'POST', headers: { 'content-length': body.length } })
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    request.write(body.slice(0, 20))
    await until('the relay to have let it in', async () => (await health(running.url)).doors === 1)
    await off()
    await until('the door to be closed', async () => (await health(running.url)).doors === 0)
    request.end(body.slice(20))
    const [{ statusCode }] = await answered
    expect(statusCode).toBe(404)
  })

  it('fetches what a relay was still handing over when the door was closed', async () => {
    await off()
    await until('the door to be closed', async () => (await health(running.url)).doors === 0)
    // As a relay does that had looked at the door before, and whose answer from the stream took its time.
    const { subject } = layoutOf('switchboard')
    const data = { FromUserId: 'u1', Content: 'late', dtMsgTime: '1793000000', nPlatformMsgType: 10, nMsgType: 0 }
    const header = { resultCode: '0', type: '1005', nTimeStamp: '1793000000', optvcMerchantId: merchantNo }
    const body = JSON.stringify({ ...header, optvcRobotSerialNo: '5001', data })
    await pause(1500)
    await within((_manager, connection) => jetstream(connection).publish(subject(merchantNo, '5001'), body))
    await isLeft()
    expect(await contents()).toEqual(['late'])
    await nothingIsLeft()
  })

  it('while its server is away is remembered, says so, and is cleared when it is back, after a restart too', async () => {
    await asleepWith(30)
    await off()
    const [first] = await until('it to be tried', async () => {
      const items = await leaving()
      return items[0]?.state === 'failed' && items
    })
    expect(first).toMatchObject({ servers: [nats.url], isFetched: true, waiting: null })
    expect(first?.failure?.code).toBe('reach-unreachable')
    expect(first?.retryAt).toBeGreaterThan(Date.now() - 1000)
    await until('the operator to be told', async () =>
      (await desk.call('system.info', {})).notices.some(({ code }) => code === 'relay-leaving'),
    )
    await desk.close(true)
    desk = await Desk.open(desk.dataDir)
    expect((await leaving()).length).toBe(1)
    await nats.open()
    await isLeft()
    expect(await contents()).toEqual(numbered(30))
    await until('the relay to hear of it', async () => (await health(running.url)).doors === 0)
    await nothingIsLeft()
    const { notices } = await desk.call('system.info', {})
    expect(notices.map(({ code }) => code)).not.toContain('relay-leaving')
    await expect.poll(() => desk.of('reach.changed').at(-1)?.leaving).toEqual([])
  })

  it.each([0, 20])('keeps nobody waiting though its server died %i milliseconds before', async (ms) => {
    await nats.kill()
    await pause(ms)
    const begun = performance.now()
    await off()
    // In the library something is left unanswered then, for good.
    expect(performance.now() - begun).toBeLessThan(8000)
    await nats.open()
    await isLeft()
    await reachByRelay(desk, connectionId, nats, running.url)
  })

  it('for another server gets its secret from the time when it was left, though the present one is another', async () => {
    const second = await NatsServer.start({ config: 'authorization { token: "second-token" }' })
    closers.push(() => second.close())
    await asleepWith(5)
    const settings = { way: 'relay', publicUrl: 'https://call.example.com', auth: 'token' } as const
    const choose = (natsToken: string) =>
      desk.call('reach.save', {
        connectionId,
        settings: { ...settings, servers: [second.url] },
        secrets: { natsToken },
      })
    await choose('second-token')
    await relayUp(desk, connectionId)
    expect((await leaving()).length).toBe(1)
    // And that one is left as well, with another token already in its place.
    await desk.call('reach.save', {
      ...{ connectionId, settings: { ...settings, servers: ['nats://127.0.0.1:1'] } },
      secrets: { natsToken: 'no-token-of-anybodys' },
    })
    expect((await leaving()).map(({ servers }) => servers)).toEqual([[nats.url], [second.url]])
    await nats.open()
    await isLeft()
    expect(await contents()).toEqual(numbered(5))
    expect(JSON.stringify([desk.events, desk.log])).not.toContain('second-token')
  })

  it('is cleared by the next start of a host that was killed while it fetched', async () => {
    const count = 5000
    await desk.close(true)
    await Promise.all(
      Array.from({ length: 20 }, async (_, lane) => {
        for (let index = lane; index < count; index += 20) await post(callbackUrl, `m${index}`)
      }),
    )
    await nats.kill()
    desk = await Desk.open(desk.dataDir)
    await off()
    await desk.close(true)
    await nats.open()
    const path = fileURLToPath(new URL('../../support/fetching-host.ts', import.meta.url))
    const host: ChildProcess = spawn(process.execPath, [path, desk.dataDir], { stdio: 'ignore' })
    const messages = () =>
      within(async (manager) => (await manager.streams.info('SWITCHBOARD_CALLBACKS')).state.messages)
    await until('it to be half way', async () => (await messages()) < count, 20_000)
    host.kill('SIGKILL')
    await once(host, 'exit')
    expect(await messages()).toBeGreaterThan(0)
    desk = await Desk.open(desk.dataDir)
    await isLeft()
    const found = await contents()
    expect(new Set(found).size).toBe(count)
    expect(found).toHaveLength(count)
    await nothingIsLeft()
  }, 90_000)

  it('is as if it had not been left when it is chosen again before', async () => {
    await asleepWith(5)
    await off()
    expect((await leaving()).length).toBe(1)
    await desk.call('reach.save', {
      connectionId,
      settings: { way: 'relay', publicUrl: running.url, servers: [nats.url] },
    })
    expect(await leaving()).toEqual([])
    await nats.open()
    await relayUp(desk, connectionId)
    await until('all', async () => (await contents()).length === 5)
    await isStanding(desk, '5001', 'here')
    await post(callbackUrl, 'after all')
    await until('it', async () => (await contents()).includes('after all'))
  })

  it('and is the present one by another name keeps all that it has', async () => {
    await post(callbackUrl, 'before')
    await until('it', async () => (await contents()).length === 1)
    await reachByRelay(desk, connectionId, { url: nats.url.replace('127.0.0.1', 'localhost') }, running.url)
    await isLeft()
    await isStanding(desk, '5001', 'here')
    expect((await health(running.url)).doors).toBe(1)
    await post(callbackUrl, 'after')
    await until('it', async () => (await contents()).length === 2)
    expect(await consumersOf('SWITCHBOARD_UNREAD')).toHaveLength(1)
  })

  it('keeps its robots until it is done, though another connection of the host comes there', async () => {
    await asleepWith(5)
    await off()
    const { id } = await desk.connect(platform)
    await desk.call('reach.save', {
      connectionId: id,
      settings: { way: 'relay', publicUrl: running.url, servers: [nats.url] },
    })
    await nats.open()
    const hosts: boolean[] = []
    await within(async (_manager, connection) => {
      const claims = await (await new Kvm(connection).open('switchboard_robots')).watch()
      const following = (async () => {
        for await (const entry of claims) hosts.push(entry.json<{ hostId: string | null }>().hostId !== null)
      })()
      await relayUp(desk, id)
      await isLeft()
      await until('it to be given up', () => hosts.at(-1) === false)
      claims.stop()
      await following
    })
    // Never in between.
    expect(hosts.filter((hasHost) => !hasHost)).toHaveLength(1)
    expect(await contents()).toEqual(numbered(5))
    expect(await consumersOf('SWITCHBOARD_CALLBACKS')).toEqual([])
    expect(await consumersOf('SWITCHBOARD_UNREAD')).toHaveLength(1)
  })

  it('can be given up, and then nothing more is tried there', async () => {
    await asleepWith(1)
    await off()
    const [item] = (await desk.call('relay.leavings', {})).items
    expect((await desk.refusal('relay.giveUp', { id: '4711' })).code).toBe('not-found')
    await desk.call('relay.giveUp', { id: item?.id ?? '' })
    expect(await leaving()).toEqual([])
    await desk.close(true)
    desk = await Desk.open(desk.dataDir)
    expect((await desk.call('relay.leavings', {})).items).toEqual([])
    await nats.open()
    expect(await contents()).toEqual([])
  })

  it('with its connection is taken back, and what waits is there for whoever has the robots', async () => {
    const other = await Desk.open()
    closers.push(() => other.close())
    const { id } = await other.connect(platform)
    await reachByRelay(other, id, nats, running.url)
    await other.call('robots.add', { connectionId: id, serialNo: '5001' })
    await isStanding(other, '5001', 'elsewhere')
    await asleepWith(5)
    await desk.call('connections.remove', { id: connectionId })
    const all = async () => (await desk.call('relay.leavings', {})).items
    await until('it to be left', async () => (await all()).length === 1)
    expect(await all()).toMatchObject([{ connectionId, isFetched: false }])
    await nats.open()
    await until('nothing to be left', async () => (await all()).length === 0, 20_000)
    await until('the other to have it', async () => (await contents(other)).length === 5, 20_000)
    await until('one door', async () => (await health(running.url)).doors === 1)
  })

  it('under a merchant’s number is left when the connection gets another', async () => {
    await asleepWith(5)
    const [item] = (await desk.call('connections.list', {})).items
    if (!item) throw new Error('no connection')
    const { id, name, gatewayUrl, appId, methodPrefix } = item
    await desk.call('connections.save', { id, name, gatewayUrl, appId, methodPrefix, merchantNo: '77' })
    await until('it to be left', async () => (await leaving()).length === 1)
    await nats.open()
    await relayUp(desk, connectionId)
    await isLeft()
    expect(await contents()).toEqual(numbered(5))
    await isStanding(desk, '5001', 'here')
    expect((await claimed()).filter((host) => host === null)).toHaveLength(1)
    await until('the door of the new number', async () => (await health(running.url)).doors === 1)
    await post(callbackUrl, 'under the new one')
    await until('it', async () => (await contents()).includes('under the new one'))
  })
})
