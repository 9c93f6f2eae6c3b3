/** NATS keeps its connections and answers nothing: the host's end is not held up by it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
})
