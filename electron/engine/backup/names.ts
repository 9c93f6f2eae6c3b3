/** Where backups lie and what they are called. */
import { join } from 'node:path'
import type { BackupReason } from '#shared/contract/entries/backups.ts'

export const backupsDir = (dataDir: string): string => join(dataDir, 'backups')

/** The name of a backup that is made at a time, e.g. `20261124T101500123Z-daily`. */
export const backupNameOf = (at: number, reason: BackupReason): string =>
  `${new Date(at).toISOString().replace(/[-:.]/g, '')}-${reason}`
