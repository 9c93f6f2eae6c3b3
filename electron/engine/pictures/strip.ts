/**
 * A picture as it may go out: what it is by its content, without anything that is not needed to show it. It is read and
 * written segment by segment and never decoded: nothing of a stranger's file runs through a decoder in this process,
 * and no native module has to be packed for three systems. Scaling, which needs the pixels, is the renderer's, whose
 * browser has the decoders in a sandbox; nothing here relies on its having been done.
 */
import { AppError } from '#shared/contract/errors.ts'
import { pictureFacts, type PictureFacts } from './facts.ts'
import type { Media } from '../types.ts'
import { stripGif } from './strip-gif.ts'
import { stripJpeg } from './strip-jpeg.ts'
import { stripPng } from './strip-png.ts'
import { stripWebp } from './strip-webp.ts'

const strippers: Readonly<Record<Media['type'], (bytes: Buffer) => Buffer | null>> = {
  'image/png': stripPng,
  'image/jpeg': stripJpeg,
  'image/gif': stripGif,
  'image/webp': stripWebp,
}

/** What a file begins as. */
function typeOf(bytes: Buffer): Media['type'] | null {
  const start = bytes.toString('latin1', 0, 12)
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return 'image/gif'
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? 'image/webp' : null
}

export interface Stripped extends PictureFacts {
  readonly body: Buffer
}

/**
 * @param bytes any bytes
 * @param side longest side, in pixels
 * @throws AppError picture-unreadable, picture-too-large
 */
export function stripPicture(bytes: Buffer, side: number): Stripped {
  const type = typeOf(bytes)
  if (!type) throw new AppError('picture-unreadable', { problem: 'picture-type' })
  const body = strippers[type](bytes)
  if (!body) throw new AppError('picture-unreadable', { problem: 'picture-damaged' })
  const facts = pictureFacts(body)
  if (!facts) throw new AppError('picture-too-large', { problem: 'picture-pixels' })
  if (Math.max(facts.width, facts.height) > side) {
    const { width, height } = facts
    throw new AppError('picture-too-large', { problem: 'picture-side', width, height, side })
  }
  return { ...facts, type, body }
}
