/** What a relay does with senders that take their time, and with a NATS that is full, silent, or says no. */
import { createServer, connect as connectTo, type Server, type Socket } from 'node:net'
import { request } from 'node:http'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect, nkeys } from '@nats-io/transport-node'
import { Kvm } from '@nats-io/kv'
import { afterEach, describe, expect, it } from 'vitest'
import { secretHash } from '#engine/callbacks/incoming.ts'
import type { RelayOptions } from '../../../electron/relay/relay.ts'
import { until } from '../../support/desk.ts'
import { NatsServer, type NatsOptions } from '../../support/nats.ts'
import { freePort } from '../../support/servers.ts'
import { hasNats, health, startRelay, type RunningRelay } from './kit.ts'

const secret = 'a-secret-that-nobody-guesses-0001'
const body = (content: string): string =>
  JSON.stringify({ type: '1005', optvcRobotSerialNo: '1', optvcMerchantId: 'm', data: { Content: content } })

describe.skipIf(!hasNats)('a relay in trouble', () => {
  let nats: NatsServer
  let running: RunningRelay
  const closers: (() => unknown)[] = []
  afterEach(async () => {
    await running.relay.stop()
    for (const close of closers.splice(0)) await close()
    await nats.close()
  })

  /** Starts both and opens one door, as a Switchboard would. */
  async function open(changes: Partial<RelayOptions> = {}, options: NatsOptions = {}): Promise<string> {
    nats = await NatsServer.start(options)
    running = await startRelay(nats, changes)
    await until('the relay to be ready', async () => (await health(running.url)).status === 200)
    const connection = await connect({ servers: nats.url })
    const door = { owner: 'test', merchantNo: 'm', acknowledgement: 'success', sources: [], until: null }
    await (await new Kvm(connection).open('switchboard_doors')).put(secretHash(secret), JSON.stringify(door))
    await connection.close()
    await until('the door to be known', async () => (await health(running.url)).doors === 1)
    return `${running.url}/callback/${secret}`
  }

  const post = async (url: string, content: string): Promise<number> =>
    (await fetch(url, { method: 'POST', body: content })).status

  async function stored(): Promise<number> {
    const connection = await connect({ servers: nats.url })
    const { state } = await (await jetstreamManager(connection)).streams.info('SWITCHBOARD_CALLBACKS')
    await connection.close()
    return state.messages
  }

  it('refuses what a full stream does not take, and takes again when there is room', async () => {
    const url = await open({ limits: { bytes: 20_000 } })
    const statuses: number[] = []
    while (statuses.at(-1) !== 503 && statuses.length < 200) statuses.push(await post(url, body('x'.repeat(900))))
    expect(statuses.at(-1)).toBe(503)
    const acknowledged = statuses.filter((status) => status === 200).length
    expect(acknowledged).toBeGreaterThan(5)
    // Nothing of what was acknowledged was pushed out by what came later.
    expect(await stored()).toBe(acknowledged)
    const connection = await connect({ servers: nats.url })
    await (await jetstreamManager(connection)).streams.purge('SWITCHBOARD_CALLBACKS')
    await connection.close()
    expect(await post(url, body('again'))).toBe(200)
  })

  it('answers 503 where the stream says nothing, and has it there once for all its asking', async () => {
    const valve = await startValve()
    closers.push(valve.close)
    // The valve leads to the server that this starts.
    const url = await open({
      access: { servers: [`nats://127.0.0.1:${valve.port}`], auth: { kind: 'none' }, ca: null },
    })
    const silentSince = Date.now()
    valve.hold()
    const status = await post(url, body('nobody answers'))
    expect(status).toBe(503)
    expect(Date.now() - silentSince).toBeLessThan(12_000)
    expect(await stored()).toBe(1)
    valve.release()
    expect(running.relay.counts).toMatchObject({ acknowledged: 0 })

    async function startValve() {
      const port = await freePort()
      const sockets = new Set<{ up: Socket; down: Socket }>()
      let isHeld = false
      const server: Server = createServer((down) => {
        const up = connectTo(nats.port, '127.0.0.1')
        const pair = { up, down }
        sockets.add(pair)
        down.pipe(up)
        up.on('data', (chunk) => {
          if (!isHeld) down.write(chunk)
        })
        for (const socket of [up, down]) {
          socket.on('error', () => undefined)
          socket.on('close', () => {
            up.destroy()
            down.destroy()
          })
        }
      })
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
      return {
        port,
        hold: () => (isHeld = true),
        release: () => (isHeld = false),
        close: () => {
          for (const { up, down } of sockets) {
            up.destroy()
            down.destroy()
          }
          return new Promise<void>((resolve) => server.close(() => resolve()))
        },
      }
    }
  })

  it('cuts off who sends slowly, and goes on with the others', async () => {
    const url = await open({ patience: { requestMs: 400, headersMs: 400, checkMs: 50 } })
    const slow = Array.from({ length: 50 }, () => {
      const sent = request(url, { method: 'POST', headers: { 'content-length': '1000' } })
      sent.write('{')
      return new Promise<string>((resolve) => {
        sent.on('response', (answer) => {
          answer.resume()
          resolve(String(answer.statusCode))
        })
        sent.on('error', () => resolve('cut'))
      })
    })
    expect(await post(url, body('in between'))).toBe(200)
    expect(new Set(await Promise.all(slow))).toEqual(new Set(['408']))
    expect(running.relay.counts.received).toBe(1)
  })

  it('counts nothing of what still comes of a body that was refused', async () => {
    const url = await open({ patience: { bytes: 6 * 2 ** 20 } })
    const large = Buffer.alloc(5 * 2 ** 20, 'x')
    for (let n = 0; n < 12; n += 1) {
      // In pieces, without a length: it is known to be too large only when it is there.
      await new Promise<void>((resolve) => {
        const sent = request(url, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } })
        sent.on('response', (answer) => answer.resume())
        sent.on('error', () => undefined)
        sent.on('close', () => resolve())
        sent.end(large)
      })
    }
    expect(running.relay.counts.refused['too-large']).toBeGreaterThan(5)
    await until('room for another', async () => (await post(url, body('and then'))) === 200)
  })

  it('takes no more bodies at once than it has room for', async () => {
    const url = await open({ patience: { bytes: 2 ** 20 } })
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(url, body('x'.repeat(2 ** 19)))))
    expect(answers.filter((status) => status === 503).length).toBeGreaterThan(0)
    expect(answers.filter((status) => status === 200).length).toBeGreaterThan(0)
    expect(running.relay.counts.refused.busy).toBeGreaterThan(0)
    // The room is free when the last answer is through.
    await until('the next to be taken', async () => (await post(url, body('and then'))) === 200)
  })

  it('refuses what NATS finds too large, and what was compressed beyond reason goes unread', async () => {
    const url = await open({}, { maxPayload: 64 * 1024 })
    expect(await post(url, body('x'.repeat(100_000)))).toBe(503)
    expect(running.log.join('')).toContain('max_payload')
    expect(await post(url, body('small'))).toBe(200)
  })

  it('tells its health on this machine alone', async () => {
    const url = await open()
    expect((await fetch(`${running.url}/healthz`, { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(404)
    expect((await fetch(`${running.url}/healthz`, { method: 'HEAD' })).status).toBe(200)
    expect(JSON.stringify(await (await fetch(`${running.url}/healthz`)).json())).not.toContain(url.split('/').at(-1))
  })

  it('believes a proxy that it was told of, and nobody else, about where a callback came from', async () => {
    const door = { owner: 'test', merchantNo: 'm', acknowledgement: 'ok', sources: ['203.0.113.0/24'], until: null }
    const url = await open({ trustedProxies: ['127.0.0.1'] })
    const connection = await connect({ servers: nats.url })
    await (await new Kvm(connection).open('switchboard_doors')).put(secretHash(secret), JSON.stringify(door))
    await connection.close()
    const from = async (address: string): Promise<number> =>
      (await fetch(url, { method: 'POST', body: body('x'), headers: { 'x-forwarded-for': address } })).status
    await until('the list to be known', async () => (await from('198.51.100.1')) === 404)
    expect(await from('203.0.113.5')).toBe(200)
    expect(await from('203.0.113.5, 198.51.100.1')).toBe(404)
  })

  it('signs in by user and password or by nkey, with rights for nothing else', async () => {
    const user = nkeys.createUser()
    const rights = `
      publish: { allow: ["switchboard.callback.>", "switchboard.unread.>", "switchboard.probe", "$JS.API.INFO", "$JS.API.STREAM.INFO.*",
        "$JS.API.CONSUMER.*.KV_switchboard_doors.>", "$JS.API.DIRECT.GET.KV_switchboard_doors.>", "$JS.FC.>"] }
      subscribe: { allow: ["_INBOX.>", "switchboard.look"] }
      allow_responses: { max: 1, expires: "15s" }`
    const config = `authorization { users: [
      { user: "team", password: "for the hosts" }
      { user: "relay", password: "for the relay", permissions: { ${rights} } }
      { nkey: "${user.getPublicKey()}", permissions: { ${rights} } }
    ] }`
    nats = await NatsServer.start({ config })
    const team = await connect({ servers: nats.url, user: 'team', pass: 'for the hosts' })
    const { ensureStreams } = await import('#engine/reach/relay/streams.ts')
    const { layoutOf } = await import('#engine/reach/relay/layout.ts')
    await ensureStreams(await jetstreamManager(team), layoutOf('switchboard'))
    const doors = await new Kvm(team).create('switchboard_doors', { history: 1 })
    const door = { owner: 'test', merchantNo: 'm', acknowledgement: 'ok', sources: [], until: null }
    await doors.put(secretHash(secret), JSON.stringify(door))
    const wrong = await startRelay(nats, {
      access: { servers: [nats.url], auth: { kind: 'token', token: 'x' }, ca: null },
    })
    const seed = new TextDecoder().decode(user.getSeed())
    for (const auth of [
      { kind: 'password', user: 'relay', password: 'for the relay' },
      { kind: 'nkey', seed },
    ] as const) {
      running = await startRelay(nats, { access: { servers: [nats.url], auth, ca: null } })
      await until(`the relay to be in by ${auth.kind}`, async () => (await health(running.url)).doors === 1)
      expect(await post(`${running.url}/callback/${secret}`, body('x'))).toBe(200)
      const look = { publicUrl: 'http://127.0.0.1', stand: 'a'.repeat(32), nonce: 'a'.repeat(32) }
      const answer = await team.request('switchboard.look', JSON.stringify(look), { timeout: 5000 })
      expect(answer.json()).toMatchObject({ failed: { code: 'outside-private' } })
      if (auth.kind === 'password') await running.relay.stop()
    }
    expect(await health(wrong.url)).toMatchObject({ status: 503 })
    expect(await post(`${wrong.url}/callback/${secret}`, body('x'))).toBe(503)
    await wrong.relay.stop()
    await team.close()
  })
})
