/** The check goes the whole way round, says which hop fails, and asks for nothing but the connection's own address. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttp, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { connect as connectTcp, createServer as createTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkWay, inWordsOf, type CheckSource } from '#engine/reach/check.ts'
import { Nonces } from '#engine/reach/nonces.ts'
import { readReport, reportSchema, type AskOutside, type Look } from '#engine/reach/outside.ts'
import { Authority } from '../../support/certificates.ts'
import { freePort } from '../../support/servers.ts'

const secret = 'the-secret-of-this-connection'
const nonces = new Nonces()
let folder: string
let authority: Authority
const servers: Server[] = []
let asked: string[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-check-'))
  authority = new Authority(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(async () => {
  asked = []
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

/** This engine's listener, as far as the check sees it. */
const here: RequestListener = (request, response) => {
  const [, rest = ''] = /^\/callback\/(.*)$/.exec(request.url ?? '') ?? []
  if (!nonces.answer(response, rest)) response.writeHead(404).end()
}

async function listen(answer: RequestListener, tls?: { cert: string; key: string }): Promise<string> {
  const heard: RequestListener = (request: IncomingMessage, response) => {
    asked.push(`${request.method} ${request.headers.host} ${request.url}`)
    answer(request, response)
  }
  const server = tls
    ? createHttps({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }, heard)
    : createHttp(heard)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as { port: number }).port}`
}

type Changes = Parameters<typeof checkWay>[2]

async function check(publicUrl: string, changes: Partial<CheckSource> = {}, options: Changes = {}) {
  const source: CheckSource = {
    settings: { way: 'direct', publicUrl },
    isUp: true,
    publicUrl,
    callbackUrl: `${publicUrl}/callback/${secret}`,
    secret,
    outside: null,
    ...changes,
  }
  const { verdict, found } = await checkWay(source, nonces, { hopMs: 1500, ca: authority.pem, ...options })
  // Every finding can be said in both languages, with nothing left to fill in.
  for (const locale of ['zh-CN', 'en'] as const) {
    expect(JSON.stringify(inWordsOf(found, locale).map(({ message, hint }) => message + hint))).not.toMatch(/\{\w+\}/)
  }
  return { verdict, codes: found.map(({ code }) => code), last: found.at(-1) }
}

describe('the whole way round', () => {
  it('works in the clear, and says that it is in the clear', async () => {
    const { verdict, codes } = await check(await listen(here))
    expect(verdict).toBe('works')
    expect(codes).toEqual([
      ...[
        'address-public',
        'dns-private-address',
        'tcp-open',
        'tls-none',
        'http-answered',
        'machine-this',
        'secret-right',
      ],
    ])
    expect(asked).toHaveLength(1)
  })

  it('works by TLS, and says how long the certificate lasts', async () => {
    const { verdict, codes } = await check(await listen(here, authority.issue()))
    expect([verdict, codes[3]]).toEqual(['works', 'tls-good'])
  })

  it('works by a name and beneath a path', async () => {
    const base = await listen((request, response) => {
      request.url = request.url?.replace('/shop', '') ?? ''
      here(request, response)
    })
    const { port } = new URL(base)
    const { verdict } = await check(`http://shop.example:${port}/shop`, {}, { resolve: async () => ['127.0.0.1'] })
    expect(verdict).toBe('works')
    expect(asked[0]).toMatch(new RegExp(`^GET shop\\.example:${port} /shop/callback/${secret}/[\\w-]{32}$`))
  })
})

describe('a name with many addresses', () => {
  it('is reached by the one kind that leads there', async () => {
    const { port } = new URL(await listen(here))
    const tried: string[] = []
    const connect = async (address: string, at: number): Promise<Socket> => {
      tried.push(address)
      if (address.includes(':')) throw Object.assign(new Error('no route'), { code: 'ENETUNREACH' })
      return connectTcp(at, address)
    }
    const resolve = async (): Promise<string[]> => ['fd00::1', 'fd00::2', 'fd00::3', 'fd00::4', '127.0.0.1']
    expect((await check(`http://shop.example:${port}`, {}, { resolve, connect })).verdict).toBe('works')
    expect(tried).toEqual(['fd00::1', 'fd00::2', '127.0.0.1'])
  })
})

