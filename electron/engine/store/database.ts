/** A SQLite file as a store thread uses it: pragmas, cached statements, transactions. */
import Sqlite from 'better-sqlite3'
import { AppError } from '#shared/contract/errors.ts'

/** What SQLite binds and gives back here. */
export type SqlValue = string | number | bigint | Buffer | null
type Bound = SqlValue | Record<string, SqlValue>

/** A connection that may only read. Readers get this type, so a write in one does not compile. */
export interface Reading {
  /** The first row, or undefined. */
  get<Row>(sql: string, ...values: Bound[]): Row | undefined
  /** All rows. */
  all<Row>(sql: string, ...values: Bound[]): Row[]
  /** Rows one by one, for what is long. */
  iterate<Row>(sql: string, ...values: Bound[]): IterableIterator<Row>
}

/** A connection that may write: the writer thread's only. */
export interface Writing extends Reading {
  /** @returns how many rows changed, and the id of the row inserted last */
  run(sql: string, ...values: Bound[]): { changes: number; id: number }
}

/** Milliseconds a connection waits for a lock that another process holds. */
const busyTimeoutMs = 5000

/**
 * Pages of WAL before a commit checkpoints by itself. That is only a safeguard: while a commit copies pages and waits
 * for the disk, acknowledgements wait with it, so a thread of its own checkpoints long before.
 */
const checkpointPages = 100_000

/** Pages that a backup copies at a time: so long may it hold up what else is asked, some two milliseconds. */
const backupPages = 100

/** What may hold a sign that is no parameter, and the parameters. */
const literalOrParameter = /'(?:[^']|'')*'|"[^"]*"|--[^\n]*|\?|@\w+/g

/**
 * A statement whose plan does not ask what is bound. Where a table has partial indices, SQLite looks whether a bound
 * value would let one be used, and then compiles the statement anew for every other value: ten times what the query
 * itself takes. A sign before a parameter changes nothing of its value, and keeps the planner from looking.
 */
export const steady = (sql: string): string =>
  sql.replace(literalOrParameter, (found) => (found.startsWith('?') || found.startsWith('@') ? `+${found}` : found))

export class Database implements Writing {
  readonly #db: Sqlite.Database
  readonly #statements = new Map<string, Sqlite.Statement>()
  #copies = 0

