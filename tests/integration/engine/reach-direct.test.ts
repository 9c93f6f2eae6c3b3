/** The direct way: the listener's own TLS, and a real nginx before it that ends TLS. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Agent, request } from 'undici'
import { Authority } from '../../support/certificates.ts'
import { Desk, pause, until } from '../../support/desk.ts'
import { ReachOffice } from '../../support/reach-office.ts'
import { ReverseProxy } from '../../support/reverse-proxies.ts'
import { findServer, hasSystemServers, systemServers } from '../../support/servers.ts'

let folder: string
let authority: Authority
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-tls-'))
  authority = new Authority(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Asks by TLS, trusting the test's authority. */
async function ask(url: string, method: 'GET' | 'POST' = 'GET'): Promise<number> {
  const dispatcher = new Agent({ connect: { ca: authority.pem } })
  const answer = await request(url, { method, dispatcher, ...(method === 'POST' && { body: '{}' }) })
  await answer.body.dump()
  await dispatcher.close()
  return answer.statusCode
}

/** The certificate that a server shows, by its serial number. */
const shown = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber)
      socket.destroy()
    })
    socket.once('error', reject)
  })

describe('the listener’s own certificate', () => {
  let desk: Desk
  beforeEach(async () => {
    desk = await Desk.open(undefined, { callbackPort: undefined })
  })
  afterEach(() => desk.close())

  const listen = (cert: string, key: string) => desk.call('settings.set', { listener: { tlsCert: cert, tlsKey: key } })
  const problem = async (cert: string, key: string): Promise<unknown> => {
    const refused = await desk.refusal('settings.set', { listener: { tlsCert: cert, tlsKey: key } })
    expect(refused.code).toBe('tls-unusable')
    return refused.params?.['problem']
  }

  it('is shown to callers from outside, while what runs here goes on in the clear', async () => {
    const { cert, key } = authority.issue()
    const { id } = await desk.connect({ url: 'http://127.0.0.1:9' })
    await listen(cert, key)
    const { listener } = await desk.call('system.info', {})
    const outside = `https://127.0.0.1:${listener.port}`
    await desk.call('reach.save', { connectionId: id, settings: { way: 'direct', publicUrl: outside } })
    const { callbackUrl } = await desk.call('reach.get', { connectionId: id })
    expect(callbackUrl.startsWith(`${outside}/callback/`)).toBe(true)
    expect(await ask(callbackUrl, 'POST')).toBe(200)
    expect(listener.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await desk.post(callbackUrl.replace(outside, listener.url ?? ''), '{}')).status).toBe(200)
  })

  it('takes no TLS older than 1.2', async () => {
    const { cert, key } = authority.issue()
    await listen(cert, key)
    const { listener } = await desk.call('system.info', {})
    const old = new Promise((resolve, reject) => {
      const versions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
      const socket = connectTls({ host: '127.0.0.1', port: listener.port ?? 0, rejectUnauthorized: false, ...versions })
      socket.once('secureConnect', resolve)
      socket.once('error', reject)
    })
    await expect(old).rejects.toThrow(/protocol version|wrong version|alert/i)
  })

  it('is read again when its files change, and kept where the new ones cannot be used', async () => {
    const [first, second] = [authority.issue(), authority.issue()]
    const files = { cert: join(folder, 'live.pem'), key: join(folder, 'live.key') }
    const put = ({ cert, key }: { cert: string; key: string }): void => {
      copyFileSync(cert, files.cert)
      copyFileSync(key, files.key)
    }
    put(first)
    await listen(files.cert, files.key)
    const port = (await desk.call('system.info', {})).listener.port ?? 0
    const before = await shown(port)
    put(second)
    await until('the new certificate', async () => (await shown(port)) !== before, 15_000)
    const after = await shown(port)
    writeFileSync(files.cert, 'no certificate')
    const notices = await until(
      'a notice',
      async () => {
        const found = (await desk.call('system.info', {})).notices
        return found.length > 0 && found
      },
      15_000,
    )
    expect(notices).toMatchObject([{ code: 'tls-unusable', params: { problem: 'cert-unreadable' } }])
    expect(await shown(port)).toBe(after)
  }, 40_000)

  it('is refused with what exactly is wrong, and nothing is changed', async () => {
    const good = authority.issue()
    const other = authority.issue()
    expect(await problem(good.cert, other.key)).toBe('tls-mismatch')
    expect(await problem(join(folder, 'none.pem'), good.key)).toBe('file-unreadable')
    expect(await problem(good.key, good.key)).toBe('cert-unreadable')
    expect(await problem(good.cert, good.cert)).toBe('tls-key-unreadable')
    expect(await problem('relative.pem', good.key)).toBe('path-not-absolute')
    // Its own part is whole; what OpenSSL reads behind it is not.
    const chain = join(folder, 'chain.pem')
    writeFileSync(
      chain,
      `${readFileSync(good.cert, 'utf8')}\n-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n`,
    )
    expect(await problem(chain, good.key)).toBe('cert-unusable')
    const nones = [folder]
    if (process.platform !== 'win32') {
      const pipe = join(folder, 'pipe')
      execFileSync('mkfifo', [pipe])
      nones.push(pipe)
    }
    for (const none of nones) expect(await problem(none, good.key), none).toBe('file-unreadable')
    const ended = authority.issue({ from: -20, until: -2 })
    expect(await problem(ended.cert, ended.key)).toBe('cert-expired')
    const early = authority.issue({ from: 2, until: 20 })
    expect(await problem(early.cert, early.key)).toBe('cert-not-yet')
    expect((await desk.call('settings.get', {})).listener.tlsCert).toBe('')
    expect((await desk.call('system.info', {})).listener.url).toMatch(/^http:/)
  })
})

