/** Where the data is kept when nobody says: the same folder for both hosts, so that one can follow the other. */
import { homedir } from 'node:os'
import { join } from 'node:path'

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
