/** What is certainly not sent, and what nobody knows: told apart at a real socket. */
import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Transport } from '#engine/platform/transport.ts'
import { pause } from '../../support/desk.ts'

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

  it('to nobody was not sent', async () => {
    const sent = await transport().post('http://127.0.0.1:1/', {}, 'x', 1000)
    expect(sent).toEqual({ kind: 'not-sent', problem: 'ECONNREFUSED' })
    expect(await transport().post('http://no-such-host.invalid/', {}, 'x', 5000)).toMatchObject({ kind: 'not-sent' })
  })
})
