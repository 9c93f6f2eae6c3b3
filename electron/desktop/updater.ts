/** electron-updater, where this copy of the application is one that it can replace. */
import { app, type App, type RelaunchOptions } from 'electron'
import type { AppUpdater } from 'electron-updater'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from './log.ts'

/**
 * Whether the application can replace itself: it is packed, its package says where new versions lie, and on Linux it is
 * an AppImage, since a .deb belongs to the system's own package manager.
 */
export const updatesItself = (
  isPackaged: boolean,
  hasAddress: boolean,
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): boolean => isPackaged && hasAddress && (platform !== 'linux' || env.APPIMAGE !== undefined)

/** Loads it only then: it is not needed for the window. */
export async function loadUpdater(log: Log): Promise<AppUpdater | null> {
  const hasAddress = existsSync(join(process.resourcesPath ?? '', 'app-update.yml'))
  if (!updatesItself(app.isPackaged, hasAddress, process.platform, process.env)) return null
  const { default: updaters } = await import('electron-updater')
  const updater = updaters.autoUpdater
  const plain = (level: 'debug' | 'info' | 'warn' | 'error') => (message?: unknown) => {
    log[level]({ from: 'updater' }, String(message))
  }
  updater.logger = { debug: plain('debug'), info: plain('info'), warn: plain('warn'), error: plain('warn') }
  return updater
}

/** How long the system may take to take the new version over, in milliseconds. */
const takeOverMs = 120_000

/**
 * Puts the version that is ready in the place of this one, and starts it. Everything has been stopped by then: where it
 * comes to nothing, the old one starts again, and tries it no second time as it ends.
 *
 * @param again how the old one starts again
 */
export function replaceItself(
  updater: Pick<AppUpdater, 'on' | 'quitAndInstall' | 'autoInstallOnAppQuit'>,
  host: Pick<App, 'releaseSingleInstanceLock' | 'relaunch' | 'exit'>,
  again: RelaunchOptions,
): void {
  // The new one would find this one still there and give way.
  host.releaseSingleInstanceLock()
  const goBack = (): void => {
    updater.autoInstallOnAppQuit = false
    host.relaunch(again)
    host.exit(0)
  }
  updater.on('error', goBack)
  // On macOS the version is handed to the system only now, which may never say a word about it.
  setTimeout(goBack, takeOverMs).unref()
  updater.quitAndInstall(true, true)
}
