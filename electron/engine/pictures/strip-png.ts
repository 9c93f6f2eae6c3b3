/**
 * PNG (ISO/IEC 15948, with its animations) without what is not needed to show it: chunks are taken over by name, each
 * with a checksum that fits; texts, times, EXIF and unknown chunks are left behind, and whatever follows the end.
 */
import { crc32 } from 'node:zlib'
import { orientationIn, tiffOf, type Orientation } from './orientation.ts'
import { mostSegments } from './segments.ts'

const start = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Picture, palette, transparency, what the colours mean, and animation. */
const needed: ReadonlySet<string> = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP acTL fcTL fdAT'.split(' '),
)

function chunk(name: string, content: Buffer): Buffer {
  const whole = Buffer.alloc(12 + content.length)
  whole.writeUInt32BE(content.length, 0)
  whole.write(name, 4, 'latin1')
  content.copy(whole, 8)
  whole.writeUInt32BE(crc32(whole.subarray(4, 8 + content.length)), 8 + content.length)
  return whole
}

/** @returns null for what is no whole PNG */
export function stripPng(bytes: Buffer): Buffer | null {
  if (!bytes.subarray(0, 8).equals(start)) return null
  const kept: Buffer[] = []
  let orientation: Orientation = 1
  let dataAt = -1
  let chunks = 0
  let at = 8
  while (at + 12 <= bytes.length) {
    const length = bytes.readUInt32BE(at)
    const end = at + 12 + length
    chunks += 1
    if (end > bytes.length || chunks > mostSegments) return null
    const name = bytes.toString('latin1', at + 4, at + 8)
    const content = bytes.subarray(at + 8, end - 4)
    if ((kept.length === 0) !== (name === 'IHDR')) return null
    if (name === 'eXIf') orientation = orientationIn(content)
    if (needed.has(name)) {
      if (bytes.readUInt32BE(end - 4) !== crc32(bytes.subarray(at + 4, end - 4))) return null
      if (name === 'IDAT' && dataAt < 0) dataAt = kept.length
      kept.push(bytes.subarray(at, end))
    } else if (/^[A-Z]/.test(name)) {
      // What cannot be shown without a chunk that nobody knows.
      return null
    }
    at = end
    if (name !== 'IEND') continue
    if (dataAt < 0) return null
    if (orientation !== 1) kept.splice(dataAt, 0, chunk('eXIf', tiffOf(orientation)))
    return Buffer.concat([start, ...kept])
  }
  return null
}
