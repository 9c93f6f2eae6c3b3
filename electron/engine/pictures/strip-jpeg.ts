/**
 * JPEG (ITU-T T.81) without what is not needed to show it. Segments are taken over by name; every other one (EXIF, XMP,
 * IPTC, comments, previews) is left behind, and so is whatever follows the end of the picture.
 */
import { orientationIn, tiffOf, type Orientation } from './orientation.ts'
import { mostSegments } from './segments.ts'

const exif = Buffer.from('Exif\0\0', 'latin1')
const profile = Buffer.from('ICC_PROFILE\0', 'latin1')

const segment = (marker: number, content: Buffer): Buffer => {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(content.length + 2, 2)
  return Buffer.concat([head, content])
}

const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

/** Tables of the decoder: Huffman, arithmetic conditioning, quantisation, number of lines, restart interval. */
const tables: ReadonlySet<number> = new Set([0xc4, 0xcc, 0xdb, 0xdc, 0xdd])

/** Where entropy-coded data ends: at the next marker that is no restart and no stuffed byte. */
function endOfScan(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(0xff, from)
  while (at >= 0 && at + 1 < bytes.length) {
    const next = bytes[at + 1] ?? 0
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at
    at = bytes.indexOf(0xff, at + (next === 0xff ? 1 : 2))
  }
  return bytes.length
}

/** @returns null for what is no whole JPEG */
export function stripJpeg(bytes: Buffer): Buffer | null {
  const kept: Buffer[] = []
  let orientation: Orientation = 1
  let jfif: Buffer | null = null
  let frames = 0
  let scans = 0
  let segments = 0
  let at = 2
  for (;;) {
    if (bytes[at] !== 0xff) break
    while (bytes[at + 1] === 0xff) at += 1
    const marker = bytes[at + 1]
    if (marker === undefined || marker === 0xd9) break
    // Without a length: nothing of theirs belongs between segments.
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2
      continue
    }
    if (at + 4 > bytes.length) break
    const end = at + 2 + bytes.readUInt16BE(at + 2)
    if (end < at + 4 || end > bytes.length) return null
    const content = bytes.subarray(at + 4, end)
    at = end
    segments += 1
    if (segments > mostSegments) return null
    if (isFrame(marker)) {
      frames += 1
      kept.push(segment(marker, content))
    } else if (tables.has(marker)) {
      kept.push(segment(marker, content))
    } else if (marker === 0xe0 && content.toString('latin1', 0, 5) === 'JFIF\0' && content.length >= 14) {
      // Version and density; no preview.
      jfif ??= Buffer.concat([content.subarray(0, 12), Buffer.alloc(2)])
    } else if (marker === 0xe1 && content.subarray(0, 6).equals(exif)) {
      orientation = orientationIn(content.subarray(6))
    } else if (marker === 0xe2 && content.subarray(0, 12).equals(profile)) {
      // What its colours mean: without it they would be shown as others.
      kept.push(segment(marker, content))
    } else if (marker === 0xee && content.toString('latin1', 0, 5) === 'Adobe' && content.length >= 12) {
      // How the colours were transformed.
      kept.push(segment(marker, content.subarray(0, 12)))
    } else if (marker === 0xda) {
      if (frames === 0) return null
      scans += 1
      const next = endOfScan(bytes, at)
      kept.push(segment(marker, content), bytes.subarray(at, next))
      at = next
    } else if (marker < 0xe0 || (marker > 0xef && marker !== 0xfe)) {
      // Hierarchical, or of no meaning: no browser shows it.
      return null
    }
  }
  if (frames !== 1 || scans === 0) return null
  const head: Buffer[] = [Buffer.from([0xff, 0xd8])]
  if (jfif) head.push(segment(0xe0, jfif))
  if (orientation !== 1) head.push(segment(0xe1, Buffer.concat([exif, tiffOf(orientation)])))
  return Buffer.concat([...head, ...kept, Buffer.from([0xff, 0xd9])])
}
