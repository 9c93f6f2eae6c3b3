/** What the settings of this machine do to the system: start with the session, keys, spelling, the way to the network. */
import { app, globalShortcut, session, type Session } from 'electron'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DesktopSettings, DesktopState } from '#shared/contract/desktop.ts'
import type { Log } from './log.ts'
import { autostartEntry, autostartFile, loginItem, type LoginWish, programOf } from './login-item.ts'
import { proxyConfig, proxyOf } from './proxy.ts'
import { makeShortcut } from './shortcut.ts'
import { makeSpelling } from './spelling.ts'

export interface Machine {
  /** Makes it so. Never rejects: what the system refuses is in the log, and in the state. */
  apply(settings: DesktopSettings): Promise<void>
  state(settings: DesktopSettings): Pick<DesktopState, 'shortcut' | 'spelling'>
  /** The proxy for an address; null: directly. Never rejects. */
  proxyFor(url: string, signal: AbortSignal): Promise<string | null>
  end(): void
}

export interface MachineOptions {
  readonly atStart: DesktopSettings
  /** The data folder, where it is not the usual one. */
  readonly dataDir: string | null
  /** Brings the window to the front. */
  show(): void
  readonly log: Log
}

/** The session that electron-updater asks for new versions with; it has this name. */
const updaterSession = (): Session => session.fromPartition('electron-updater', { cache: false })

/** Tells the system whether to start the application with the session. */
function setLogin(wish: LoginWish, dataDir: string | null): void {
  const host = { execPath: process.execPath, isPackaged: app.isPackaged, appPath: app.getAppPath() }
  const program = programOf(host, process.env, dataDir)
  if (process.platform !== 'linux') {
    app.setLoginItemSettings(loginItem(wish, program))
    return
  }
  const file = autostartFile(process.env, app.getPath('home'))
  if (!wish.open) {
    rmSync(file, { force: true })
    return
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, autostartEntry(wish, program))
}

/** Makes it, before the first window. Nothing is applied yet but the spelling. */
export function makeMachine({ atStart, dataDir, show, log }: MachineOptions): Machine {
  const ours = session.defaultSession
  const spelling = makeSpelling(ours, process.platform, atStart)
  const shortcut = makeShortcut(globalShortcut, show)
  let login = ''
  let proxy = ''
  // The way is asked for only once Chromium knows how to find it.
  let proxySet: Promise<void> = Promise.resolve()

  const tried = async (what: string, work: () => unknown): Promise<void> => {
    try {
      await work()
    } catch (error) {
      log.error({ err: error, what }, 'the system refused a setting')
    }
  }
  return {
    async apply(settings) {
      // First, and at once: the engine may ask for the way before all of it is done.
      if (JSON.stringify(settings.proxy) !== proxy) {
        proxy = JSON.stringify(settings.proxy)
        const config = proxyConfig(settings.proxy)
        proxySet = tried('proxy', () => Promise.all([ours, updaterSession()].map((one) => one.setProxy(config))))
      }
      const { openAtLogin: open, hiddenAtLogin: hidden } = settings
      const wish = JSON.stringify([open, hidden])
      // At a start that wants nothing nothing is touched: another copy of the application may have asked.
      if (wish !== login && (open || login !== '')) await tried('login', () => setLogin({ open, hidden }, dataDir))
      login = wish
      await proxySet
      await tried('shortcut', () => {
        shortcut.apply(settings.shortcut)
      })
      await tried('spelling', () => {
        spelling.apply(settings)
      })
    },
    state: (settings) => ({ shortcut: shortcut.state(), spelling: spelling.state(settings) }),
    async proxyFor(url, signal) {
      await proxySet
      // The system is not asked for whoever has given up.
      if (signal.aborted) return null
      try {
        return proxyOf(await ours.resolveProxy(url))
      } catch (error) {
        log.warn({ err: error }, 'the way to the network cannot be found out')
        return null
      }
    },
    end() {
      shortcut.remove()
    },
  }
}
