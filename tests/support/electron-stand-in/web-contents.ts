/** `webContents`: a Chromium page with the preload script in a world of its own, and the guards asked first. */
import type { BrowserContext, CDPSession, Page, Request as PlaywrightRequest, Route } from '@playwright/test'
import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { readFile } from 'node:fs/promises'
import { toBrowser, toHost } from './addresses.ts'
import { app } from './app.ts'
import { encode, type Encoded } from './codec.ts'
import { emitPreventable, makeEvent } from './emitter.ts'
import { answerInvoke, type Frame, ipcMain } from './ipc-main.ts'
import { handlerOf, session } from './session.ts'
import { pageScript, preloadScript } from './worlds.ts'

type OpenHandler = (details: { url: string }) => { action: 'allow' | 'deny' }

/* Electron's names of permissions and Chromium's. */
const permissions: Readonly<Record<string, readonly string[]>> = {
  notifications: ['notifications'],
  geolocation: ['geolocation'],
  'clipboard-read': ['clipboard-read'],
  'clipboard-sanitized-write': ['clipboard-write'],
  media: ['camera', 'microphone'],
  midi: ['midi'],
  'persistent-storage': ['persistent-storage'],
}

const worldName = 'Electron Isolated Context'
const binding = 'standInSend'

export class WebContents extends EventEmitter {
  readonly id: number
  readonly session = session.defaultSession
  readonly #preload: string
  #page: Page | null = null
  #cdp: CDPSession | null = null
  #world: number | null = null
  #destroyed = false
  #openHandler: OpenHandler | null = null
  /** The address that the host itself asked for: its own loads are not asked about. */
  #ownLoad: string | null = null
  #crashed = false
  /** What is opened now is the window's own next page. */
  #renewing = false
  readonly #attached: Promise<Page>

  constructor(id: number, preload: string, context: Promise<BrowserContext>) {
    super()
    this.id = id
    this.#preload = preload
    this.#attached = context.then((opened) => this.#attach(opened))
    // The one who waits for it hears of it.
    this.#attached.catch(() => {})
  }

  get mainFrame(): Frame {
    const url = toHost(this.#page?.url() ?? '')
    return { url, origin: url.split('/').slice(0, 3).join('/'), parent: null }
  }
  getURL(): string {
    return this.mainFrame.url
  }
  isDestroyed(): boolean {
    return this.#destroyed
  }
  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler
  }
  send(channel: string, ...args: unknown[]): void {
    if (this.#destroyed) throw new TypeError('Object has been destroyed')
    const text = JSON.stringify(encode(args))
    void this.#run(this.#world, `standIn.deliver(${JSON.stringify(channel)}, ${text})`)
  }
  async loadURL(url: string): Promise<void> {
    const page = await this.#attached
    this.#ownLoad = toBrowser(url)
    await page.goto(this.#ownLoad)
  }
  reload(): void {
    if (this.#crashed) {
      void this.#renew()
      return
    }
    this.#ownLoad = this.#page?.url() ?? null
    void this.#page?.reload().catch(() => {})
  }
  /** Chromium's process ends; the event comes when it has. */
  forcefullyCrashRenderer(): void {
    void this.#cdp?.send('Page.crash').catch(() => {})
  }
  /** A level belongs to the origin; Chromium draws nothing larger here. */
  #zoom = 0
  getZoomLevel(): number {
    return this.#zoom
  }
  setZoomLevel(level: number): void {
    this.#zoom = level
  }
  /** Gives the page the size of its window. */
  async resize({ width, height }: { width: number; height: number }): Promise<void> {
    await this.#attached
    const { windowId } = await this.#cdp!.send('Browser.getWindowForTarget')
    await this.#cdp!.send('Browser.setWindowBounds', { windowId, bounds: { width, height } })
  }
  /** Closes the page; for the window. */
  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    void this.#page?.close().catch(() => {})
    this.emit('destroyed')
  }

  async #attach(context: BrowserContext): Promise<Page> {
    // The first window takes the page that the browser opened with.
    const page = context.pages().find((candidate) => candidate.url() === 'about:blank') ?? (await context.newPage())
    await context.route('**/*', (route) => this.#answer(route))
    context.on('page', (opened) => {
      // The application has one window.
      if (opened !== this.#page && !this.#renewing) void this.#takeAway(opened)
    })
    return this.#take(page, context)
  }

  /** Closes a window that a page opened; not while its first request is held, which closing would let go. */
  async #takeAway(opened: Page): Promise<void> {
    await opened.waitForEvent('requestfailed', { timeout: 1000 }).catch(() => {})
    await opened.close().catch(() => {})
  }

  /** Playwright goes nowhere with a page that crashed: another takes its place, at the same address. */
  async #renew(): Promise<void> {
    const crashed = this.#page
    if (!crashed) return
    const address = crashed.url()
    const context = crashed.context()
    this.#renewing = true
    try {
      await this.#take(await context.newPage(), context)
    } finally {
      this.#renewing = false
    }
    this.#crashed = false
    await crashed.close().catch(() => {})
    this.#ownLoad = address
    await this.#page?.goto(address).catch(() => {})
  }

