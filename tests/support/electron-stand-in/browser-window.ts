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
    this.webContents = makeWebContents(this.id, options.webPreferences.preload, openBrowser())
    this.#resizePage()
    this.webContents.once('dom-ready', () => this.emit('ready-to-show'))
    this.webContents.once('destroyed', () => {
      this.destroy()
    })
    windows.add(this)
    app.addWindow(this)
  }

  /** Nobody looks at a window here: what is told by notification is always told. */
  static getFocusedWindow(): BrowserWindow | null {
    return null
  }

  static getAllWindows(): BrowserWindow[] {
    return [...windows]
  }
  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url)
  }
  show(): void {
    this.#visible = true
  }
  focus(): void {
    this.emit('focus')
  }
  isVisible(): boolean {
    return this.#visible
  }
  minimize(): void {
    this.#minimized = true
  }
  isMinimized(): boolean {
    return this.#minimized
  }
  restore(): void {
    this.#minimized = false
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
    windows.delete(this)
    this.webContents.destroy()
    this.emit('closed', makeEvent({}))
    app.removeWindow(this)
  }
}
