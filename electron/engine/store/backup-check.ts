/** Reads a database through, this one or a backup's, and counts what it holds. */
import Sqlite from 'better-sqlite3'
import { AppError } from '#shared/contract/errors.ts'
import type { Holdings } from '#shared/contract/entries/backups.ts'
import type { Reading } from './database.ts'

/** What a check found. */
export interface Checked {
  /** Null where the file is whole; else what was found first. */
  damage: string | null
  holdings: Holdings | null
  schema: number
  /** Highest ids, so that what came later can be counted. */
  newest: Newest | null
}

export interface Newest {
  messages: number
  callbacks: number
  operations: number
}

const fullCheck = 'PRAGMA quick_check(1)'

/** @returns null where the database is whole */
export function findDamage(db: Reading): string | null {
  const row = db.get<{ quick_check: string }>(fullCheck)
  return row === undefined || row.quick_check === 'ok'
    ? null
    : row.quick_check.replace(/^\*\*\* in database main \*\*\*\s*/, '')
}

/** @throws AppError data-damaged where the database is not whole */
export function requireWhole(db: Reading): void {
  const damage = findDamage(db)
  if (damage !== null) throw new AppError('data-damaged', { problem: damage })
}

const count = (db: Sqlite.Database, table: string): number =>
  (db.prepare(`SELECT count(*) AS count FROM ${table}`).get() as { count: number }).count
const newestId = (db: Sqlite.Database, table: string): number =>
  (db.prepare(`SELECT coalesce(max(id), 0) AS id FROM ${table}`).get() as { id: number }).id

/**
 * Reads a file through that nobody has open. Whatever is wrong with it is the answer, not an error.
 *
 * @param isNew it was just made: it then gets a form that needs no other files beside it
 */
export function checkFile(file: string, isNew = false): Checked {
  let db: Sqlite.Database | undefined
  try {
    db = new Sqlite(file, { fileMustExist: true, readonly: !isNew })
    if (isNew) db.pragma('journal_mode = DELETE')
    const row = db.prepare(fullCheck).get() as { quick_check: string }
    const schema = db.pragma('user_version', { simple: true }) as number
    if (row.quick_check !== 'ok') return { damage: row.quick_check, holdings: null, schema, newest: null }
    const newestMessageAt = (db.prepare('SELECT max(arrived_at) AS at FROM messages').get() as { at: number | null }).at
    return {
      damage: null,
      schema,
      holdings: {
        robots: count(db, 'robots'),
        conversations: count(db, 'conversations'),
        messages: count(db, 'messages'),
        callbacks: count(db, 'callbacks'),
        newestMessageAt,
      },
      newest: {
        messages: newestId(db, 'messages'),
        callbacks: newestId(db, 'callbacks'),
        operations: newestId(db, 'operations'),
      },
    }
  } catch (error) {
    return { damage: error instanceof Error ? error.message : String(error), holdings: null, schema: 0, newest: null }
  } finally {
    db?.close()
  }
}

/** How much of the present database came after what another one holds. */
export function countLater(db: Reading, newest: Newest): Newest {
  const later = (table: keyof Newest): number =>
    db.get<{ count: number }>(`SELECT count(*) AS count FROM ${table} WHERE id > ?`, newest[table])?.count ?? 0
  return { messages: later('messages'), callbacks: later('callbacks'), operations: later('operations') }
}
