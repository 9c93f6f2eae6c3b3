/** Data of every earlier schema is there after it was migrated: what an operator had, and what must not be sent again. */
import { existsSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, expect, it } from 'vitest'
import { knownSchema } from '#engine/store/migrations/index.ts'
import { Desk, temporaryFolder } from '../../support/desk.ts'
import { friend, group } from '../../support/engine-office.ts'
import { makeOldData, oldAt } from '../../support/old-data.ts'

let desk: Desk | null = null
let folder: string

afterEach(async () => {
  await desk?.close(true)
  desk = null
  await rm(folder, { recursive: true, force: true })
})

async function migrated(schema: number): Promise<Desk> {
  folder = await temporaryFolder()
  makeOldData(folder, schema)
  desk = await Desk.open(folder)
  return desk
}

const schemas = Array.from({ length: knownSchema }, (_, n) => n + 1)

/** People, messages and the record are there. */
async function expectContent(old: Desk): Promise<void> {
  const robots = await old.call('robots.list', {})
  expect(robots.items.map(({ serialNo }) => serialNo).sort()).toEqual(['9007199254740993001', '9007199254740993002'])
  const { items: friends } = await old.call('friends.list', { robotId: '1' })
  expect(friends).toMatchObject([
    { id: 'u1', name: '王小明', remark: 'VIP' },
    { id: 'u2', name: 'สมชาย' },
  ])
  const { members } = await old.call('groups.get', { robotId: '1', groupId: 'g1' })
  expect(members.map(({ id }) => id).sort()).toEqual(['u1', 'u2'])
  const page = await old.call('messages.page', { robotId: '1', peer: friend('u1') })
  expect(page.items.map(({ content }) => content).sort()).toEqual(['好,下单了', '有的', '还有库存吗'])
  const { items: found } = await old.call('messages.search', { query: '库存' })
  expect(found).toMatchObject([{ content: '还有库存吗', peer: { name: 'VIP' } }])
  const { items: calls } = await old.call('calls.list', { robotId: '1' })
  expect(calls).toMatchObject([{ method: 'sendMessage', vcSerialNo: '77' }])
  const { items: quarantined } = await old.call('callbacks.list', { state: 'quarantined' })
  expect(quarantined).toMatchObject([{ reason: 'unreadable-body' }])
}

/** Unread, who waits, and what is in doubt or queued are as they were. */
async function expectStanding(old: Desk): Promise<void> {
  const { items } = await old.call('conversations.list', { robotId: '1', shelf: 'any' })
  const one = items.find(({ peer }) => peer.id === 'u1')
  expect(one).toMatchObject({ unread: 1, pinned: true, waitingSince: oldAt + 3, lastMessage: { content: '好,下单了' } })
  const inGroup = await old.call('messages.page', { robotId: '1', peer: group('g1') })
  expect(inGroup.items).toMatchObject([{ status: 'unknown', error: { code: 'interrupted' } }])
  const waiting = await old.call('messages.page', { robotId: '2', peer: friend('u9') })
  expect(waiting.items).toMatchObject([{ status: 'queued', content: '稍后发货' }])
  // The name under which a message was sent sends nothing twice.
  const again = { robotId: '1', peer: friend('u1'), type: 'text', content: '有的', clientId: 'client-1' } as const
  expect((await old.call('messages.send', again)).messageId).toBe('1000000002')
}

/** The file is whole, and a copy of it as it was lies in the backups. */
function expectFiles(schema: number): void {
  const db = new Sqlite(join(folder, 'switchboard.db'), { readonly: true })
  expect(db.pragma('user_version', { simple: true })).toBe(knownSchema)
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
  expect(db.pragma('foreign_key_check')).toEqual([])
  db.close()
  const backups = join(folder, 'backups')
  const copies = existsSync(backups) ? readdirSync(backups).filter((name) => name.endsWith('-migration')) : []
  expect(copies).toHaveLength(schema < knownSchema ? 1 : 0)
  for (const name of copies) {
    const copy = new Sqlite(join(backups, name, 'switchboard.db'), { readonly: true })
    expect(copy.pragma('user_version', { simple: true })).toBe(schema)
    expect(copy.prepare('SELECT count(*) AS n FROM messages').get()).toEqual({ n: 5 })
    copy.close()
  }
}

it.each(schemas)('data of schema %i is there as it was, and so is its copy', async (schema) => {
  const old = await migrated(schema)
  await expectContent(old)
  await expectStanding(old)
  await old.close(true)
  desk = null
  expectFiles(schema)
})

it('what only some schemas held is there where it was', async () => {
  const old = await migrated(knownSchema)
  const { items } = await old.call('conversations.list', { robotId: '1', shelf: 'any' })
  expect(items.find(({ peer }) => peer.id === 'u1')).toMatchObject({ draft: '明天', note: '老客户', tagIds: ['1'] })
  expect(await old.call('quickReplies.list', {})).toMatchObject({ items: [{ folder: '售后', title: '退换' }] })
  expect(await old.call('scheduled.list', {})).toMatchObject({ items: [{ content: '发货了' }] })
})

it('the gap between sends of a first version is part of the pace', async () => {
  const old = await migrated(1)
  expect((await old.call('settings.get', {})).pace.gapMs).toBe(1500)
})

it('a newer schema is refused with its number, and the file is left alone', async () => {
  folder = await temporaryFolder()
  makeOldData(folder, knownSchema)
  const file = new Sqlite(join(folder, 'switchboard.db'))
  file.pragma(`user_version = ${knownSchema + 1}`)
  file.close()
  await expect(Desk.open(folder)).rejects.toMatchObject({ code: 'data-newer' })
  const db = new Sqlite(join(folder, 'switchboard.db'), { readonly: true })
  expect(db.prepare('SELECT count(*) AS n FROM messages').get()).toEqual({ n: 5 })
  db.close()
})
