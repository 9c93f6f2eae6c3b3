/** Composes the desktop host: the window first, then the engine in this process, and the sandbox in another. */
import {
  app,
  type BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  powerMonitor,
  protocol,
  session,
  shell,
  systemPreferences,
} from 'electron'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, type Locale } from '#shared/contract/errors.ts'
import type { Destination, DesktopState } from '#shared/contract/desktop.ts'
import { askOnClose, askToTryAgain } from './ask.ts'
import { built } from './built.ts'
import { followNews, type News } from './calls.ts'
import { serveDesktop } from './desktop-ipc.ts'
import { openDesktopStore } from './desktop-store.ts'
import { makeEngine, sealingOf } from './engine.ts'
import { installGuards } from './install-guards.ts'
import { desktopSeat, serveIpc } from './ipc.ts'
import { followLanguage, type Language } from './language.ts'
import type { DesktopLog } from './log.ts'
import { makeMachine } from './machine.ts'
import { menuTemplate } from './menu.ts'
import type { Place } from './message-calls.ts'
import { makeNotifier } from './notifications.ts'
import { appScheme } from './origin.ts'
import { pagesHandler } from './pages.ts'
import { followPower } from './power.ts'
import { tryServer } from './remote/connect.ts'
import { keptServer } from './remote/kept-server.ts'
import { makeRemoteEngine } from './remote/remote-engine.ts'
import { openServerChoice } from './remote/server-choice.ts'
import { relaunchOf } from './relaunch.ts'
import { checksSpelling } from './spelling.ts'
import { texts } from './texts.ts'
import { loadUpdater, replaceItself } from './updater.ts'
import { followUpdates } from './updates.ts'
import { touchIdOf } from './touch-id.ts'
import { installTray, type InstalledTray } from './tray.ts'
import { onWindowClose } from './window-life.ts'
import { focusWindow, openWindow } from './window.ts'

export interface DesktopOptions {
  readonly dataDir: string
  /** Whether the data folder is not the usual one. */
  readonly isNamed: boolean
  /** Folder of Electron's own profile. */
  readonly profileDir: string
  /** Forget the passphrase of the application lock. */
  readonly removeLock: boolean
  /** Begin in the tray. */
  readonly hidden: boolean
  readonly locale: Locale
  readonly logFile: DesktopLog
  /** Ends the application in order: the machine shuts down, or the session ends. */
  shutDown(): void
  /** Stops everything, and lets what it is given end the application. */
  stopThen(end: () => void): Promise<void>
}

export interface Desktop {
  /** Brings the window to the front, or opens one. */
  show(): void
  /** The same, and leads to a place. */
  open(destination: Destination): void
  /** The application is about to quit: windows may close. */
  quitting(): void
  /** Resolves once the engine runs; rejects with what keeps it from that. */
  readonly started: Promise<void>
  /** Stops the engine, and with it everything that it started. */
  stop(): Promise<void>
}

/**
 * Opens the window and starts everything. Call once the application is ready.
 *
 * @throws AppError that names the cause; nothing is left running then
 */
