/** Composes the desktop host: the engine in this process, the sandbox in another, the window on top. */
import {
  app,
  BrowserWindow,
  ipcMain,
  Menu,
  Notification,
  protocol,
  safeStorage,
  session,
  systemPreferences,
  utilityProcess,
} from 'electron'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createEngine } from '#engine/engine.ts'
import type { Engine } from '#engine/types.ts'
import { keyFileProtector } from '#engine/vault/key-file.ts'
import { keyFilePath } from '#engine/vault/vault-guard.ts'
import { watchSchema } from '#shared/contract/entries/watch.ts'
import { AppError, type Locale } from '#shared/contract/errors.ts'
import { contract } from '#shared/contract/index.ts'
import { followAlarms } from './alarms.ts'
import { installGuards } from './install-guards.ts'
import { desktopSeat, serveIpc } from './ipc.ts'
import { followLanguage } from './language.ts'
import type { Log } from './log.ts'
import { menuTemplate } from './menu.ts'
import { appScheme } from './origin.ts'
import { pagesHandler } from './pages.ts'
import { chooseProtector, systemStoreOf } from './protector.ts'
import { superviseSandbox } from './sandbox-process.ts'
import { touchIdOf } from './touch-id.ts'
import { texts } from './texts.ts'
import { followTray, type TrayHost } from './tray-view.ts'
import { installTray } from './tray.ts'
import { openWindowStore } from './window-store.ts'
import { focusWindow, openWindow } from './window.ts'

/* This module is bundled into out/main; the other bundles and the resources have fixed places from there. */
const built = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export interface DesktopOptions {
  readonly dataDir: string
  /** Folder of Electron's own profile. */
  readonly profileDir: string
  /** Forget the passphrase of the application lock. */
  readonly removeLock: boolean
  readonly locale: Locale
  readonly log: Log
}

export interface Desktop {
  /** Brings the window to the front, or opens one. */
  show(): void
  /** Stops the engine, and with it everything that it started. */
  stop(): Promise<void>
}

async function makeEngine({ dataDir, removeLock, log }: DesktopOptions): Promise<Engine> {
  const keyFile = keyFileProtector(keyFilePath(dataDir), (message) => {
    log.warn({}, message)
  })
  const systemStore = await systemStoreOf(safeStorage, process.platform)
  return createEngine({
    host: 'desktop',
    version: app.getVersion(),
    dataDir,
    removeLock,
    storeThread: pathToFileURL(built('store-thread.js')),
    protector: chooseProtector(systemStore, keyFile),
    systemStore,
    startSandbox: async ({ stateDir }) =>
      superviseSandbox(
        utilityProcess.fork(built('sandbox.js'), ['--state', stateDir], {
          serviceName: 'Switchboard sandbox',
          stdio: ['ignore', 'ignore', 'pipe'],
        }),
        log,
      ),
    log,
  })
}

/** What the tray shows, asked anew; it does not sit at the lock's seat, and decides itself what to show there. */
async function loadForTray(engine: Engine, locale: Locale): ReturnType<TrayHost['load']> {
  const [robots, watch] = await Promise.all([
    engine.call('robots.list', {}, { locale }),
    engine.call('watch.get', {}, { locale }),
  ])
  return {
    robots: robots.ok ? contract['robots.list'].output.parse(robots.result).items : [],
    alarms: watch.ok ? watchSchema.parse(watch.result).alarms : [],
  }
}

/**
 * Starts everything and opens the window. Call once the application is ready.
 *
 * @throws AppError that names the cause; nothing is left running then
 */
export async function startDesktop(options: DesktopOptions): Promise<Desktop> {
  const { locale, log } = options
  const renderer = built('../renderer')
  if (!existsSync(join(renderer, 'index.html'))) throw new AppError('not-available', { what: renderer })

  installGuards(app, session.defaultSession, log)
  const isDevelopment = !app.isPackaged
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate({ platform: process.platform, locale, isDevelopment })))

  const engine = await makeEngine(options)
  try {
    await engine.start()
  } catch (error) {
    await engine.stop()
    throw error
  }
  protocol.handle(appScheme, pagesHandler(renderer, engine))
  const isLocked = (): boolean => engine.isLocked(desktopSeat)
  const onEvents: Engine['onEvents'] = (listener) => engine.onEvents(listener)
  const language = followLanguage(engine, locale, () => tray.refresh())
  const endAlarms = followAlarms({
    onEvents,
    isLocked,
    isLookedAt: () => BrowserWindow.getFocusedWindow() !== null,
    language: language.now,
    notify: (notice) => {
      if (!Notification.isSupported()) return
      const shown = new Notification(notice)
      shown.on('click', () => show())
      shown.show()
    },
  })
  const installed = installTray(built('../../resources/tray'), process.platform, () => show())
  const tray = followTray({
    onEvents,
    isLocked,
    language: language.now,
    load: () => loadForTray(engine, locale),
    show: (view) => installed.show(view, language.now()),
  })
  const closeIpc = serveIpc(ipcMain, engine, log, touchIdOf(systemPreferences, process.platform))
  const windowStore = openWindowStore(options.profileDir)

  let window: BrowserWindow | null = null
  const show = (): void => {
    if (window) {
      focusWindow(window)
      return
    }
    window = openWindow({
      preload: built('../preload/preload.cjs'),
      icon: built('../../resources/icon.png'),
      title: texts[locale].appName,
      locale,
      isDevelopment,
      saved: windowStore.read(),
      save: (state) => {
        windowStore.save(state)
      },
      log,
    })
    window.once('closed', () => {
      window = null
    })
  }
  show()
  return {
    show,
    async stop() {
      endAlarms()
      tray.end()
      language.end()
      installed.remove()
      closeIpc()
      await engine.stop()
    },
  }
}
