/** The log in a file that gives way to a new one when it is full, for machines where nobody else keeps what is logged. */
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
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
 * Opens the file for pino; it writes at once, so that the last line before an end is not lost.
 *
 * @throws AppError invalid-input where the file cannot be written
 */
export function openLogFile(options: LogFileOptions): pino.DestinationStream {
  const { path, bytes } = options
  const file = open(path)
  let size = statSync(path).size
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
  }
}

function open(path: string) {
  try {
    mkdirSync(dirname(path), { recursive: true })
    return pino.destination({ dest: path, sync: true, mode: 0o600, maxLength: waitingBytes })
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new AppError('invalid-input', { field: '--log-file', problem }, { cause: error })
  }
}
