/** What a relay looks at when it is asked to, and what it leaves alone. */
import type * as Os from 'node:os'
import { createServer, type Server } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { lookAt } from '../../../electron/relay/lookout.ts'
import { lookSchema } from '#engine/reach/outside.ts'

/** As if this address of the open internet were this machine's own. */
const own = '8.8.4.4'
vi.mock('node:os', async (original) => ({
  ...(await original<typeof Os>()),
  networkInterfaces: () => ({ eth0: [{ address: '8.8.4.4' }], eth1: [{ address: '2606:4700::1' }] }),
}))

let server: Server | null = null
afterEach(async () => {
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)))
  server = null
})

const random = 'a'.repeat(32)
const look = { publicUrl: 'http://desk.example:8300/shop', stand: random, nonce: random }

describe('a look', () => {
  it.each([
    ...['127.0.0.1', '10.1.2.3', '192.168.0.1', '172.16.0.9', '100.64.0.1', '169.254.169.254', '0.0.0.0', '224.0.0.1'],
    ...['::1', 'fe80::1', 'fd00::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::'],
    ...[own, `::ffff:${own}`, '2606:4700:0:0::1'],
  ])('leaves %s alone', async (address) => {
    const report = await lookAt(look, { mayLookInside: false, changes: { resolve: async () => [address] } })
    expect(report).toEqual({
      failed: { hop: 'dns', code: 'outside-private', params: { host: 'desk.example', addresses: address } },
      proof: null,
      status: null,
    })
  })

  it.each(['169.254.169.254', 'fe80::1', '0.0.0.0'])(
    'leaves %s alone even where it may look inside',
    async (address) => {
      const report = await lookAt(look, { mayLookInside: true, changes: { resolve: async () => [address] } })
      expect(report.failed?.code).toBe('outside-private')
    },
  )

  it('asks for the path of a check alone, and brings nothing home but what has the form of a proof', async () => {
    const heard: string[] = []
    let body = 'p'.repeat(43)
    server = createServer((request, response) => {
      heard.push(`${request.method} ${request.headers.host} ${request.url} ${request.headers.cookie}`)
      response.end(body)
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const at = { ...look, publicUrl: `http://desk.example:${port}/shop` }
    const options = { mayLookInside: true, changes: { resolve: async () => ['127.0.0.1'] } }
    expect(await lookAt(at, options)).toEqual({ failed: null, proof: body, status: 200 })
    expect(heard).toEqual([`GET desk.example:${port} /shop/callback/${random}/${random} undefined`])
    body = 'what nobody outside may read'
    const report = await lookAt(at, options)
    expect(report).toMatchObject({ failed: { code: 'machine-other', params: { status: 200 } }, proof: null })
    expect(JSON.stringify(report)).not.toContain(body)
  })
})

describe('a request to look', () => {
  it.each([
    ['another scheme', { publicUrl: 'file:///etc/passwd' }],
    ['a user name', { publicUrl: 'http://user:word@desk.example' }],
    ['a query', { publicUrl: 'http://desk.example/?x=' }],
    ['a path in the place of the secret', { stand: '../../admin' }],
    ['a nonce that is none', { nonce: 'x y' }],
  ])('with %s is none', (_what, change) => {
    expect(lookSchema.safeParse(look).success).toBe(true)
    expect(lookSchema.safeParse({ ...look, ...change }).success).toBe(false)
  })
})