const hasCaddy = hasSystemServers && findServer(systemServers.caddy) !== undefined
if (!hasCaddy)
  process.stderr.write('\n*** CADDY IS NOT TESTED: it is not installed (Debian: apt-get install caddy) ***\n\n')

describe.each([
  ['nginx', hasSystemServers],
  ['caddy', hasCaddy],
] as const)('behind %s', (kind, isThere) => {
  describe.skipIf(!isThere)('as documented', () => {
    let office: ReachOffice
    let proxy: ReverseProxy

    beforeAll(async () => {
      office = await ReachOffice.open()
      proxy = await ReverseProxy.start(kind, authority, new URL(office.office.desk.engine.callbackBaseUrl ?? '').host)
    })
    afterAll(async () => {
      await proxy.close()
      await office.close()
    })

    it('takes callbacks, and loses and doubles none while the proxy is killed', async () => {
      await office.save({ way: 'direct', publicUrl: proxy.url })
      const { callbackUrl } = await office.reaches('up')
      expect(callbackUrl.startsWith(`${proxy.url}/callback/`)).toBe(true)
      const through = await office.deliver(1000, { url: () => callbackUrl, atOnce: 32, ca: authority.pem })
      let killing: Promise<number> = Promise.resolve(0)
      const killed = await office.deliver(1000, {
        url: () => callbackUrl,
        atOnce: 32,
        ca: authority.pem,
        acknowledged: (count) => {
          if (count !== 300) return
          killing = proxy.kill().then(async () => {
            await pause(300)
            const startedAt = performance.now()
            await proxy.start()
            return performance.now() - startedAt
          })
        },
      })
      const figures = {
        throughPerSecond: Math.round(through.rate),
        refusedAndRepeated: killed.refused,
        recoveryMs: Math.round(await killing),
        lost: killed.lost,
        doubled: killed.doubled,
      }
      process.stdout.write(`behind ${kind}: ${JSON.stringify(figures)}\n`)
      expect(killed.refused).toBeGreaterThan(0)
      for (const run of [through, killed]) expect([run.lost, run.doubled]).toEqual([0, 0])
    }, 60_000)

    it('is asked for the sender’s address where it is trusted', async () => {
      const { desk, connectionId } = office.office
      const [present] = (await desk.call('connections.list', {})).items
      if (!present) throw new Error('no connection')
      const { name, gatewayUrl, appId, merchantNo, methodPrefix, callbackUrl } = present
      const allow = (callbackSources: string[]) =>
        desk.call('connections.save', {
          ...{ id: connectionId, name, gatewayUrl, appId, merchantNo, methodPrefix },
          advanced: { callbackSources, trustedProxies: ['127.0.0.1'] },
        })
      // The test's own address, as the proxy saw it, is loopback too: one hop before the proxy that is trusted.
      await allow(['203.0.113.0/24'])
      expect(await ask(callbackUrl, 'POST')).toBe(404)
      await allow(['127.0.0.0/8'])
      expect(await ask(callbackUrl, 'POST')).toBe(200)
      await allow([])
    })

    it('passes on nothing else, and nothing that is too large', async () => {
      const { callbackUrl } = await office.item
      const { pathname } = new URL(callbackUrl)
      expect([await proxy.ask('/'), await proxy.ask('/p/x'), await proxy.ask('/callback/wrong', 'POST')]).toEqual([
        404, 404, 404,
      ])
      const newest = async () => (await office.office.desk.call('callbacks.list', { limit: 1 })).items[0]?.id
      const before = await newest()
      // Who is refused in the middle of sending may find the connection cut instead of the answer.
      const status = await proxy.ask(pathname, 'POST', ' '.repeat(5 * 2 ** 20)).catch(() => 'cut')
      // Caddy begins to pass it on, and finds out that the listener, which refused it by its length, reads no further.
      expect(kind === 'nginx' ? [413, 'cut'] : [413, 502, 'cut']).toContain(status)
      expect(await newest()).toBe(before)
    })

    it('may have a path of its own before that of callbacks', async () => {
      await office.save({ way: 'direct', publicUrl: `${proxy.url}/shop/` })
      const { callbackUrl } = await office.reaches('up')
      expect(callbackUrl.startsWith(`${proxy.url}/shop/callback/`)).toBe(true)
      const { lost, doubled, refused } = await office.deliver(50, {
        url: () => callbackUrl,
        atOnce: 5,
        ca: authority.pem,
      })
      expect({ lost, doubled, refused }).toEqual({ lost: 0, doubled: 0, refused: 0 })
    })
  })
})
