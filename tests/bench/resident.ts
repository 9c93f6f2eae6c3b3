/**
 * `resident.ts <engine|bare> <folder>`: opens a data folder, looks around in it as an operator does, prints how long
 * it took to be ready and how much memory is resident then.
 */
import Sqlite from 'better-sqlite3'
import { setTimeout as pause } from 'node:timers/promises'
import { call, openEngine } from './engine.ts'
import { databaseFile } from './seed.ts'

const [, , kind, dir = ''] = process.argv

const tell = (readyMs: number): void => {
  console.log(JSON.stringify({ readyMs, residentBytes: process.memoryUsage.rss() }))
}

if (kind === 'bare') {
  const db = new Sqlite(databaseFile(dir), { readonly: true })
  db.prepare('SELECT * FROM messages ORDER BY id DESC LIMIT 50').all()
  await pause(500)
  tell(0)
  db.close()
} else {
  const begun = performance.now()
  const engine = await openEngine(dir)
  const readyMs = performance.now() - begun
  const { items } = await call<{ items: { robotId: string; peer: object }[] }>(engine, 'conversations.list', {})
  for (const { robotId, peer } of items.slice(0, 10)) await call(engine, 'messages.page', { robotId, peer })
  await call(engine, 'messages.search', { query: '库存' })
  await pause(500)
  tell(readyMs)
  await engine.stop()
}
process.exit()
