/** Pictures that simulated people send, drawn by code: soft skies, discs and petals, as PNG. */
import { crc32, deflateSync } from 'node:zlib'
import { randomFrom } from './random.ts'

const width = 640
const height = 480
export const pictureCount = 12

type Colour = readonly [number, number, number]
interface Shape {
  readonly x: number
  readonly y: number
  readonly radius: number
  /** Petals; 0 draws a disc. */
  readonly petals: number
  readonly colour: Colour
}

const made = new Map<number, Buffer>()

/** @returns a PNG of 640 x 480, or null for a number beyond the last picture */
export function picture(number: number): Buffer | null {
  if (!Number.isInteger(number) || number < 1 || number > pictureCount) return null
  const png = made.get(number) ?? draw(number)
  made.set(number, png)
  return png
}

function draw(number: number): Buffer {
  const random = randomFrom('picture', number)
  const hue = number * 47
  const top = fromHue(hue, 0.45, 0.8)
  const bottom = fromHue(hue + 40, 0.5, 0.93)
  const shapes = Array.from({ length: random.between(4, 7) }, (): Shape => ({
    x: random.between(60, width - 60),
    y: random.between(90, height - 50),
    radius: random.between(35, 95),
    petals: number % 3 === 0 ? 0 : random.between(4, 8),
    colour: fromHue(hue + random.between(120, 260), 0.6, 0.62),
  }))
  const rows = Buffer.alloc((width * 3 + 1) * height)
  let at = 0
  for (let y = 0; y < height; y += 1) {
    at += 1
    const sky = mix(top, bottom, y / height)
    for (let x = 0; x < width; x += 1) {
      const colour = shapes.reduce((below, shape) => mix(below, shape.colour, covers(shape, x, y)), sky)
      for (const part of colour) rows[at++] = Math.round(part)
    }
  }
  return png(rows)
}

/** How much of a pixel a shape covers, 0 to 1, with a soft edge. */
function covers({ x, y, radius, petals }: Shape, px: number, py: number): number {
  const distance = Math.hypot(px - x, py - y)
  if (distance > radius + 2) return 0
  const edge = petals === 0 ? radius : radius * (0.72 + 0.28 * Math.cos(petals * Math.atan2(py - y, px - x)))
  return 0.9 * Math.min(1, Math.max(0, edge - distance + 0.5))
}

function mix(from: Colour, to: Colour, share: number): Colour {
  const one = (index: 0 | 1 | 2): number => from[index] + (to[index] - from[index]) * share
  return share === 0 ? from : [one(0), one(1), one(2)]
}

function fromHue(hue: number, saturation: number, lightness: number): Colour {
  const part = (offset: number): number => {
    const k = (offset + (hue % 360) / 30) % 12
    const swing = saturation * Math.min(lightness, 1 - lightness)
    return 255 * (lightness - swing * Math.max(-1, Math.min(k - 3, 9 - k, 1)))
  }
  return [part(0), part(8), part(4)]
}

/** @param rows RGB, each row after a filter byte of 0 */
function png(rows: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits a channel, true colour, no interlace.
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), content])
  const frame = Buffer.alloc(body.length + 8)
  frame.writeUInt32BE(content.length, 0)
  body.copy(frame, 4)
  frame.writeUInt32BE(crc32(body), body.length + 4)
  return frame
}
