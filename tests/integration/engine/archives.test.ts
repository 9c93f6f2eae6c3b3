/** Everything in one encrypted file: out of one machine, into another, and closed to whoever has not the passphrase. */
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStream, sealStream } from '#engine/archive/sealed-stream.ts'
import { Desk, until } from '../../support/desk.ts'
import { friend, robotHandle } from '../../support/engine-office.ts'
import { merchantKeys, startPlatform, type FakePlatform } from '../../support/fake-platform.ts'

const passphrase = '长口令 correct horse'
async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

let platform: FakePlatform
let desk: Desk

beforeEach(async () => {
  platform = await startPlatform()
  desk = await Desk.open()
})
afterEach(async () => {
  await desk.close()
  await platform.close()
})

/** Takes an archive's file from one machine to the other, piece by piece as a browser would. */
async function carry(name: string, from: Desk, to: Desk): Promise<void> {
  let offset: number | null = 0
  while (offset !== null) {
    const piece: { data: string; nextOffset: number | null } = await from.call('archives.read', { name, offset })
    await to.call('archives.write', { name, offset, data: piece.data })
    offset = piece.nextOffset
  }
}

it('all of it goes to another machine, whose vault seals the keys anew', async () => {
  const { id: connectionId, callbackUrl } = await desk.connect(platform)
  const { id } = await desk.call('robots.add', { connectionId, serialNo: 'r1' })
  const robot = robotHandle(desk, id, 'r1', callbackUrl)
  for (let n = 0; n < 50; n += 1) {
    await robot.deliver(robot.old(1005, { FromUserId: 'u1', Content: `message ${n}`, nPlatformMsgType: '10' }))
  }
  const archive = await desk.call('archives.export', { passphrase })
  expect(await readdir(join(desk.dataDir, 'archives'))).toEqual([archive.name])
  expect((await desk.call('archives.list', {})).items).toEqual([archive])
  const file = await readFile(archive.path)
  expect(file.length).toBe(archive.bytes)
  for (const open of ['message 1', 'SQLite format 3', 'PRIVATE KEY', merchantKeys.privateKey.slice(60, 100)]) {
    expect(file.includes(open), open).toBe(false)
  }

  const other = await Desk.open()
  await carry(archive.name, desk, other)
  expect(await other.refusal('archives.import', { name: archive.name, passphrase: 'another one' })).toMatchObject({
    code: 'archive-unreadable',
    params: { problem: 'passphrase' },
  })
  const { backup } = await other.call('archives.import', { name: archive.name, passphrase })
  expect((await other.call('backups.list', {})).items).toMatchObject([
    { name: backup, reason: 'import', state: 'good' },
  ])
  const before = other.of('system.restarted').length
  await other.call('backups.restore', { name: backup })
  await until('the new start', () => other.of('system.restarted').length > before, 20_000)
  const there = robotHandle(other, id, 'r1', (await other.call('connections.list', {})).items[0]?.callbackUrl ?? '')
  expect(await there.history(friend('u1'))).toHaveLength(50)
  // Signed with the key that came along, which only this machine's vault opens.
  await there.settled((await there.send(friend('u1'), 'from there')).operationId, 'accepted')
  await other.call('archives.remove', { name: archive.name })
  expect((await other.call('archives.list', {})).items).toEqual([])
  await other.close()
}, 60_000)

it('takes no piece that does not follow, and no name that is a path', async () => {
  const name = 'a.switchboard'
  expect(await desk.refusal('archives.write', { name, offset: 5, data: 'AAAA' })).toMatchObject({
    code: 'not-allowed-now',
  })
  for (const bad of ['../a.switchboard', 'a', '/etc/passwd', '.switchboard', 'a/b.switchboard']) {
    expect(await desk.refusal('archives.write', { name: bad, offset: 0, data: 'AAAA' })).toMatchObject({
      code: 'invalid-input',
    })
  }
  await desk.call('archives.write', { name, offset: 0, data: 'AAAA' })
  expect(await desk.refusal('archives.import', { name, passphrase })).toMatchObject({ code: 'archive-unreadable' })
  expect((await desk.call('backups.list', {})).items).toEqual([])
  expect(await desk.refusal('archives.read', { name: 'b.switchboard', offset: 0 })).toMatchObject({ code: 'not-found' })
})

