/** How a host signs in at NATS: over TLS, by what lies in its vault, and in words where it is not let in. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { nkeys } from '@nats-io/transport-node'
import { Authority } from '../../support/certificates.ts'
import { Desk, until } from '../../support/desk.ts'
import { startPlatform, type FakePlatform } from '../../support/fake-platform.ts'
import { makeOperator } from '../../support/nats-operator.ts'
import { NatsServer } from '../../support/nats.ts'
import { freePort } from '../../support/servers.ts'
import { hasNats, health, relayUp, startRelay } from './kit.ts'

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

  const seedOf = (user: ReturnType<typeof nkeys.createUser>): string => new TextDecoder().decode(user.getSeed())

  /** A file of Windows, and without the end that a text field cuts off. */
  const asPasted = (text: string): string => text.trim().replaceAll('\n', '\r\n')

  /** Each way to sign in: the server's configuration, what is right, and what is wrong and yet can be read. */
  const signIns = {
    token: () => ({
      config: 'authorization { token: "the-right-token" }',
      ...{ auth: { auth: 'token' }, secret: 'natsToken', right: 'the-right-token', wrong: 'a-token-of-nobodys' },
    }),
    nkey: () => {
      const user = nkeys.createUser()
      return {
        config: `authorization { users: [ { nkey: "${user.getPublicKey()}" } ] }`,
        ...{ auth: { auth: 'nkey' }, secret: 'natsSeed', right: seedOf(user), wrong: seedOf(nkeys.createUser()) },
      }
    },
    creds: () => {
      const { config, creds } = makeOperator()
      return {
        config,
        auth: { auth: 'creds' },
        secret: 'natsCreds',
        right: asPasted(creds()),
        wrong: makeOperator().creds(),
      }
    },
  } as const

  it.each(['token', 'nkey', 'creds'] as const)(
    'signs in by %s, says when it is refused, and shows it to nobody',
    async (by) => {
      const { config, auth, secret, right, wrong } = signIns[by]()
      await open(config)
      await choose([nats.url], auth)
      expect(await failure()).toMatchObject({ code: 'reach-secret-missing' })
      await choose([nats.url], auth, { [secret]: wrong })
      const { code, params } = await failure()
      expect({ code, params }).toEqual({ code: 'reach-refused', params: { server: nats.url } })
      const saved = await choose([nats.url], auth, { [secret]: right })
      await relayUp(desk, connectionId)
      expect(saved.kept).toEqual([secret])
      // So does the relay itself.
      const kinds = {
        token: { kind: 'token', token: right },
        nkey: { kind: 'nkey', seed: right },
        creds: { kind: 'creds', creds: right },
      } as const
      const running = await startRelay(nats, { access: { servers: [nats.url], auth: kinds[by], ca: null } })
      await until('the relay to be in', async () => (await health(running.url)).doors === 1)
      const of = {
        token: { kind: 'token', token: wrong },
        nkey: { kind: 'nkey', seed: wrong },
        creds: { kind: 'creds', creds: wrong },
      } as const
      const refused = await startRelay(nats, { access: { servers: [nats.url], auth: of[by], ca: null } })
      const { problem } = await until('it to be refused', async () => {
        const found = await health(refused.url)
        return found.problem !== 'starting' && found
      })
      expect(problem).toMatch(/authorization/i)
      await Promise.all([running.relay.stop(), refused.relay.stop()])
      const told = JSON.stringify([desk.events, desk.log, await desk.call('reach.list', {}), running.log, refused.log])
      for (const line of [right, wrong].flatMap((text) => text.split(/\r?\n/))) {
        // Of a file the lines that hold something; not what stands around them.
        if (line.length > 10 && !line.startsWith('---')) expect(told).not.toContain(line)
      }
    },
  )

  it.each([
    ['nkey', 'natsSeed', 'SUnonsense-that-is-no-seed', 'NATS nkey'],
    ['nkey', 'natsSeed', 'a-secret-of-another-kind', 'NATS nkey'],
    ['creds', 'natsCreds', 'half-of-a-file-of-credentials', 'NATS .creds'],
  ])('refuses what is no %s before it is kept, and does not repeat it', async (auth, secret, given, what) => {
    await open('')
    const settings = { way: 'relay', publicUrl: 'https://call.example.com', servers: [nats.url], auth }
    const error = await desk.refusal('reach.save', { connectionId, settings, secrets: { [secret]: given } })
    expect(error).toMatchObject({ code: 'relay-secret-unreadable', params: { what } })
    expect((await desk.call('reach.get', { connectionId })).kept).toEqual([])
    expect(JSON.stringify([error, desk.events, desk.log])).not.toContain(given)
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
