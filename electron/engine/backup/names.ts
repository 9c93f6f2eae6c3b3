/** Where backups lie, what they are called, and what their manifest says. */
import { join } from 'node:path'
import { z } from 'zod'
import { backupReasons, type BackupReason } from '#shared/contract/entries/backups.ts'

export const manifestSchema = z.object({
  version: z.literal(1),
  at: z.int(),
  reason: z.enum(backupReasons),
  schema: z.int(),
  state: z.enum(['good', 'damaged', 'kept', 'unchecked']),
})
export type Manifest = z.output<typeof manifestSchema>

/** The file that says what a backup is, in its folder. */
export const manifestName = 'backup.json'

export const manifestText = (manifest: Omit<Manifest, 'version'>): string =>
  JSON.stringify({ version: 1, ...manifest } satisfies Manifest, null, 2)

export const backupsDir = (dataDir: string): string => join(dataDir, 'backups')

/** The name of a backup that is made at a time, e.g. `20261124T101500123Z-daily`. */
export const backupNameOf = (at: number, reason: BackupReason): string =>
  `${new Date(at).toISOString().replace(/[-:.]/g, '')}-${reason}`
