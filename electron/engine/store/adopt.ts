/** Makes another machine's database one of this folder: its secrets are sealed by the vault that is here. */
import Sqlite from 'better-sqlite3'
import { AppError } from '#shared/contract/errors.ts'
import { checkFile, type Checked } from './backup-check.ts'
import { knownSchema } from './migrations/index.ts'

/**
 * Reads the file through and exchanges its secrets; nobody has it open.
 *
 * @throws AppError data-newer when a newer version wrote it
 */
export function adoptFile(file: string, secrets: readonly { name: string; sealed: Uint8Array }[]): Checked {
  const checked = checkFile(file, true)
  if (checked.damage !== null) return checked
  if (checked.schema > knownSchema) throw new AppError('data-newer', { found: checked.schema, known: knownSchema })
  const db = new Sqlite(file)
  try {
    db.transaction(() => {
      db.prepare('DELETE FROM secrets').run()
      const insert = db.prepare('INSERT INTO secrets (name, sealed, updated_at) VALUES (?, ?, ?)')
      for (const { name, sealed } of secrets) insert.run(name, Buffer.from(sealed), Date.now())
    })()
    // What the other vault sealed shall not linger in free pages.
    db.exec('VACUUM')
  } finally {
    db.close()
  }
  return checked
}
