/** The log in a file that gives way to a new one when it is full, for machines where nobody else keeps what is logged. */
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { open as openFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import pino from 'pino'
import { AppError } from '#shared/contract/errors.ts'

export interface LogFileOptions {
  /** Absolute path. */
  readonly path: string
  /** How large it may become. */
  readonly bytes: number
  /** How many full ones are kept beside it: `<path>.1` is the newest. */
  readonly keep: number
  /** Whether each line waits for the disk (the usual), or the file is written behind, by whom must not wait. */
  readonly sync?: boolean
}

export interface LogFile extends pino.DestinationStream {
  /** Writes what is still held back. */
  flush(): void
}

/* What waits in memory while the disk takes nothing; beyond it lines are lost, and the host goes on. */
const waitingBytes = 1_000_000

/** Moves each full file one number up; the last one goes. */
function makeWay({ path, keep }: LogFileOptions): void {
  rmSync(`${path}.${keep}`, { force: true })
  for (let number = keep - 1; number >= 1; number -= 1) {
    if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`)
  }
  renameSync(path, `${path}.1`)
}

/**
 * Opens the file for pino; it writes at once, so that the last line before an end is not lost, unless told otherwise.
 *
 * @throws AppError invalid-input where the file cannot be written
 */
export function openLogFile(options: LogFileOptions): LogFile {
  const { path, bytes } = options
  const file = open(options)
  let size = existsSync(path) ? statSync(path).size : 0
  const complain = (error: unknown): void => {
    const problem = error instanceof Error ? error.message : String(error)
    process.stderr.write(`The log file ${path} is in trouble: ${problem}\n`)
  }
  // A disk that is full must not end the host: callbacks that cannot be kept are refused, and it goes on when there is room.
  file.on('error', complain)
  return {
    write(line) {
      const length = Buffer.byteLength(line)
      if (size > 0 && size + length > bytes) {
        try {
          makeWay(options)
          file.reopen()
          size = 0
        } catch (error) {
          complain(error)
          // Tried again when as much has come in again, not at every line.
          size = 0
        }
      }
      size += length
      file.write(line)
    },
    flush() {
      try {
        file.flushSync()
      } catch {
        // It has not been opened yet, or cannot be written: that was told.
      }
    },
  }
}

/** The end of a log: of the file, and of the one before where that is short. @param bytes at most so many */
export async function endOfLog(path: string, bytes: number): Promise<string> {
  let text = ''
  for (const file of [path, `${path}.1`]) {
    const room = bytes - Buffer.byteLength(text)
    if (room <= 0) break
    text = (await endOfFile(file, room)) + text
  }
  return text
}

async function endOfFile(path: string, bytes: number): Promise<string> {
  const file = await openFile(path).catch(() => null)
  if (!file) return ''
  try {
    const { size } = await file.stat()
    const start = Math.max(0, size - bytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
    const text = buffer.subarray(0, bytesRead).toString('utf8')
    // A line of which the beginning is missing tells nothing.
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1)
  } finally {
    await file.close()
  }
}

function open({ path, sync = true }: LogFileOptions) {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    return pino.destination({ dest: path, sync, mode: 0o600, maxLength: waitingBytes })
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new AppError('invalid-input', { field: '--log-file', problem }, { cause: error })
  }
}
