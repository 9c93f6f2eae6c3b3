/** The window: its safe defaults, its place, what is kept of it between two starts, what becomes of its page. */
import { BrowserWindow, clipboard, Menu, nativeTheme, screen } from 'electron'
import type { Locale } from '#shared/contract/errors.ts'
import type { Log } from './log.ts'
import { contextMenuTemplate } from './menu.ts'
import { startPage } from './origin.ts'
import { webPreferences } from './web-preferences.ts'
import { placeWindow, smallest, type WindowState } from './window-bounds.ts'
import { CrashBook, HangWatch, type OnClose, patienceMs } from './window-life.ts'

export interface WindowOptions {
  /** The preload bundle. */
  readonly preload: string
  readonly icon: string
  readonly title: string
  language(): Locale
  readonly isDevelopment: boolean
  readonly checksSpelling: boolean
  /** Whether it stays away until somebody asks for it. */
  readonly hidden: boolean
  readonly saved: WindowState | null
  save(state: WindowState): void
  /** What closing it does now. */
  closing(): OnClose
  /** The operator is to say what closing does. */
  ask(): void
  minimizesToTray(): boolean
  /** The system ends the session (Windows). */
  sessionEnds(): void
  /** The page ended too often to be loaded again by itself. @param again loads it */
  gaveUp(again: () => void): void
  readonly log: Log
}

/* As the pages' own grounds, so that nothing flashes before the first page is drawn. */
const ground = { light: '#ffffff', dark: '#17191c' }

/** Loads the page again, where it is, when its process ends by itself or answers nothing for long. */
function reviveAfterCrash(window: BrowserWindow, { log, gaveUp }: WindowOptions): void {
  const { webContents } = window
  const book = new CrashBook()
  const again = (): void => {
    if (!window.isDestroyed()) webContents.reload()
  }
  webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    hang.responsive()
    if (reason === 'clean-exit') return
    log.error({ reason, exitCode }, 'the window’s process ended')
    if (book.note(Date.now())) again()
    else {
      gaveUp(() => {
        book.forget()
        again()
      })
    }
  })
  const hang = new HangWatch(() => {
    if (window.isDestroyed()) return
    log.error({ afterMs: patienceMs }, 'the window answered nothing and is loaded again')
    // Its end is heard above.
    webContents.forcefullyCrashRenderer()
  })
  window.on('unresponsive', () => {
    log.warn({}, 'the window does not answer')
    hang.unresponsive()
  })
  window.on('responsive', () => {
    log.info({}, 'the window answers again')
    hang.responsive()
  })
  window.on('closed', () => {
    hang.responsive()
  })
}

function offerContextMenu(window: BrowserWindow, options: WindowOptions): void {
  const { webContents } = window
  webContents.on('context-menu', (_event, params) => {
    const template = contextMenuTemplate(
      {
        isEditable: params.isEditable,
        hasSelection: params.selectionText.trim() !== '',
        flags: params.editFlags,
        link: params.linkURL,
        isPicture: params.mediaType === 'image' && params.hasImageContents,
        misspelled: params.misspelledWord,
        suggestions: params.dictionarySuggestions,
      },
      options.language(),
      {
        replace: (word) => {
          webContents.replaceMisspelling(word)
        },
        learn: (word) => {
          webContents.session.addWordToSpellCheckerDictionary(word)
        },
        copyText: (text) => {
          clipboard.writeText(text).catch((error: unknown) => {
            options.log.warn({ err: error }, 'a link could not be copied')
          })
        },
        copyPicture: () => {
          webContents.copyImageAt(params.x, params.y)
        },
      },
    )
    if (template.length > 0) Menu.buildFromTemplate(template).popup({ window })
  })
}

/** Hides a window; one that fills the screen would leave a black one behind (macOS). */
function hide(window: BrowserWindow): void {
  if (!window.isFullScreen()) {
    window.hide()
    return
  }
  window.once('leave-full-screen', () => {
    window.hide()
  })
  window.setFullScreen(false)
}

/** Opens the window on the application's first page; it is shown once that is drawn, unless it is to stay hidden. */
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
    webPreferences: webPreferences(options.preload, options.isDevelopment, options.checksSpelling),
  })
  const { webContents } = window
  // The keys of the hidden bar still count.
  if (process.platform !== 'darwin') window.setMenuBarVisibility(false)

  const appear = (): void => {
    if (saved?.maximized) window.maximize()
    window.show()
  }
  if (options.hidden) {
    window.once('show', () => {
      if (saved?.maximized) window.maximize()
    })
  } else window.once('ready-to-show', appear)
  webContents.on('did-finish-load', () => {
    // Chromium keeps a level for each origin, in a profile that may be thrown away.
    if (saved && webContents.getZoomLevel() !== saved.zoom && !zoomed) webContents.setZoomLevel(saved.zoom)
    zoomed = true
  })
  let zoomed = false

  const save = (): void => {
    options.save({
      bounds: window.getNormalBounds(),
      maximized: window.isMaximized(),
      zoom: zoomed ? webContents.getZoomLevel() : (saved?.zoom ?? 0),
    })
  }
  window.on('close', (event) => {
    save()
    const what = options.closing()
    if (what === 'close') return
    event.preventDefault()
    if (what === 'hide') hide(window)
    else options.ask()
  })
  window.on('minimize', () => {
    if (options.minimizesToTray()) window.hide()
  })
  window.on('session-end', () => {
    save()
    options.sessionEnds()
  })
  window.on('focus', () => {
    window.flashFrame(false)
  })
  webContents.on('did-fail-load', (_event, code, description, url, isMainFrame) => {
    if (isMainFrame) log.error({ code, description, url }, 'a page could not be loaded')
  })
  webContents.on('preload-error', (_event, _path, error) => {
    log.error({ err: error }, 'the preload script failed')
  })
  reviveAfterCrash(window, options)
  offerContextMenu(window, options)
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
