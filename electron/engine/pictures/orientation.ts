/**
 * How a camera was held, the one thing of a picture's EXIF that is needed to show it. Everything else of EXIF (place,
 * time, device, a smaller picture of the whole) is left behind: what is written here holds that one number.
 */

/** 1 as it is; 2 to 8 mirrored or turned (EXIF 2.32, tag 0x0112). */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

const isOrientation = (value: number): value is Orientation => Number.isInteger(value) && value >= 1 && value <= 8

/** Most entries of a directory that are looked through. */
const entryLimit = 512

/**
 * The orientation in a TIFF structure, as EXIF is one.
 *
 * @param tiff from its byte order mark on; any bytes
 * @returns 1 where it says nothing that can be understood
 */
export function orientationIn(tiff: Buffer): Orientation {
  const order = tiff.toString('latin1', 0, 2)
  if (tiff.length < 8 || (order !== 'II' && order !== 'MM')) return 1
  const isLittle = order === 'II'
  const u16 = (at: number): number => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const u32 = (at: number): number => (isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at))
  if (u16(2) !== 42) return 1
  const directory = u32(4)
  if (directory + 2 > tiff.length) return 1
  const count = Math.min(u16(directory), entryLimit)
  for (let index = 0; index < count; index++) {
    const at = directory + 2 + index * 12
    if (at + 12 > tiff.length) return 1
    if (u16(at) !== 0x0112) continue
    const value = u16(at + 8)
    return u16(at + 2) === 3 && isOrientation(value) ? value : 1
  }
  return 1
}

/** The smallest TIFF structure that says an orientation and nothing else. */
export function tiffOf(orientation: Orientation): Buffer {
  const tiff = Buffer.alloc(26)
  tiff.write('MM', 0, 'latin1')
  tiff.writeUInt16BE(42, 2)
  tiff.writeUInt32BE(8, 4)
  // One entry: tag, type SHORT, one value, and the value.
  tiff.writeUInt16BE(1, 8)
  tiff.writeUInt16BE(0x0112, 10)
  tiff.writeUInt16BE(3, 12)
  tiff.writeUInt32BE(1, 14)
  tiff.writeUInt16BE(orientation, 18)
  return tiff
}
