/** How the application starts itself again. */
import type { RelaunchOptions } from 'electron'
import { linkScheme } from './identity.ts'

/* What counted for that one start. */
const once: ReadonlySet<string> = new Set(['--hidden', '--remove-lock'])

/**
 * As it was started, but visible, with the lock as it is and no link to follow.
 *
 * @param isPackaged from its sources, the first argument names the project
 */
export function relaunchOf(
  { argv, env, execPath }: { argv: readonly string[]; env: NodeJS.ProcessEnv; execPath: string },
  isPackaged: boolean,
): RelaunchOptions {
  const args = argv.slice(1).filter((arg) => !once.has(arg) && !arg.startsWith(`${linkScheme}:`))
  // The program of an AppImage lies in a place that is there only while it runs.
  return { execPath: (isPackaged ? env.APPIMAGE : undefined) ?? execPath, args }
}