describe('a sealed stream', () => {
  async function* inParts(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const seal = (bytes: Buffer) => collect(sealStream(inParts(bytes, 70_000), passphrase, 10))
  const open = (bytes: Buffer, word = passphrase) => collect(openStream(inParts(bytes, 99_999), word))
  const chunk = 256 * 1024
  const content = (length: number) => Buffer.from(Array.from({ length }, (_, n) => (n * 31) % 251))

  it.each([0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk])('of %i bytes opens as it was', async (length) => {
    const bytes = content(length)
    expect((await open(await seal(bytes))).equals(bytes)).toBe(true)
  })

  it('does not open once anything in it was changed, moved, left out or added', async () => {
    const sealed = await seal(content(3 * chunk + 10))
    const head = sealed.indexOf(10) + 1
    const piece = chunk + 16
    const pieces = [0, 1, 2, 3].map((n) => sealed.subarray(head + n * piece, head + (n + 1) * piece))
    const line = sealed.subarray(0, head)
    const flipped = (at: number): Buffer => {
      const copy = Buffer.from(sealed)
      copy[at] = (copy[at] ?? 0) ^ 1
      return copy
    }
    const [a, b, c, d] = pieces as [Buffer, Buffer, Buffer, Buffer]
    const changed = {
      'a byte of a chunk': flipped(head + 5),
      'a byte of a later tag': flipped(sealed.length - 1),
      'the salt': flipped(line.indexOf('salt') + 9),
      'the end left out': Buffer.concat([line, a, b, c]),
      'a chunk left out': Buffer.concat([line, a, c, d]),
      'chunks moved': Buffer.concat([line, b, a, c, d]),
      'a chunk twice': Buffer.concat([line, a, b, c, c, d]),
      'something behind it': Buffer.concat([sealed, a]),
      'no head': sealed.subarray(head),
      nothing: Buffer.alloc(0),
    }
    for (const [what, bytes] of Object.entries(changed)) {
      await expect(open(bytes), what).rejects.toMatchObject({ code: 'archive-unreadable' })
    }
    await expect(open(sealed, 'wrong')).rejects.toMatchObject({ code: 'archive-unreadable' })
    const greedy = Buffer.concat([
      Buffer.from(line.toString().replace('"logN":10', '"logN":20').replace('"r":8', '"r":16')),
      a,
    ])
    await expect(open(greedy)).rejects.toMatchObject({ code: 'archive-unreadable' })
  })
})

it('a newer application’s archive is refused in a sentence, and nothing is left of it', async () => {
  const archive = await desk.call('archives.export', { passphrase })
  // As a newer one would write it: the same content under another schema.
  const { default: Sqlite } = await import('better-sqlite3')
  const copy = join(desk.dataDir, 'newer.db')
  const { path } = await desk.call('system.backup', {})
  await writeFile(copy, await readFile(path))
  const db = new Sqlite(copy)
  db.pragma('user_version = 99')
  db.close()
  const { writeContent } = await import('#engine/archive/content.ts')
  const bytes = (await readFile(copy)).length
  const manifest = { version: 1, at: 1, application: '9.9.9', schema: 99, bytes, secrets: {} } as const
  await writeFile(archive.path, await collect(sealStream(writeContent(manifest, copy), passphrase, 10)))
  const before = (await desk.call('backups.list', {})).items
  expect(await desk.refusal('archives.import', { name: archive.name, passphrase })).toMatchObject({
    code: 'data-newer',
    params: { found: 99 },
  })
  expect((await desk.call('backups.list', {})).items).toEqual(before)
})
