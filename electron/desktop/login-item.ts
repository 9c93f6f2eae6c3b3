/** Whether the application starts with the session: what each system is told, and the file that Linux wants. */
import type { Settings } from 'electron'
import { isAbsolute, join } from 'node:path'

export interface LoginWish {
  readonly open: boolean
  /** Whether it begins in the tray. */
  readonly hidden: boolean
}

export interface Program {
  /** What starts the application: its program, or the AppImage around it. */
  readonly path: string
  readonly args: readonly string[]
}

/** What starts this application again as it was started. @param dataDir null: the usual place */
export function programOf(
  host: { readonly execPath: string; readonly isPackaged: boolean; readonly appPath: string },
  env: NodeJS.ProcessEnv,
  dataDir: string | null,
): Program {
  return {
    // The program of an AppImage lies in a place that is there only while it runs.
    path: env.APPIMAGE ?? host.execPath,
    args: [...(host.isPackaged ? [] : [host.appPath]), ...(dataDir === null ? [] : [`--data=${dataDir}`])],
  }
}

/** For macOS and Windows. macOS hands over no arguments: there the start itself asks whether it came with the session. */
export const loginItem = (wish: LoginWish, { path, args }: Program): Settings => ({
  openAtLogin: wish.open,
  path,
  args: [...args, ...(wish.hidden ? ['--hidden'] : [])],
})

/** The folder of autostart files, by the XDG specification. */
export function autostartFile(env: NodeJS.ProcessEnv, home: string): string {
  const config = env.XDG_CONFIG_HOME
  // A relative path counts as none there.
  const folder = config !== undefined && isAbsolute(config) ? config : join(home, '.config')
  return join(folder, 'autostart', 'switchboard.desktop')
}

/* By the Desktop Entry Specification: quoted, with backslashes before what a shell would read, and once more for the file. */
const quoted = (text: string): string =>
  `"${text.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')}"`.replaceAll('\\', '\\\\')

/** The autostart file's content. */
export function autostartEntry({ hidden }: LoginWish, { path, args }: Program): string {
  const command = [path, ...args, ...(hidden ? ['--hidden'] : [])].map(quoted).join(' ')
  return `[Desktop Entry]
Type=Application
Name=Switchboard
Name[zh_CN]=总机
Exec=${command}
Icon=switchboard
Terminal=false
X-GNOME-Autostart-enabled=true
`
}
