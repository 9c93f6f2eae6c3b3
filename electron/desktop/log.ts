/** The log: lines of JSON on standard error and in the data folder. */
import { join } from 'node:path'
import pino, { type Logger } from 'pino'
import { endOfLog, openLogFile } from '#engine/log-file.ts'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>

export interface DesktopLog {
  readonly log: Log
  /** The file, to be shown. */
  readonly file: string
  /** Writes what is still held back; for the end of the process. */
  flush(): void
  /** Its newest lines. */
  read(): Promise<string>
}

/* A full log gives way to a new one, also while the application runs: it may run for weeks. */
const bytes = 5 * 1024 * 1024
const keep = 2
/* As much as a report of a problem holds. */
const reportBytes = 256 * 1024

/**
 * Opens the log in `<dataDir>/logs/desktop.log`.
 *
 * @param dataDir an existing folder
 * @throws AppError when the file cannot be written
 */
export function openLog(dataDir: string, size = bytes): DesktopLog {
  const path = join(dataDir, 'logs', 'desktop.log')
  // Not synchronous: the main loop moves the windows and must not wait for a disk.
  const file = openLogFile({ path, bytes: size, keep, sync: false })
  const log = pino({ base: null }, pino.multistream([{ stream: file }, { stream: process.stderr }]))
  return {
    log,
    file: path,
    flush() {
      file.flush()
    },
    read() {
      file.flush()
      return endOfLog(path, reportBytes)
    },
  }
}
