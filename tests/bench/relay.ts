/**
 * Callbacks a second by the relay against direct: `node tests/bench/relay.ts [COUNT]`. NATS, relay and host are processes
 * of their own, on this machine, which shares its cores among them and the sender.
 */
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { Pool } from 'undici'
import { Desk, merchantNo, until } from '../support/desk.ts'
import { startPlatform } from '../support/fake-platform.ts'
import { NatsServer } from '../support/nats.ts'
import { RelayProcess } from '../support/relay-process.ts'

const count = Number(process.argv[2] ?? 20_000)
const senders = 64
const robots = 8
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
let stamp = 1_793_000_000

/** Sends so many callbacks, `senders` at a time. @returns seconds until the last was acknowledged */
async function load(url: string): Promise<number> {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections: senders, pipelining: 1 })
  let sent = 0
  const begun = performance.now()
  await Promise.all(
    Array.from({ length: senders }, async () => {
      while (sent < count) {
        sent += 1
        stamp += 1
        const body = JSON.stringify({
          ...{ resultCode: '0', type: '1005', nTimeStamp: String(stamp), optvcMerchantId: merchantNo },
          optvcRobotSerialNo: `7000${sent % robots}`,
          data: { FromUserId: `u${sent % 50}`, Content: `message ${stamp} ${'x'.repeat(300)}`, nPlatformMsgType: 10 },
        })
        const { statusCode, body: answer } = await pool.request({ method: 'POST', path: pathname, body })
        await answer.dump()
        if (statusCode !== 200) throw new Error(`answered with ${statusCode}`)
      }
    }),
  )
  await pool.close()
  return (performance.now() - begun) / 1000
}

const platform = await startPlatform()
const nats = await NatsServer.start()
const relay = await RelayProcess.start(at('../../electron/relay/main.ts'), nats.url)
const desk = await Desk.open()
const { id: connectionId, callbackUrl: direct } = await desk.connect(platform)
for (let index = 0; index < robots; index += 1)
  await desk.call('robots.add', { connectionId, serialNo: `7000${index}` })
const publicUrl = relay.url
await desk.call('reach.save', { connectionId, settings: { way: 'relay', publicUrl, servers: [nats.url] } })
await until('the relay', async () => (await desk.call('reach.get', { connectionId })).state === 'up')
const { callbackUrl } = await desk.call('reach.get', { connectionId })
const secret = callbackUrl.split('/').at(-1) ?? ''
await until('the door', async () => (await desk.post(`${publicUrl}/callback/${secret}`, '{}')).status === 200)

const per = (seconds: number): string =>
  `${Math.round(count / seconds)} callbacks/s (${count} in ${seconds.toFixed(1)} s)`
const directSeconds = await load(direct)
process.stdout.write(`direct, this process at both ends: ${per(directSeconds)}\n`)

const connection = await connect({ servers: nats.url })
const manager = await jetstreamManager(connection)
const waiting = async (): Promise<number> => (await manager.streams.info('SWITCHBOARD_CALLBACKS')).state.messages
const begun = performance.now()
const relaySeconds = await load(callbackUrl)
await until('all to be fetched', async () => (await waiting()) === 0, 120_000)
const fetchedSeconds = (performance.now() - begun) / 1000
process.stdout.write(
  `by the relay, acknowledged: ${per(relaySeconds)}; fetched and committed: ${per(fetchedSeconds)}\n`,
)

// Nobody fetches: what relay and stream take alone, and then what a host that slept has to catch up with.
const { dataDir } = desk
await desk.close(true)
const asleepSeconds = await load(callbackUrl)
process.stdout.write(`by the relay while the host sleeps: ${per(asleepSeconds)}, ${await waiting()} wait\n`)
const woken = performance.now()
const awake = await Desk.open(dataDir)
await until('all to be fetched', async () => (await waiting()) === 0, 120_000)
process.stdout.write(`caught up after waking: ${per((performance.now() - woken) / 1000)}\n`)

await awake.close()
await connection.close()
await relay.kill()
await nats.close()
await platform.close()
await rm(dataDir, { recursive: true, force: true })
