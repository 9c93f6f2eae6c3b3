import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultDataDir } from '#engine/data-folder.ts'
import type { Destination } from '#shared/contract/desktop.ts'
import { AppError } from '#shared/contract/errors.ts'
import { linkAmong } from './links.ts'

export interface Arguments {
  /** Absolute path of the data folder: `--data`, else SWITCHBOARD_DATA, else this system's usual place. */
  readonly dataDir: string
  /** `--remove-lock`: forget the passphrase of the application lock. */
  readonly removeLock: boolean
  /** Whether `dataDir` was named, and not this system's usual place. */
  readonly isNamed: boolean
  /** `--hidden`: begin in the tray. */
  readonly hidden: boolean
  /** What a link among the arguments leads to. */
  readonly destination: Destination | null
}

/**
 * Reads what the application was started with. What it does not know belongs to Chromium or Electron.
 *
 * @param args everything after the executable
 * @param env the process's environment
 * @param workingDir what a relative path is relative to
 * @throws AppError invalid-input when `--data` names no folder
 */
export function readArguments(args: readonly string[], env: NodeJS.ProcessEnv, workingDir: string): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    options: { data: { type: 'string' }, 'remove-lock': { type: 'boolean' }, hidden: { type: 'boolean' } },
  })
  const others = {
    removeLock: values['remove-lock'] === true,
    hidden: values.hidden === true,
    destination: linkAmong(positionals),
  }
  const data = values.data ?? env.SWITCHBOARD_DATA
  if (data === undefined) return { dataDir: defaultDataDir(env), isNamed: false, ...others }
  if (typeof data !== 'string' || data === '') {
    throw new AppError('invalid-input', { field: '--data', problem: 'must name a folder' })
  }
  return { dataDir: resolve(workingDir, data), isNamed: true, ...others }
}
