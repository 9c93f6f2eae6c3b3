/** Pictures of this machine, for tests: files as cameras and programs write them, and hands that bring them in. */
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { stripPicture } from '#engine/pictures/strip.ts'
import { picturePieceBytes, type Picture } from '#shared/contract/entries/pictures.ts'
import type { Desk } from './desk.ts'

/** A file of `tests/support/pictures`. */
export const pictureFile = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`pictures/${name}`, import.meta.url)))

/** A PNG of so many bytes at least, that is one pixel: what follows in it is not shown. */
export function largePng(bytes: number): Buffer {
  const whole = pictureFile('screen.png')
  return Buffer.concat([whole, Buffer.alloc(Math.max(0, bytes - whole.length))])
}

/** An animation of so many bytes, all of which are pictures: what is stripped of it is next to nothing. */
export function largeGif(bytes: number): Buffer {
  const whole = stripPicture(pictureFile('moving.gif'), 64).body
  const control = Buffer.from([0x21, 0xf9, 0x04])
  const first = whole.indexOf(control)
  const frame = whole.subarray(first, whole.indexOf(control, first + 1))
  const count = Math.ceil(bytes / frame.length)
  return Buffer.concat([whole.subarray(0, first), ...Array<Buffer>(count).fill(frame), Buffer.from([0x3b])])
}

/** Brings all pieces of a picture in. @returns the upload's id */
export async function bringIn(desk: Desk, robotId: string, bytes: Buffer): Promise<string> {
  const { uploadId } = await desk.call('pictures.begin', { robotId, bytes: bytes.length })
  for (let offset = 0; offset < bytes.length; offset += picturePieceBytes) {
    const data = bytes.subarray(offset, offset + picturePieceBytes).toString('base64')
    await desk.call('pictures.add', { uploadId, offset, data })
  }
  return uploadId
}

/** Brings a picture in and has it offered. */
export async function upload(desk: Desk, robotId: string, bytes: Buffer): Promise<Picture> {
  return desk.call('pictures.finish', { uploadId: await bringIn(desk, robotId, bytes) })
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** Asks for a path as it is written, without a client that tidies it up. */
export function ask(base: string, path: string, method = 'GET'): Promise<RawAnswer> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      )
      response.on('error', reject)
    })
    asked.on('error', reject)
    asked.end()
  })
}
