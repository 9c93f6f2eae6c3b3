/**
 * A name that points elsewhere when it is asked again, against the media proxy as it runs. Only the name server and
 * the internet are played: what the proxy lets a connection go to is noted, and the public address leads to a server
 * of this test.
 */
import type dns from 'node:dns'
import { createServer } from 'node:http'
import net, { type AddressInfo, type LookupFunction, type NetConnectOpts } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { openEngineOffice, type EngineOffice } from '../../support/engine-office.ts'

type Answer = (error: null, addresses: dns.LookupAddress[]) => void

/** What the name server answers to each question, in turn; the last answer stays. */
const zone = vi.hoisted(() => ({ answers: [] as string[][], asked: 0 }))
vi.mock('node:dns', async (original) => {
  const real = await original<typeof dns>()
  const lookup = (_name: string, _options: dns.LookupOptions, answer: Answer): void => {
    const addresses = zone.answers[Math.min(zone.asked, zone.answers.length - 1)] ?? []
    zone.asked += 1
    answer(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }
  return { ...real, lookup, default: { ...real, lookup } }
})

const publicAddress = '8.8.8.8'
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=',
  'base64',
)

let office: EngineOffice
let robotId: string
let port: number
/** Addresses to which connections were let go. */
let reached: string[] = []
const asked: string[] = []
const realConnect = net.connect

const server = createServer((request, response) => {
  asked.push(request.url ?? '')
  response.setHeader('connection', 'close')
  if (request.url === '/again') response.writeHead(302, { location: `http://rebind.example:${port}/1.png` }).end()
  else response.end(png)
})

/** The internet: the one public address leads to the test's server, which listens on loopback. */
function route(options: NetConnectOpts): net.Socket {
  const { lookup } = options as { lookup?: LookupFunction }
  if (!lookup) return realConnect(options)
  const routed: LookupFunction = (name, how, done) => {
    lookup(name, how, (error, found) => {
      const list = Array.isArray(found) ? found : []
      if (!error) reached.push(...list.map(({ address }) => address))
      done(
        error,
        list.map((one) => (one.address === publicAddress ? { ...one, address: '127.0.0.1' } : one)),
      )
    })
  }
  return realConnect({ ...options, lookup: routed } as NetConnectOpts)
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  office = await openEngineOffice()
  robotId = (await office.robot()).id
  Object.assign(net, { connect: route })
})
beforeEach(() => {
  zone.asked = 0
  reached = []
  asked.length = 0
})
afterAll(async () => {
  Object.assign(net, { connect: realConnect })
  await office.close()
  server.close()
})

const picture = (path: string) => office.desk.engine.media(robotId, `http://rebind.example:${port}${path}`)

it('gives the picture of a name that stays public', async () => {
  zone.answers = [[publicAddress]]
  expect((await picture('/1.png'))?.body.equals(png)).toBe(true)
  expect(reached).toEqual([publicAddress])
})

it.each([['127.0.0.1'], ['::1'], ['169.254.169.254'], ['10.0.0.7'], ['::ffff:127.0.0.1']])(
  'a name that is public first and %s second is let through once, and never to the second',
  async (second) => {
    zone.answers = [[publicAddress], [second]]
    expect(await picture(`/first.png?${second}`)).not.toBeNull()
    expect(await picture(`/second.png?${second}`)).toBeNull()
    expect(zone.asked).toBe(2)
    expect(reached).toEqual([publicAddress])
    expect(asked).toEqual([`/first.png?${second}`])
  },
)

it('one that turns between a redirect and where it leads is let through no further', async () => {
  zone.answers = [[publicAddress], ['127.0.0.1']]
  expect(await picture('/again')).toBeNull()
  expect(reached).toEqual([publicAddress])
  expect(asked).toEqual(['/again'])
})

it.each([
  ['public first', [publicAddress, '127.0.0.1', '::1']],
  ['private first', ['127.0.0.1', 'fe80::1', publicAddress]],
])('of several answers, %s, only the public one is connected to', async (order, addresses) => {
  zone.answers = [addresses]
  expect(await picture(`/mixed.png?${order.slice(0, 3)}`)).not.toBeNull()
  expect(reached).toEqual([publicAddress])
})

it('a name with private answers only reaches nobody', async () => {
  zone.answers = [['192.168.0.1', '127.0.0.1']]
  expect(await picture('/private.png')).toBeNull()
  expect(reached).toEqual([])
  expect(asked).toEqual([])
})
