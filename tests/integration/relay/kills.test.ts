/**
 * Relay, NATS and the fetching host, each killed while callbacks stream in: what was acknowledged is in the record, what
 * was not is sent again as the platform does, and every message stands in the history once.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Agent, fetch as send } from 'undici'
import { Desk, merchantNo, pause, until } from '../../support/desk.ts'
import { addRobot } from '../../support/engine-office.ts'
import { startPlatform, type FakePlatform } from '../../support/fake-platform.ts'
import { NatsServer } from '../../support/nats.ts'
import { killed } from '../../support/relay-process.ts'
import { freePort } from '../../support/servers.ts'
import { hasNats, health, reachByRelay } from './kit.ts'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** A program that is killed and started again. */
class Victim {
  readonly #start: () => ChildProcess
  #child: ChildProcess | null = null

  constructor(start: () => ChildProcess) {
    this.#start = start
  }

  open(): void {
    this.#child = this.#start()
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    await killed(child)
  }
}

const callbacks = 3000
const senders = 24
const robots = 4

describe.skipIf(!hasNats)('under load', () => {
  let platform: FakePlatform
  let nats: NatsServer
  beforeAll(async () => {
    platform = await startPlatform()
    nats = await NatsServer.start()
  })
  const victims: Victim[] = []
  afterAll(async () => {
    for (const victim of victims) await victim.kill()
    await nats.close()
    await platform.close()
  })

  it('nothing that was acknowledged is lost, and nothing is applied twice', async () => {
    const port = await freePort()
    const relayUrl = `http://127.0.0.1:${port}`
    const relay = new Victim(() =>
      spawn(process.execPath, [at('../../../electron/relay/main.ts'), '--port', String(port), '--nats', nats.url], {
        stdio: 'ignore',
      }),
    )
    victims.push(relay)
    relay.open()
    // What the operator sets up; the host that is killed then runs on the same folder.
    let desk = await Desk.open()
    const { dataDir } = desk
    const { id: connectionId } = await desk.connect(platform)
    const callbackUrl = await reachByRelay(desk, connectionId, nats, relayUrl)
    const handles = await Promise.all(Array.from({ length: robots }, () => addRobot(desk, connectionId, callbackUrl)))
    await until('the door to be known', async () => (await health(relayUrl).catch(() => null))?.doors === 1)
    await desk.close(true)
    const host = new Victim(() =>
      spawn(process.execPath, [at('../../support/fetching-host.ts'), dataDir], { stdio: 'ignore' }),
    )
    victims.push(host)
    host.open()

    const agent = new Agent({ connections: senders })
    const bodyOf = (index: number): string =>
      JSON.stringify({
        resultCode: '0',
        type: '1005',
        nTimeStamp: String(1_793_000_000 + index),
        optvcMerchantId: merchantNo,
        optvcRobotSerialNo: handles[index % robots]?.serialNo,
        data: {
          FromUserId: 'u1',
          Content: `message ${index}`,
          dtMsgTime: String(1_793_000_000 + index),
          nPlatformMsgType: 10,
          nMsgType: 0,
        },
      })
    let acknowledged = 0
    let refused = 0
    let lastAt = performance.now()
    const gaps: { what: string; ms: number }[] = []
    let watched: string | null = null
    /** As the platform: again and again until it has its answer. */
    const deliver = async (index: number): Promise<void> => {
      for (;;) {
        const answer = await send(callbackUrl, {
          method: 'POST',
          body: bodyOf(index),
          dispatcher: agent,
          signal: AbortSignal.timeout(15_000),
        })
          .then(async (response) => ({ status: response.status, text: await response.text() }))
          .catch(() => null)
        if (answer?.status === 200) {
          expect(answer.text).toBe('success')
          acknowledged += 1
          const now = performance.now()
          if (watched !== null) {
            gaps.push({ what: watched, ms: Math.round(now - lastAt) })
            watched = null
          }
          lastAt = now
          return
        }
        refused += 1
        expect([undefined, 503]).toContain(answer?.status)
        await pause(20)
      }
    }
    let next = 0
    const begun = performance.now()
    const work = Array.from({ length: senders }, async () => {
      while (next < callbacks) {
        next += 1
        await deliver(next)
        // Spread over the kills: what is measured here is loss, not speed.
        await pause(30)
      }
    })
    const kill = async (
      what: string,
      when: number,
      victim: { kill(): Promise<void>; open(): unknown },
    ): Promise<void> => {
      await until(`${when} callbacks`, () => acknowledged >= when, 60_000)
      await victim.kill()
      if (what !== 'host') {
        lastAt = performance.now()
        watched = what
      }
      await victim.open()
    }
    for (const round of [0, 1]) {
      const from = 200 + round * 1300
      await kill('relay', from, relay)
      await kill('host', from + 300, host)
      await kill('NATS', from + 600, nats)
      await kill('host', from + 900, host)
    }
    await Promise.all(work)
    const seconds = (performance.now() - begun) / 1000
    await agent.close()

    await until(
      'the stream to be empty',
      async () => {
        const { jetstreamManager } = await import('@nats-io/jetstream')
        const { connect } = await import('@nats-io/transport-node')
        const connection = await connect({ servers: nats.url })
        const { state } = await (await jetstreamManager(connection)).streams.info('SWITCHBOARD_CALLBACKS')
        await connection.close()
        return state.messages === 0
      },
      30_000,
    )
    await host.kill()
    await relay.kill()
    desk = await Desk.open(dataDir)
    // What was kept just before the end is applied now.
    await until(
      'all to be read',
      async () => (await desk.call('callbacks.list', { state: 'pending' })).items.length === 0,
    )
    const seen = new Map<string, number>()
    for (const { id: robotId } of handles) {
      let cursor: string | undefined
      do {
        const page = await desk.call('messages.page', {
          ...{ robotId, peer: { kind: 'friend', id: 'u1' }, limit: 500 },
          ...(cursor !== undefined && { cursor }),
        })
        for (const { content } of page.items) seen.set(content, (seen.get(content) ?? 0) + 1)
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined)
    }
    const lost = Array.from({ length: callbacks }, (_, index) => `message ${index + 1}`).filter(
      (text) => !seen.has(text),
    )
    const doubled = [...seen.values()].filter((count) => count > 1).length
    process.stdout.write(
      `relay killed 2×, NATS 2×, host 4× during ${callbacks} callbacks in ${seconds.toFixed(1)} s: acknowledged ${acknowledged}, ` +
        `refused and sent again ${refused}, lost ${lost.length}, doubled ${doubled}; until the next acknowledgement: ` +
        `${gaps.map(({ what, ms }) => `${what} ${ms} ms`).join(', ')}\n`,
    )
    expect(lost).toEqual([])
    expect(doubled).toBe(0)
    expect(gaps.map(({ what }) => what)).toEqual(['relay', 'NATS', 'relay', 'NATS'])
    expect(acknowledged).toBe(callbacks)
    await desk.close()
  }, 240_000)
})
