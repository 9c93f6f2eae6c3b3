/** One engine a data folder: the operating system lets go of the lock when the process ends, however it ends. */
import Sqlite from 'better-sqlite3'
import { join } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'

/**
 * Locks the folder.
 *
 * @returns a function that unlocks it
 * @throws AppError data-in-use when another process holds it, data-folder when it cannot be written
 */
export function lockDataFolder(dataDir: string): () => void {
  try {
    const lock = new Sqlite(join(dataDir, 'lock'), { timeout: 0 })
    lock.exec('BEGIN EXCLUSIVE')
    return () => lock.close()
  } catch (error) {
    const busy = error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')
    if (busy) throw new AppError('data-in-use', { path: dataDir }, { cause: error })
    const problem = error instanceof Error ? error.message : String(error)
    throw new AppError('data-folder', { path: dataDir, problem }, { cause: error })
  }
}
