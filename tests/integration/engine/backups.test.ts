/** Backups as an operator uses them: made while callbacks arrive, checked, restored, salvaged; real files throughout. */
import Sqlite from 'better-sqlite3'
import { openSync, readFileSync, writeSync, closeSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Desk, temporaryFolder, until } from '../../support/desk.ts'
import { friend, robotHandle, type RobotHandle } from '../../support/engine-office.ts'
import { startPlatform, type FakePlatform } from '../../support/fake-platform.ts'

let folder: string
let platform: FakePlatform
let desk: Desk

beforeEach(async () => {
  folder = await temporaryFolder()
  platform = await startPlatform()
  desk = await Desk.open(folder)
})
afterEach(async () => {
  await desk.close()
  await platform.close()
})

/** A robot with `count` messages of a friend. */
async function withMessages(count: number): Promise<RobotHandle> {
  const { id: connectionId, callbackUrl } = await desk.connect(platform)
  const { id } = await desk.call('robots.add', { connectionId, serialNo: 'r1' })
  const robot = robotHandle(desk, id, 'r1', callbackUrl)
  for (let n = 0; n < count; n += 1) await robot.deliver(told(robot, `message ${n}`))
  return robot
}
const told = (robot: RobotHandle, content: string): object =>
  robot.old(1005, { FromUserId: 'u1', Content: content, nPlatformMsgType: '10' })

const contents = async (robotId: string): Promise<string[]> =>
  (await desk.call('messages.page', { robotId, peer: friend('u1'), limit: 500 })).items.map(({ content }) => content)

/** Restores or salvages and waits until the engine has started anew. */
async function andRestart(work: Promise<unknown>): Promise<void> {
  const before = desk.of('system.restarted').length
  await work
  await until('the new start', () => desk.of('system.restarted').length > before, 20_000)
}

describe('a backup', () => {
  it('is made while callbacks arrive, read through, listed, and holds what was acknowledged before it began', async () => {
    const robot = await withMessages(5)
    const made = desk.call('system.backup', {})
    await robot.deliver(told(robot, 'meanwhile'))
    const { name, bytes } = await made
    expect(bytes).toBeGreaterThan(10_000)
    expect((await desk.call('backups.list', {})).items).toMatchObject([
      { name, reason: 'manual', state: 'good', bytes },
    ])
    await robot.deliver(told(robot, 'later'))
    const { damage, holdings, lost } = await desk.call('backups.check', { name })
    expect(damage).toBeNull()
    expect(holdings?.messages).toBeGreaterThanOrEqual(5)
    expect(holdings?.robots).toBe(1)
    expect(lost?.messages).toBeGreaterThanOrEqual(1)
    await expect
      .poll(() => desk.of('backups.changed').some(({ progress }) => progress === 1 || progress === 0))
      .toBe(true)
    // One file, that needs no others beside it.
    expect((await readdir(join(folder, 'backups', name))).sort()).toEqual([
      'backup.json',
      'switchboard.db',
      'vault.json',
    ])
  })

  it('that was interrupted leaves nothing behind, and is none', async () => {
    await desk.close(true)
    const partial = join(folder, 'backups/20260101T000000000Z-daily.partial')
    await mkdir(partial, { recursive: true })
    await writeFile(join(partial, 'switchboard.db'), 'half')
    desk = await Desk.open(folder)
    const { name } = await desk.call('system.backup', {})
    expect(await readdir(join(folder, 'backups'))).toEqual([name])
  })

  it('that is damaged is found out, said, and not restored', async () => {
    await withMessages(60)
    const { name, path } = await desk.call('system.backup', {})
    spoil(path, 'message 3')
    expect((await desk.call('backups.check', { name })).damage).toBeTruthy()
    expect((await desk.call('backups.list', {})).items).toMatchObject([{ name, state: 'damaged' }])
    expect(await desk.refusal('backups.restore', { name })).toMatchObject({ code: 'backup-damaged' })
    await desk.call('backups.remove', { name })
    expect((await desk.call('backups.list', {})).items).toEqual([])
  })

  it.each(['../../etc', '20261124T101500123Z-daily', '..', ''])('%j is none that could be touched', async (name) => {
    for (const entry of ['backups.check', 'backups.restore', 'backups.remove']) {
      expect((await desk.refusal(entry, { name })).code).toMatch(/^(invalid-input|not-found)$/)
    }
  })
})

