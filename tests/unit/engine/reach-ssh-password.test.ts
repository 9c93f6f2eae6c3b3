/** The SSH way's log-in by password, against a server in this process: a real sshd would want an account of the system. */
import { generateKeyPairSync } from 'node:crypto'
import { createServer as createHttp, type Server as HttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net'
import ssh2 from 'ssh2'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { fingerprintOf, sshWay } from '#engine/reach/ssh.ts'
import type { OpenWay, WayTools } from '#engine/reach/way.ts'
import type { SettingsOf } from '#shared/contract/entries/reach.ts'

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
})

let listener: HttpServer
let server: InstanceType<typeof ssh2.Server>
let outside: TcpServer | null = null
let way: OpenWay | null = null
let pinned: string | null = null
let asked: string[] = []
/** Whether the server says nothing when it is asked to listen. */
let isSilent = false
const portOf = (from: { address(): unknown }): number => (from.address() as AddressInfo).port

beforeEach(async () => {
  asked = []
  isSilent = false
  pinned = null
  listener = createHttp((_request, response) => response.end('here'))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  server = new ssh2.Server({ hostKeys: [privateKey] }, (client) => {
    client.on('error', () => undefined)
    client.on('authentication', (attempt) => {
      if (attempt.method !== 'password') return attempt.reject(['password'])
      asked.push(attempt.password)
      if (attempt.username === 'op' && attempt.password === 'right') attempt.accept()
      else attempt.reject(['password'])
    })
    client.on('request', (accept, _reject, name, info) => {
      if (name !== 'tcpip-forward' || isSilent) return
      const forwarding = createServer((socket: Socket) => {
        client.forwardOut(info.bindAddr, portOf(forwarding), '192.0.2.1', 1, (error, channel) => {
          if (error) return void socket.destroy()
          socket.on('error', () => channel.end())
          channel.pipe(socket).pipe(channel)
        })
      })
      outside = forwarding
      forwarding.listen(0, '127.0.0.1', () => accept?.(portOf(forwarding)))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
})
afterEach(async () => {
  await way?.close()
  way = null
  outside?.close()
  server.close()
  await new Promise((resolve) => listener.close(resolve))
})

const tools = (password: string): WayTools => ({
  door: () => ({ host: '127.0.0.1', port: (listener.address() as AddressInfo).port }),
  secret: (name) => Promise.resolve(name === 'sshPassword' ? password : null),
  pinnedKey: () => pinned,
  pin: async (_server, fingerprint) => void (pinned = fingerprint),
  log: { debug() {}, info() {}, warn() {}, error() {} },
})
const settings = (): SettingsOf<'ssh'> => ({
  way: 'ssh',
  host: '127.0.0.1',
  port: portOf(server),
  username: 'op',
  auth: 'password',
  remoteAddress: '127.0.0.1',
  remotePort: 0,
  publicUrl: 'http://127.0.0.1:{port}',
})
const never = new AbortController().signal
const patience = { forwardMs: 5000, sleep: { everyMs: 20, leastMs: 20_000 } }

it('leads here by the password of the vault', async () => {
  way = await sshWay(settings(), tools('right')).open(never)
  expect(await (await fetch(way.publicUrl)).text()).toBe('here')
  expect(asked).toEqual(['right'])
  expect(pinned).toMatch(/^SHA256:[\w+/]{43}$/)
})

it('is refused by a wrong one, which is given once', async () => {
  await expect(sshWay(settings(), tools('wrong')).open(never)).rejects.toMatchObject({ code: 'reach-refused' })
  expect(asked).toEqual(['wrong'])
})

it('is not told to a server that shows another key than the pinned one', async () => {
  pinned = fingerprintOf(Buffer.from('another key'))
  await expect(sshWay(settings(), tools('right')).open(never)).rejects.toMatchObject({
    code: 'reach-host-key',
    params: { pinned },
  })
  expect(asked).toEqual([])
})

it('gives up a server that never says whether it listens', async () => {
  isSilent = true
  await expect(sshWay(settings(), tools('right'), { ...patience, forwardMs: 100 }).open(never)).rejects.toMatchObject({
    ...{ code: 'reach-unreachable', params: { problem: 'server-silent' } },
  })
})

it('is given up when the machine woke from a sleep, to be opened anew', async () => {
  way = await sshWay(settings(), tools('right'), patience).open(never)
  const { ended, publicUrl } = way
  expect((await fetch(publicUrl)).status).toBe(200)
  const realNow = Date.now()
  vi.spyOn(Date, 'now').mockReturnValue(realNow + 3_600_000)
  try {
    expect((await ended).code).toBe('reach-lost')
  } finally {
    vi.restoreAllMocks()
  }
})
