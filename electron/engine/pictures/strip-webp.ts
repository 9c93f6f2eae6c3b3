/**
 * WebP (RFC 9649) without EXIF, XMP and unknown chunks, also inside the pictures of an animation; whatever follows the
 * end is left behind.
 */
import { orientationIn, tiffOf, type Orientation } from './orientation.ts'
import { mostSegments } from './segments.ts'

interface Chunk {
  readonly name: string
  readonly content: Buffer
}

/** The chunks of a container; null where one is cut, and where there are too many. */
function chunksIn(bytes: Buffer): Chunk[] | null {
  const chunks: Chunk[] = []
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = bytes.readUInt32LE(at + 4)
    const end = at + 8 + length
    if (end > bytes.length || chunks.length >= mostSegments) return null
    chunks.push({ name: bytes.toString('latin1', at, at + 4), content: bytes.subarray(at + 8, end) })
    at = end + (length % 2)
  }
  return chunks
}

function written({ name, content }: Chunk): Buffer {
  const whole = Buffer.alloc(8 + content.length + (content.length % 2))
  whole.write(name, 0, 'latin1')
  whole.writeUInt32LE(content.length, 4)
  content.copy(whole, 8)
  return whole
}

const pixels: ReadonlySet<string> = new Set(['ALPH', 'VP8 ', 'VP8L'])
/** Bytes of a frame's place and duration, before its own chunks. */
const frameHead = 16

/** Flags of VP8X: colour profile, alpha, EXIF, animation; XMP has 0x04. */
const flag = { profile: 0x20, alpha: 0x10, exif: 0x08, animation: 0x02 }

/** A frame with its pixels alone, and how many chunks it had. */
function frame(content: Buffer): { frame: Chunk; chunks: number } | null {
  const inner = content.length < frameHead ? null : chunksIn(content.subarray(frameHead))
  const kept = inner?.filter(({ name }) => pixels.has(name)) ?? []
  if (!inner || !kept.some(({ name }) => name !== 'ALPH')) return null
  const whole = Buffer.concat([content.subarray(0, frameHead), ...kept.map(written)])
  return { frame: { name: 'ANMF', content: whole }, chunks: inner.length }
}

/** @returns null for what is no whole WebP */
export function stripWebp(bytes: Buffer): Buffer | null {
  if (bytes.length < 20) return null
  const end = 8 + bytes.readUInt32LE(4)
  const chunks = end > bytes.length + 1 ? null : chunksIn(bytes.subarray(12, Math.min(end, bytes.length)))
  const first = chunks?.[0]
  if (!chunks || !first) return null
  const finish = (kept: readonly Chunk[]): Buffer => {
    const body = Buffer.concat(kept.map(written))
    const head = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1')
    head.writeUInt32LE(body.length + 4, 4)
    return Buffer.concat([head, body])
  }
  if (first.name === 'VP8 ' || first.name === 'VP8L') return finish([first])
  if (first.name !== 'VP8X' || first.content.length !== 10) return null

  let inner = 0
  const isAnimated = ((first.content[0] ?? 0) & flag.animation) !== 0
  const kept: Chunk[] = []
  let orientation: Orientation = 1
  for (const chunk of chunks.slice(1)) {
    if (chunk.name === 'ICCP' || (chunk.name === 'ANIM' && isAnimated)) kept.push(chunk)
    if (pixels.has(chunk.name) && !isAnimated) kept.push(chunk)
    if (chunk.name === 'EXIF') {
      // Some writers put JPEG's mark before it.
      const isMarked = chunk.content.toString('latin1', 0, 6) === 'Exif\0\0'
      orientation = orientationIn(isMarked ? chunk.content.subarray(6) : chunk.content)
    }
    if (chunk.name !== 'ANMF' || !isAnimated) continue
    const shown = frame(chunk.content)
    inner += shown?.chunks ?? 0
    if (!shown || inner > mostSegments) return null
    kept.push(shown.frame)
  }
  if (!kept.some(({ name }) => name === 'ANMF' || name === 'VP8 ' || name === 'VP8L')) return null
  const head = Buffer.from(first.content)
  const has = (name: string): boolean => kept.some((chunk) => chunk.name === name)
  head[0] =
    ((head[0] ?? 0) & (flag.alpha | flag.animation)) |
    (has('ICCP') ? flag.profile : 0) |
    (orientation === 1 ? 0 : flag.exif)
  const trailer: Chunk[] = orientation === 1 ? [] : [{ name: 'EXIF', content: tiffOf(orientation) }]
  return finish([{ name: 'VP8X', content: head }, ...kept, ...trailer])
}