describe('the hop that fails is named:', () => {
  it('no way is chosen, or it is not up', async () => {
    expect((await check('http://a.example', { settings: { way: 'off' } })).codes).toEqual(['no-way'])
    expect((await check('http://a.example', { isUp: false })).codes).toEqual(['way-not-up'])
  })

  it('the name is unknown', async () => {
    const unknown = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }))
    expect((await check('http://a.example', {}, { resolve: unknown })).last?.code).toBe('dns-unknown')
  })

  it.each(['169.254.169.254', '0.0.0.0', '224.0.0.1', 'fe80::1', '::ffff:169.254.169.254'])(
    'the name points to %s, which is not asked',
    async (address) => {
      let connected = 0
      const connect = () => Promise.reject(new Error(String((connected += 1))))
      const { last } = await check('http://a.example', {}, { resolve: async () => [address], connect })
      expect([last?.code, connected]).toEqual(['dns-forbidden', 0])
    },
  )

  it('the port is closed', async () => {
    const { verdict, last } = await check(`http://127.0.0.1:${await freePort()}`)
    expect([verdict, last?.code]).toEqual(['fails', 'tcp-refused'])
  })

  it('TLS: not trusted, another name, expired, or none at all', async () => {
    const untrusted = await listen(here, authority.issue())
    expect(
      (await check(untrusted, {}, { ca: new Authority(mkdtempSync(join(folder, 'other-'))).pem })).last?.code,
    ).toBe('tls-untrusted')
    const other = await check(await listen(here, authority.issue({ name: 'other.example' })))
    expect(other.last).toMatchObject({ code: 'tls-other-name', params: { names: 'other.example' } })
    expect((await check(await listen(here, authority.issue({ from: -9, until: -1 })))).last?.code).toBe('tls-expired')
    const plain = await listen(here)
    expect((await check(plain.replace('http:', 'https:'))).last?.code).toBe('tls-broken')
  })

  it('HTTP: it redirects (and is not followed), has nothing behind it, or wants a log-in', async () => {
    let followed = 0
    const target = await listen((_request, response) => {
      followed += 1
      response.end()
    })
    const redirecting = await check(
      await listen((_request, response) => response.writeHead(301, { location: target }).end()),
    )
    expect(redirecting.last).toMatchObject({ code: 'http-redirected', params: { status: 301, location: target } })
    expect(followed).toBe(0)
    const answering = (status: number) => listen((_request, response) => response.writeHead(status).end())
    expect((await check(await answering(502))).last?.code).toBe('http-gateway')
    expect((await check(await answering(401))).last?.code).toBe('http-status')
  })

  it('HTTP: nothing is answered, or the connection is cut', async () => {
    expect((await check(await listen(() => undefined), {}, { hopMs: 200 })).last?.code).toBe('http-silent')
    const cutting = createTcp((socket) => socket.destroy())
    await new Promise<void>((resolve) => cutting.listen(0, '127.0.0.1', resolve))
    const { port } = cutting.address() as { port: number }
    expect((await check(`http://127.0.0.1:${port}`)).last?.code).toBe('http-cut')
    await new Promise((resolve) => cutting.close(resolve))
  })

  it('another machine answers, be it with a page or with nothing', async () => {
    const page = await listen((_request, response) => response.end('<h1>Welcome to nginx!</h1>'))
    expect(await check(page)).toMatchObject({
      verdict: 'fails',
      last: { code: 'machine-other', params: { status: 200 } },
    })
    const twin = new Nonces()
    const other = await listen((request, response) => {
      if (!twin.answer(response, request.url?.slice('/callback/'.length) ?? '')) response.writeHead(404).end()
    })
    expect((await check(other)).last).toMatchObject({ code: 'machine-other', params: { status: 404 } })
  })

  it('the address arrives with another secret', async () => {
    const rewriting = await listen((request, response) => {
      request.url = request.url?.replace(secret, 'an-older-secret') ?? ''
      here(request, response)
    })
    expect(await check(rewriting)).toMatchObject({ verdict: 'fails', last: { code: 'secret-wrong' } })
  })
})

