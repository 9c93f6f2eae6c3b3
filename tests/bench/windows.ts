/** Events of callbacks to ten windows of the built headless host, beside a bare broadcast of the same frames. */
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket, WebSocketServer } from 'ws'
import { contractVersion } from '#shared/contract/index.ts'
import { ensureBuilt } from '../../scripts/lib/build.mjs'
import { startHost } from '../support/headless-host.ts'
import { merchantNo, messageBody, robots } from './bodies.ts'
import { Lane, requestBytes } from './lane.ts'
import { median, row, type Row } from './rows.ts'

const windows = 10

interface Window {
  socket: WebSocket
  /** How many messages were told to it. */
  told: number
}

const marker = Buffer.from('"message.added"')

/** How many messages a frame tells; found in its bytes, so that counting costs both sides little and the same. */
function messagesIn(frame: Buffer): number {
  let count = 0
  for (let at = frame.indexOf(marker); at >= 0; at = frame.indexOf(marker, at + marker.length)) count += 1
  return count
}

async function openWindows(url: string, token: string): Promise<Window[]> {
  return Promise.all(
    Array.from({ length: windows }, async () => {
      const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } })
      const window: Window = { socket, told: 0 }
      socket.on('message', (data: Buffer) => {
        window.told += messagesIn(data)
      })
      await once(socket, 'open')
      socket.send(JSON.stringify({ type: 'hello', contractVersion, locale: 'en' }))
      return window
    }),
  )
}

const allTold = async (open: readonly Window[], count: number): Promise<void> => {
  while (open.some(({ told }) => told < count)) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** How many messages come before those that count: a host that has just started is slow. */
const warmUp = 2000

/** Deliveries of messages a second to all windows together, while callbacks come as fast as they are taken. */
async function engineRate(count: number): Promise<{ cold: number; warm: number }> {
  const dir = mkdtempSync(join(tmpdir(), 'switchboard-windows-'))
  const host = startHost(['--data', join(dir, 'data'), '--port', '0', '--callback-port', '0'])
  try {
    const { url, token } = await host.ready
    const origin = new URL(url).origin
    const api = async <Result>(entry: string, input: object): Promise<Result> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
      const answer = await fetch(`${origin}/api/${entry}`, { method: 'POST', headers, body: JSON.stringify(input) })
      return ((await answer.json()) as { result: Result }).result
    }
    const connection = await api<{ id: string; callbackUrl: string }>('connections.save', {
      name: 'bench',
      gatewayUrl: 'http://127.0.0.1:9/',
      appId: 'bench',
      merchantNo,
      methodPrefix: 'xx.xx',
    })
    for (const serialNo of robots) await api('robots.add', { connectionId: connection.id, serialNo })
    const open = await openWindows(`${origin.replace('http', 'ws')}/ws`, token)
    const address = new URL(connection.callbackUrl)
    const lanes = await Promise.all(Array.from({ length: 32 }, () => Lane.open(address)))
    const storm = async (from: number, to: number): Promise<number> => {
      const requests = Array.from({ length: to - from }, (_, n) => requestBytes(address, messageBody(from + n)))
      let next = 0
      const begun = performance.now()
      await Promise.all(
        lanes.map(async (lane) => {
          for (let request = requests[next++]; request; request = requests[next++]) await lane.send(request)
        }),
      )
      await allTold(open, to)
      return (((to - from) * windows) / (performance.now() - begun)) * 1000
    }
    const cold = await storm(0, warmUp)
    const warm = await storm(warmUp, warmUp + count)
    for (const { socket } of open) socket.terminate()
    for (const lane of lanes) lane.close()
    return { cold, warm }
  } finally {
    host.child.kill('SIGTERM')
    await host.ended
    rmSync(dir, { recursive: true, force: true })
  }
}

/** The same of one process that only sends frames of that size, each made into text once. */
async function bareRate(count: number, bytes: number): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const open = await openWindows(`ws://127.0.0.1:${port}`, '')
  const begun = performance.now()
  for (let n = 0; n < count; n += 1) {
    const frame = Buffer.from(JSON.stringify({ event: 'message.added', n, text: 'x'.repeat(bytes) }))
    for (const client of server.clients) client.send(frame, { binary: false })
    if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await allTold(open, count)
  const rate = ((count * windows) / (performance.now() - begun)) * 1000
  for (const { socket } of open) socket.terminate()
  server.close()
  return rate
}

/** Bytes of the events that one message brings, roughly: itself, its conversation, its callback. */
const bytesOfMessage = 1500

export async function windowsBench(quick: boolean): Promise<Row[]> {
  await ensureBuilt(process.stdout)
  const count = quick ? 5000 : 20_000
  const rounds: { bare: number; cold: number; warm: number }[] = []
  // In turns, so that what else the machine does meets both alike.
  for (let round = 0; round < 3; round += 1) {
    rounds.push({ bare: await bareRate(count, bytesOfMessage), ...(await engineRate(count)) })
  }
  const of = (figure: (round: (typeof rounds)[number]) => number): number => median(rounds.map(figure))
  const bare = of((round) => round.bare)
  const beside = 'bare broadcast of as many bytes'
  return [
    row(
      'messages told to 10 windows/s',
      beside,
      of(({ warm }) => warm),
      bare,
      '>= 0.5',
    ),
    row(
      `the same, the first ${warmUp}`,
      beside,
      of(({ cold }) => cold),
      bare,
      '',
    ),
  ]
}
