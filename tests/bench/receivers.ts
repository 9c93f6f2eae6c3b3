/**
 * The limits beside which the engine is measured: bare `node:http` receivers that do the same work with as
 * little around it as possible.
 */
import Sqlite from 'better-sqlite3'
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { indexTerms } from '#engine/store/search-terms.ts'

/** Keeps bodies; called once for those that share a commit. */
type Keep = (bodies: Buffer[]) => void

/** A receiver that answers `success` once `keep` has returned for a body. */
function receiver(keep: Keep, shared: boolean): Server {
  let waiting: { body: Buffer; done: () => void }[] = []
  const commit = (): void => {
    const batch = waiting
    waiting = []
    keep(batch.map(({ body }) => body))
    for (const { done } of batch) done()
  }
  return createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      waiting.push({ body: Buffer.concat(chunks), done: () => response.end('success') })
      if (!shared) commit()
      else if (waiting.length === 1) setImmediate(commit)
    })
  })
}

function openDatabase(file: string): Sqlite.Database {
  const db = new Sqlite(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.pragma('wal_autocheckpoint = 10000')
  return db
}

/** A platform that accepts whatever it is asked, at once. */
export function platform(): Server {
  let serial = 1_849_000_000_000_000_000n
  return createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      serial += 1n
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({ vcSerialNo: String(serial), vcSuccess: 'true', nErrorCode: 0, vcErrorMsg: '', data: {} }),
      )
    })
  })
}

/** Answers without keeping anything. */
export const echo = (): Server => receiver(() => {}, true)

/** Inserts the raw body; bodies of one turn of the loop share a commit, or each has its own. */
export function rawReceiver(file: string, shared: boolean): Server {
  const db = openDatabase(file)
  db.exec('CREATE TABLE callbacks (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER, raw BLOB)')
  const insert = db.prepare('INSERT INTO callbacks (at, raw) VALUES (?, ?)')
  const keep = db.transaction((bodies: Buffer[]) => {
    for (const body of bodies) insert.run(Date.now(), body)
  })
  return receiver(keep, shared)
}

interface Parsed {
  optvcRobotSerialNo: string
  data: { FromUserId: string; Content: string; dtMsgTime: string }
}

/** Does in one transaction what the engine's effects do: raw body, dedupe, conversation, message, search terms. */
export function fullReceiver(file: string): Server {
  const db = openDatabase(file)
  db.exec(`
    CREATE TABLE callbacks (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER, raw BLOB, key BLOB);
    CREATE INDEX callbacks_by_key ON callbacks (key);
    CREATE TABLE conversations (id INTEGER PRIMARY KEY, robot TEXT, peer TEXT, last_id INTEGER, last_at INTEGER,
      unread INTEGER DEFAULT 0, UNIQUE (robot, peer));
    CREATE INDEX conversations_by_time ON conversations (last_at DESC);
    CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id INTEGER, sender TEXT, content TEXT,
      sent_at INTEGER, callback_id INTEGER);
    CREATE INDEX messages_by_conversation ON messages (conversation_id, sent_at DESC, id DESC);
    CREATE VIRTUAL TABLE message_terms USING fts5 (terms, content = '', contentless_delete = 1, detail = 'none');`)
  const seen = db.prepare('SELECT 1 FROM callbacks WHERE key = ?')
  const insert = db.prepare('INSERT INTO callbacks (at, raw, key) VALUES (?, ?, ?)')
  const ensure = db.prepare('INSERT INTO conversations (robot, peer) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const find = db.prepare<[string, string], { id: number }>('SELECT id FROM conversations WHERE robot = ? AND peer = ?')
  const message = db.prepare(
    'INSERT INTO messages (conversation_id, sender, content, sent_at, callback_id) VALUES (?, ?, ?, ?, ?)',
  )
  const note = db.prepare('UPDATE conversations SET last_id = ?, last_at = ?, unread = unread + 1 WHERE id = ?')
  const index = db.prepare('INSERT INTO message_terms (rowid, terms) VALUES (?, ?)')
  const keep = db.transaction((bodies: Buffer[]) => {
    for (const body of bodies) {
      const key = createHash('sha256').update(body).digest().subarray(0, 16)
      if (seen.get(key)) continue
      const { lastInsertRowid: callbackId } = insert.run(Date.now(), body, key)
      const { optvcRobotSerialNo, data } = JSON.parse(body.toString()) as Parsed
      ensure.run(optvcRobotSerialNo, data.FromUserId)
      const id = find.get(optvcRobotSerialNo, data.FromUserId)?.id
      const at = Number(data.dtMsgTime)
      const { lastInsertRowid } = message.run(id, data.FromUserId, data.Content, at, callbackId)
      note.run(lastInsertRowid, at, id)
      index.run(lastInsertRowid, indexTerms(data.Content))
    }
  })
  return receiver(keep, true)
}
