/** What a long history costs: opening the record, reading, searching, starting, memory. */
import Sqlite from 'better-sqlite3'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { knownSchema } from '#engine/store/migrations/index.ts'
import { indexQuery } from '#engine/store/search-terms.ts'
import { bundled } from './bundled.ts'
import { call, openEngine } from './engine.ts'
import { median, percentile, row, type Row } from './rows.ts'
import { databaseFile, seed, type SeedSize } from './seed.ts'

/** To be raised with whatever changes what a seed of some size holds. */
const seedVersion = 1

export const million: SeedSize = {
  messages: 1_000_000,
  calls: 1_000_000,
  callbacks: 100_000,
  robots: 50,
  conversations: 2000,
  deep: 100_000,
}

/** A seeded data folder; made once, and used again while schema and size are the same. */
export function seededFolder(size: SeedSize): string {
  const name = `switchboard-seed-${knownSchema}-${seedVersion}-${Object.values(size).join('-')}`
  const dir = join(tmpdir(), name)
  if (existsSync(join(dir, 'complete'))) return dir
  rmSync(dir, { recursive: true, force: true })
  const begun = performance.now()
  seed(dir, size)
  mkdirSync(join(dir, 'complete'))
  console.log(`made ${dir} in ${((performance.now() - begun) / 1000).toFixed(0)} s; the next run uses it again`)
  return dir
}

/** How often each is asked. */
const samples = 60

interface Compared {
  engine: number[]
  bare: number[]
}

/** Asks both in turns, so that what else the machine does meets them alike; after a few that warm them up. */
async function compare(ask: (n: number) => Promise<unknown>, bare: (n: number) => unknown): Promise<Compared> {
  const times: Compared = { engine: [], bare: [] }
  for (let n = -5; n < samples; n += 1) {
    const begun = performance.now()
    bare(Math.abs(n))
    const between = performance.now()
    await ask(Math.abs(n))
    if (n < 0) continue
    times.bare.push(between - begun)
    times.engine.push(performance.now() - between)
  }
  return times
}

const openBare = (dir: string): Sqlite.Database => {
  const db = new Sqlite(databaseFile(dir), { readonly: true })
  db.pragma('cache_size = -16000')
  return db
}

/** Opening Activity: its first page, and the first page of the calls behind it. */
async function record(dir: string): Promise<Row[]> {
  const engine = await openEngine(dir)
  const db = openBare(dir)
  const operations = db.prepare('SELECT * FROM operations ORDER BY id DESC LIMIT 51')
  const callsOf = db.prepare('SELECT id FROM calls WHERE operation_id = ?')
  const calls = db.prepare('SELECT * FROM calls ORDER BY id DESC LIMIT 51')
  const failed = db.prepare(`SELECT * FROM operations WHERE state = 'failed' AND state NOT IN ('accepted', 'done')
    ORDER BY id DESC LIMIT 51`)
  const withCalls = (statement: Sqlite.Statement): void => {
    for (const { id } of statement.all() as { id: number }[]) callsOf.all(id)
  }
  const first = await compare(
    () => call(engine, 'operations.list', {}),
    () => withCalls(operations),
  )
  const filtered = await compare(
    () => call(engine, 'operations.list', { state: 'failed' }),
    () => withCalls(failed),
  )
  const behind = await compare(
    () => call(engine, 'calls.list', {}),
    () => calls.all(),
  )
  db.close()
  await engine.stop()
  return [
    row(
      'Activity opens, ms p95, 1 M calls',
      'bare query',
      percentile(first.engine, 0.95),
      median(first.bare),
      '<= +33',
    ),
    row('the same, only what failed', 'bare query', percentile(filtered.engine, 0.95), median(filtered.bare), '<= +33'),
    row(
      'list of calls, ms p95, 1 M calls',
      'bare query',
      percentile(behind.engine, 0.95),
      median(behind.bare),
      '<= +33',
    ),
  ]
}

const messageColumns = `m.*, c.robot_id, c.kind, c.peer_id,
  (SELECT coalesce(nullif(f.remark, ''), nullif(f.name, '')) FROM friends f
    WHERE f.robot_id = c.robot_id AND f.user_id = m.sender_id) AS known_name
  FROM messages m JOIN conversations c ON c.id = m.conversation_id`

interface Page {
  items: { id: string; sentAt: number }[]
  nextCursor: string | null
}

