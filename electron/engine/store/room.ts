/** Whether the disk has room for a copy of the database: one that fills it would stop the application. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import { databaseFiles } from './database-files.ts'

const megabyte = 1024 * 1024
/** What stays free beside the copy, for what comes in meanwhile. */
const reserveBytes = 64 * megabyte

/** Bytes of the database with what belongs to it. */
export const databaseBytes = (dataDir: string): number =>
  databaseFiles.reduce((sum, name) => sum + (statSync(join(dataDir, name), { throwIfNoEntry: false })?.size ?? 0), 0)

/**
 * @param free bytes on the disk; null where nobody can tell
 * @param bytes what is to be written; the database's size unless given
 * @throws AppError backup-no-room
 */
export function requireRoom(dataDir: string, free: number | null, bytes = databaseBytes(dataDir)): void {
  const needed = bytes + reserveBytes
  if (free === null || free >= needed) return
  const params = { needed: Math.ceil(needed / megabyte), free: Math.floor(free / megabyte) }
  throw new AppError('backup-no-room', params)
}
