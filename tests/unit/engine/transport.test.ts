/** What is certainly not sent, and what nobody knows: told apart at a real socket. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, request as httpRequest } from 'node:http'
import { createSecureServer } from 'node:http2'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Transport } from '#engine/platform/transport.ts'
import { Authority } from '../../support/certificates.ts'
import { pause, until } from '../../support/desk.ts'

const open: { close: () => unknown }[] = []
afterEach(async () => {
  for (const item of open.splice(0)) await item.close()
})

/** A server on loopback that lets everything wait. @returns its address and how many bytes came */
async function silentServer(
  scheme: 'http' | 'https',
): Promise<{ url: string; sockets: () => number; bytes: () => number }> {
  let sockets = 0
  let bytes = 0
  const server: Server = createServer((socket) => {
    sockets += 1
    socket.on('error', () => {})
    socket.on('data', (chunk) => (bytes += chunk.length))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({ close: () => server.close() })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return { url: `${scheme}://127.0.0.1:${address.port}/`, sockets: () => sockets, bytes: () => bytes }
}

const transport = (): Transport => {
  const made = new Transport()
  open.push(made)
  return made
}

describe('a request', () => {
  it('that was written and not answered is lost: it may have been carried out', async () => {
    const server = await silentServer('http')
    expect(await transport().post(server.url, {}, 'x', 300)).toEqual({ kind: 'lost', problem: 'TIMEOUT' })
    expect(server.bytes()).toBeGreaterThan(0)
  })

  it('whose time ended while it connected was not sent', async () => {
    // The handshake of TLS never ends: nothing of the request can have gone.
    const server = await silentServer('https')
    expect(await transport().post(server.url, {}, 'x', 300)).toEqual({ kind: 'not-sent', problem: 'CONNECT_TIMEOUT' })
  })

  it('whose time ended while it waited for a free socket was not sent', async () => {
    const server = await silentServer('http')
    const sender = transport()
    const busy = Array.from({ length: 64 }, () => sender.post(server.url, {}, 'busy', 2000))
    await pause(200)
    expect(await sender.post(server.url, {}, 'waiting', 300)).toEqual({ kind: 'not-sent', problem: 'CONNECT_TIMEOUT' })
    expect(server.sockets()).toBe(64)
    expect((await Promise.all(busy)).every(({ kind }) => kind === 'lost')).toBe(true)
  })

  it('that was given up while it waited is not written when its turn comes', async () => {
    const seen: string[] = []
    const waiting: (() => void)[] = []
    const server = createHttpServer((message, response) => {
      message.on('data', (part: Buffer) => seen.push(part.toString()))
      message.on('end', () => waiting.push(() => response.end('{}')))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({ close: () => server.close() })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const sender = transport()
    const busy = Array.from({ length: 64 }, () => sender.post(url, {}, 'busy', 10_000))
    await until('all sockets to be busy', () => waiting.length === 64)
    expect(await sender.post(url, {}, 'given up', 100)).toEqual({ kind: 'not-sent', problem: 'CONNECT_TIMEOUT' })
    const next = sender.post(url, {}, 'next', 10_000)
    for (const answer of waiting.splice(0)) answer()
    expect((await Promise.all(busy)).every(({ kind }) => kind === 'answered')).toBe(true)
    await until('the next to come', () => waiting.length === 1)
    for (const answer of waiting) answer()
    expect((await next).kind).toBe('answered')
    expect(new Set(seen)).toEqual(new Set(['busy', 'next']))
  })

  it('whose answer comes in pieces is read whole; one that is too long is lost', async () => {
    let length = 3
    const server = createHttpServer((message, response) => {
      message.resume()
      message.on('end', () => {
        response.setHeader('location', '/there')
        for (let n = 0; n < length; n += 1) response.write('字'.repeat(n === 0 ? 1 : 100_000))
        response.end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({ close: () => server.close() })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?a=1`
    const sender = transport()
    const answer = await sender.post(url, {}, 'x', 5000)
    expect(answer).toMatchObject({ kind: 'answered', status: 200, location: '/there', body: '字'.repeat(200_001) })
    length = 20
    expect(await sender.post(url, {}, 'x', 5000)).toEqual({ kind: 'lost', problem: 'ANSWER_TOO_LONG' })
    length = 1
    expect(await sender.post(url, {}, 'x', 5000)).toMatchObject({ kind: 'answered', body: '字' })
  })

  it('whose connection ends within the answer is lost', async () => {
    const server = createHttpServer((message, response) => {
      message.resume()
      message.on('end', () => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('half', () => response.destroy())
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({ close: () => server.close() })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    expect(await transport().post(url, {}, 'x', 5000)).toMatchObject({ kind: 'lost' })
  })

  it('has a connection of its own also where the gateway would share one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-transport-'))
    open.push({ close: () => rmSync(folder, { recursive: true }) })
    const { cert, key } = new Authority(folder).issue()
    const versions: string[] = []
    const server = createSecureServer(
      { allowHTTP1: true, cert: readFileSync(cert), key: readFileSync(key) },
      (message, response) => {
        versions.push(message.httpVersion)
        message.resume()
        response.end('{}')
      },
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({ close: () => server.close() })
    // Who vouches for the server is not what this is about.
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
    expect(await transport().post(url, {}, 'x', 5000)).toMatchObject({ kind: 'answered', status: 200 })
    expect(versions).toEqual(['1.1'])
  })

  it('to nobody was not sent', async () => {
    const sent = await transport().post('http://127.0.0.1:1/', {}, 'x', 1000)
    expect(sent).toEqual({ kind: 'not-sent', problem: 'ECONNREFUSED' })
    expect(await transport().post('http://no-such-host.invalid/', {}, 'x', 5000)).toMatchObject({ kind: 'not-sent' })
  })
})

/** A proxy on loopback: it tunnels by CONNECT, and hands on what is asked for in clear. */
async function proxyServer(answers: 'tunnels' | 'refuses' | 'nothing' = 'tunnels') {
  const asked: string[] = []
  const proxy = createHttpServer((message, response) => {
    asked.push(`${message.method} ${message.url}`)
    const { hostname, port, pathname } = new URL(message.url ?? '')
    const { method, headers } = message
    message.pipe(
      httpRequest({ hostname, port, path: pathname, method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      }),
    )
  })
  proxy.on('connect', (message, socket) => {
    asked.push(`CONNECT ${message.url}`)
    socket.on('error', () => {})
    if (answers === 'refuses') socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    if (answers !== 'tunnels') return
    const [host, port] = (message.url ?? '').split(':')
    const way = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      way.pipe(socket).pipe(way)
    })
    way.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  open.push({
    close: () => {
      proxy.closeAllConnections()
      proxy.close()
    },
  })
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked }
}

async function answeringServer() {
  const seen: string[] = []
  const server = createHttpServer((message, response) => {
    let body = ''
    message.on('data', (part: Buffer) => (body += part.toString()))
    message.on('end', () => {
      seen.push(body)
      response.end('{"ok":1}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({ close: () => server.close() })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/gateway`, seen }
}

describe('through a proxy', () => {
  const through = (...ways: (string | null)[]): Transport => {
    const made = new Transport(() => Promise.resolve(ways.length > 1 ? (ways.shift() ?? null) : (ways[0] ?? null)))
    open.push(made)
    return made
  }

  it('a request comes to the gateway and its answer back', async () => {
    const [proxy, gateway] = [await proxyServer(), await answeringServer()]
    expect(await through(proxy.url).post(gateway.url, {}, 'signed', 3000)).toMatchObject({
      ...{ kind: 'answered', status: 200, body: '{"ok":1}' },
    })
    expect(gateway.seen).toEqual(['signed'])
    expect(proxy.asked).toEqual([`POST ${gateway.url}`])
  })

  it('each address goes the way that is named for it', async () => {
    const [proxy, gateway] = [await proxyServer(), await answeringServer()]
    const sender = through(null, proxy.url, null)
    for (const body of ['one', 'two', 'three']) await sender.post(gateway.url, {}, body, 3000)
    expect(gateway.seen).toEqual(['one', 'two', 'three'])
    expect(proxy.asked).toHaveLength(1)
  })

  it.each([
    ['that is not there', 'http://127.0.0.1:1', 'not-sent'],
    ['that has no such name', 'http://no-such-proxy.invalid:3128', 'not-sent'],
  ])('%s nothing was sent', async (_what, proxy, kind) => {
    const gateway = await answeringServer()
    for (const url of [gateway.url, gateway.url.replace('http:', 'https:')]) {
      expect(await through(proxy).post(url, {}, 'signed', 5000), url).toMatchObject({ kind })
    }
    expect(gateway.seen).toEqual([])
  })

  it('nothing was sent where nobody says which, within the time of the call or of the engine', async () => {
    const gateway = await answeringServer()
    const heard: AbortSignal[] = []
    const sender = new Transport((_url, signal) => {
      heard.push(signal)
      return new Promise(() => undefined)
    })
    open.push(sender)
    const began = performance.now()
    expect(await sender.post(gateway.url, {}, 'signed', 200)).toEqual({ kind: 'not-sent', problem: 'PROXY_TIMEOUT' })
    const waiting = sender.post(gateway.url, {}, 'signed', 60_000)
    await until('it to be asked again', () => heard.length === 2)
    await sender.close()
    expect(await waiting).toMatchObject({ kind: 'not-sent' })
    expect(performance.now() - began).toBeLessThan(3000)
    expect(heard.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(gateway.seen).toEqual([])
  })

  it('nothing was sent where whoever should say which fails', async () => {
    const gateway = await answeringServer()
    const sender = new Transport(() => Promise.reject(Object.assign(new Error('no'), { code: 'ENOSCRIPT' })))
    open.push(sender)
    expect(await sender.post(gateway.url, {}, 'signed', 3000)).toEqual({ kind: 'not-sent', problem: 'ENOSCRIPT' })
    expect(gateway.seen).toEqual([])
  })

  it('that makes no tunnel nothing was sent, whether it refuses or says nothing', async () => {
    const gateway = await answeringServer()
    for (const answers of ['refuses', 'nothing'] as const) {
      const proxy = await proxyServer(answers)
      const sent = await through(proxy.url).post(gateway.url.replace('http:', 'https:'), {}, 'signed', 800)
      expect(sent, answers).toMatchObject({ kind: 'not-sent' })
      expect(proxy.asked[0]).toMatch(/^CONNECT /)
    }
  })
})
