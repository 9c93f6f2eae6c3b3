/** `app`: the application's life, in the order of events that Electron documents. */
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { emitPreventable, makeEvent } from './emitter.ts'
import { takeInstanceLock } from './instance-lock.ts'

/** A window as the application's life sees it. */
interface Closable {
  /** Asks the window to close. @returns false when it refused */
  requestClose(): boolean
  destroy(): void
}

const projectDir = join(import.meta.dirname, '../../..')
const manifest = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as { version: string }

class App extends EventEmitter {
  readonly isPackaged = false
  /** The number on the application's icon. */
  badge = 0
  readonly #windows = new Set<Closable>()
  readonly #atExit: (() => Promise<void>)[] = []
  readonly #paths = new Map([
    ['temp', tmpdir()],
    ['userData', join(tmpdir(), 'electron-stand-in')],
    ['home', homedir()],
  ])
  /** What the system was told, for a test to read. */
  readonly told = {
    protocols: new Map<string, readonly string[]>(),
    login: null as object | null,
    relaunch: null as object | null,
  }
  #releaseLock: (() => void) | null = null
  #name = 'Electron'
  #ready = false
  #quitting = false
  #exiting = false
  readonly #whenReady = Promise.withResolvers<undefined>()

  /** Called by the stand-in once the main module has been read. */
  becomeReady(): void {
    this.#ready = true
    this.emit('ready', makeEvent({}), {})
    this.#whenReady.resolve(undefined)
  }
  /** What the other modules of the stand-in demand before they work. */
  demandReady(what: string): void {
    if (!this.#ready) throw new Error(`${what} cannot be used before the app is ready`)
  }
  demandNotReady(what: string): void {
    if (this.#ready) throw new Error(`${what} should be called before the app is ready`)
  }
  onExit(end: () => Promise<void>): void {
    this.#atExit.push(end)
  }
  addWindow(window: Closable): void {
    this.#windows.add(window)
  }
  /** A window has gone: the last one ends the application, or lets it decide. */
  removeWindow(window: Closable): void {
    if (!this.#windows.delete(window) || this.#windows.size > 0 || this.#exiting) return
    if (this.#quitting) this.#finishQuit()
    else if (this.listenerCount('window-all-closed') > 0) this.emit('window-all-closed')
    else this.quit()
  }

  setBadgeCount(count: number): boolean {
    this.badge = count
    return true
  }
  isReady(): boolean {
    return this.#ready
  }
  whenReady(): Promise<undefined> {
    return this.#whenReady.promise
  }
  setName(name: string): void {
    this.#name = name
  }
  getName(): string {
    return this.#name
  }
  getVersion(): string {
    return manifest.version
  }
  getAppPath(): string {
    return projectDir
  }
  getLocale(): string {
    return this.getPreferredSystemLanguages()[0] ?? 'en-US'
  }
  getPreferredSystemLanguages(): string[] {
    return (process.env.STAND_IN_LANGUAGES ?? 'en-US').split(',')
  }
  getPath(name: string): string {
    const path =
      this.#paths.get(name) ?? (name === 'crashDumps' ? join(this.getPath('userData'), 'Crashpad') : undefined)
    if (path === undefined) throw new Error(`Failed to get '${name}' path`)
    return path
  }
  /** Only Windows asks for it. */
  setAppUserModelId(_id: string): void {}
  setPath(name: string, path: string): void {
    this.#paths.set(name, path)
  }
  requestSingleInstanceLock(): boolean {
    this.#releaseLock = takeInstanceLock(this.getPath('userData'), (args, workingDir) => {
      this.emit('second-instance', makeEvent({}), args, workingDir, undefined)
    })
    return this.#releaseLock !== null
  }
  releaseSingleInstanceLock(): void {
    this.#releaseLock?.()
    this.#releaseLock = null
  }
  setAsDefaultProtocolClient(scheme: string, path = process.execPath, args: readonly string[] = []): boolean {
    // Electron knows them without what follows.
    if (scheme.includes(':')) throw new Error('a scheme without its colon')
    this.told.protocols.set(scheme, [path, ...args])
    return true
  }
  /** Not implemented on Linux: nothing happens there, as in Electron. */
  setLoginItemSettings(settings: object): void {
    if (process.platform !== 'linux') this.told.login = settings
  }
  getLoginItemSettings(): { openAtLogin: boolean; wasOpenedAtLogin: boolean } {
    return { openAtLogin: false, wasOpenedAtLogin: false }
  }

  /** Starts nothing: a test does, once this one has ended. */
  relaunch(options: object = {}): void {
    this.told.relaunch = options
    process.stderr.write(`relaunch ${JSON.stringify(options)}\n`)
  }
  quit(): void {
    if (this.#quitting || this.#exiting) return
    this.#quitting = true
    if (!emitPreventable(this, 'before-quit')) {
      this.#quitting = false
      return
    }
    if (this.#windows.size === 0) this.#finishQuit()
    for (const window of [...this.#windows]) {
      if (!window.requestClose()) {
        this.#quitting = false
        return
      }
    }
  }
  #finishQuit(): void {
    if (emitPreventable(this, 'will-quit')) this.exit(0)
    else this.#quitting = false
  }
  /** Ends at once: windows are not asked, `before-quit` and `will-quit` are not heard. */
  exit(code = 0): void {
    if (this.#exiting) return
    this.#exiting = true
    for (const window of this.#windows) window.destroy()
    this.emit('quit', makeEvent({}), code)
    void Promise.allSettled(this.#atExit.map((end) => end())).then(() => process.exit(code))
  }
}

export const app = new App()