async function reading(dir: string): Promise<Row[]> {
  const engine = await openEngine(dir)
  const db = openBare(dir)
  const deep = { robotId: '1', peer: { kind: 'friend', id: 'u0' } }
  const [{ oldest, newest }] = db
    .prepare('SELECT min(sent_at) AS oldest, max(sent_at) AS newest FROM messages WHERE conversation_id = 1')
    .all() as [{ oldest: number; newest: number }]
  const depths = Array.from({ length: samples }, (_, n) => Math.round(oldest + ((newest - oldest) * (n + 1)) / samples))
  const pageOf = db.prepare(`SELECT ${messageColumns} WHERE m.conversation_id = 1 AND (m.sent_at, m.id) < (?, ?)
    ORDER BY m.sent_at DESC, m.id DESC LIMIT 51`)
  const top = Number.MAX_SAFE_INTEGER
  const pages = await compare(
    (n) => call<Page>(engine, 'messages.page', { ...deep, cursor: `${depths[n] ?? 0}.${top}` }),
    (n) => pageOf.all(depths[n] ?? 0, top),
  )
  const list =
    db.prepare(`SELECT c.*, coalesce((SELECT coalesce(nullif(f.remark, ''), nullif(f.name, '')) FROM friends f
      WHERE f.robot_id = c.robot_id AND f.user_id = c.peer_id), c.peer_id) AS peer_name
    FROM conversations c WHERE c.last_at IS NOT NULL AND c.hidden = 0
    ORDER BY c.pinned DESC, c.last_at DESC, c.id DESC LIMIT 51`)
  const last = db.prepare(`SELECT ${messageColumns} WHERE m.id = ?`)
  const lists = await compare(
    () => call(engine, 'conversations.list', {}),
    () => {
      for (const { last_message_id: id } of list.all() as { last_message_id: number }[]) last.get(id)
    },
  )
  db.close()
  await engine.stop()
  return [
    row('conversation page at any depth, ms', 'bare query', median(pages.engine), median(pages.bare), '<= 2'),
    row('list of conversations, ms', 'bare query', median(lists.engine), median(lists.bare), '<= 2'),
  ]
}

/** Pairs that many messages hold, and pairs that few do. */
const words = ['库存', '发货', '发票', '退换', '优惠', '快递', '尺码', '耳机', '茶叶', '急用', '盼复', '保修']

async function search(dir: string): Promise<{ engine: number; bare: number }> {
  const engine = await openEngine(dir)
  const db = openBare(dir)
  const found = db.prepare(`SELECT ${messageColumns} WHERE m.id IN
    (SELECT rowid FROM message_terms WHERE message_terms MATCH ? ORDER BY rowid DESC LIMIT 51) ORDER BY m.id DESC`)
  const word = (n: number): string => words[n % words.length] ?? ''
  const times = await compare(
    (n) => call(engine, 'messages.search', { query: word(n) }),
    (n) => found.all(indexQuery(word(n))),
  )
  db.close()
  await engine.stop()
  return { engine: percentile(times.engine, 0.95), bare: percentile(times.bare, 0.95) }
}

const run = promisify(execFile)

async function resident(kind: 'engine' | 'bare', dir: string): Promise<{ readyMs: number; megabytes: number }> {
  const { stdout } = await run(process.execPath, [bundled('resident'), kind, dir])
  const told = JSON.parse(stdout) as { readyMs: number; residentBytes: number }
  return { readyMs: told.readyMs, megabytes: told.residentBytes / 1e6 }
}

async function startAndMemory(dir: string, rounds: number): Promise<Row[]> {
  const empty = join(tmpdir(), `switchboard-empty-${process.pid}`)
  const [full, none, bare]: { readyMs: number; megabytes: number }[][] = [[], [], []]
  try {
    // The first start of a folder makes its files.
    await resident('engine', empty)
    for (let round = 0; round < rounds; round += 1) {
      none?.push(await resident('engine', empty))
      full?.push(await resident('engine', dir))
      bare?.push(await resident('bare', dir))
    }
  } finally {
    rmSync(empty, { recursive: true, force: true })
  }
  const of = (list: typeof full, field: 'readyMs' | 'megabytes'): number =>
    median((list ?? []).map((one) => one[field]))
  return [
    row('start to ready, ms, 1 M messages', 'an empty folder', of(full, 'readyMs'), of(none, 'readyMs'), '<= 1.2'),
    row(
      'resident memory, MB, 50 robots',
      'bare Node, database open',
      of(full, 'megabytes'),
      of(bare, 'megabytes'),
      '<= +120',
    ),
  ]
}

/** @param long also measures the growth from one to five million messages */
export async function history(long: boolean): Promise<Row[]> {
  const dir = seededFolder(million)
  const rows = [...(await record(dir)), ...(await reading(dir))]
  const found = await search(dir)
  rows.push(row('search, two characters, ms p95, 1 M', 'bare index query', found.engine, found.bare, '<= 2'))
  if (long) {
    const later = await search(seededFolder({ ...million, messages: 5_000_000, calls: 1000, callbacks: 1000 }))
    rows.push(
      row('the same, 5 M', 'bare index query', later.engine, later.bare, '<= 2'),
      row('search, growth from 1 M to 5 M', 'the same at 1 M', later.engine, found.engine, '<= 1.5'),
    )
  }
  return [...rows, ...(await startAndMemory(dir, long ? 7 : 3))]
}
