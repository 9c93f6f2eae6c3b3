/** A test's way into the running stand-in: what `electronApplication.evaluate` is with the real one. */
import { app } from './app.ts'
import { BrowserWindow } from './browser-window.ts'
import { ipcMain } from './ipc-main.ts'
import { answerNext, pressButton, questions } from './dialog.ts'
import { emitPreventable, makeEvent } from './emitter.ts'
import { notifications, shownWith } from './notification.ts'
import { session } from './session.ts'
import { clipboard, Menu, powerMonitor, pressKeys, shownItems, Tray } from './system.ts'

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
      isFocused: window.isFocused(),
      flashes: window.flashes,
      zoom: window.webContents.getZoomLevel(),
      url: window.webContents.getURL(),
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
  blur: () => {
    BrowserWindow.getAllWindows()[0]?.blur()
  },
  setZoom: (level: number) => {
    BrowserWindow.getAllWindows()[0]?.webContents.setZoomLevel(level)
  },
  /** As Chromium's watch over hanging pages tells it. */
  unresponsive: () => {
    BrowserWindow.getAllWindows()[0]?.emit('unresponsive')
  },
  crash: () => {
    BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer()
  },
  /** Tells the page something as the host does. */
  send: ({ channel, payload }: { channel: string; payload: unknown }) => {
    BrowserWindow.getAllWindows()[0]?.webContents.send(channel, payload)
  },
  notifications: () => notifications,
  pressNotification: (title: string) => {
    shownWith(title).press()
  },
  questions,
  pressButton,
  answerNext,
  pressKeys,
  shownItems: () => shownItems,
  clipboard: () => clipboard.text,
  told: () => ({ login: app.told.login, protocols: [...app.told.protocols] }),
  spelling: () => session.defaultSession.spelling,
  /** Sleep and wake; before a shutdown the application may ask for time. @returns whether it did */
  power: (event: 'suspend' | 'resume' | 'shutdown') => {
    if (event === 'shutdown') return !emitPreventable(powerMonitor, event)
    powerMonitor.emit(event)
    return false
  },
  /** Chooses an item of the menu bar by its label. */
  chooseMenu: (label: string) => {
    type Item = NonNullable<ReturnType<typeof Menu.getApplicationMenu>>['template'][number]
    const all = (items: readonly Item[]): Item[] => items.flatMap((item) => [item, ...all(item.submenu ?? [])])
    const item = all(Menu.getApplicationMenu()?.template ?? []).find((one) => one.label === label)
    if (!item?.click) throw new Error(`the menu has nothing to choose by the name ${label}`)
    item.click()
  },
  openUrl: (url: string) => {
    app.emit('open-url', makeEvent({}), url)
  },
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
