import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultDataDir } from '#engine/data-folder.ts'
import { AppError } from '#shared/contract/errors.ts'

export interface Arguments {
  /** Absolute path of the data folder: `--data`, else SWITCHBOARD_DATA, else this system's usual place. */
  readonly dataDir: string
  /** `--remove-lock`: forget the passphrase of the application lock. */
  readonly removeLock: boolean
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
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: { data: { type: 'string' }, 'remove-lock': { type: 'boolean' } },
  })
  const removeLock = values['remove-lock'] === true
  const data = values.data ?? env.SWITCHBOARD_DATA
  if (data === undefined) return { dataDir: defaultDataDir(env), removeLock }
  if (typeof data !== 'string' || data === '') {
    throw new AppError('invalid-input', { field: '--data', problem: 'must name a folder' })
  }
  return { dataDir: resolve(workingDir, data), removeLock }
}
