/** How a host signs in at NATS: over TLS, by what lies in its vault, and in words where it is not let in. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Authority } from '../../support/certificates.ts'
import { Desk, until } from '../../support/desk.ts'
import { startPlatform, type FakePlatform } from '../../support/fake-platform.ts'
import { NatsServer } from '../../support/nats.ts'
import { freePort } from '../../support/servers.ts'
import { hasNats, relayUp } from './kit.ts'

describe.skipIf(!hasNats)('a host at NATS', () => {
  let platform: FakePlatform
  let folder: string
  let desk: Desk
  let nats: NatsServer
  let connectionId: string
  beforeAll(async () => {
    platform = await startPlatform()
    folder = await mkdtemp(join(tmpdir(), 'switchboard-ca-'))
  })
  afterAll(async () => {
    await platform.close()
    await rm(folder, { recursive: true })
  })
  afterEach(async () => {
    await desk.close()
    await nats.close()
  })

  async function open(config: string): Promise<void> {
    nats = await NatsServer.start({ config })
    desk = await Desk.open()
    connectionId = (await desk.connect(platform)).id
  }
  const choose = (servers: string[], more: object, secrets: object = {}) =>
    desk.call('reach.save', {
      connectionId,
      settings: { way: 'relay', publicUrl: 'https://call.example.com', servers, ...more },
      secrets,
    })
  const failure = () =>
    until('it to fail', async () => {
      const { state, failure: found } = await desk.call('reach.get', { connectionId })
      return state === 'failed' && found
    })
  const users = 'authorization { users: [ { user: "hosts", password: "let-the-hosts-in" } ] }'

  it('signs in by a password from the vault, which nobody sees again', async () => {
    await open(users)
    const auth = { auth: 'password', username: 'hosts' }
    await choose([nats.url], auth)
    expect(await failure()).toMatchObject({ code: 'reach-secret-missing', params: { what: 'NATS password' } })
    await choose([nats.url], auth, { natsPassword: 'a-wrong-one-indeed' })
    expect(await failure()).toMatchObject({ code: 'reach-refused' })
    const saved = await choose([nats.url], auth, { natsPassword: 'let-the-hosts-in' })
    await relayUp(desk, connectionId)
    expect(saved.kept).toEqual(['natsPassword'])
    const told = JSON.stringify([saved, desk.events, desk.log, await desk.call('reach.list', {})])
    expect(told).not.toContain('let-the-hosts-in')
    expect(told).not.toContain('a-wrong-one-indeed')
  })

  it('goes over TLS where it is told to, and to no server that shows another certificate, or none', async () => {
    const authority = new Authority(folder)
    const { cert, key } = authority.issue()
    await open(`tls { cert_file: "${cert}", key_file: "${key}" }`)
    const secure = nats.url.replace('nats:', 'tls:')
    await choose([secure], {})
    expect(await failure()).toMatchObject({ code: 'reach-unreachable' })
    await choose([secure], { ca: authority.pem })
    await relayUp(desk, connectionId)
    await nats.close()
    nats = await NatsServer.start()
    await choose([nats.url.replace('nats:', 'tls:')], { ca: authority.pem })
    expect(await failure()).toMatchObject({ code: 'reach-unreachable' })
  })

  it('says that nobody is there, and that the server keeps nothing', async () => {
    await open('')
    await choose([`nats://127.0.0.1:${await freePort()}`], {})
    expect(await failure()).toMatchObject({ code: 'reach-unreachable' })
    await nats.close()
    nats = await NatsServer.start({ config: 'accounts { BARE: { users: [ { user: "bare", password: "bare" } ] } }' })
    await choose([nats.url], { auth: 'password', username: 'bare' }, { natsPassword: 'bare' })
    expect(await failure()).toMatchObject({ code: 'reach-service', params: { service: 'NATS' } })
  })

  it.each([
    ['a mixture of both kinds of servers', { servers: ['nats://a:1', 'tls://a:1'] }],
    ['no server', { servers: [] }],
    ['a user name in the address', { servers: ['nats://u:p@a:1'] }],
    ['another scheme', { servers: ['http://a:1'] }],
    ['a name that means something to NATS', { name: 'a.>' }],
    ['a password without a user', { auth: 'password' }],
  ])('is not tried with %s', async (_what, more) => {
    await open('')
    const settings = { way: 'relay', publicUrl: 'https://call.example.com', servers: [nats.url], ...more }
    expect((await desk.refusal('reach.save', { connectionId, settings })).code).toBe('invalid-input')
  })
})
