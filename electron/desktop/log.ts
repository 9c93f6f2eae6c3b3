/** The log: lines of JSON on standard error and in the data folder. */
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pino, { type Logger } from 'pino'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>

export interface LogFile {
  readonly log: Log
  /** Writes what is still held back; for the end of the process. */
  flush(): void
}

/* A log that grows past this is put aside at the next start; one former log is kept. */
const largest = 5 * 1024 * 1024

/**
 * Opens the log in `<dataDir>/logs/desktop.log`.
 *
 * @param dataDir an existing folder
 * @throws what the file system says when the folder cannot be written
 */
export function openLog(dataDir: string): LogFile {
  const folder = join(dataDir, 'logs')
  const file = join(folder, 'desktop.log')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (existsSync(file) && statSync(file).size > largest) renameSync(file, join(folder, 'desktop.1.log'))
  // Not synchronous: the main loop moves the windows and must not wait for a disk.
  const destination = pino.destination({ dest: file, mode: 0o600, sync: false, minLength: 0 })
  const log = pino({ base: null }, pino.multistream([{ stream: destination }, { stream: process.stderr }]))
  return {
    log,
    flush() {
      try {
        destination.flushSync()
      } catch {
        // It has not been opened yet or cannot be written: standard error has the lines all the same.
      }
    },
  }
}
