/** NATS keeps its connections and answers nothing: the host's end is not held up by it. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Desk, until } from '../../support/desk.ts'
import { addRobot } from '../../support/engine-office.ts'
import { startPlatform, type FakePlatform } from '../../support/fake-platform.ts'
import { NatsServer } from '../../support/nats.ts'
import { hasNats, health, reachByRelay, startRelay, type RunningRelay } from './kit.ts'

describe.skipIf(!hasNats)('a NATS server that says nothing more', () => {
  let platform: FakePlatform
  let nats: NatsServer
  let relay: RunningRelay
  beforeAll(async () => {
    platform = await startPlatform()
    nats = await NatsServer.start()
    relay = await startRelay(nats)
  })
  const deaf = new Set<Server>()
  const sockets = new Set<Socket>()
  afterEach(() => {
    for (const socket of sockets) socket.destroy()
    for (const server of deaf) server.close()
    sockets.clear()
    deaf.clear()
  })
  /** Servers that let one connect and never say a word. */
  const deafServers = (): Promise<string[]> =>
    Promise.all(
      [1, 2, 3].map(async () => {
        const server = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1')
        deaf.add(server)
        await once(server, 'listening')
        return `nats://127.0.0.1:${(server.address() as AddressInfo).port}`
      }),
    )
  afterAll(async () => {
    await nats.close()
    await relay.relay.stop()
    await platform.close()
  })

  it('holds up the end of a host by a second at most', async () => {
    const desk = await Desk.open()
    const { id: connectionId } = await desk.connect(platform)
    const callbackUrl = await reachByRelay(desk, connectionId, nats, relay.url)
    await addRobot(desk, connectionId, callbackUrl)
    await until('the door to be known', async () => (await health(relay.url)).doors === 1)
    nats.freeze()
    const began = performance.now()
    await desk.close()
    // Its second, and what a stop takes anyway.
    expect(performance.now() - began).toBeLessThan(4000)
  }, 60_000)
  it('that was left, at several addresses that nobody answers, holds up neither an operator nor the end', async () => {
    const servers = await deafServers()
    const desk = await Desk.open()
    const { id: connectionId } = await desk.connect(platform)
    const settings = { way: 'relay', publicUrl: 'https://call.example.com', servers } as never
    const leave = async () => {
      await desk.call('reach.save', { connectionId, settings })
      await desk.call('reach.save', { connectionId, settings: { way: 'off' } })
      const [item] = (await desk.call('relay.leavings', {})).items
      expect(item?.state).toBe('connecting')
      return item?.id ?? ''
    }
    const id = await leave()
    const begun = performance.now()
    await desk.call('relay.giveUp', { id })
    expect(performance.now() - begun).toBeLessThan(2000)
    await leave()
    const ending = performance.now()
    await desk.close()
    expect(performance.now() - ending).toBeLessThan(4000)
  }, 60_000)

  it('from the beginning does not hold up the end of a relay', async () => {
    const access = { servers: await deafServers(), auth: { kind: 'none' }, ca: null } as const
    const starting = await startRelay(nats, { access })
    const began = performance.now()
    await starting.relay.stop()
    expect(performance.now() - began).toBeLessThan(2000)
  })
})
