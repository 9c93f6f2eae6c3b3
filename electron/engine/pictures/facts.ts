/**
 * What a picture is, by its first bytes: its type, and the size that decoding it would need. Nothing is decoded
 * here: a few bytes of a "decompression bomb" say how large it would become.
 */
import type { Media } from '../types.ts'

export interface PictureFacts {
  readonly type: Media['type']
  readonly width: number
  readonly height: number
}

/** Most pixels that a picture may have when decoded: 50 megapixels are 200 MB in a browser. */
export const pixelLimit = 50_000_000
/** Longest side, in pixels. */
export const sideLimit = 16_384

interface Size {
  readonly width: number
  readonly height: number
}

/* PNG (ISO/IEC 15948 §11.2.2): the first chunk is IHDR, with width and height. */
const pngStart = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
function pngSize(bytes: Buffer): Size | null {
  if (bytes.length < 24 || bytes.toString('latin1', 12, 16) !== 'IHDR') return null
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

/* GIF89a §18: the logical screen. A frame may lie outside it, so each frame's far corner counts as well. */
function gifSize(bytes: Buffer): Size | null {
  if (bytes.length < 13) return null
  let width = bytes.readUInt16LE(6)
  let height = bytes.readUInt16LE(8)
  const flags = bytes[10] ?? 0
  let at = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)
  const skipBlocks = (from: number): number => {
    let next = from
    while (next < bytes.length && bytes[next] !== 0) next += 1 + (bytes[next] ?? 0)
    return next + 1
  }
  while (at < bytes.length) {
    const kind = bytes[at]
    if (kind === 0x21) {
      at = skipBlocks(at + 2)
    } else if (kind === 0x2c && at + 10 <= bytes.length) {
      width = Math.max(width, bytes.readUInt16LE(at + 1) + bytes.readUInt16LE(at + 5))
      height = Math.max(height, bytes.readUInt16LE(at + 3) + bytes.readUInt16LE(at + 7))
      const local = bytes[at + 9] ?? 0
      at = skipBlocks(at + 11 + (local & 0x80 ? 3 * 2 ** ((local & 7) + 1) : 0))
    } else {
      break
    }
  }
  return { width, height }
}

/* JPEG (ITU-T T.81 §B.2.2): the frame header, SOF0 to SOF15 without DHT, JPG and DAC. */
function jpegSize(bytes: Buffer): Size | null {
  let at = 2
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    }
    const isAlone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)
    at += 2 + (isAlone ? 0 : bytes.readUInt16BE(at + 2))
  }
  return null
}

/* WebP (RFC 9649 §2.5 to 2.7): the canvas of VP8X, or the header of the one picture. */
function webpSize(bytes: Buffer): Size | null {
  if (bytes.length < 30) return null
  const chunk = bytes.toString('latin1', 12, 16)
  if (chunk === 'VP8X') return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
  if (chunk === 'VP8L' && bytes[20] === 0x2f) {
    const bits = bytes.readUInt32LE(21)
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
  }
  if (chunk === 'VP8 ' && bytes[23] === 0x9d && bytes[24] === 0x01 && bytes[25] === 0x2a) {
    return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
  }
  return null
}

function readFacts(bytes: Buffer): PictureFacts | null {
  const of = (type: Media['type'], size: Size | null): PictureFacts | null => size && { type, ...size }
  const start = bytes.toString('latin1', 0, 12)
  if (bytes.subarray(0, 8).equals(pngStart)) return of('image/png', pngSize(bytes))
  if (start.startsWith('\xff\xd8\xff')) return of('image/jpeg', jpegSize(bytes))
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return of('image/gif', gifSize(bytes))
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return of('image/webp', webpSize(bytes))
  return null
}

/** The facts of a picture; null for anything else, and for one that would be too large when decoded. */
export function pictureFacts(bytes: Buffer): PictureFacts | null {
  const facts = readFacts(bytes)
  if (!facts || facts.width < 1 || facts.height < 1) return null
  const fits = facts.width <= sideLimit && facts.height <= sideLimit && facts.width * facts.height <= pixelLimit
  return fits ? facts : null
}
