/**
 * Stands for the module `electron` where its binary cannot be had: the built bundles run as they are, the
 * window is a real Chromium page with the built preload script in an isolated world, the application's
 * scheme is answered by the application's own handler. What Electron refuses is refused here too; what this
 * stand-in does not have fails by name.
 */
import { app } from './app.ts'
import { BrowserWindow } from './browser-window.ts'
import { listenToTest } from './control.ts'
import { ipcMain } from './ipc-main.ts'
import { protocol, session } from './session.ts'
import { dialog } from './dialog.ts'
import { Notification } from './notification.ts'
import {
  clipboard,
  crashReporter,
  globalShortcut,
  Menu,
  nativeImage,
  nativeTheme,
  powerMonitor,
  safeStorage,
  screen,
  shell,
  systemPreferences,
  Tray,
} from './system.ts'
import { utilityProcess } from './utility-process.ts'

export {
  app,
  BrowserWindow,
  clipboard,
  crashReporter,
  dialog,
  globalShortcut,
  ipcMain,
  Menu,
  nativeImage,
  nativeTheme,
  Notification,
  powerMonitor,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  systemPreferences,
  Tray,
  utilityProcess,
}
export default {
  app,
  BrowserWindow,
  clipboard,
  crashReporter,
  dialog,
  globalShortcut,
  ipcMain,
  Menu,
  nativeImage,
  nativeTheme,
  Notification,
  powerMonitor,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  systemPreferences,
  Tray,
  utilityProcess,
}

if (process.connected) listenToTest()
// Electron turns these into a quit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    app.quit()
  })
}
// After the entry module, as in Electron.
setImmediate(() => {
  app.becomeReady()
})