  /**
   * @param file path of the database file
   * @param mode `write` creates the file if absent and sets WAL; `read` opens it query-only
   * @throws AppError data-folder when the file cannot be opened
   */
  constructor(file: string, mode: 'read' | 'write') {
    try {
      this.#db = new Sqlite(file, { readonly: mode === 'read', timeout: busyTimeoutMs })
      if (mode === 'write') {
        // A new file can give room back later (room-back.ts); it has to be made for that.
        if (this.#db.pragma('page_count', { simple: true }) === 0) this.#db.pragma('auto_vacuum = INCREMENTAL')
        this.#db.pragma('journal_mode = WAL')
        this.#db.pragma(`wal_autocheckpoint = ${checkpointPages}`)
        this.#db.pragma('synchronous = FULL')
        this.#db.pragma('foreign_keys = ON')
        this.#db.pragma('secure_delete = FAST')
      } else {
        this.#db.pragma('query_only = ON')
      }
      this.#db.pragma('cache_size = -16000')
      this.#db.pragma('temp_store = MEMORY')
    } catch (error) {
      throw storageError(error, file)
    }
  }

  #statement(sql: string): Sqlite.Statement {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.#db.prepare(steady(sql))
      this.#statements.set(sql, statement)
    }
    return statement
  }

  get<Row>(sql: string, ...values: Bound[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined
  }

  all<Row>(sql: string, ...values: Bound[]): Row[] {
    return this.#statement(sql).all(...values) as Row[]
  }

  iterate<Row>(sql: string, ...values: Bound[]): IterableIterator<Row> {
    return this.#statement(sql).iterate(...values) as IterableIterator<Row>
  }

  run(sql: string, ...values: Bound[]): { changes: number; id: number } {
    const { changes, lastInsertRowid } = this.#statement(sql).run(...values)
    return { changes, id: Number(lastInsertRowid) }
  }

  /** How many pages of the WAL are not yet in the database file. Asking costs some 100 µs. */
  get walPages(): number {
    const [{ log, checkpointed } = { log: 0, checkpointed: 0 }] = this.all<{ log: number; checkpointed: number }>(
      'PRAGMA wal_checkpoint(NOOP)',
    )
    return log - checkpointed
  }

  /** Copies pages of the WAL into the database file, as many as nobody reads; waits for nobody. */
  checkpointSome(): void {
    this.all('PRAGMA wal_checkpoint(PASSIVE)')
  }

  /** Gives up to so many free pages at the end of the file back. Does nothing in a file that was not made for it. */
  vacuum(pages: number): void {
    this.#db.pragma(`incremental_vacuum(${pages})`)
  }

  /** Runs statements that are no queries, for migrations. */
  script(sql: string): void {
    this.#db.exec(sql)
  }

  /** Brings everything from the log into the file, and that to the disk. @returns whether it is all there */
  checkpoint(): boolean {
    const [{ busy } = { busy: 1 }] = this.all<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)')
    return busy === 0
  }

  /** From now on commits wait for no disk: somebody else flushes the log (flush.ts). */
  leaveFlushing(): void {
    this.#db.pragma('synchronous = NORMAL')
  }

  /**
   * Copies the database into a new file, in small steps between which other work of this thread goes on. What is
   * written meanwhile, through this connection, is in the copy; from another connection each write would start it anew.
   *
   * @param progress told the parts of 1 after each step
   */
  async backup(file: string, progress: (part: number) => void): Promise<void> {
    this.#copies += 1
    try {
      await this.#db.backup(file, {
        progress: ({ totalPages, remainingPages }) => {
          progress(totalPages === 0 ? 1 : 1 - remainingPages / totalPages)
          return backupPages
        },
      })
    } finally {
      this.#copies -= 1
    }
  }

  /** Whether a backup is under way: it never ends where the file becomes shorter than what was copied. */
  get isBeingCopied(): boolean {
    return this.#copies > 0
  }

  /** The number of the schema that the file has. */
  get schemaVersion(): number {
    return this.#db.pragma('user_version', { simple: true }) as number
  }

  set schemaVersion(version: number) {
    this.#db.pragma(`user_version = ${version}`)
  }

  /** Runs `work` in one transaction that is rolled back if it throws. */
  transaction<Result>(work: () => Result): Result {
    this.#statement('BEGIN IMMEDIATE').run()
    try {
      const result = work()
      this.#statement('COMMIT').run()
      return result
    } catch (error) {
      if (this.#db.inTransaction) this.#statement('ROLLBACK').run()
      throw error
    }
  }

  /** Runs `work`, which only reads, on one state of the file: a transaction for all its queries costs less than one each. */
  reading<Result>(work: () => Result): Result {
    this.#statement('BEGIN').run()
    try {
      return work()
    } finally {
      if (this.#db.inTransaction) this.#statement('COMMIT').run()
    }
  }

  /** Runs `work` inside a transaction so that its failure undoes only itself. */
  savepoint<Result>(work: () => Result): Result {
    this.#statement('SAVEPOINT part').run()
    try {
      const result = work()
      this.#statement('RELEASE part').run()
      return result
    } catch (error) {
      // After some errors (a full disk) SQLite has already rolled the whole transaction back.
      if (this.#db.inTransaction) {
        this.#statement('ROLLBACK TO part').run()
        this.#statement('RELEASE part').run()
      }
      throw error
    }
  }

  /** Whether a transaction is open: false inside one means that SQLite rolled it back by itself. */
  get inTransaction(): boolean {
    return this.#db.inTransaction
  }

  close(): void {
    this.#statements.clear()
    this.#db.close()
  }
}

/** Turns SQLite's errors into ours; anything else is given back as it is. */
export function storageError(error: unknown, file = ''): unknown {
  if (!(error instanceof Sqlite.SqliteError)) return error
  // The second: the index of the log cannot grow.
  if (error.code === 'SQLITE_FULL' || error.code === 'SQLITE_IOERR_SHMSIZE')
    return new AppError('disk-full', undefined, { cause: error })
  if (error.code.startsWith('SQLITE_CANTOPEN') || error.code.startsWith('SQLITE_READONLY')) {
    return new AppError('data-folder', { path: file, problem: error.message }, { cause: error })
  }
  if (error.code.startsWith('SQLITE_CONSTRAINT')) return error
  if (error.code.startsWith('SQLITE_CORRUPT') || error.code === 'SQLITE_NOTADB') {
    return new AppError('data-damaged', { problem: error.message }, { cause: error })
  }
  return new AppError('storage-failed', { problem: error.message }, { cause: error })
}
