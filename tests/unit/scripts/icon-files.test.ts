/** The installers' icons: every size that a system asks for, each a picture of just that size. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { icnsOf, icnsSizes, icoOf, icoSizes } from '../../../scripts/lib/icon-files.ts'
import { inProject } from '../../../scripts/lib/project.mjs'

const folder = inProject('resources', 'package')

/* A PNG says its width and height in its first chunk. */
function edgesOf(png: Buffer): [number, number] {
  expect(png.subarray(1, 4).toString()).toBe('PNG')
  return [png.readUInt32BE(16), png.readUInt32BE(20)]
}

it('the one for Windows has them', () => {
  const file = readFileSync(join(folder, 'icon.ico'))
  const count = file.readUInt16LE(4)
  const entries = Array.from({ length: count }, (_, index) => {
    const at = 6 + 16 * index
    const offset = file.readUInt32LE(at + 12)
    const [width, height] = edgesOf(file.subarray(offset, offset + file.readUInt32LE(at + 8)))
    expect([file[at] || 256, file[at + 1] || 256]).toEqual([width, height])
    return [width, height]
  })
  expect(entries).toEqual([16, 20, 24, 32, 40, 48, 64, 128, 256].map((size) => [size, size]))
})

it('the one for macOS has them', () => {
  const file = readFileSync(join(folder, 'icon.icns'))
  expect(file.readUInt32BE(4)).toBe(file.length)
  const places: Record<string, number> = {}
  for (let at = 8; at < file.length; at += file.readUInt32BE(at + 4)) {
    const [width, height] = edgesOf(file.subarray(at + 8, at + file.readUInt32BE(at + 4)))
    expect(width).toBe(height)
    places[file.toString('latin1', at, at + 4)] = width
  }
  // The letters are Apple's: points, and the same points on a fine screen.
  expect(places).toEqual({
    ...{ icp4: 16, icp5: 32, ic07: 128, ic08: 256, ic09: 512 },
    ...{ ic11: 32, ic12: 64, ic13: 256, ic14: 512, ic10: 1024 },
  })
})

it('those for Linux have the size that their name says', () => {
  const names = readdirSync(join(folder, 'icons'))
  expect(names.length).toBe(8)
  for (const name of names) {
    const [width, height] = edgesOf(readFileSync(join(folder, 'icons', name)))
    expect(name).toBe(`${width}x${height}.png`)
  }
})

it('a container is not made with a size missing', () => {
  const pictures = (sizes: readonly number[]) => sizes.map((size) => ({ size, png: Buffer.from('png') }))
  expect(() => icoOf(pictures(icoSizes.slice(1)))).toThrow('no picture of 16 pixels')
  expect(() => icnsOf(pictures(icnsSizes.filter((size) => size !== 1024)))).toThrow('no picture of 1024 pixels')
})
