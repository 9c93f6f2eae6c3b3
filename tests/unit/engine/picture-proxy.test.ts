import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isPublicAddress } from '#engine/reach/addresses.ts'
import { pictureCache } from '#engine/pictures/proxy/cache.ts'
import { pictureFacts } from '#engine/pictures/facts.ts'
import { silentLog } from '../../support/fake-engine.ts'

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111', '2a00:1450:4001::1', '2002:808:808::1', '64:ff9b::808:808'])(
    'lets %s through',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )
  it.each([
    ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0'],
    ...['224.0.0.1', '255.255.255.255', '192.0.2.1', '198.18.0.1', '240.0.0.1', '192.0.0.8'],
    ...['::1', '::', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'ff02::1', '2001:db8::1', '3fff::1'],
    // IPv4 inside IPv6, in each of its forms
    ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::7f00:1', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::a00:1'],
    ...['2002:7f00:1::1', '2002:a00:1::1', '2001:0:7f00:1::1', '2001:0:4136:e378:8000:63bf:f5ff:fffe'],
    // not given out to anybody
    ...['4000::1', '8000::1', 'e000::1', '100::1', '5f00::1'],
    ...['localhost', '', 'x'],
  ])('holds %s back', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

const png = (width: number, height: number): Buffer => {
  const bytes = Buffer.alloc(33)
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(bytes)
  bytes.writeUInt32BE(13, 8)
  bytes.write('IHDR', 12, 'latin1')
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return bytes
}
const gif = (width: number, height: number, frame?: [number, number]): Buffer => {
  const bytes = Buffer.alloc(13)
  bytes.write('GIF89a', 'latin1')
  bytes.writeUInt16LE(width, 6)
  bytes.writeUInt16LE(height, 8)
  if (!frame) return bytes
  const image = Buffer.alloc(12)
  image[0] = 0x2c
  image.writeUInt16LE(frame[0], 5)
  image.writeUInt16LE(frame[1], 7)
  // A comment stands before the frame.
  return Buffer.concat([bytes, Buffer.from([0x21, 0xfe, 2, 65, 66, 0]), image])
}
const jpeg = (width: number, height: number): Buffer => {
  const start = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc2, 0, 11, 8])
  const size = Buffer.alloc(6)
  size.writeUInt16BE(height, 0)
  size.writeUInt16BE(width, 2)
  return Buffer.concat([start, size])
}
const webp = (chunk: string, fill: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.alloc(40)
  bytes.write('RIFF0000WEBP', 'latin1')
  bytes.write(chunk, 12, 'latin1')
  fill(bytes)
  return bytes
}

describe('pictureFacts', () => {
  it('reads type and size of each kind', () => {
    expect(pictureFacts(png(30, 40))).toEqual({ type: 'image/png', width: 30, height: 40 })
    expect(pictureFacts(gif(30, 40))).toEqual({ type: 'image/gif', width: 30, height: 40 })
    expect(pictureFacts(jpeg(30, 40))).toEqual({ type: 'image/jpeg', width: 30, height: 40 })
    const extended = webp('VP8X', (bytes) => {
      bytes.writeUIntLE(29, 24, 3)
      bytes.writeUIntLE(39, 27, 3)
    })
    const lossless = webp('VP8L', (bytes) => {
      bytes[20] = 0x2f
      bytes.writeUInt32LE(29 | (39 << 14), 21)
    })
    const lossy = webp('VP8 ', (bytes) => {
      Buffer.from([0x9d, 0x01, 0x2a, 30, 0, 40, 0]).copy(bytes, 23)
    })
    for (const bytes of [extended, lossless, lossy]) {
      expect(pictureFacts(bytes)).toEqual({ type: 'image/webp', width: 30, height: 40 })
    }
  })

  it('refuses what would be too large when decoded', () => {
    expect(pictureFacts(png(7000, 7000))).not.toBeNull()
    for (const bytes of [png(8000, 8000), png(40_000, 1), png(2 ** 32 - 1, 1), gif(60_000, 60_000)]) {
      expect(pictureFacts(bytes)).toBeNull()
    }
    // The canvas is small, one frame of it is not.
    expect(pictureFacts(gif(10, 10, [65_000, 65_000]))).toBeNull()
    expect(pictureFacts(jpeg(65_000, 65_000))).toBeNull()
    expect(pictureFacts(png(0, 10))).toBeNull()
  })

  it.each(['', '<svg xmlns="http://www.w3.org/2000/svg"/>', '<html>', 'RIFF0000WAVE', 'GIF89a', 'BM', '%PDF-1.7'])(
    'takes %j for no picture',
    (text) => {
      expect(pictureFacts(Buffer.from(text))).toBeNull()
    },
  )

  it('neither throws nor hangs, however a picture is cut or garbled', () => {
    for (const whole of [png(3, 4), gif(3, 4, [3, 4]), jpeg(3, 4)]) {
      for (let length = 0; length <= whole.length; length++) pictureFacts(whole.subarray(0, length))
      for (let at = 0; at < whole.length; at++) {
        for (const value of [0, 1, 0x7f, 0xff]) {
          const garbled = Buffer.from(whole)
          garbled[at] = value
          pictureFacts(garbled)
        }
      }
    }
  })
})

describe('the cache of pictures', () => {
  it('keeps apart by scope, bounds what it takes, and drops what was unused longest', async () => {
    const root = mkdtempSync(join(tmpdir(), 'switchboard-pictures-'))
    const dir = join(root, 'media')
    const body = Buffer.concat([png(3, 4), Buffer.alloc(1000)])
    const cache = pictureCache(dir, silentLog, () => ({ bytes: 3500, ageMs: 0 }))
    await cache.put('a', 'one', { type: 'image/png', body })
    expect(await cache.get('b', 'one')).toBeNull()
    const [first = ''] = readdirSync(dir)
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    for (const link of ['two', 'three']) await cache.put('a', link, { type: 'image/png', body })
    for (const name of readdirSync(dir)) utimesSync(join(dir, name), 1000, name === first ? 1000 : 2000)
    // Looked at, and thereby the newest.
    expect((await cache.get('a', 'one'))?.body.equals(body)).toBe(true)
    await cache.put('a', 'four', { type: 'image/png', body })
    expect(readdirSync(dir)).toHaveLength(3)
    expect(existsSync(join(dir, first))).toBe(true)
    expect((await cache.get('a', 'four'))?.type).toBe('image/png')
    rmSync(root, { recursive: true })
  })
})
