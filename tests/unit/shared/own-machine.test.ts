/** One answer to whether a host is this machine, for every border that asks. */
import fc from 'fast-check'
import { isIP } from 'node:net'
import { describe, expect, it } from 'vitest'
import { serverAddress } from '#shared/contract/desktop.ts'
import { webdavSchema } from '#shared/contract/entries/pictures.ts'
import { isOwnMachine, leadsToOwnMachine } from '#shared/security/own-machine.ts'
import { publicBase } from '#engine/pictures/public-base.ts'
import type { ConnectionRecord } from '#engine/store/connections.ts'

const byte = fc.integer({ min: 0, max: 255 })
const v4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.'))
const label = fc.string({ unit: fc.constantFrom(...'abcxyz0127-'), minLength: 1, maxLength: 8 })

describe('a host is this machine', () => {
  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.255.255.254', '::1', '[::1]', '0:0:0:0:0:0:0:1', '[0::0:1]'])(
    '%s',
    (host) => expect(isOwnMachine(host)).toBe(true),
  )
  it.each(['::ffff:127.0.0.1', '::ffff:7f00:1', '[::ffff:127.9.9.9]', '2130706433', '0x7f.1'])(
    '%s, which the system reaches as such',
    (host) => expect(isOwnMachine(host)).toBe(true),
  )
  it.each([
    ...['', ' ', 'x', '0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '192.168.1.1', '169.254.1.1', '::2', '::1%lo'],
    ...['127.evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', 'evil.localhost.example', 'localhosts'],
    ...['127.0.0.1:80', 'localhost:80', '[::1]:80', 'a@localhost', 'localhost/x', 'localhost#', '127.0.0.1?', '[::1'],
    ...['::ffff:128.0.0.1', '::127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::1', '1::1', 'fe80::1', 'xn--localhost-0'],
  ])('but not %j', (host) => expect(isOwnMachine(host)).toBe(false))

  it('of all IPv4 exactly 127.0.0.0/8, also inside IPv6 and whatever way it is written', () => {
    fc.assert(
      fc.property(v4, fc.boolean(), (address, isOwn) => {
        const host = isOwn ? address.replace(/^\d+/, '127') : address
        const expected = host.startsWith('127.')
        expect(isIP(host)).toBe(4)
        for (const form of [host, `::ffff:${host}`, `[::ffff:${host}]`, `[::FFFF:${host}]`]) {
          expect(isOwnMachine(form), form).toBe(expected)
        }
        for (const scheme of ['http', 'https', 'ws'])
          expect(leadsToOwnMachine(`${scheme}://${host}:81/x`)).toBe(expected)
      }),
    )
  })

  it('no name that goes on after what looks like one, and nothing of any other text', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('127.0.0.1', 'localhost', '127', '127.0.0'),
        fc.array(label, { minLength: 1 }),
        (own, rest) => {
          // A name of numbers alone is an address.
          fc.pre(!/^\d+$|^0x/.test(rest.at(-1) ?? ''))
          expect(isOwnMachine([own, ...rest].join('.'))).toBe(false)
        },
      ),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
        const isOwn = isOwnMachine(text)
        if (isOwn)
          expect(new URL(`http://${isIP(text) === 6 ? `[${text}]` : text}`).host).toMatch(/^(127\.|localhost$|\[)/)
      }),
    )
  })
})

it('every border asks this one', () => {
  const connection = (gatewayUrl: string) => [{ id: 1, gatewayUrl }] as unknown as ConnectionRecord[]
  for (const [host, isOwn] of [
    ['localhost', true],
    ['127.1.2.3', true],
    ['[::ffff:7f00:1]', true],
    ['127.evil.example', false],
    ['10.0.0.1', false],
  ] as const) {
    expect(serverAddress.safeParse(`http://${host}:8080`).success, host).toBe(isOwn)
    const dav = { url: `http://${host}/dav/`, publicUrl: 'https://pictures.example.com' }
    expect(webdavSchema.safeParse(dav).success, host).toBe(isOwn)
    expect(publicBase(connection(`http://${host}/`), 1, null, 'http://127.0.0.1:1'), host).toBe(
      isOwn ? 'http://127.0.0.1:1' : null,
    )
  }
})
