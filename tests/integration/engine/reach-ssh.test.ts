/** The SSH reverse tunnel against a real sshd: log-ins, host keys, and callbacks while the server is killed. */
import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { sshWay } from '#engine/reach/ssh.ts'
import { reachSettingsSchema, type SettingsOf } from '#shared/contract/entries/reach.ts'
import { until } from '../../support/desk.ts'
import { OwnSshd } from '../../support/own-sshd.ts'
import { ReachOffice } from '../../support/reach-office.ts'
import { connectionsTo, freePort, hasSystemServers } from '../../support/servers.ts'

describe.skipIf(!hasSystemServers)('an SSH reverse tunnel', () => {
  let sshd: OwnSshd
  let office: ReachOffice
  let remotePort: number

  beforeAll(async () => {
    sshd = await OwnSshd.start()
    office = await ReachOffice.open()
    remotePort = await freePort()
  })
  afterAll(async () => {
    await office.close()
    await sshd.close()
  })
  afterEach(async () => {
    await office.save({ way: 'off' }, { sshKey: null, sshKeyPassphrase: null, sshPassword: null })
  })

  const settings = (changes: object = {}) => ({
    way: 'ssh' as const,
    host: '127.0.0.1',
    port: sshd.port,
    username: sshd.username,
    auth: 'key' as const,
    remotePort,
    publicUrl: `http://127.0.0.1:${remotePort}`,
    ...changes,
  })

  it('leads callbacks here by a key, and pins the host key that it saw first', async () => {
    await office.save(settings(), { sshKey: sshd.key() })
    const item = await office.reaches('up')
    expect(item).toMatchObject({ hostKey: sshd.fingerprint(), publicUrl: `http://127.0.0.1:${remotePort}` })
    const { lost, doubled, refused } = await office.deliver(50, { url: () => item.callbackUrl, atOnce: 5 })
    expect({ lost, doubled, refused }).toEqual({ lost: 0, doubled: 0, refused: 0 })
    expect((await office.item).lastCallbackAt).toBeGreaterThan(0)
  })

  it('opens a key with its passphrase, and says what is wrong with one that does not open', async () => {
    const desk = office.office.desk
    const refusal = (secrets: object) =>
      desk.refusal('reach.save', { connectionId: office.office.connectionId, settings: settings(), secrets })
    expect((await refusal({ sshKey: 'no key' })).code).toBe('reach-secret-unreadable')
    expect((await refusal({ sshKey: sshd.key('closed_key'), sshKeyPassphrase: 'wrong' })).code).toBe(
      'reach-secret-unreadable',
    )
    await office.save(settings(), { sshKey: sshd.key('closed_key') })
    expect(await office.reaches('failed')).toMatchObject({
      failure: { code: 'reach-secret-unreadable' },
      retryAt: null,
    })
    await office.save(settings(), { sshKeyPassphrase: 'open sesame' })
    await office.reaches('up')
  })

  it('logs in by the agent of the system', async () => {
    const socket = join(sshd.folder, 'agent')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
    const before = process.env.SSH_AUTH_SOCK
    try {
      const env = { ...process.env, SSH_AUTH_SOCK: socket }
      await until('the agent to have the key', () => {
        try {
          execFileSync('ssh-add', ['-q', sshd.keyPath()], { env, stdio: 'ignore' })
          return true
        } catch {
          return false
        }
      })
      process.env.SSH_AUTH_SOCK = socket
      await office.save(settings({ auth: 'agent' }))
      await office.reaches('up')
    } finally {
      if (before === undefined) delete process.env.SSH_AUTH_SOCK
      else process.env.SSH_AUTH_SOCK = before
      agent.kill()
    }
  })

  it('lets the server choose the port where none is asked for', async () => {
    await office.save(settings({ remotePort: 0, publicUrl: 'http://127.0.0.1:{port}/' }), { sshKey: sshd.key() })
    const item = await office.reaches('up')
    expect(item.publicUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d{4,5}$/)
    const { lost } = await office.deliver(5, { url: () => item.callbackUrl, atOnce: 1 })
    expect(lost).toBe(0)
  })

  it('says that the server refuses the log-in, that there is no key, or that there is no server', async () => {
    await office.save(settings())
    expect(await office.reaches('failed')).toMatchObject({ failure: { code: 'reach-secret-missing' }, retryAt: null })
    await office.save(settings({ username: 'nobody-at-all' }), { sshKey: sshd.key() })
    const refused = await office.reaches('failed')
    expect(refused.failure).toMatchObject({ code: 'reach-refused' })
    // Not soon: a server that is asked again and again shuts the door.
    expect((refused.retryAt ?? 0) - Date.now()).toBeGreaterThan(10_000)
    await office.save(settings({ port: await freePort() }))
    const item = await office.reaches('failed')
    expect(item.failure).toMatchObject({ code: 'reach-unreachable', params: { problem: 'server-refuses' } })
    expect(item.retryAt).not.toBeNull()
  })

  it('refuses a host key that changed, names both, and trusts the new one only when told to', async () => {
    const own = await OwnSshd.start()
    try {
      const before = own.fingerprint()
      const there = settings({ port: own.port })
      await office.save(there, { sshKey: own.key() })
      await office.reaches('up')
      await own.kill()
      own.changeHostKey()
      await own.start()
      const failed = await until('the change to be seen', async () => {
        const item = await office.item
        return item.failure?.code === 'reach-host-key' && item
      })
      expect(failed).toMatchObject({
        state: 'failed',
        retryAt: null,
        hostKey: before,
        failure: { params: { pinned: before, fingerprint: own.fingerprint() } },
      })
      const { desk, connectionId } = office.office
      const other = await desk.refusal('reach.acceptHostKey', { connectionId, fingerprint: before })
      expect(other.code).toBe('not-allowed-now')
      expect((await desk.call('system.info', {})).notices).toMatchObject([{ code: 'reach-down' }])
      // Saving the settings once more changes nothing about it.
      await office.save(there)
      expect((await office.reaches('failed')).failure?.code).toBe('reach-host-key')
      await desk.call('reach.acceptHostKey', { connectionId, fingerprint: own.fingerprint() })
      expect((await office.reaches('up')).hostKey).toBe(own.fingerprint())
      expect((await desk.call('system.info', {})).notices).toEqual([])
    } finally {
      await office.save({ way: 'off' })
      await own.close()
    }
  })

  it('says that the server forwards no port', async () => {
    const strict = await OwnSshd.start('AllowTcpForwarding no')
    try {
      await office.save(settings({ port: strict.port }), { sshKey: strict.key() })
      expect((await office.reaches('failed')).failure).toMatchObject({
        code: 'reach-forward-refused',
        params: { port: remotePort },
      })
    } finally {
      await office.save({ way: 'off' })
      await strict.close()
    }
  })

  it('is left in three seconds where its server says nothing more', async () => {
    const own = await OwnSshd.start()
    try {
      const tools = {
        door: () => ({ host: '127.0.0.1', port: 1 }),
        secret: (name: string) => Promise.resolve(name === 'sshKey' ? own.key() : null),
        pinnedKey: () => own.fingerprint(),
        pin: () => Promise.resolve(),
        log: { debug() {}, info() {}, warn() {}, error() {} },
      }
      const chosen = reachSettingsSchema.parse(settings({ port: own.port })) as SettingsOf<'ssh'>
      const way = await sshWay(chosen, tools).open(new AbortController().signal)
      own.freeze()
      const began = performance.now()
      await way.close()
      expect(performance.now() - began).toBeLessThan(3000)
      expect(connectionsTo(own.port)).toBe(0)
    } finally {
      await own.close()
    }
  }, 10_000)

  it('loses and doubles nothing while the server is killed and started under load', async () => {
    const own = await OwnSshd.start()
    try {
      const direct = await office.deliver(1500, { url: () => office.office.callbackUrl, atOnce: 32 })
      await office.save(settings({ port: own.port }), { sshKey: own.key() })
      const { callbackUrl } = await office.reaches('up')
      const through = await office.deliver(1500, { url: () => callbackUrl, atOnce: 32 })
      const kills: { downMs: number; recoveryMs: number }[] = []
      let killing: Promise<void> = Promise.resolve()
      const killAndStart = async (): Promise<void> => {
        const killedAt = performance.now()
        await own.kill()
        await own.start()
        const startedAt = performance.now()
        await office.reaches('up', 30_000)
        kills.push({ downMs: startedAt - killedAt, recoveryMs: performance.now() - startedAt })
      }
      const at = new Set([200, 600, 1000])
      const killed = await office.deliver(1500, {
        url: () => callbackUrl,
        atOnce: 32,
        acknowledged: (count) => {
          if (at.has(count)) killing = killing.then(killAndStart)
        },
      })
      await killing
      const figures = {
        directPerSecond: Math.round(direct.rate),
        throughPerSecond: Math.round(through.rate),
        kills: kills.map(({ recoveryMs }) => Math.round(recoveryMs)),
        refusedAndRepeated: killed.refused,
        longestGapMs: Math.round(killed.longestGapMs),
        lost: killed.lost,
        doubled: killed.doubled,
      }
      process.stdout.write(`SSH tunnel: ${JSON.stringify(figures)}\n`)
      expect(kills).toHaveLength(3)
      expect(killed.refused).toBeGreaterThan(0)
      for (const run of [direct, through, killed]) expect([run.lost, run.doubled]).toEqual([0, 0])
    } finally {
      await office.save({ way: 'off' })
      await own.close()
    }
  }, 120_000)
})