  async #take(page: Page, context: BrowserContext): Promise<Page> {
    this.#page = page
    const cdp = await context.newCDPSession(page)
    this.#cdp = cdp
    await this.#grant(cdp)
    await this.#installWorlds(cdp)
    this.#guardPopups(cdp)
    page.on('domcontentloaded', () => this.emit('dom-ready', makeEvent({})))
    page.on('load', () => this.emit('did-finish-load', makeEvent({})))
    page.on('crash', () => {
      this.#crashed = true
      this.#world = null
      this.emit('render-process-gone', makeEvent({}), { reason: 'crashed', exitCode: 1 })
    })
    page.on('close', () => {
      if (page === this.#page) this.destroy()
    })
    return page
  }

  /** Asks the application about every permission once, as it would be asked at each use. */
  async #grant(cdp: CDPSession): Promise<void> {
    const origin = toBrowser('app://switchboard')
    for (const [permission, names] of Object.entries(permissions)) {
      const details = { isMainFrame: true, requestingUrl: 'app://switchboard/' }
      const granted = this.session.checkHandler?.(this, permission, 'app://switchboard/', details) ?? true
      const setting = granted ? 'granted' : 'denied'
      for (const name of names) await cdp.send('Browser.setPermission', { permission: { name }, setting, origin })
    }
  }

  async #installWorlds(cdp: CDPSession): Promise<void> {
    const secret = randomBytes(8).toString('hex')
    const source = await readFile(this.#preload, 'utf8')
    cdp.on('Runtime.executionContextCreated', ({ context }) => {
      const frameId: unknown = context.auxData?.frameId
      if (context.name === worldName && typeof frameId === 'string') void this.#noteWorld(cdp, frameId, context.id)
    })
    cdp.on('Runtime.executionContextDestroyed', ({ executionContextId }) => {
      if (this.#world === executionContextId) this.#world = null
    })
    cdp.on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      if (name === binding) void this.#onMessage(payload, executionContextId)
    })
    await cdp.send('Page.enable')
    await cdp.send('Runtime.enable')
    await cdp.send('Runtime.addBinding', { name: binding, executionContextName: worldName })
    await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: pageScript(secret) })
    await cdp.send('Page.addScriptToEvaluateOnNewDocument', {
      source: preloadScript(secret, binding, source),
      worldName,
    })
  }

  async #noteWorld(cdp: CDPSession, frameId: string, contextId: number): Promise<void> {
    const { frameTree } = await cdp.send('Page.getFrameTree')
    if (frameTree.frame.id === frameId) this.#world = contextId
  }

  async #run(contextId: number | null, expression: string): Promise<void> {
    if (contextId === null) return
    // A page that has gone meanwhile hears nothing; neither does it in Electron.
    await this.#cdp?.send('Runtime.evaluate', { contextId, expression }).catch(() => {})
  }

  async #onMessage(text: string, contextId: number): Promise<void> {
    this.#world = contextId
    const { id, channel, args } = JSON.parse(text) as { id: number | null; channel: string; args: Encoded }
    const from = { sender: this, senderFrame: this.mainFrame }
    if (id === null) {
      ipcMain.emit(channel, from)
      return
    }
    const outcome = await answerInvoke(channel, args, from)
    await this.#run(contextId, `standIn.settle(${String(id)}, ${JSON.stringify(outcome)})`)
  }

  /** Every request of the page comes here first: the guards, then the application's own scheme. */
  async #answer(route: Route): Promise<void> {
    const request = route.request()
    const url = toHost(request.url())
    if (request.isNavigationRequest() && this.#isPopups(request)) {
      await route.abort('aborted')
      return
    }
    if (
      request.isNavigationRequest() &&
      !this.#mayNavigate(request.url(), url, request.frame().parentFrame() === null)
    ) {
      await route.abort('aborted')
      return
    }
    const details = { url, method: request.method(), resourceType: request.resourceType(), webContentsId: this.id }
    if (!(await this.session.mayRequest(details))) {
      await route.abort('blockedbyclient')
      return
    }
    const handler = handlerOf(new URL(url).protocol.slice(0, -1))
    if (!handler) {
      await route.continue()
      return
    }
    const response = await handler(new Request(url, { method: request.method(), headers: request.headers() }))
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    })
  }

  #mayNavigate(address: string, url: string, isMainFrame: boolean): boolean {
    if (isMainFrame && address === this.#ownLoad) {
      this.#ownLoad = null
      return true
    }
    const fields = { url, isMainFrame, isSameDocument: false }
    if (!emitPreventable(this, 'will-frame-navigate', fields)) return false
    return !isMainFrame || emitPreventable(this, 'will-navigate', fields)
  }

  /** The first request of a window that the page opened: it has no frame yet. */
  #isPopups(request: PlaywrightRequest): boolean {
    try {
      return request.frame().page() !== this.#page
    } catch {
      return true
    }
  }

  /**
   * Chromium opens windows by itself: the application is asked first, and "deny" takes the window away; not before
   * Playwright has it in hand, since a page that closes earlier can slip past `#answer` with its first request.
   */
  #guardPopups(cdp: CDPSession): void {
    cdp.on('Page.windowOpen', ({ url }) => {
      const decision = this.#openHandler?.({ url: toHost(url) }) ?? { action: 'allow' }
      if (decision.action === 'allow') throw new Error('the stand-in opens no further windows for a page')
    })
  }
}

/** Makes the page of a window and tells the application of it. */
export function makeWebContents(id: number, preload: string, context: Promise<BrowserContext>): WebContents {
  const contents = new WebContents(id, preload, context)
  app.emit('web-contents-created', makeEvent({}), contents)
  return contents
}
