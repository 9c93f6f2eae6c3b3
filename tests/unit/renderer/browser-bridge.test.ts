import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws'
import type { LinkState } from '#shared/contract/bridge.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import { closeCodes } from '#shared/contract/frames.ts'
import { contractVersion } from '#shared/contract/index.ts'
import { createBrowserBridge } from '@/bridge/browser.ts'

interface Heard {
  type: string
  id?: number
  entry?: string
}

let server: WebSocketServer
let bridge: ReturnType<typeof createBrowserBridge>
let states: LinkState[]
let sockets: ServerSocket[]
let heard: Heard[]
/** What the server does with a frame; tests replace it. */
let react: (socket: ServerSocket, frame: Heard) => void

const say = (socket: ServerSocket, frame: object): void => socket.send(JSON.stringify(frame))
const welcome = { type: 'welcome', contractVersion, engineId: 'e' }

function listen(port = 0): Promise<number> {
  server = new WebSocketServer({ port, host: '127.0.0.1' })
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Heard
      heard.push(frame)
      react(socket, frame)
    })
  })
  return new Promise((resolve) => server.on('listening', () => resolve((server.address() as AddressInfo).port)))
}

beforeEach(async () => {
  ;[states, sockets, heard] = [[], [], []]
  react = (socket, frame) => {
    if (frame.type === 'hello') say(socket, welcome)
    else say(socket, { type: 'answer', id: frame.id, ok: true, result: { of: frame.entry } })
  }
  const port = await listen()
  bridge = createBrowserBridge({ origin: `http://127.0.0.1:${port}`, locale: 'en' })
  bridge.onLink((state) => states.push(state))
})
afterEach(() => {
  bridge.close()
  for (const socket of sockets) socket.terminate()
  server.close()
})
const connected = () => vi.waitFor(() => expect(states.at(-1)).toBe('connected'), 5000)

test('says hello first, then each call gets its own answer', async () => {
  await connected()
  expect(heard[0]).toMatchObject({ type: 'hello', contractVersion, locale: 'en' })
  const answers = await Promise.all([bridge.call('settings.get', {}), bridge.call('system.info', {})])
  expect(answers).toMatchObject([
    { ok: true, result: { of: 'settings.get' } },
    { ok: true, result: { of: 'system.info' } },
  ])
})

test('answers may come in any order', async () => {
  await connected()
  const waiting: number[] = []
  react = (socket, frame) => {
    waiting.push(frame.id ?? -1)
    if (waiting.length === 2)
      for (const id of waiting.reverse()) say(socket, { type: 'answer', id, ok: true, result: id })
  }
  const [one, two] = await Promise.all([bridge.call('settings.get', {}), bridge.call('system.info', {})])
  expect(one).not.toEqual(two)
})

test('a loss answers what is pending with connection-lost, and the link comes back by itself', async () => {
  await connected()
  react = () => {}
  const pending = bridge.call('settings.get', {})
  await vi.waitFor(() => expect(heard).toHaveLength(2))
  react = (socket) => say(socket, welcome)
  sockets[0]?.terminate()
  expect(await pending).toMatchObject({ ok: false, error: { code: 'connection-lost' } })
  expect(await bridge.call('settings.get', {})).toMatchObject({ ok: false, error: { code: 'connection-lost' } })
  await connected()
  expect(states).toEqual(['connecting', 'connected', 'connecting', 'connected'])
})

test('events come in order; unknown ones are left out', async () => {
  await connected()
  const got: ContractEvent[] = []
  bridge.onEvents((events) => got.push(...events))
  const robot = (id: string) => ({ event: 'robot.removed', data: { id } })
  say(sockets[0]!, { type: 'events', events: [robot('1'), { event: 'of.tomorrow', data: 1 }, robot('2')] })
  say(sockets[0]!, { type: 'events', events: [robot('3')] })
  await vi.waitFor(() => expect(got.map((event) => event.data)).toEqual([{ id: '1' }, { id: '2' }, { id: '3' }]))
})

test('a frame that cannot be read ends the link rather than leave a hole', async () => {
  await connected()
  sockets[0]?.send('{"type":"events"')
  await vi.waitFor(() => expect(states.slice(2)).toEqual(['connecting', 'connected']), 5000)
})

test('another contract version is refused and not tried again', async () => {
  await connected()
  react = (socket) => {
    say(socket, { type: 'refused', error: { code: 'contract-version', message: '', hint: '' } })
    socket.close(closeCodes.contractVersion)
  }
  sockets[0]?.terminate()
  await vi.waitFor(() => expect(states.at(-1)).toBe('refused'), 5000)
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(sockets).toHaveLength(2)
})

test('who is not signed in is told so, once', async () => {
  await connected()
  react = (socket) => socket.close(closeCodes.unauthorized)
  sockets[0]?.terminate()
  await vi.waitFor(() => expect(states.at(-1)).toBe('unauthorized'), 5000)
  expect(await bridge.call('settings.get', {})).toMatchObject({ ok: false, error: { code: 'unauthorized' } })
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(sockets).toHaveLength(2)
})

test('a host that is away is found again when it is back', async () => {
  await connected()
  const { port } = server.address() as AddressInfo
  for (const socket of sockets) socket.terminate()
  await new Promise((resolve) => server.close(resolve))
  await vi.waitFor(() => expect(states.at(-1)).toBe('connecting'))
  await new Promise((resolve) => setTimeout(resolve, 600))
  await listen(port)
  await connected()
})
