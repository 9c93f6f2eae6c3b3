/** How the writer opens the data: what was asked for is carried out, what is damaged is refused, what is old is migrated. */
import { constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import { backupNameOf, backupsDir, manifestName, manifestText } from '../backup/names.ts'
import { requireWhole } from './backup-check.ts'
import { databaseName, headerDamage, takeCleanEnd } from './database-files.ts'
import { Database } from './database.ts'
import { knownSchema, migrate } from './migrations/index.ts'
import { recover } from './recovery.ts'
import { requireRoom } from './room.ts'

/** The database as the writer works with it. */
export interface Opened {
  db: Database
  /** Whether a backup, or what could be salvaged, has taken the place of the data. */
  replaced: boolean
}

/**
 * Keeps the file as it is before a migration changes it. Nobody else has it open, so a copy after a checkpoint is
 * exact; the file system may make it in no time.
 */
function copyBeforeMigration(dataDir: string, db: Database): void {
  const schema = db.schemaVersion
  if (schema === 0 || schema >= knownSchema) return
  db.checkpoint()
  const { bavail, bsize } = statfsSync(dataDir)
  requireRoom(dataDir, bavail * bsize)
  const at = Date.now()
  const folder = join(backupsDir(dataDir), backupNameOf(at, 'migration'))
  const partial = `${folder}.partial`
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true, mode: 0o700 })
  copyFileSync(join(dataDir, databaseName), join(partial, databaseName), constants.COPYFILE_FICLONE)
  const vault = join(dataDir, 'vault.json')
  if (existsSync(vault)) copyFileSync(vault, join(partial, 'vault.json'))
  const manifest = manifestText({ at, reason: 'migration', schema, state: 'unchecked' })
  writeFileSync(join(partial, manifestName), manifest, { mode: 0o600 })
  renameSync(partial, folder)
}

/**
 * Opens the data. After a clean end its head is looked at, which costs nothing; after any other end, or where the data
 * was replaced, it is read through first.
 *
 * @throws AppError data-damaged, data-newer, data-folder, backup-no-room, disk-full, storage-failed
 */
export function openForWriting(dataDir: string): Opened {
  const file = join(dataDir, databaseName)
  const replaced = recover(dataDir)
  const clean = takeCleanEnd(dataDir)
  const damage = headerDamage(file)
  if (damage !== null) throw new AppError('data-damaged', { problem: damage })
  const isThere = existsSync(file)
  const db = new Database(file, 'write')
  try {
    if (isThere && (!clean || replaced)) requireWhole(db)
    copyBeforeMigration(dataDir, db)
    migrate(db)
  } catch (error) {
    db.close()
    throw error
  }
  return { db, replaced }
}
