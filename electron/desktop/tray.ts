/** Installs the tray. What it shows is decided in `tray-view.ts`. */
import { app, Menu, Tray } from 'electron'
import { join } from 'node:path'
import type { Locale } from '#shared/contract/errors.ts'
import { trayFile, trayMenu, type TrayView } from './tray-view.ts'

export interface InstalledTray {
  show(view: TrayView, locale: Locale): void
  remove(): void
}

/** @param folder of the tray's pictures @param open brings the window to the front */
export function installTray(folder: string, platform: NodeJS.Platform, open: () => void): InstalledTray {
  const fileOf = (view: Pick<TrayView, 'picture'>): string => join(folder, trayFile(view.picture, platform))
  const tray = new Tray(fileOf({ picture: 'calm' }))
  // On macOS a click opens the menu, as is usual there.
  if (platform !== 'darwin') tray.on('click', open)
  return {
    show(view, locale) {
      tray.setImage(fileOf(view))
      tray.setToolTip(view.tooltip)
      if (platform === 'darwin') tray.setTitle(view.title)
      tray.setContextMenu(Menu.buildFromTemplate(trayMenu(view, locale, open)))
      app.setBadgeCount(view.badge)
    },
    remove() {
      tray.destroy()
    },
  }
}