describe('what cannot be told from here', () => {
  const silent = () => Promise.reject(Object.assign(new Error('x'), { code: 'ETIMEDOUT' }))
  const beyond = { resolve: async () => ['8.8.4.4'], connect: silent }
  it('is said so: a router may let nobody inside call its own address', async () => {
    const { verdict, codes } = await check('http://a.example', {}, beyond)
    expect([verdict, codes.slice(-2)]).toEqual(['cannot-tell', ['tcp-cannot-tell', 'outside-nobody']])
  })

  it('is a plain failure where the address is another’s server', async () => {
    const settings: CheckSource['settings'] = {
      way: 'command',
      argv: ['x'],
      pattern: 'x',
      publicUrl: null,
      secretName: null,
    }
    const { verdict, last } = await check('http://a.example', { settings }, beyond)
    expect([verdict, last?.code]).toEqual(['fails', 'tcp-silent'])
  })

  it('is asked of somebody outside, who learns no secret', async () => {
    const base = await listen(here)
    const looks: Look[] = []
    const seen: AskOutside = async (look) => {
      looks.push(look)
      const answer = await fetch(`${base}/callback/${look.stand}/${look.nonce}`)
      return { failed: null, proof: await answer.text(), status: answer.status }
    }
    expect(await check('http://a.example', { outside: seen }, beyond)).toMatchObject({
      verdict: 'works',
      last: { hop: 'outside', code: 'outside-here' },
    })
    expect(looks).toMatchObject([{ publicUrl: 'http://a.example' }])
    expect(JSON.stringify(looks)).not.toContain(secret)
    // What was given out for the look is nobody's afterwards.
    expect((await fetch(`${base}/callback/${looks[0]?.stand}/${looks[0]?.nonce}`)).status).toBe(404)
  })

  it('is told hop by hop as it was seen outside, and left open where nobody looked', async () => {
    const failed = { hop: 'tcp', code: 'tcp-silent', params: { host: 'a.example', port: 80 } } as const
    const unseen: AskOutside = () => Promise.resolve({ failed, proof: null, status: null })
    expect(await check('http://a.example', { outside: unseen }, beyond)).toMatchObject({
      verdict: 'fails',
      last: { hop: 'outside', code: 'tcp-silent', params: failed.params },
    })
    for (const outside of [() => Promise.resolve(null), () => Promise.reject(new Error('x'))]) {
      const { verdict, last } = await check('http://a.example', { outside }, beyond)
      expect([verdict, last?.code]).toEqual(['cannot-tell', 'outside-nobody'])
    }
  })

  it('is not believed by anybody’s word: only a proof of this engine says that all is well', () => {
    const nonce = nonces.make('stand')
    const foreign = new Nonces().make('stand')
    const proof = nonces.proof(nonce.text, () => true)
    const rewritten = nonces.proof(nonce.text, () => false)
    const read = (text: string | null) => readReport({ failed: null, proof: text, status: 200 }, nonce).code
    expect([proof, rewritten, 'x'.repeat(43), null].map(read)).toEqual([
      ...['outside-here', 'secret-wrong', 'machine-other', 'machine-other'],
    ])
    expect(readReport({ failed: null, proof, status: 200 }, foreign).code).toBe('machine-other')
    const claimed = { failed: { hop: 'secret', code: 'secret-right', params: {} }, proof: null, status: null }
    expect(reportSchema.safeParse(claimed).success).toBe(false)
    expect(reportSchema.safeParse({ failed: null, proof: '<html>', status: 200 }).success).toBe(false)
    nonce.end()
  })
})

describe('what answers the check', () => {
  it('answers no nonce that was taken back, and none to strangers', async () => {
    const base = await listen(here)
    const nonce = nonces.make(secret)
    const get = (path: string): Promise<Response> => fetch(`${base}/callback/${path}`)
    const answer = await get(`${secret}/${nonce.text}`)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const body = await answer.text()
    expect(nonce.read(body)).toBe('right-secret')
    expect(body).not.toContain(secret)
    expect(nonce.read(await (await get(`x/${nonce.text}`)).text())).toBe('wrong-secret')
    for (const path of [nonce.text, `${secret}/x`, secret, `${secret}/`, '', `${'a'.repeat(1000)}/${nonce.text}`]) {
      expect((await get(path)).status).toBe(404)
    }
    nonce.end()
    expect((await get(`${secret}/${nonce.text}`)).status).toBe(404)
  })
})
