/** The direct way: the listener's own TLS, and a real nginx before it that ends TLS. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Agent, request } from 'undici'
import { Authority } from '../../support/certificates.ts'
import { Desk, pause, until } from '../../support/desk.ts'
import { ReachOffice } from '../../support/reach-office.ts'
import { freePort, hasSystemServers, OwnServer, requireServer, systemServers } from '../../support/servers.ts'

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
    const ended = authority.issue({ from: -20, until: -2 })
    expect(await problem(ended.cert, ended.key)).toBe('cert-expired')
    const early = authority.issue({ from: 2, until: 20 })
    expect(await problem(early.cert, early.key)).toBe('cert-not-yet')
    expect((await desk.call('settings.get', {})).listener.tlsCert).toBe('')
    expect((await desk.call('system.info', {})).listener.url).toMatch(/^http:/)
  })
})

describe.skipIf(!hasSystemServers)('behind nginx', () => {
  let office: ReachOffice
  let nginx: OwnServer
  let port: number

  beforeAll(async () => {
    office = await ReachOffice.open()
    port = await freePort()
    const { cert, key } = authority.issue()
    const home = mkdtempSync(join(folder, 'nginx-'))
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    writeFileSync(
      join(home, 'nginx.conf'),
      // What docs/deploy.md says, in a whole that an ordinary user may run.
      `daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
pid ${home}/pid;
error_log ${home}/error.log;
events {}
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${home}/${kind};`).join('\n  ')}
  upstream switchboard { server ${new URL(office.office.desk.engine.callbackBaseUrl ?? '').host}; keepalive 32; }
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${cert};
    ssl_certificate_key ${key};
    ssl_protocols TLSv1.2 TLSv1.3;
    client_max_body_size 4m;
    location /callback/ {
      proxy_pass http://switchboard;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_next_upstream off;
    }
    location / { return 404; }
  }
}
`,
    )
    nginx = new OwnServer(requireServer(systemServers.nginx), [
      '-c',
      join(home, 'nginx.conf'),
      '-p',
      home,
      '-e',
      join(home, 'error.log'),
    ])
    await startNginx()
  })
  afterAll(async () => {
    await nginx.kill()
    await office.close()
  })

  async function startNginx(): Promise<void> {
    nginx.start()
    await until(`nginx to answer: ${nginx.output}`, () => ask(`https://127.0.0.1:${port}/`).catch(() => false))
  }

  it('takes callbacks, knows who sent them, and loses and doubles none while nginx is killed', async () => {
    const publicUrl = `https://127.0.0.1:${port}`
    await office.save({ way: 'direct', publicUrl })
    const { callbackUrl } = await office.reaches('up')
    expect(callbackUrl.startsWith(`${publicUrl}/callback/`)).toBe(true)
    const through = await office.deliver(1000, { url: () => callbackUrl, atOnce: 32, ca: authority.pem })
    let killing: Promise<number> = Promise.resolve(0)
    const killed = await office.deliver(1000, {
      url: () => callbackUrl,
      atOnce: 32,
      ca: authority.pem,
      acknowledged: (count) => {
        if (count !== 300) return
        killing = nginx.kill().then(async () => {
          await pause(300)
          const startedAt = performance.now()
          await startNginx()
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
    process.stdout.write(`behind nginx: ${JSON.stringify(figures)}\n`)
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
    // The test's own address, as nginx saw it, is loopback too: one hop before the proxy that is trusted.
    await allow(['203.0.113.0/24'])
    expect(await ask(callbackUrl, 'POST')).toBe(404)
    await allow(['127.0.0.0/8'])
    expect(await ask(callbackUrl, 'POST')).toBe(200)
    await allow([])
  })
})
