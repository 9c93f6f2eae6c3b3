/** Reads out of a damaged database what can be read, table by table, into a new one. */
import Sqlite from 'better-sqlite3'
import { rmSync } from 'node:fs'
import { AppError } from '#shared/contract/errors.ts'
import { knownSchema, migrationsUpTo } from './migrations/index.ts'
import { indexTerms } from './search-terms.ts'

interface Table {
  name: string
  columns: string[]
  /** Whether its rows have an integer `id` by which one can look behind a damaged place. */
  hasId: boolean
}

/** How often in a row nothing can be read before a table is given up. */
const triesLimit = 20_000

const tablesOf = (db: Sqlite.Database): Table[] =>
  (
    db.prepare(`SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table'`).all() as {
      name: string
      wr: number
    }[]
  )
    .filter(({ name }) => !name.startsWith('sqlite_'))
    .map(({ name, wr }) => {
      const columns = (db.prepare('SELECT name FROM pragma_table_info(?)').all(name) as { name: string }[]).map(
        (column) => column.name,
      )
      return { name, columns, hasId: wr === 0 && columns.includes('id') }
    })

/** The columns that a table has in both, so that a column that only one knows stops nothing. */
function sharedColumns(damaged: Sqlite.Database, table: Table): string[] {
  const there = damaged.prepare('SELECT name FROM pragma_table_info(?)').all(table.name) as { name: string }[]
  return table.columns.filter((column) => there.some(({ name }) => name === column))
}

/** Copies rows until one cannot be read. @returns the last one that was, and whether the end was reached */
function copyRun(
  rows: IterableIterator<unknown>,
  insert: Sqlite.Statement,
): { last: unknown[] | null; whole: boolean } {
  let last: unknown[] | null = null
  try {
    for (const row of rows) {
      last = row as unknown[]
      insert.run(...last)
    }
    return { last, whole: true }
  } catch (error) {
    // Only what the damaged file does is endured.
    if (error instanceof Sqlite.SqliteError && /^SQLITE_(CORRUPT|NOTADB|IOERR)/.test(error.code)) {
      return { last, whole: false }
    }
    throw error
  }
}

function copyTable(damaged: Sqlite.Database, fresh: Sqlite.Database, table: Table): void {
  const columns = sharedColumns(damaged, table)
  if (columns.length === 0) return
  const names = columns.map((name) => `"${name}"`).join(', ')
  const marks = columns.map(() => '?').join(', ')
  const insert = fresh.prepare(`INSERT OR IGNORE INTO "${table.name}" (${names}) VALUES (${marks})`)
  const select = (rest: string): Sqlite.Statement =>
    damaged.prepare(`SELECT ${names} FROM "${table.name}" ${rest}`).raw().safeIntegers()
  if (!table.hasId) {
    if (copyRun(select('').iterate(), insert).whole) return
    const { pk } = damaged
      .prepare(`SELECT group_concat('"' || name || '" DESC', ', ') AS pk FROM pragma_table_info(?) WHERE pk > 0`)
      .get(table.name) as { pk: string }
    copyRun(select(`ORDER BY ${pk}`).iterate(), insert)
    return
  }
  const idAt = columns.indexOf('id')
  const forward = select('WHERE id >= ? ORDER BY id')
  // From the end backwards first: then it is known where the search behind damaged places may stop.
  let from = 0n
  let step = 1n
  let end: bigint | null = null
  for (let tries = 0; tries < triesLimit; tries += 1) {
    const { last, whole } = copyRun(forward.iterate(from), insert)
    if (whole) return
    if (end === null) {
      const { last: lowest, whole: all } = copyRun(select('ORDER BY id DESC').iterate(), insert)
      if (all) return
      end = lowest === null ? 2n ** 62n : (lowest[idAt] as bigint)
    }
    if (last !== null) {
      tries = 0
      step = 1n
      from = (last[idAt] as bigint) + 1n
    } else {
      from += step
      if (step < 1024n) step *= 2n
    }
    if (from >= end) return
  }
}

/** Removes what refers to rows that are gone. */
function removeOrphans(db: Sqlite.Database): void {
  for (;;) {
    const orphans = db.pragma('foreign_key_check') as {
      table: string
      rowid: number | null
      parent: string
      fkid: number
    }[]
    if (orphans.length === 0) return
    for (const { table, fkid } of orphans) {
      const keys = (db.pragma(`foreign_key_list("${table}")`) as { id: number; table: string; from: string }[]).filter(
        (key) => key.id === fkid,
      )
      for (const key of keys) {
        db.exec(
          `DELETE FROM "${table}" WHERE "${key.from}" IS NOT NULL AND "${key.from}" NOT IN (SELECT id FROM "${key.table}")`,
        )
      }
    }
  }
}

function indexAgain(db: Sqlite.Database): void {
  const insert = db.prepare('INSERT INTO message_terms (rowid, terms) VALUES (?, ?)')
  const rows = db.prepare(`SELECT id, content FROM messages WHERE type <> 'image'`).all() as {
    id: number
    content: string
  }[]
  for (const { id, content } of rows) insert.run(id, indexTerms(content))
}

/**
 * Makes a new database from a damaged one.
 *
 * @param from the damaged file; it is left as it is
 * @param to the new file; one that is there is replaced
 * @throws AppError data-damaged when not even its tables can be found
 */
export function salvage(from: string, to: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${to}${suffix}`, { force: true })
  let damaged: Sqlite.Database
  let schema = knownSchema
  try {
    damaged = new Sqlite(from, { fileMustExist: true })
    damaged.pragma('writable_schema = ON')
    const found = damaged.pragma('user_version', { simple: true }) as number
    if (found >= 1 && found <= knownSchema) schema = found
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new AppError('data-damaged', { problem }, { cause: error })
  }
  const fresh = new Sqlite(to)
  try {
    fresh.pragma('auto_vacuum = INCREMENTAL')
    fresh.pragma('foreign_keys = OFF')
    for (const sql of migrationsUpTo(schema)) fresh.exec(sql)
    fresh.pragma(`user_version = ${schema}`)
    const tables = tablesOf(fresh).filter(({ name }) => !name.startsWith('message_terms'))
    fresh.transaction(() => {
      for (const table of tables) copyTable(damaged, fresh, table)
      removeOrphans(fresh)
      indexAgain(fresh)
    })()
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError)) throw error
    throw new AppError('data-damaged', { problem: error.message }, { cause: error })
  } finally {
    fresh.close()
    damaged.close()
  }
}
