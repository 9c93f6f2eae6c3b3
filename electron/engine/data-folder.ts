/** The data folder. Where it is when nobody says: the same folder for both hosts, so that one can follow the other. */
import { accessSync, constants, mkdirSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'

/**
 * The default data folder of this operating system and user.
 *
 * @returns an absolute path; the folder may not exist yet
 */
export function defaultDataDir(env = process.env, platform = process.platform, home = homedir()): string {
  switch (platform) {
    case 'win32':
      return join(env.APPDATA ?? join(home, 'AppData', 'Roaming'), 'Switchboard')
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'Switchboard')
    default:
      // The XDG specification says that a relative path there is to be ignored.
      return join(env.XDG_DATA_HOME?.startsWith('/') ? env.XDG_DATA_HOME : join(home, '.local', 'share'), 'switchboard')
  }
}

/** Makes the folder if it is absent. @throws AppError data-folder when it cannot be made or written */
export function prepareDataDir(dataDir: string): void {
  // SQLite makes its files by the process's mask; the folder may be one that others can read.
  process.umask(0o077)
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.W_OK | constants.R_OK)
  } catch (error) {
    const problem = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new AppError('data-folder', { path: dataDir, problem }, { cause: error })
  }
}

/** Bytes of all files in a folder, however deep; 0 where there is none. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }) => (await stat(join(parentPath, name)).catch(() => null))?.size ?? 0),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