describe('a restore', () => {
  it('brings back the data of then, keeps that of now, and sends nothing that waited', async () => {
    const robot = await withMessages(2)
    await robot.deliver(robot.old(1007, { nstate: 1 }))
    const waiting = await robot.send(friend('u1'), 'it waited then')
    const later = { robotId: robot.id, peer: friend('u1'), type: 'text', content: 'for later' } as const
    await desk.call('scheduled.save', { ...later, at: Date.now() + 3_600_000 })
    const { name, path } = await desk.call('system.backup', {})
    // As if it was made a while ago.
    const copy = new Sqlite(path)
    copy.prepare('UPDATE scheduled SET at = ?').run(Date.now() - 60_000)
    copy.close()
    await robot.deliver(robot.old(1007, { nstate: 0 }))
    await robot.settled(waiting.operationId, 'accepted')
    await robot.deliver(told(robot, 'after the backup'))
    const sent = platform.of('sendMessage').length
    const { id } = desk.engine

    await andRestart(desk.call('backups.restore', { name }))
    expect(desk.engine.id).not.toBe(id)
    expect(await contents(robot.id)).toEqual(['it waited then', 'message 1', 'message 0'])
    // It was sent since: nobody but the operator may decide about it.
    expect(await desk.call('operations.get', { id: waiting.operationId })).toMatchObject({
      state: 'unknown',
      error: { code: 'restored' },
    })
    expect((await desk.call('scheduled.list', {})).items).toMatchObject([{ content: 'for later', missed: true }])
    await desk.call('robots.list', {})
    expect(platform.of('sendMessage')).toHaveLength(sent)

    // And back again: what was there before was kept.
    const kept = (await desk.call('backups.list', {})).items.find(({ reason }) => reason === 'restore')
    expect(kept).toMatchObject({ state: 'kept' })
    await andRestart(desk.call('backups.restore', { name: kept?.name ?? '' }))
    expect(new Set(await contents(robot.id))).toEqual(
      new Set(['after the backup', 'it waited then', 'message 1', 'message 0']),
    )
    // Keys and callback address are those of before, and the engine works on.
    await robot.deliver(told(robot, 'goes on'))
    await robot.settled((await robot.send(friend('u1'), 'signed')).operationId, 'accepted')
  }, 60_000)

  it('that was interrupted is done again, whatever of it was done already', async () => {
    const robot = await withMessages(1)
    const { name } = await desk.call('system.backup', {})
    await robot.deliver(told(robot, 'later'))
    await desk.close(true)
    const keepIn = join(folder, 'backups/20260101T000000000Z-restore')
    const request = JSON.stringify({ kind: 'restore', from: join(folder, 'backups', name), keepIn })
    await writeFile(join(folder, 'recovery.json'), request)
    desk = await Desk.open(folder)
    expect(await contents(robot.id)).toEqual(['message 0'])
    await desk.close(true)
    // The power went after the file was put in its place, and before the request was taken away.
    await writeFile(join(folder, 'recovery.json'), request)
    desk = await Desk.open(folder)
    expect(await contents(robot.id)).toEqual(['message 0'])
    const kept = new Sqlite(join(keepIn, 'switchboard.db'), { readonly: true })
    expect(kept.prepare('SELECT count(*) AS count FROM messages').get()).toEqual({ count: 2 })
    kept.close()
  }, 30_000)
})

/** Overwrites the page of a file in which a text stands. */
function spoil(file: string, text: string): void {
  const at = readFileSync(file).indexOf(text)
  expect(at).toBeGreaterThan(0)
  const pageSize = 4096
  const handle = openSync(file, 'r+')
  writeSync(handle, Buffer.alloc(pageSize, 0xa5), 0, pageSize, Math.floor(at / pageSize) * pageSize)
  closeSync(handle)
}

/** Overwrites the first page of a table or an index. */
function spoilRoot(file: string, name: string): void {
  const reader = new Sqlite(file, { readonly: true })
  const { rootpage } = reader.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name) as {
    rootpage: number
  }
  const pageSize = reader.pragma('page_size', { simple: true }) as number
  reader.close()
  const handle = openSync(file, 'r+')
  writeSync(handle, Buffer.alloc(pageSize, 0xa5), 0, pageSize, (rootpage - 1) * pageSize)
  closeSync(handle)
}

