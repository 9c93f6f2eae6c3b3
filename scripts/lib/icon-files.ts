/** The two containers in which Windows and macOS want an icon's sizes: both hold PNG pictures as they are. */

/** A square picture. */
export interface Picture {
  /** Edge in pixels. */
  readonly size: number
  readonly png: Buffer
}

/** Edges that Windows asks for: its lists, task bar and desktop at 100 to 250 %. */
export const icoSizes: readonly number[] = [16, 20, 24, 32, 40, 48, 64, 128, 256]

/* An icns names each place by four letters; a place for a fine screen takes twice its points. */
const icnsPlaces = {
  icp4: 16,
  ic11: 32,
  icp5: 32,
  ic12: 64,
  ic07: 128,
  ic13: 256,
  ic08: 256,
  ic14: 512,
  ic09: 512,
  ic10: 1024,
} as const

/** Edges that macOS asks for. */
export const icnsSizes: readonly number[] = [...new Set(Object.values(icnsPlaces))]

function pictureOf(pictures: readonly Picture[], size: number): Buffer {
  const found = pictures.find((picture) => picture.size === size)
  if (!found) throw new Error(`there is no picture of ${size} pixels`)
  return found.png
}

/** An .ico file: a directory of 16 bytes for each picture, then the pictures. */
export function icoOf(pictures: readonly Picture[]): Buffer {
  const head = Buffer.alloc(6 + 16 * icoSizes.length)
  head.writeUInt16LE(1, 2) // an icon, not a cursor
  head.writeUInt16LE(icoSizes.length, 4)
  const parts: Buffer[] = [head]
  let offset = head.length
  for (const [index, size] of icoSizes.entries()) {
    const png = pictureOf(pictures, size)
    const at = 6 + 16 * index
    // One byte for an edge, in which 256 is written as 0.
    head.writeUInt8(size % 256, at)
    head.writeUInt8(size % 256, at + 1)
    head.writeUInt16LE(1, at + 4) // planes
    head.writeUInt16LE(32, at + 6) // bits a pixel
    head.writeUInt32LE(png.length, at + 8)
    head.writeUInt32LE(offset, at + 12)
    parts.push(png)
    offset += png.length
  }
  return Buffer.concat(parts)
}

/** An .icns file: four letters and a length before each picture, and before the whole. */
export function icnsOf(pictures: readonly Picture[]): Buffer {
  const chunk = (name: string, content: Buffer): Buffer => {
    const head = Buffer.alloc(8)
    head.write(name, 'latin1')
    head.writeUInt32BE(8 + content.length, 4)
    return Buffer.concat([head, content])
  }
  const places = Object.entries(icnsPlaces).map(([name, size]) => chunk(name, pictureOf(pictures, size)))
  return chunk('icns', Buffer.concat(places))
}
