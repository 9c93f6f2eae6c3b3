/**
 * GIF (GIF89a) without comments, texts and what applications add, save how often an animation runs; whatever follows
 * the end is left behind.
 */

import { mostSegments } from './segments.ts'

/** Bytes of a colour table that a field of flags names. */
const tableBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)

/** Where a row of blocks ends, after its empty last one; -1 where it does not. */
function endOfBlocks(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length) {
    const length = bytes[at] ?? 0
    at += 1 + length
    if (length === 0) return at
  }
  return -1
}

const loopNames: ReadonlySet<string> = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0'])

/** How often an animation runs, written anew; null for an application's own. */
function loopOf(bytes: Buffer, at: number): Buffer | null {
  if (bytes[at + 2] !== 11 || !loopNames.has(bytes.toString('latin1', at + 3, at + 14))) return null
  if (bytes[at + 14] !== 3 || bytes[at + 15] !== 1) return null
  const rounds = bytes.subarray(at + 16, at + 18)
  return Buffer.concat([Buffer.from('\x21\xff\x0bNETSCAPE2.0\x03\x01', 'latin1'), rounds, Buffer.alloc(1)])
}

/** @returns null for what is no whole GIF */
export function stripGif(bytes: Buffer): Buffer | null {
  if (bytes.length < 13) return null
  let at = 13 + tableBytes(bytes[10] ?? 0)
  if (at > bytes.length) return null
  const kept: Buffer[] = [Buffer.from('GIF89a', 'latin1'), bytes.subarray(6, at)]
  /** Delay and transparency of the picture that comes next. */
  let control: Buffer | null = null
  let pictures = 0
  let segments = 0
  while (at < bytes.length && bytes[at] !== 0x3b) {
    const kind = bytes[at]
    const isPicture = kind === 0x2c
    if (!isPicture && kind !== 0x21) return null
    const from = isPicture ? at + 11 + tableBytes(bytes[at + 9] ?? 0) : at + 2
    const end = endOfBlocks(bytes, from)
    segments += 1
    if (end < 0 || segments > mostSegments) return null
    if (isPicture) {
      if (control) kept.push(control)
      kept.push(bytes.subarray(at, end))
      pictures += 1
      control = null
    } else if (bytes[at + 1] === 0xf9) {
      control = bytes[at + 2] === 4 && end === at + 8 ? bytes.subarray(at, end) : null
    } else if (bytes[at + 1] === 0xff) {
      const loop = loopOf(bytes, at)
      if (loop) kept.push(loop)
    } else if (bytes[at + 1] === 0x01) {
      // A text that is drawn: what was to control it goes with it.
      control = null
    }
    at = end
  }
  return pictures === 0 ? null : Buffer.concat([...kept, Buffer.from([0x3b])])
}