describe('a database that is damaged', () => {
  it('is not opened: the screens say so and offer the ways back, and no callback is taken', async () => {
    const robot = await withMessages(80)
    const { name } = await desk.call('system.backup', {})
    await desk.close(true)
    spoil(join(folder, 'switchboard.db'), 'message 40')
    await rm(join(folder, 'clean-end'))
    const before = readFileSync(join(folder, 'switchboard.db'))
    desk = await Desk.open(folder)
    const info = await desk.call('system.info', {})
    expect(info).toMatchObject({ rescue: { code: 'data-damaged' }, listener: { url: null } })
    expect(await desk.refusal('conversations.list', {})).toMatchObject({ code: 'data-damaged' })
    expect(await desk.refusal('nothing.here', {})).toMatchObject({ code: 'data-damaged' })
    expect(await desk.refusal('backups.check', { name: 5 })).toMatchObject({ code: 'invalid-input' })
    expect(readFileSync(join(folder, 'switchboard.db')).equals(before)).toBe(true)

    await andRestart(desk.call('backups.restore', { name }))
    expect((await desk.call('system.info', {})).rescue).toBeNull()
    expect(await contents(robot.id)).toHaveLength(80)
  }, 60_000)

  it('is closed when the damage shows while it runs: nothing more is acknowledged, and the ways back are there', async () => {
    const robot = await withMessages(80)
    const { name } = await desk.call('system.backup', {})
    await desk.close(true)
    // Anew, so that no page of the history lies in a cache.
    desk = await Desk.open(folder)
    const { url } = (await desk.call('system.info', {})).listener
    const { callbackUrl = '' } = (await desk.call('connections.list', {})).items[0] ?? {}
    expect(url).toBeTruthy()
    for (let n = 5; n < 80; n += 10) spoil(join(folder, 'switchboard.db'), `message ${n}`)
    // What stood on the page were rows of messages, or of the bodies that they came in: one of the two shows it.
    await desk.engine.call('messages.page', { robotId: robot.id, peer: friend('u1'), limit: 500 }, { locale: 'en' })
    await desk.engine.call('callbacks.list', { limit: 500 }, { locale: 'en' })
    await until('the screens to offer the ways back', async () => {
      // It starts anew meanwhile.
      const answer = await desk.engine.call('system.info', {}, { locale: 'en' })
      return answer.ok && (answer.result as { rescue: object | null }).rescue
    })
    await expect(fetch(callbackUrl, { method: 'POST', body: '{}' })).rejects.toThrow()
    await andRestart(desk.call('backups.restore', { name }))
    // The platform goes on calling where it called before.
    expect(await desk.call('system.info', {})).toMatchObject({ rescue: null, notices: [], listener: { url } })
    expect(await contents(robot.id)).toHaveLength(80)
  }, 60_000)

  it.each([
    // Whatever a message is noted in: the effects fail, or nothing can be told of them.
    ['an index of the history', 'messages_by_conversation'],
    ['tags', 'conversation_tags'],
  ])('is closed when it shows in %s while callbacks are applied', async (_what, name) => {
    await withMessages(3)
    await desk.close(true)
    spoilRoot(join(folder, 'switchboard.db'), name)
    desk = await Desk.open(folder)
    const { callbackUrl = '' } = (await desk.call('connections.list', {})).items[0] ?? {}
    const { items } = await desk.call('robots.list', {})
    const robot = robotHandle(desk, items[0]?.id ?? '', 'r1', callbackUrl)
    await desk.post(callbackUrl, JSON.stringify(told(robot, 'into the damaged file')))
    await until('the screens to offer the ways back', async () => {
      const answer = await desk.engine.call('system.info', {}, { locale: 'en' })
      return answer.ok && (answer.result as { rescue: object | null }).rescue
    })
  })

  it('can be salvaged: all but the damaged page, searchable, and the file itself is kept', async () => {
    const robot = await withMessages(120)
    await desk.close(true)
    spoil(join(folder, 'switchboard.db'), 'message 40')
    await rm(join(folder, 'clean-end'))
    desk = await Desk.open(folder)
    await andRestart(desk.call('system.salvage', {}))
    // What stood on the page were rows of messages, or of the bodies that they came in.
    const left = [await contents(robot.id), (await desk.call('callbacks.list', { limit: 500 })).items]
    expect(left.flat().length).toBeGreaterThan(180)
    expect(left.flat().length).toBeLessThan(240)
    expect(left[0]).toEqual(expect.arrayContaining(['message 0', 'message 119']))
    const hits = await desk.call('messages.search', { query: 'message 119' })
    expect(hits.items.map(({ content }) => content)).toContain('message 119')
    expect((await desk.call('backups.list', {})).items).toMatchObject([{ reason: 'salvage', state: 'kept' }])
    // Like any new file, it can give room back.
    const file = new Sqlite(join(folder, 'switchboard.db'), { readonly: true })
    expect(file.pragma('auto_vacuum', { simple: true })).toBe(2)
    file.close()
    expect(await desk.refusal('system.salvage', {})).toMatchObject({ code: 'not-allowed-now' })
  }, 60_000)

  it('comes up again where two ask for a new start at once', async () => {
    const robot = await withMessages(3)
    const { name } = await desk.call('system.backup', {})
    await desk.close(true)
    const file = join(folder, 'switchboard.db')
    await writeFile(file, readFileSync(file).subarray(0, 8192))
    desk = await Desk.open(folder)
    // While the data cannot be used, nothing else closes under one that asks.
    await Promise.all([desk.call('backups.restore', { name }), desk.call('backups.restore', { name })])
    await until('both new starts', () => desk.of('system.restarted').length === 2)
    expect((await desk.call('system.info', {})).rescue).toBeNull()
    expect(await contents(robot.id)).toHaveLength(3)
  }, 60_000)

  it('is known by its head after a clean end too, and by its length', async () => {
    await withMessages(1)
    await desk.close(true)
    const file = join(folder, 'switchboard.db')
    await writeFile(file, readFileSync(file).subarray(0, 8192))
    desk = await Desk.open(folder)
    expect(await desk.call('system.info', {})).toMatchObject({
      rescue: { code: 'data-damaged', params: { problem: 'the file is cut short' } },
    })
  })
})
