/** Backups of the data: made by themselves or on request, checked, restored. Also what can be done when the data is damaged. */
import { z } from 'zod'
import { done, page, time, timeOrNull } from '../common.ts'
import { entry } from '../define.ts'

/** Why a backup was made. */
export const backupReasons = ['manual', 'daily', 'migration', 'restore', 'salvage', 'import'] as const
export type BackupReason = (typeof backupReasons)[number]

/** The name of a backup: when it was made, and why. Nothing else may stand for a folder. */
export const backupName = z
  .string()
  .regex(/^\d{8}T\d{9}Z-(manual|daily|migration|restore|salvage|import)$/, 'must be the name of a backup')

/** What a database holds, counted. */
export const holdingsSchema = z.object({
  robots: z.int(),
  conversations: z.int(),
  messages: z.int(),
  callbacks: z.int(),
  /** When its newest message came; null where there is none. */
  newestMessageAt: timeOrNull,
})
export type Holdings = z.output<typeof holdingsSchema>

export const backupSchema = z.object({
  name: backupName,
  at: time,
  reason: z.enum(backupReasons),
  bytes: z.int(),
  /** Number of the schema it has. */
  schema: z.int(),
  /** Whether it was read through and found whole; `kept` is what stood before a restore or a salvage, as it was. */
  state: z.enum(['good', 'damaged', 'kept', 'unchecked']),
})
export type Backup = z.output<typeof backupSchema>

export const backupEntries = {
  'system.backup': entry(
    'Makes a backup of the database while everything goes on, and reads it through.',
    z.object({}),
    z.object({ name: backupName, path: z.string(), bytes: z.int(), durationMs: z.int() }),
    ['not-allowed-now', 'backup-no-room'],
  ),
  'backups.list': entry('All backups, newest first.', z.object({}), page(backupSchema)),
  'backups.check': entry(
    'Reads a backup through, and says what it holds and what of the present data it lacks.',
    z.object({ name: backupName }),
    z.object({
      /** Null where it is whole; else what was found first. */
      damage: z.string().nullable(),
      holdings: holdingsSchema.nullable(),
      /** What came after it and would be lost; null where the present data cannot be read. */
      lost: z.object({ messages: z.int(), callbacks: z.int(), operations: z.int() }).nullable(),
    }),
    ['not-found'],
  ),
  'backups.restore': entry(
    'Puts a backup in the place of the present data, which is kept beside the backups. The engine starts anew. Whatever waited in the backup’s outbox is not sent by itself: it may have been sent since.',
    z.object({ name: backupName }),
    done,
    ['not-found', 'backup-damaged'],
  ),
  'backups.remove': entry('Removes a backup.', z.object({ name: backupName }), done, ['not-found']),
  'system.salvage': entry(
    'Where the database is damaged: reads out what can be read into a new one, which takes its place; the damaged one is kept. The engine starts anew.',
    z.object({}),
    done,
    ['not-allowed-now'],
  ),
}
