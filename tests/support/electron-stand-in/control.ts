/** A test's way into the running stand-in: what `electronApplication.evaluate` is with the real one. */
import { app } from './app.ts'
import { BrowserWindow } from './browser-window.ts'
import { ipcMain } from './ipc-main.ts'
import { notifications, Tray } from './system.ts'

interface Command {
  readonly id: number
  readonly name: keyof typeof commands
  readonly args: unknown
}

const commands = {
  /** Speaks to the application over IPC as a frame of the test's choice. */
  async invokeAs({ channel, payload, url, isTop }: { channel: string; payload: unknown; url: string; isTop: boolean }) {
    const senderFrame = { url, origin: url, parent: isTop ? null : {} }
    const sender = BrowserWindow.getAllWindows()[0]?.webContents
    return ipcMain._invokeHandlers.get(channel)?.({ type: 'frame', sender, senderFrame }, payload)
  },
  windows: () =>
    BrowserWindow.getAllWindows().map((window) => ({
      isVisible: window.isVisible(),
      bounds: window.getBounds(),
      isMaximized: window.isMaximized(),
      isMinimized: window.isMinimized(),
    })),
  setBounds: (bounds: { x: number; y: number; width: number; height: number }) => {
    BrowserWindow.getAllWindows()[0]?.setBounds(bounds)
  },
  minimize: () => {
    BrowserWindow.getAllWindows()[0]?.minimize()
  },
  closeWindow: () => {
    BrowserWindow.getAllWindows()[0]?.close()
  },
  notifications: () => notifications,
  tray: () => ({ ...Tray.present()?.look(), badge: app.badge }),
  clickTray: () => {
    Tray.present()?.click()
  },
  quit: () => {
    app.quit()
  },
}

/** Listens to the test that started this process, and ends with it. */
export function listenToTest(): void {
  process.on('message', ({ id, name, args }: Command) => {
    void Promise.resolve()
      .then(() => (commands[name] as (args: unknown) => unknown)(args))
      .then(
        (result) => process.send?.({ id, result }),
        (error: unknown) => process.send?.({ id, error: String(error) }),
      )
  })
  process.on('disconnect', () => {
    app.exit(1)
  })
}
