/** Two hosts share a merchant's robots on one NATS server, and a robot moves from one to the other. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { Desk, merchantNo, until } from '../../support/desk.ts'
import { startPlatform, type FakePlatform } from '../../support/fake-platform.ts'
import { NatsServer } from '../../support/nats.ts'
import { hasNats, health, reachByRelay, record, relayUp, startRelay, type RunningRelay } from './kit.ts'

interface Host {
  desk: Desk
  connectionId: string
  callbackUrl: string
}

describe.skipIf(!hasNats)('two hosts with one merchant', () => {
  let nats: NatsServer
  let running: RunningRelay
  let platform: FakePlatform
  let first: Host
  let second: Host
  beforeAll(async () => {
    platform = await startPlatform()
  })
  afterAll(async () => {
    await platform.close()
  })

  async function openHost(): Promise<Host> {
    const desk = await Desk.open()
    const { id: connectionId } = await desk.connect(platform)
    const callbackUrl = await reachByRelay(desk, connectionId, nats, running.url)
    return { desk, connectionId, callbackUrl }
  }
  beforeEach(async () => {
    nats = await NatsServer.start()
    running = await startRelay(nats)
    first = await openHost()
    second = await openHost()
    await until('both doors', async () => (await health(running.url)).doors === 2)
  })
  afterEach(async () => {
    await first.desk.close()
    await second.desk.close()
    await running.relay.stop()
    await nats.close()
  })

  const add = ({ desk, connectionId }: Host, serialNo: string) => desk.call('robots.add', { connectionId, serialNo })
  const standing = async ({ desk, connectionId }: Host, serialNo: string) =>
    (await desk.call('relay.robots', { connectionId })).items.find((item) => item.serialNo === serialNo)
  const isStanding = (host: Host, serialNo: string, wanted: string) =>
    until(`${serialNo} to be ${wanted}`, async () => (await standing(host, serialNo))?.standing === wanted)

  let stamp = 1_793_000_000
  const send = async (url: string, serialNo: string, content: string): Promise<void> => {
    stamp += 1
    const data = { FromUserId: 'u1', Content: content, dtMsgTime: String(stamp), nPlatformMsgType: 10, nMsgType: 0 }
    const header = { resultCode: '0', type: '1005', nTimeStamp: String(stamp), optvcMerchantId: merchantNo }
    const body = JSON.stringify({ ...header, optvcRobotSerialNo: serialNo, data })
    const { status } = await first.desk.post(url, body)
    expect(status).toBe(200)
  }
  const contents = async ({ desk }: Host): Promise<string[]> =>
    (await record(desk)).map(({ raw }) => (JSON.parse(raw) as { data: { Content: string } }).data.Content)

  it('get each the callbacks of their own robots, whichever address the platform calls', async () => {
    await add(first, '5001')
    await add(second, '5002')
    await isStanding(first, '5001', 'here')
    await isStanding(second, '5002', 'here')
    await send(first.callbackUrl, '5001', 'to the first')
    await send(first.callbackUrl, '5002', 'to the second')
    await send(second.callbackUrl, '5001', 'to the first by the other address')
    await until('all', async () => (await contents(first)).length === 2 && (await contents(second)).length === 1)
    expect(await contents(second)).toEqual(['to the second'])
    await expect.poll(() => first.desk.of('relay.changed')).toContainEqual({ connectionId: first.connectionId })
  })

  it('do not both fetch a robot that both have added', async () => {
    await add(first, '5001')
    await isStanding(first, '5001', 'here')
    await add(second, '5001')
    await isStanding(second, '5001', 'elsewhere')
    expect(await standing(second, '5001')).toMatchObject({ hostName: expect.any(String) as string })
    for (let index = 0; index < 20; index += 1) await send(first.callbackUrl, '5001', `m${index}`)
    await until('all', async () => (await contents(first)).length === 20)
    expect(await contents(second)).toEqual([])
  })

  it('hand a robot over while callbacks stream in, and lose none', async () => {
    const total = 400
    await add(first, '5001')
    await isStanding(first, '5001', 'here')
    await add(second, '5001')
    await isStanding(second, '5001', 'elsewhere')
    const robotId = (await standing(first, '5001'))?.robotId ?? ''
    const sending = (async () => {
      for (let index = 0; index < total; index += 4) {
        await Promise.all([0, 1, 2, 3].map((more) => send(first.callbackUrl, '5001', `m${index + more}`)))
      }
    })()
    await until('some', async () => (await contents(first)).length > 40)
    await first.desk.call('relay.handOver', { robotId })
    await isStanding(second, '5001', 'here')
    await sending
    await until('all', async () => (await contents(first)).length + (await contents(second)).length >= total)
    const both = [...(await contents(first)), ...(await contents(second))]
    expect(new Set(both).size).toBe(total)
    expect(both).toHaveLength(total)
    expect((await contents(second)).length).toBeGreaterThan(0)
    expect((await standing(first, '5001'))?.standing).toBe('elsewhere')
    // And back again, by taking it.
    await first.desk.call('relay.take', { robotId })
    await isStanding(second, '5001', 'elsewhere')
    await send(second.callbackUrl, '5001', 'home again')
    await until('it', async () => (await contents(first)).includes('home again'))
  })

  it('take over what a host that is gone left in the stream', async () => {
    await add(first, '5001')
    await isStanding(first, '5001', 'here')
    await first.desk.close(true)
    const { dataDir } = first.desk
    for (let index = 0; index < 10; index += 1) await send(second.callbackUrl, '5001', `m${index}`)
    await add(second, '5001')
    await isStanding(second, '5001', 'elsewhere')
    expect((await standing(second, '5001'))?.waiting).toBe(10)
    const robotId = (await standing(second, '5001'))?.robotId ?? ''
    await second.desk.call('relay.take', { robotId })
    await until('all', async () => (await contents(second)).length === 10)
    // The first comes back, sees who has it, and leaves it there.
    first.desk = await Desk.open(dataDir)
    await relayUp(first.desk, first.connectionId)
    await isStanding(first, '5001', 'elsewhere')
    await send(first.callbackUrl, '5001', 'after all')
    await until('it', async () => (await contents(second)).includes('after all'))
    expect(await contents(first)).toEqual([])
  })

  it('free a robot for each other that is removed, at once or when NATS is back', async () => {
    for (const serialNo of ['5001', '5002']) {
      await add(first, serialNo)
      await isStanding(first, serialNo, 'here')
      await add(second, serialNo)
      await isStanding(second, serialNo, 'elsewhere')
    }
    const robotId = async (serialNo: string) => (await standing(first, serialNo))?.robotId ?? ''
    await first.desk.call('robots.remove', { id: await robotId('5001') })
    await isStanding(second, '5001', 'here')
    const later = await robotId('5002')
    await nats.kill()
    await first.desk.call('robots.remove', { id: later })
    await nats.open()
    await relayUp(first.desk, first.connectionId)
    await relayUp(second.desk, second.connectionId)
    await isStanding(second, '5002', 'here')
    for (const serialNo of ['5001', '5002']) await send(second.callbackUrl, serialNo, serialNo)
    await until('both', async () => (await contents(second)).length === 2)
    expect(await contents(first)).toEqual([])
  })

  it('that reach for a robot at the same moment do not both get it', async () => {
    const serialNos = Array.from({ length: 12 }, (_, index) => `60${index + 10}`)
    await Promise.all(serialNos.flatMap((serialNo) => [add(first, serialNo), add(second, serialNo)]))
    await until('each to have one host', async () => {
      const standings = await Promise.all(
        serialNos.map(async (serialNo) =>
          [await standing(first, serialNo), await standing(second, serialNo)].map((item) => item?.standing),
        ),
      )
      return standings.every((pair) => pair.includes('elsewhere') && pair.includes('here'))
    })
  })

  it('double nothing when a robot is taken from a host that is at work', async () => {
    const total = 600
    await add(first, '5001')
    await isStanding(first, '5001', 'here')
    await add(second, '5001')
    await isStanding(second, '5001', 'elsewhere')
    const ids = [(await standing(first, '5001'))?.robotId ?? '', (await standing(second, '5001'))?.robotId ?? '']
    const sending = Promise.all(
      Array.from({ length: 12 }, async (_, lane) => {
        for (let index = lane; index < total; index += 12) await send(first.callbackUrl, '5001', `m${index}`)
      }),
    )
    for (const [count, taker] of [
      [60, second],
      [180, first],
      [300, second],
    ] as const) {
      await until('some', async () => (await contents(first)).length + (await contents(second)).length > count)
      await taker.desk.call('relay.take', { robotId: ids[taker === first ? 0 : 1] ?? '' })
    }
    await sending
    await until('all', async () => (await contents(first)).length + (await contents(second)).length >= total)
    const both = [...(await contents(first)), ...(await contents(second))]
    expect(new Set(both).size).toBe(total)
    expect(both).toHaveLength(total)
  })

  it('go on where a consumer, or the stream itself, was deleted behind their backs', async () => {
    await add(first, '5001')
    await isStanding(first, '5001', 'here')
    const connection = await connect({ servers: nats.url })
    const manager = await jetstreamManager(connection)
    // At work: one that goes before it was asked for anything is missed by its silence alone, half a minute later.
    const consumer = await until('its consumer', async () => {
      const [found] = await manager.consumers.list('SWITCHBOARD_CALLBACKS').next()
      return found && found.num_waiting > 0 && found.name
    })
    await manager.consumers.delete('SWITCHBOARD_CALLBACKS', consumer)
    await send(first.callbackUrl, '5001', 'without its consumer')
    await until('it', async () => (await contents(first)).length === 1)
    await manager.streams.delete('SWITCHBOARD_CALLBACKS')
    await until('the stream to be there again', () =>
      manager.streams.info('SWITCHBOARD_CALLBACKS').then(
        () => true,
        () => false,
      ),
    )
    await connection.close()
    await relayUp(first.desk, first.connectionId)
    await isStanding(first, '5001', 'here')
    await send(first.callbackUrl, '5001', 'in a new stream')
    await until('it', async () => (await contents(first)).length === 2)
  })

  it('are not told twice by a copy of a host’s data', async () => {
    await add(first, '5001')
    await isStanding(first, '5001', 'here')
    const { cp } = await import('node:fs/promises')
    const { temporaryFolder } = await import('../../support/desk.ts')
    const folder = await temporaryFolder()
    await first.desk.close(true)
    await cp(first.desk.dataDir, folder, { recursive: true })
    const original = await Desk.open(first.desk.dataDir)
    await relayUp(original, first.connectionId)
    await isStanding({ ...first, desk: original }, '5001', 'here')
    const copy = await Desk.open(folder)
    await relayUp(copy, first.connectionId)
    await isStanding({ ...first, desk: copy }, '5001', 'here')
    await isStanding({ ...first, desk: original }, '5001', 'elsewhere')
    await send(second.callbackUrl, '5001', 'once')
    await until('it', async () => (await record(copy)).length === 1)
    expect(await record(original)).toEqual([])
    await copy.close()
    first.desk = original
  })

  it('give their addresses back when another way is chosen', async () => {
    await first.desk.call('reach.save', { connectionId: first.connectionId, settings: { way: 'off' } })
    await until('the door to be gone', async () => (await health(running.url)).doors === 1)
    expect((await first.desk.post(first.callbackUrl, '{}')).status).toBe(404)
    expect((await first.desk.refusal('relay.robots', { connectionId: first.connectionId })).code).toBe(
      'not-allowed-now',
    )
  })

  it('are told of a time of which callbacks may be gone, when they slept longer than the stream keeps', async () => {
    await add(first, '5001')
    await isStanding(first, '5001', 'here')
    const { dataDir } = first.desk
    // From here on it is known that nothing waited.
    await standing(first, '5001')
    await first.desk.close(true)
    const connection = await connect({ servers: nats.url })
    const manager = await jetstreamManager(connection)
    await manager.streams.update('SWITCHBOARD_CALLBACKS', { max_age: 100_000_000, duplicate_window: 100_000_000 })
    await send(second.callbackUrl, '5001', 'nobody came for it')
    await until('it to be dropped', async () => {
      const { state } = await manager.streams.info('SWITCHBOARD_CALLBACKS')
      return state.messages === 0
    })
    await connection.close()
    first.desk = await Desk.open(dataDir)
    await relayUp(first.desk, first.connectionId)
    const { notices } = await first.desk.call('system.info', {})
    expect(notices.map(({ code }) => code)).toContain('relay-gap')
  })
})
