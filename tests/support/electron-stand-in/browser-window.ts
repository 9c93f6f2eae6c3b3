/** `BrowserWindow`. It runs pages with Electron's safe settings only, and says so when asked for others. */
import { EventEmitter } from 'node:events'
import { app } from './app.ts'
import { openBrowser } from './browser.ts'
import { emitPreventable, makeEvent } from './emitter.ts'
import { makeWebContents, type WebContents } from './web-contents.ts'

interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface Options extends Bounds {
  readonly show?: boolean
  readonly webPreferences: Readonly<Record<string, unknown>> & { readonly preload: string }
}

const demanded = {
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  webviewTag: false,
}

const windows = new Set<BrowserWindow>()
let lastId = 0

export class BrowserWindow extends EventEmitter {
  readonly id: number
  readonly webContents: WebContents
  #bounds: Bounds
  #visible: boolean
  #maximized = false
  #minimized = false
  #destroyed = false
  #focused = false

  constructor(options: Options) {
    super()
    app.demandReady('BrowserWindow')
    for (const [name, value] of Object.entries(demanded)) {
      if (options.webPreferences[name] !== value) throw new Error(`the stand-in demands ${name}: ${String(value)}`)
    }
    lastId += 1
    this.id = lastId
    const { x, y, width, height } = options
    this.#bounds = { x, y, width, height }
    this.#visible = options.show ?? true
    if (this.#visible) this.#focused = true
    this.webContents = makeWebContents(this.id, options.webPreferences.preload, openBrowser())
    this.#resizePage()
    this.webContents.once('dom-ready', () => this.emit('ready-to-show'))
    this.webContents.once('destroyed', () => {
      this.destroy()
    })
    windows.add(this)
    app.addWindow(this)
  }

  static getFocusedWindow(): BrowserWindow | null {
    return [...windows].find((window) => window.isFocused()) ?? null
  }

  static getAllWindows(): BrowserWindow[] {
    return [...windows]
  }
  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url)
  }
  /** "Shows and gives focus to the window." */
  show(): void {
    if (!this.#visible) {
      this.#visible = true
      this.emit('show')
    }
    this.focus()
  }
  hide(): void {
    this.blur()
    if (!this.#visible) return
    this.#visible = false
    this.emit('hide')
  }
  focus(): void {
    if (this.#focused || !this.#visible || this.#minimized) return
    this.#focused = true
    this.emit('focus', makeEvent({}))
  }
  /** The operator turns to another program. */
  blur(): void {
    if (!this.#focused) return
    this.#focused = false
    this.emit('blur', makeEvent({}))
  }
  isFocused(): boolean {
    return this.#focused
  }
  isFullScreen(): boolean {
    return false
  }
  /** Whether the task bar flashes; the system ends it by itself when the window is turned to. */
  flashes = false
  flashFrame(flag: boolean): void {
    this.flashes = flag
  }
  isVisible(): boolean {
    return this.#visible
  }
  minimize(): void {
    this.blur()
    this.#minimized = true
    this.emit('minimize')
  }
  isMinimized(): boolean {
    return this.#minimized
  }
  restore(): void {
    this.#minimized = false
    this.emit('restore')
  }
  maximize(): void {
    this.#maximized = true
    this.#visible = true
  }
  isMaximized(): boolean {
    return this.#maximized
  }
  setBounds(bounds: Partial<Bounds>): void {
    this.#bounds = { ...this.#bounds, ...bounds }
    this.#resizePage()
  }
  #resizePage(): void {
    // A window that has gone meanwhile has no size.
    this.webContents.resize(this.#bounds).catch(() => {})
  }
  getBounds(): Bounds {
    return this.#bounds
  }
  getNormalBounds(): Bounds {
    return this.#bounds
  }
  setMenuBarVisibility(_visible: boolean): void {}
  isDestroyed(): boolean {
    return this.#destroyed
  }
  close(): void {
    this.requestClose()
  }
  requestClose(): boolean {
    if (this.#destroyed) return true
    if (!emitPreventable(this, 'close')) return false
    this.destroy()
    return true
  }
  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#focused = false
    windows.delete(this)
    this.webContents.destroy()
    this.emit('closed', makeEvent({}))
    app.removeWindow(this)
  }
}
