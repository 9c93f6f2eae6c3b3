/** The files of the database, and what can be told of them without opening them. */
import { closeSync, existsSync, fstatSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const databaseName = 'switchboard.db'
/** The database's files in a folder: the file itself, and what SQLite keeps beside it while it is open. */
export const databaseFiles = ['', '-wal', '-shm'].map((suffix) => `${databaseName}${suffix}`)

/** There from a clean end to the next start: without it the file has to be read through before it is trusted. */
const cleanEnd = (dataDir: string): string => join(dataDir, 'clean-end')

/** Notes that everything was closed. */
export const markCleanEnd = (dataDir: string): void => writeFileSync(cleanEnd(dataDir), '', { mode: 0o600 })

/** Whether the last end was clean; the note of it is taken away. */
export function takeCleanEnd(dataDir: string): boolean {
  const clean = existsSync(cleanEnd(dataDir))
  if (clean) rmSync(cleanEnd(dataDir), { force: true })
  return clean
}

const magic = 'SQLite format 3\0'
const headerBytes = 100

/**
 * What the head of a database file says against it: the least that can be known, at no cost (SQLite's file format,
 * section 1.3).
 *
 * @returns null where nothing does, or where there is no file
 */
export function headerDamage(file: string): string | null {
  // What cannot be read, or is a folder, is refused by name when it is opened.
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return null
  const descriptor = openSync(file, 'r')
  try {
    const { size } = fstatSync(descriptor)
    // A file of no bytes is a database that was made and never written.
    if (size === 0) return null
    const header = Buffer.alloc(headerBytes)
    if (readSync(descriptor, header, 0, headerBytes, 0) < headerBytes) return 'the file is cut short'
    if (header.toString('latin1', 0, magic.length) !== magic) return 'the file is no SQLite database'
    const stored = header.readUInt16BE(16)
    const pageSize = stored === 1 ? 65_536 : stored
    if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return 'the head of the file is damaged'
    // The count in the head is only right where the file was last written by the version noted there.
    const isCounted = header.readUInt32BE(24) === header.readUInt32BE(92)
    const pages = header.readUInt32BE(28)
    const hasLog = existsSync(`${file}-wal`)
    return isCounted && !hasLog && size < pages * pageSize ? 'the file is cut short' : null
  } finally {
    closeSync(descriptor)
  }
}
