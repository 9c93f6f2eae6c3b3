/** A callback's way through relay and NATS to the record, with a real server; and what is refused on it. */
import { gzipSync } from 'node:zlib'
import { request } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Desk, merchantNo, until } from '../../support/desk.ts'
import { addRobot, type RobotHandle } from '../../support/engine-office.ts'
import { startPlatform, type FakePlatform } from '../../support/fake-platform.ts'
import { NatsServer } from '../../support/nats.ts'
import { hasNats, health, reachByRelay, record, startRelay, type RunningRelay } from './kit.ts'

describe.skipIf(!hasNats)('a callback by the relay', () => {
  let nats: NatsServer
  let running: RunningRelay
  let platform: FakePlatform
  let desk: Desk
  let connectionId: string
  let callbackUrl: string
  let robot: RobotHandle

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
    robot = await addRobot(desk, connectionId, callbackUrl)
    await until('the robot to be fetched here', async () => {
      const { items } = await desk.call('relay.robots', { connectionId })
      return items[0]?.standing === 'here'
    })
    await until('the relay to know the address', async () => (await health(running.url)).doors === 1)
  })
  afterEach(async () => {
    await desk.close()
    await running.relay.stop()
    await nats.close()
  })

  const text = (content: string): object =>
    robot.old(1005, {
      FromUserId: 'u1',
      Content: content,
      dtMsgTime: '1793000000',
      ToUserId: 'r',
      nPlatformMsgType: 10,
      nMsgType: 0,
    })
  const arrived = (count: number): Promise<unknown> =>
    until(`${count} callbacks`, async () => {
      const all = await record(desk)
      return all.length === count && all.every(({ state }) => state !== 'pending')
    })

  it('is acknowledged, kept as it came and applied, and the address is the relay’s', async () => {
    expect(callbackUrl).toMatch(new RegExp(`^${running.url}/callback/[\\w-]{32}$`))
    const before = Date.now()
    const callback = await robot.deliver(text('hello'))
    expect(callback).toMatchObject({ state: 'applied', type: '1005', robotId: robot.id })
    expect(callback.raw).toBe(JSON.stringify(JSON.parse(callback.raw)))
    expect(callback.at).toBeGreaterThanOrEqual(before)
    const [message] = await robot.history({ kind: 'friend', id: 'u1' })
    expect(message).toMatchObject({ content: 'hello', direction: 'in' })
    await until('it to be the last that came', async () => {
      const { lastCallbackAt } = await desk.call('reach.get', { connectionId })
      return lastCallbackAt === callback.at
    })
  })

  it('comes twice where the platform sends it twice, and the engine judges that', async () => {
    const body = JSON.stringify(text('again'))
    await desk.post(callbackUrl, body)
    await desk.post(callbackUrl, body)
    await arrived(2)
    expect((await record(desk)).map(({ state }) => state)).toEqual(['applied', 'repeat'])
  })

  it('is kept byte for byte, compressed or not, in every form that the listener takes', async () => {
    const json = JSON.stringify(text('packed'))
    const answer = await fetch(callbackUrl, {
      method: 'POST',
      body: gzipSync(json),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    })
    expect(answer.status).toBe(200)
    const form = `strContext=${encodeURIComponent(JSON.stringify(text('in a form')))}`
    expect((await desk.post(callbackUrl, form, 'application/x-www-form-urlencoded')).status).toBe(200)
    await arrived(2)
    const all = await record(desk)
    expect(all.map(({ raw }) => raw).sort()).toEqual([json, form].sort())
    expect(all.map(({ state }) => state)).toEqual(['applied', 'applied'])
  })

  it('that cannot be read goes under a subject of its own, and is kept in quarantine', async () => {
    expect((await desk.post(callbackUrl, '\u0000no json*.> at all')).status).toBe(200)
    await arrived(1)
    expect(await record(desk)).toMatchObject([{ state: 'quarantined', reason: 'unreadable-body' }])
    expect(running.relay.counts).toMatchObject({ acknowledged: 1, unread: 1 })
  })

  it('is kept once, though NATS gives it out again to a host that was killed before it could say so', async () => {
    const read = JSON.stringify(text('read'))
    await desk.post(callbackUrl, 'no json at all')
    await desk.post(callbackUrl, read)
    await arrived(2)
    await desk.close(true)
    // As if nothing had ever been acknowledged: what was given out is given out once more.
    const { connect } = await import('@nats-io/transport-node')
    const { jetstreamManager } = await import('@nats-io/jetstream')
    const connection = await connect({ servers: nats.url })
    const manager = await jetstreamManager(connection)
    const [consumer] = await manager.consumers.list('SWITCHBOARD_UNREAD').next()
    if (!consumer) throw new Error('no consumer')
    await manager.consumers.delete('SWITCHBOARD_UNREAD', consumer.name)
    desk = await Desk.open(desk.dataDir)
    await until('it to be acknowledged again', async () => {
      const [again] = await manager.consumers.list('SWITCHBOARD_UNREAD').next()
      return again?.ack_floor.stream_seq === 1
    })
    await connection.close()
    expect((await record(desk)).map(({ raw }) => raw).sort()).toEqual(['no json at all', read])
  })

  it('of a robot with a hostile number goes no further than its own subject', async () => {
    const hostile = ['*', '>', 'a.b', 'a b', '', '..', '\r\nPUB x 1', 'x'.repeat(256), '机器人']
    for (const serialNo of hostile) {
      const body = JSON.stringify({ ...text('to nobody'), optvcRobotSerialNo: serialNo })
      expect((await desk.post(callbackUrl, body)).status).toBe(200)
    }
    await robot.deliver(text('to somebody'))
    // Without a number: read by every host of the merchant. The others wait for whoever adds such a robot.
    await arrived(2)
    const { items } = await desk.call('relay.robots', { connectionId })
    const waiting = items.filter(({ standing }) => standing === 'nobody')
    expect(waiting).toHaveLength(hostile.length - 1)
    expect(waiting.map(({ serialNo }) => serialNo)).toEqual(Array(hostile.length - 1).fill(null))
    await desk.call('robots.add', { connectionId, serialNo: 'a.b' })
    await arrived(3)
  })

  it('of a robot that is added later waits for it', async () => {
    const serialNo = '77001'
    const body = { ...text('early'), optvcRobotSerialNo: serialNo }
    expect((await desk.post(callbackUrl, JSON.stringify(body))).status).toBe(200)
    await until('it to wait', async () => {
      const { items } = await desk.call('relay.robots', { connectionId })
      return items.some((item) => item.serialNo === serialNo && item.standing === 'nobody' && item.waiting === 1)
    })
    await desk.call('robots.add', { connectionId, serialNo })
    await arrived(1)
    expect(await record(desk)).toMatchObject([{ state: 'applied' }])
  })

  it('gets in, as the check sees the whole way round', async () => {
    const { verdict, hops } = await desk.call('reach.check', { connectionId })
    expect(hops.map(({ code }) => code)).toContain('secret-right')
    expect(verdict).toBe('works')
    // Strangers, and nonces that nobody gave out, get nothing from behind.
    expect((await fetch(`${callbackUrl}/${'n'.repeat(32)}`)).status).toBe(404)
    expect((await fetch(`${running.url}/callback/${'x'.repeat(32)}/${'n'.repeat(32)}`)).status).toBe(404)
  })

  it('at a wrong address is refused without being read, however many there are', async () => {
    const wrong = callbackUrl.replace(/[^/]+$/, 'x'.repeat(32))
    const statuses = await Promise.all(
      Array.from({ length: 300 }, () => desk.post(wrong, '{}').then(({ status }) => status)),
    )
    expect(new Set(statuses)).toEqual(new Set([404]))
    expect(running.relay.counts.refused['unknown-address']).toBe(300)
    expect((await fetch(`${running.url}/`)).status).toBe(404)
    expect((await fetch(callbackUrl)).status).toBe(404)
    expect((await robot.deliver(text('still'))).state).toBe('applied')
  })

  it('follows a new secret at once, and takes the old one for its time of grace', async () => {
    const { callbackUrl: fresh } = await desk.call('connections.rotateSecret', { id: connectionId, graceMs: 60_000 })
    await until('both to be known', async () => (await health(running.url)).doors === 2)
    expect((await desk.post(fresh, JSON.stringify(text('new')))).status).toBe(200)
    expect((await desk.post(callbackUrl, JSON.stringify(text('old')))).status).toBe(200)
    await until('the use of the old one to be counted', async () => {
      const [item] = (await desk.call('connections.list', {})).items
      return item?.oldCallback?.uses === 1
    })
    await desk.call('connections.endOldSecret', { id: connectionId })
    await until('the old one to be gone', async () => (await health(running.url)).doors === 1)
    expect((await desk.post(callbackUrl, '{}')).status).toBe(404)
  })

  it('from an address that is not allowed is refused before it is acknowledged', async () => {
    await desk.call('connections.save', {
      ...(await connectionFields()),
      advanced: { callbackSources: ['203.0.113.0/24'] },
    })
    await until('the relay to know', async () => (await desk.post(callbackUrl, '{}')).status === 404)
    expect(running.relay.counts.refused.source).toBeGreaterThan(0)
  })

  it('whose sender nobody can vouch for is kept, and applied only when an operator says so', async () => {
    await desk.call('connections.save', { ...(await connectionFields()), advanced: { callbackSources: ['127.0.0.1'] } })
    expect((await robot.deliver(text('from here'))).state).toBe('applied')
    await reachByRelay(desk, connectionId, nats, running.url, { trustAddress: false })
    const callback = await robot.deliver(text('from somewhere'))
    expect(callback).toMatchObject({ state: 'quarantined', reason: 'source-not-allowed', type: null })
    await until('the screens to be told', () =>
      desk.of('callback.changed').some(({ id, state }) => id === callback.id && state === 'quarantined'),
    )
    await until('it to be counted', async () => {
      const [counted] = (await desk.call('connections.list', {})).items
      return counted?.refusedSources?.count === 1
    })
    await desk.call('callbacks.replay', { ids: [callback.id] })
    expect((await robot.history({ kind: 'friend', id: 'u1' })).map(({ content }) => content)).toContain(
      'from somewhere',
    )
  })

  const connectionFields = async () => {
    const [item] = (await desk.call('connections.list', {})).items
    if (!item) throw new Error('no connection')
    const { id, name, gatewayUrl, appId, merchantNo: number, methodPrefix } = item
    return { id, name, gatewayUrl, appId, merchantNo: number, methodPrefix }
  }

  it('that is too large is refused, as soon as it is known to be', async () => {
    const large = Buffer.alloc(4 * 2 ** 20 + 1, 0x20)
    expect((await desk.post(callbackUrl, large)).status).toBe(413)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(callbackUrl, { method: 'POST' }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      sent.on('error', reject)
      // Chunked: nobody says how much is to come.
      for (let piece = 0; piece < 5; piece += 1) sent.write(Buffer.alloc(2 ** 20, 0x20))
    })
    expect(status).toBe(413)
    const friends = Array.from({ length: 9000 }, (_, index) => ({
      vcUserId: `friend-${index}`,
      vcUserName: '朋'.repeat(100),
    }))
    expect((await robot.deliver(robot.young(1003, friends))).state).toBe('applied')
  })

  it('is not taken while NATS is away, and is again when it is back', async () => {
    await nats.kill()
    await until('the relay to notice', async () => (await health(running.url)).status === 503)
    expect((await desk.post(callbackUrl, '{}')).status).toBe(503)
    expect((await desk.post(callbackUrl.replace(/[^/]+$/, 'unknown'), '{}')).status).toBe(503)
    await nats.open()
    await until('the relay to be back', async () => (await health(running.url)).status === 200)
    expect((await desk.post(callbackUrl, JSON.stringify(text('back')))).status).toBe(200)
    await arrived(1)
  })

  it('is in nobody’s sight of NATS with the secret', async () => {
    await robot.deliver(text('hello'))
    const secret = callbackUrl.split('/').at(-1) ?? ''
    const { connect } = await import('@nats-io/transport-node')
    const { jetstreamManager } = await import('@nats-io/jetstream')
    const connection = await connect({ servers: nats.url })
    const manager = await jetstreamManager(connection)
    const everything: string[] = []
    for await (const stream of manager.streams.list()) {
      everything.push(JSON.stringify(stream.config))
      for (let seq = stream.state.first_seq; seq > 0 && seq <= stream.state.last_seq; seq += 1) {
        const message = await manager.streams.getMessage(stream.config.name, { seq }).catch(() => null)
        if (message) everything.push(message.subject, Buffer.from(message.data).toString(), String(message.header))
      }
    }
    await connection.close()
    expect(everything.join('\n')).toContain(merchantNo)
    expect(everything.join('\n')).not.toContain(secret)
    expect(running.log.join('\n')).not.toContain(secret)
    expect(JSON.stringify(desk.log)).not.toContain(secret)
  })
})