export async function startDesktop(options: DesktopOptions): Promise<Desktop> {
  const { locale, logFile } = options
  const { log } = logFile
  const renderer = built('../renderer')
  if (!existsSync(join(renderer, 'index.html'))) throw new AppError('not-available', { what: renderer })

  installGuards(app, session.defaultSession, log)
  const store = openDesktopStore(options.profileDir)
  let settings = store.settings()
  const machine = makeMachine({
    atStart: settings,
    dataDir: options.isNamed ? options.dataDir : null,
    show: () => show(),
    log,
  })
  const proxyFor = (url: string, signal: AbortSignal): Promise<string | null> => machine.proxyFor(url, signal)
  const sealing = await sealingOf(options.dataDir, logFile)
  const choice = await openServerChoice({
    kept: keptServer(options.profileDir, sealing.protector),
    store,
    tryServer,
    language: () => now(),
  })
  // As a window on a server it opens no data of its own, and starts nothing.
  const remote = choice.atStart && makeRemoteEngine({ server: choice.atStart, log })
  const engine = remote ?? makeEngine({ ...options, sealing, proxyFor })
  protocol.handle(appScheme, pagesHandler(renderer, engine))

  let language: Language | null = null
  const now = (): Locale => language?.now() ?? locale
  const isDevelopment = !app.isPackaged
  const showLogs = (): void => {
    shell.showItemInFolder(logFile.file)
  }
  const setMenu = (): void => {
    const leads = (to: 'report' | 'settings' | 'help') => (): void => open({ to })
    const doings = { showLogs, report: leads('report'), settings: leads('settings'), guide: leads('help') }
    const template = menuTemplate({ platform: process.platform, locale: now(), isDevelopment, ...doings })
    Menu.setApplicationMenu(Menu.buildFromTemplate(template))
  }
  setMenu()

  let window: BrowserWindow | null = null
  let isQuitting = false
  let isAsking = false
  let waiting: Destination | null = null

  const updater = await loadUpdater(log)
  /** A version that is ready is not put in place at this end of the application. */
  const installNothing = (): void => {
    if (updater) updater.autoInstallOnAppQuit = false
  }
  /** The session ends, or the machine waits to go off: no time to install anything. */
  const systemEnds = (): void => {
    installNothing()
    options.shutDown()
  }

  /** Asks once what closing means; a second press meanwhile asks nothing more. */
  const ask = async (asking: BrowserWindow): Promise<void> => {
    if (isAsking) return
    isAsking = true
    try {
      const onClose = await askOnClose(dialog, asking, now())
      if (onClose === null) return
      await change({ onClose })
      if (!asking.isDestroyed()) asking.close()
    } finally {
      isAsking = false
    }
  }
  const makeWindow = (hidden: boolean): BrowserWindow => {
    const made = openWindow({
      preload: built('../preload/preload.cjs'),
      icon: built('../../resources/icon.png'),
      title: texts[now()].appName,
      language: now,
      isDevelopment,
      checksSpelling: checksSpelling(settings, process.platform),
      hidden,
      saved: store.window(),
      save: (state) => {
        store.saveWindow(state)
      },
      closing: () => onWindowClose(settings, { isQuitting, platform: process.platform }),
      ask: () => void ask(made),
      minimizesToTray: () => settings.minimizeToTray,
      sessionEnds: systemEnds,
      gaveUp: (again) => {
        log.fatal({}, 'the window ended too often')
        void askToTryAgain(dialog, now()).then((isWanted) => {
          if (isWanted) again()
          else app.quit()
        })
      },
      log,
    })
    made.once('closed', () => {
      window = null
    })
    log.info({ ms: Math.round(performance.now()) }, 'the window is open')
    return made
  }
  const show = (): void => {
    if (isQuitting) return
    if (window) focusWindow(window)
    else window = makeWindow(false)
  }
  const open = (destination: Destination): void => {
    waiting = destination
    show()
    // A page that does not listen yet asks when it is there, and when it is unlocked.
    door.tell({ event: 'desktop.waiting', data: {} })
  }

  const updates = followUpdates({
    updater,
    settings: () => settings.updates,
    installsAtEnd: process.platform !== 'darwin',
    quiet: (signal, told) => engine.quiet(signal, told),
    wake: () => {
      engine.wake()
    },
    install: () =>
      options.stopThen(() => {
        // Nothing stands behind it any more, and handing the version over takes a while on macOS.
        if (process.platform === 'darwin') window?.hide()
        if (updater) replaceItself(updater, app, relaunchOf(process, app.isPackaged))
      }),
    changed: () => {
      tellState()
    },
    log,
  })

  const state = (): DesktopState => {
    const server = choice.state(remote?.failure ?? null)
    return { settings, platform: process.platform, ...machine.state(settings), update: updates.state(), server }
  }
  const tellState = (): void => {
    door.tell({ event: 'desktop.changed', data: state() })
  }
  const change = async (changes: Parameters<typeof store.change>[0]): Promise<DesktopState> => {
    settings = store.change(changes)
    await machine.apply(settings)
    updates.apply()
    tellState()
    return state()
  }
  const told = (): DesktopState => {
    tellState()
    return state()
  }
  const endRemote = remote?.onChange(tellState)
  const door = serveDesktop(
    ipcMain,
    {
      'desktop.get': state,
      'desktop.set': change,
      'desktop.arrive': () => {
        const destination = waiting
        waiting = null
        return { destination }
      },
      'desktop.showLogs': () => {
        showLogs()
        return {}
      },
      'server.test': async (server) => {
        await choice.test(server)
        return {}
      },
      'server.use': (server) => choice.use(server).then(told),
      'server.own': ({ forget }) => choice.own(forget).then(told),
      'server.retry': () => {
        remote?.wake()
        return {}
      },
      'desktop.restart': () => {
        void options.stopThen(() => {
          // It would replace what starts again at once.
          installNothing()
          app.relaunch(relaunchOf(process, app.isPackaged))
          app.quit()
        })
        return {}
      },
      'updates.check': () => {
        void updates.check()
        return {}
      },
      'updates.install': () => {
        void updates.install()
        return {}
      },
      'updates.cancel': () => {
        updates.cancel()
        return {}
      },
    },
    {
      isLocked: () => engine.isLocked(desktopSeat),
      isAway: () => remote !== null && remote.state !== 'connected',
      window: () => window?.webContents ?? null,
      log,
    },
  )

  /** An answer from a notification: through the outbox, as one from the composer. */
  const reply = async ({ robotId, peer: { kind, id } }: Place, content: string): Promise<void> => {
    const message = { robotId, peer: { kind, id }, type: 'text', content, clientId: randomUUID() }
    // At the window's seat: what is locked sends nothing.
    const answer = await engine.call('messages.send', message, { locale: now(), seat: desktopSeat })
    if (answer.ok) return
    const { message: problem, hint } = answer.error
    notifier.tell({ title: texts[now()].replyFailed, body: `${problem} ${hint}` }, show)
  }
  const notifier = makeNotifier({
    platform: process.platform,
    open,
    reply: (place, text) => void reply(place, text),
    sound: () => {
      door.tell({ event: 'desktop.sound', data: {} })
    },
  })

  const starting = Promise.withResolvers<undefined>()
  const touchId = touchIdOf(systemPreferences, process.platform)
  const closeIpc = serveIpc(ipcMain, engine, log, touchId, starting.promise, remote ?? undefined)
  window = makeWindow(options.hidden)
  // The window does not wait for what the system makes of it.
  void machine.apply(settings)

  let tray: InstalledTray | null = null
  let news: News | null = null
  let endPower = (): void => {}
  const follow = (): void => {
    tray = installTray(built('../../resources/tray'), process.platform, show)
    const shown = tray
    const followed = remote?.forHost ?? engine
    news = followNews({
      engine: followed,
      notifier,
      language: now,
      show,
      called: () => {
        if (window && !window.isFocused()) window.flashFrame(true)
      },
      showTray: (view) => {
        shown.show(view, now())
        // Windows draws no number on the icon, but a picture.
        if (process.platform !== 'win32' || !window) return
        const overlay = nativeImage.createFromPath(built('../../resources/tray/overlay.png'))
        window.setOverlayIcon(view.badge > 0 ? overlay : null, view.badge > 0 ? texts[now()].unread : '')
      },
    })
    const { tray: shownTray } = news
    language = followLanguage(followed, locale, () => {
      shownTray.refresh()
      setMenu()
    })
    endPower = followPower(powerMonitor, engine, log, systemEnds)
  }
  let stopped = false
  const started = engine.start().then(
    () => {
      if (stopped) return
      follow()
      starting.resolve(undefined)
    },
    async (error: unknown) => {
      await engine.stop()
      throw error
    },
  )
  // Whoever awaits it hears of it.
  started.catch(() => {})
  return {
    show,
    open,
    quitting() {
      isQuitting = true
    },
    started,
    async stop() {
      stopped = true
      endPower()
      endRemote?.()
      updates.end()
      news?.end()
      language?.end()
      tray?.remove()
      machine.end()
      closeIpc()
      door.close()
      await started.catch(() => {})
      await engine.stop()
    },
  }
}
