import { request } from 'node:http'
import { connect } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CallbackListener } from '#engine/callbacks/listener.ts'
import type { ArrivedCallback } from '#engine/store/arrived.ts'
import { pause, until } from '../../support/desk.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const secret = 'a-secret-that-nobody-can-guess-0'

let listener: CallbackListener
let kept: ArrivedCallback[][]
let keep: (arrived: ArrivedCallback[]) => Promise<unknown>
let health: (string | null)[]

beforeEach(async () => {
  kept = []
  health = []
  keep = () => Promise.resolve()
  listener = new CallbackListener({
    port: 0,
    keep: async (arrived) => {
      const most = await keep(arrived)
      kept.push(arrived)
      return most
    },
    health: (error) => health.push(error?.message ?? null),
    log: silent,
  })
  await listener.start()
  listener.setRecipients([{ connectionId: 7, acknowledgement: 'success', secret }])
})
afterEach(() => listener.stop())

const url = (path = `/callback/${secret}`) => `${listener.baseUrl ?? ''}${path}`
const post = (body: string | Buffer, path?: string, headers: Record<string, string> = {}) =>
  fetch(url(path), { method: 'POST', body: typeof body === 'string' ? body : new Uint8Array(body), headers })

describe('the listener', () => {
  it('acknowledges only after the body was kept, and keeps it byte for byte', async () => {
    const gate = Promise.withResolvers<undefined>()
    keep = () => gate.promise
    const bytes = Buffer.from([0, 255, 254, 10, 13, 0x7b])
    let answered = false
    const answer = post(bytes).then(async (response) => {
      answered = true
      return [response.status, await response.text()]
    })
    await pause(100)
    expect(answered).toBe(false)
    gate.resolve(undefined)
    expect(await answer).toEqual([200, 'success'])
    expect(kept.flat()).toHaveLength(1)
    expect(kept[0]?.[0]).toMatchObject({ connectionId: 7 })
    expect(Buffer.from(kept[0]?.[0]?.raw ?? []).equals(bytes)).toBe(true)
  })

  it('shares a commit among those that came while one was under way', async () => {
    const gate = Promise.withResolvers<undefined>()
    keep = () => gate.promise
    const first = post('0')
    await pause(50)
    const others = Array.from({ length: 20 }, (_, index) => post(String(index + 1)))
    await pause(200)
    gate.resolve(undefined)
    for (const answer of await Promise.all([first, ...others])) expect(answer.status).toBe(200)
    expect(kept.map((batch) => batch.length)).toEqual([1, 20])
  })

  it('brings as many together as the store asks for', async () => {
    const gate = Promise.withResolvers<number>()
    keep = () => gate.promise
    const first = post('0')
    await until('it to be on its way', () => listener.counts.received === 1)
    const others = Array.from({ length: 10 }, (_, index) => post(String(index + 1)))
    await until('the others', () => listener.counts.received === 11)
    gate.resolve(4)
    for (const answer of await Promise.all([first, ...others])) expect(answer.status).toBe(200)
    expect(kept.map((batch) => batch.length)).toEqual([1, 4, 4, 2])
  })

  it('brings few together where they are long, and refuses for now what memory has no room for', async () => {
    const gate = Promise.withResolvers<undefined>()
    keep = () => gate.promise
    const body = Buffer.alloc(4 * 1024 * 1024, 32)
    const answers = Array.from({ length: 17 }, () => post(body))
    await until('all of them', () => listener.counts.received === 17)
    const refused = await Promise.race(answers)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10'])
    gate.resolve(undefined)
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses.sort((a, b) => a - b)).toEqual([...Array<number>(16).fill(200), 503])
    expect(Math.max(...kept.map((batch) => batch.length))).toBe(2)
    expect((await post(body)).status).toBe(200)
  })

  it('has many kept beside a commit that takes long, and answers each after its own', async () => {
    const slow = Promise.withResolvers<undefined>()
    let calls = 0
    keep = () => ((calls += 1) === 1 ? slow.promise : Promise.resolve())
    let answered = 0
    const first = post('0')
    await until('the first commit', () => calls === 1)
    const others = Array.from({ length: 40 }, async (_, index) => {
      const answer = await post(String(index + 1))
      answered += 1
      return answer
    })
    await until('answers beside it', () => answered >= 24)
    expect(kept.every((batch) => batch.every(({ raw }) => Buffer.from(raw).toString() !== '0'))).toBe(true)
    slow.resolve(undefined)
    for (const answer of await Promise.all([first, ...others])) expect(answer.status).toBe(200)
    expect(kept.flat()).toHaveLength(41)
  })

  it('answers 503 with a time to come back where it could not be kept, and says when it is over', async () => {
    keep = () => Promise.reject(new Error('disk full'))
    const answer = await post('{}')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10'])
    expect(health).toEqual(['disk full'])
    keep = () => Promise.resolve()
    expect((await post('{}')).status).toBe(200)
    expect(health).toEqual(['disk full', null])
    expect(kept).toHaveLength(1)
  })

  it.each([
    ['POST', '/callback/wrong'],
    ['POST', '/callback/'],
    ['POST', '/'],
    ['POST', `/callback/${secret}/more`],
    ['POST', `/callback/${secret.toUpperCase()}`],
    ['POST', `/callback/${'x'.repeat(5000)}`],
    ['POST', '/callback/%zz'],
    ['GET', `/callback/${secret}`],
    ['PUT', `/callback/${secret}`],
  ])('answers %s %s with a bare 404 and keeps nothing', async (method, path) => {
    const answer = await fetch(url(path), { method, ...(method === 'GET' ? {} : { body: '{}' }) })
    expect([answer.status, await answer.text()]).toEqual([404, ''])
    expect(kept).toEqual([])
  })

  it.each([
    {},
    { 'content-type': 'application/json' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'text/plain; charset=gbk' },
    { 'content-type': 'json' },
    { 'content-type': 'multipart/form-data' },
    { 'content-type': '' },
    { 'content-type': ';;;' },
  ])('takes a body with the headers %j', async (headers) => {
    const status = await new Promise((resolve, reject) => {
      const call = request(url(), { method: 'POST', headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      call.on('error', reject)
      call.end('{"nType":1}')
    })
    expect(status).toBe(200)
    expect(Buffer.from(kept[0]?.[0]?.raw ?? []).toString()).toBe('{"nType":1}')
    expect(kept[0]?.[0]?.contentType).toBe(headers['content-type'] ?? null)
  })

  it('keeps an empty body too', async () => {
    expect((await post('')).status).toBe(200)
    expect(kept[0]?.[0]?.raw).toHaveLength(0)
  })

  it('refuses what is too large with 413, whether or not its length is told', async () => {
    const large = Buffer.alloc(4 * 1024 * 1024 + 1, 32)
    // Without a length, and read to its end by nobody: the answer may come before the body is through.
    const chunked = new Promise((resolve) => {
      const call = request(url(), { method: 'POST', headers: { 'transfer-encoding': 'chunked' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      call.on('error', () => resolve(413))
      call.end(large)
    })
    expect(await chunked).toBe(413)
    const told = new Promise((resolve) => {
      const call = request(url(), { method: 'POST', headers: { 'content-length': large.length } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      call.on('error', () => resolve('reset'))
      call.flushHeaders()
    })
    expect(await told).toBe(413)
    expect(kept).toEqual([])
    expect((await post(Buffer.alloc(4 * 1024 * 1024, 32))).status).toBe(200)
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', (bytes: Buffer) => bytes],
  ] as const)('reads a body compressed as %s, and refuses with 413 what would be too large', async (name, compress) => {
    const headers = { 'content-encoding': name }
    expect((await post(compress(Buffer.from('{"nType":1}')), undefined, headers)).status).toBe(200)
    expect(Buffer.from(kept[0]?.[0]?.raw ?? []).toString()).toBe('{"nType":1}')
    if (name === 'identity') return
    // Some kilobytes that would be eight megabytes.
    const bomb = compress(Buffer.alloc(8 * 1024 * 1024))
    expect(bomb.length).toBeLessThan(100_000)
    const answer = await post(bomb, undefined, headers)
    expect([answer.status, await answer.text()]).toEqual([413, ''])
    expect(kept).toHaveLength(1)
  })

  it.each(['gzip', 'br', 'zstd', 'gzip, gzip', 'nonsense'])('keeps as it came what is no %s', async (name) => {
    expect((await post('no such thing', undefined, { 'content-encoding': name })).status).toBe(200)
    expect(Buffer.from(kept[0]?.[0]?.raw ?? []).toString()).toBe('no such thing')
  })

  it('keeps nothing of a body that was cut', async () => {
    const socket = connect(listener.port ?? 0, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`POST /callback/${secret} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"nType":`)
    await pause(50)
    socket.destroy()
    await pause(50)
    expect(kept).toEqual([])
    expect((await post('{}')).status).toBe(200)
  })

  it('cuts off who sends slowly, headers or body, and who is one too many; others go on', async () => {
    await listener.stop()
    const limits = { headersMs: 300, requestMs: 600, idleMs: 5_000, checkMs: 100, connections: 6 }
    listener = new CallbackListener({ port: 0, keep, health: () => {}, log: silent, limits })
    await listener.start()
    listener.setRecipients([{ connectionId: 7, acknowledgement: 'success', secret }])
    const begin = `POST /callback/${secret} HTTP/1.1\r\nHost: x\r\n`
    const slow = (start: string, drop: string) =>
      new Promise<string>((resolve) => {
        let heard = ''
        const socket = connect(listener.port ?? 0, '127.0.0.1', () => socket.write(start))
        const timer = setInterval(() => socket.write(drop), 50)
        socket.on('data', (chunk) => (heard += chunk.toString()))
        socket.on('error', () => {})
        socket.on('close', () => {
          clearInterval(timer)
          resolve(heard.split('\r\n')[0] ?? '')
        })
      })
    const began = Date.now()
    const lines = await Promise.all([
      slow(begin, 'X-A: 1\r\n'),
      slow(begin, 'X-A: 1\r\n'),
      slow(`${begin}Content-Length: 100000\r\n\r\n`, ' '),
      slow(`${begin}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'),
      post('{}').then((answer) => String(answer.status)),
    ])
    expect(lines).toEqual([...Array<string>(4).fill('HTTP/1.1 408 Request Timeout'), '200'])
    expect(Date.now() - began).toBeLessThan(10_000)
    const held = Array.from({ length: 12 }, () => connect(listener.port ?? 0, '127.0.0.1').on('error', () => {}))
    await until('those too many to be closed', () => held.filter((socket) => socket.closed).length >= 6)
    for (const socket of held) socket.destroy()
  })

  it('forgets a secret that is no longer used', async () => {
    listener.setRecipients([{ connectionId: 7, acknowledgement: 'ok', secret: 'another-one' }])
    expect((await post('{}')).status).toBe(404)
    expect(await (await post('{}', '/callback/another-one')).text()).toBe('ok')
  })

  it('does not take a port that is taken', async () => {
    const second = new CallbackListener({ port: listener.port ?? 0, keep, health: () => {}, log: silent })
    await expect(second.start()).rejects.toMatchObject({ code: 'port-in-use' })
    await second.stop()
  })

  it('answers those under way before it stops', async () => {
    const gate = Promise.withResolvers<undefined>()
    keep = () => gate.promise
    const answer = post('{}')
    await pause(50)
    const stopped = listener.stop()
    gate.resolve(undefined)
    expect((await answer).status).toBe(200)
    await stopped
    await until('it to be closed', () => listener.port === null)
  })
})
