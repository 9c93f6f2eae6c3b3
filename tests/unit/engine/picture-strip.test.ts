/** Pictures as they go out: nothing that is not needed to show them, whatever bytes come in. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orientationIn, tiffOf, type Orientation } from '#engine/pictures/orientation.ts'
import { stripPicture } from '#engine/pictures/strip.ts'
import { AppError } from '#shared/contract/errors.ts'
import { hasSystemServers, requireServer, systemServers } from '../../support/servers.ts'

const read = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../../support/pictures/${name}`, import.meta.url)))

/* Written by exiftool and Pillow: places, names and devices in every kind of metadata that the formats have. */
const names = [
  ...['camera.jpg', 'progressive.jpg', 'screen.png', 'moving.png'],
  ...['still.webp', 'lossless.webp', 'moving.webp', 'moving.gif'],
] as const
const samples = names.map((name) => ({ name, bytes: read(name) }))

/** Bytes that are or are not a picture: what came of them. */
function outcome(bytes: Buffer): Buffer | string {
  try {
    return stripPicture(bytes, 8192).body
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

describe('a stripped picture', () => {
  it('is refused where it has more segments than any picture needs', () => {
    const camera = read('camera.jpg')
    const empty = Buffer.from([0xff, 0xc4, 0, 2])
    const having = (count: number): Buffer =>
      Buffer.concat([camera.subarray(0, 2), ...Array<Buffer>(count).fill(empty), camera.subarray(2)])
    expect(outcome(having(1000))).toBeInstanceOf(Buffer)
    expect(outcome(having(100_000))).toBe('picture-unreadable')
  })

  /* Ten megabytes of the smallest pieces that each format has, within what a picture may weigh. */
  it.each([
    ['screen.png', (png: Buffer) => [33, Buffer.from('000000006a756e6b00000000', 'hex'), png] as const],
    [
      'moving.gif',
      (gif: Buffer) => [gif.indexOf(Buffer.from([0x21, 0xf9, 4])), Buffer.from([0x21, 0xfe, 0]), gif] as const,
    ],
    ['moving.webp', (webp: Buffer) => [30, Buffer.from('JUNK\0\0\0\0', 'latin1'), webp] as const],
  ])('%s of a million pieces is refused before they are all held', (name, at) => {
    const [from, piece, whole] = at(read(name))
    const having = (count: number): Buffer => {
      const bytes = Buffer.concat([
        whole.subarray(0, from),
        Buffer.alloc(piece.length * count, piece),
        whole.subarray(from),
      ])
      if (name.endsWith('webp')) bytes.writeUInt32LE(bytes.length - 8, 4)
      return bytes
    }
    expect(outcome(having(1000))).toBeInstanceOf(Buffer)
    const begun = performance.now()
    expect(outcome(having(1_000_000))).toBe('picture-unreadable')
    expect(performance.now() - begun).toBeLessThan(500)
  })

  it.each(samples)('$name holds nothing of what was written beside it', ({ bytes }) => {
    const { body, width, height } = stripPicture(bytes, 64)
    const text = body.toString('latin1')
    expect(text).not.toContain('CANARY')
    expect(text).not.toMatch(/xmpmeta|photoshop|<script|http:\/\/ns\.adobe/i)
    expect([width, height]).toEqual([48, 32])
  })

  it.each([
    ['camera.jpg', 6],
    ['still.webp', 8],
    ['screen.png', 3],
    ['progressive.jpg', 1],
    ['moving.webp', 1],
  ] as const)('%s is held as before (%i)', (name, orientation) => {
    const { body } = stripPicture(read(name), 64)
    const at = body.indexOf(tiffOf(orientation))
    if (orientation === 1) expect(body.includes(Buffer.from('MM\0*', 'latin1'))).toBe(false)
    else expect(orientationIn(body.subarray(at))).toBe(orientation)
  })

  it.each(samples)('$name stays as it is when it is stripped again', ({ bytes }) => {
    const once = stripPicture(bytes, 64).body
    expect(stripPicture(once, 64).body.equals(once)).toBe(true)
  })

  it('keeps what its colours mean', () => {
    expect(stripPicture(read('camera.jpg'), 64).body.includes(Buffer.from('ICC_PROFILE\0'))).toBe(true)
    expect(stripPicture(read('screen.png'), 64).body.includes(Buffer.from('iCCP'))).toBe(true)
    expect(stripPicture(read('still.webp'), 64).body.includes(Buffer.from('ICCP'))).toBe(true)
  })

  it('ends where the picture ends', () => {
    for (const { bytes } of samples) {
      const plain = outcome(bytes)
      expect(outcome(Buffer.concat([bytes, Buffer.from('PK\x03\x04 a second file')]))).toEqual(plain)
    }
  })
})

/* An independent reader of metadata. */
describe.skipIf(!hasSystemServers)('by the word of exiftool', () => {
  const dir = mkdtempSync(join(tmpdir(), 'switchboard-strip-'))
  it.each(samples)('$name holds a picture, its colours and how it was held', ({ name, bytes }) => {
    const file = join(dir, name)
    writeFileSync(file, stripPicture(bytes, 64).body)
    const [tags = {}] = JSON.parse(
      execFileSync(
        requireServer(systemServers.exiftool),
        ['-json', '-G1', '-a', '-u', '-validate', '-warning', '-error', file],
        {
          encoding: 'utf8',
        },
      ),
    ) as Record<string, unknown>[]
    const groups = new Set(Object.keys(tags).map((key) => key.split(':')[0]))
    const allowed =
      /^(SourceFile|ExifTool|System|File|PNG|PNG-cICP|GIF|RIFF|JFIF|ICC_Profile|ICC-\w+|ICC_Profile#|Composite|IFD0)$/
    expect([...groups].filter((group) => !allowed.test(group ?? ''))).toEqual([])
    const fromCamera = Object.keys(tags).filter((key) => key.startsWith('IFD0:'))
    expect(fromCamera.filter((key) => key !== 'IFD0:Orientation')).toEqual([])
    expect(tags).not.toHaveProperty('File:Comment')
    expect(JSON.stringify(tags)).not.toMatch(/CANARY|GPS/)
    expect(tags).not.toHaveProperty('ExifTool:Error')
    rmSync(file)
  })
})

describe('whatever comes', () => {
  it('any bytes are refused or stripped, and never throw anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), (bytes) => {
        outcome(Buffer.from(bytes))
      }),
      { numRuns: 500 },
    )
  })

  const starts = [
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    Buffer.from([0xff, 0xd8, 0xff]),
    Buffer.from('GIF89a'),
    Buffer.from('RIFF\x40\0\0\0WEBPVP8X', 'latin1'),
    Buffer.from('RIFF\xff\xff\xff\xffWEBPVP8L', 'latin1'),
  ]
  it('bytes that begin as a picture does, too', () => {
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 4000 }), (start, bytes) => {
        outcome(Buffer.concat([start, bytes]))
      }),
      { numRuns: 1000 },
    )
  })

  const damaged = fc
    .record({
      sample: fc.constantFrom(...samples),
      changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }),
      cut: fc.option(fc.nat()),
      inserted: fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 40 })),
    })
    .map(({ sample: { bytes }, changes, cut, inserted: [at, more] }) => {
      const copy = Buffer.from(bytes)
      for (const [place, value] of changes) copy[place % copy.length] = value
      const where = at % copy.length
      const whole = Buffer.concat([copy.subarray(0, where), more, copy.subarray(where)])
      return cut === null ? whole : whole.subarray(0, cut % whole.length)
    })
  it('a picture that is damaged is refused, or what comes out is a picture that stays as it is', () => {
    fc.assert(
      fc.property(damaged, (bytes) => {
        const once = outcome(bytes)
        if (typeof once === 'string') return
        expect(outcome(once)).toEqual(once)
      }),
      { numRuns: 3000 },
    )
  })

  it('a picture with anything in its metadata comes out as without', () => {
    const jpeg = read('progressive.jpg')
    const plain = stripPicture(jpeg, 64).body
    const marker = fc.constantFrom(0xe1, 0xe2, 0xe3, 0xe5, 0xec, 0xed, 0xef, 0xfe)
    fc.assert(
      fc.property(fc.array(fc.tuple(marker, fc.uint8Array({ maxLength: 300 })), { maxLength: 6 }), (extras) => {
        const segments = extras.map(([kind, content]) => {
          const head = Buffer.from([0xff, kind, 0, 0])
          head.writeUInt16BE(content.length + 2, 2)
          return Buffer.concat([head, content])
        })
        const laden = Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)])
        expect(stripPicture(laden, 64).body.equals(plain)).toBe(true)
      }),
    )
  })

  it('every orientation is read as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), (value) => {
        expect(orientationIn(tiffOf(value as Orientation))).toBe(value)
      }),
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => orientationIn(Buffer.from(bytes)) > 0))
  })

  it('a small file that lays claim to much memory is refused at once', () => {
    const bomb = Buffer.from(stripPicture(read('lossless.webp'), 64).body)
    bomb.writeUInt32LE(0xffffffff, 4)
    expect(outcome(bomb)).toBe('picture-unreadable')
    const deep = Buffer.concat([Buffer.from('GIF89a\x01\0\x01\0\0\0\0', 'latin1'), Buffer.alloc(4 * 1024 * 1024, 0x21)])
    const begun = performance.now()
    outcome(deep)
    outcome(Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(4 * 1024 * 1024, 0xff)]))
    expect(performance.now() - begun).toBeLessThan(500)
  })

  it('a side beyond the limit is named', () => {
    expect(() => stripPicture(read('camera.jpg'), 47)).toThrow(expect.objectContaining({ code: 'picture-too-large' }))
  })

  it.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['HTML', '<html><script>alert(1)</script>'],
    ['PDF', '%PDF-1.7'],
    ['nothing', ''],
  ])('%s is no picture', (_name, text) => {
    expect(outcome(Buffer.from(text))).toBe('picture-unreadable')
  })
})
