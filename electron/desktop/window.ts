/** The window: its safe defaults, its place, what is kept of it between two starts. */
import { BrowserWindow, Menu, nativeTheme, screen } from 'electron'
import type { Locale } from '#shared/contract/errors.ts'
import type { Log } from './log.ts'
import { contextMenuTemplate } from './menu.ts'
import { startPage } from './origin.ts'
import { webPreferences } from './web-preferences.ts'
import { placeWindow, smallest, type WindowState } from './window-bounds.ts'

export interface WindowOptions {
  /** The preload bundle. */
  readonly preload: string
  readonly icon: string
  readonly title: string
  readonly locale: Locale
  readonly isDevelopment: boolean
  readonly saved: WindowState | null
  save(state: WindowState): void
  readonly log: Log
}

/* As the pages' own grounds, so that nothing flashes before the first page is drawn. */
const ground = { light: '#ffffff', dark: '#17191c' }

/* A page that ends at once each time is not loaded again for ever. */
const reloads = { most: 3, withinMs: 60_000 }

/** Loads the page again when its process ends by itself, as long as that does not happen over and over. */
function reloadAfterCrash(window: BrowserWindow, log: Log): void {
  let crashes: number[] = []
  window.webContents.on('render-process-gone', (_event, details) => {
    if (details.reason === 'clean-exit') return
    log.error({ reason: details.reason, exitCode: details.exitCode }, 'the window’s process ended')
    const now = Date.now()
    crashes = [...crashes.filter((at) => now - at < reloads.withinMs), now]
    if (crashes.length <= reloads.most && !window.isDestroyed()) window.webContents.reload()
  })
}

function offerContextMenu(window: BrowserWindow, locale: Locale): void {
  window.webContents.on('context-menu', (_event, params) => {
    const hasSelection = params.selectionText.trim() !== ''
    const template = contextMenuTemplate(
      { isEditable: params.isEditable, hasSelection, flags: params.editFlags },
      locale,
    )
    if (template.length > 0) Menu.buildFromTemplate(template).popup({ window })
  })
}

/** Opens the window on the application's first page; it is shown once that is drawn. */
export function openWindow(options: WindowOptions): BrowserWindow {
  const { saved, log } = options
  const primary = screen.getPrimaryDisplay()
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id)
  const bounds = placeWindow(saved?.bounds ?? null, [primary.workArea, ...others.map(({ workArea }) => workArea)])

  const window = new BrowserWindow({
    ...bounds,
    minWidth: Math.min(smallest.width, bounds.width),
    minHeight: Math.min(smallest.height, bounds.height),
    show: false,
    title: options.title,
    icon: options.icon,
    backgroundColor: nativeTheme.shouldUseDarkColors ? ground.dark : ground.light,
    webPreferences: webPreferences(options.preload, options.isDevelopment, process.platform),
  })
  // The keys of the hidden bar still count.
  if (process.platform !== 'darwin') window.setMenuBarVisibility(false)
  if (saved?.maximized) window.maximize()

  window.once('ready-to-show', () => {
    window.show()
  })
  window.on('close', () => {
    options.save({ bounds: window.getNormalBounds(), maximized: window.isMaximized() })
  })
  window.webContents.on('did-fail-load', (_event, code, description, url, isMainFrame) => {
    if (isMainFrame) log.error({ code, description, url }, 'a page could not be loaded')
  })
  window.webContents.on('preload-error', (_event, _path, error) => {
    log.error({ err: error }, 'the preload script failed')
  })
  reloadAfterCrash(window, log)
  offerContextMenu(window, options.locale)
  // A page that cannot be loaded is reported by did-fail-load.
  window.loadURL(startPage).catch(() => {})
  return window
}

/** Brings a window to the front. */
export function focusWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}
