import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'

/**
 * Makes the data folder and the folder of Electron's own profile in it, both for their owner only.
 *
 * @returns the profile's folder
 * @throws AppError data-folder when it cannot be made or written
 */
export function prepareDataFolder(dataDir: string): string {
  const profile = join(dataDir, 'desktop')
  try {
    mkdirSync(profile, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.W_OK)
    accessSync(profile, constants.W_OK)
  } catch (error) {
    const problem = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new AppError('data-folder', { path: dataDir, problem }, { cause: error })
  }
  return profile
}
