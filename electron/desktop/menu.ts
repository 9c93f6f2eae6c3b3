/**
 * The menus. On macOS they are seen; elsewhere the bar is hidden and only its keys count: without a menu,
 * copy, paste and zoom would have none.
 */
import type { MenuItemConstructorOptions } from 'electron'
import type { Locale } from '#shared/contract/errors.ts'
import { texts, type Texts } from './texts.ts'

type Item = MenuItemConstructorOptions

export interface MenuOptions {
  readonly platform: NodeJS.Platform
  readonly locale: Locale
  /** Reloading and the developer tools are for whoever works on the application. */
  readonly isDevelopment: boolean
  showLogs(): void
  report(): void
  settings(): void
  /** Opens the documents inside the application. */
  guide(): void
}

const line: Item = { type: 'separator' }

const appMenu = (t: Texts, settings: () => void): Item => ({
  label: t.appName,
  submenu: [
    { role: 'about', label: t.about },
    line,
    // Its key works in the page already, on every system.
    { label: t.settings, accelerator: 'Command+,', registerAccelerator: false, click: settings },
    line,
    { role: 'services', label: t.services },
    line,
    { role: 'hide', label: t.hide },
    { role: 'hideOthers', label: t.hideOthers },
    { role: 'unhide', label: t.showAll },
    line,
    { role: 'quit', label: t.quit },
  ],
})

const editMenu = (t: Texts): Item => ({
  label: t.edit,
  submenu: [
    { role: 'undo', label: t.undo },
    { role: 'redo', label: t.redo },
    line,
    { role: 'cut', label: t.cut },
    { role: 'copy', label: t.copy },
    { role: 'paste', label: t.paste },
    { role: 'pasteAndMatchStyle', label: t.pasteAsText },
    { role: 'selectAll', label: t.selectAll },
  ],
})

const viewMenu = (t: Texts, isDevelopment: boolean): Item => ({
  label: t.view,
  submenu: [
    { role: 'resetZoom', label: t.actualSize },
    { role: 'zoomIn', label: t.zoomIn },
    // The plus sign is a shifted key on most keyboards; people press the key without the shift.
    { role: 'zoomIn', label: t.zoomIn, accelerator: 'CommandOrControl+=', visible: false },
    { role: 'zoomOut', label: t.zoomOut },
    line,
    { role: 'togglefullscreen', label: t.fullScreen },
    ...(isDevelopment
      ? [line, { role: 'reload', label: t.reload } as Item, { role: 'toggleDevTools', label: t.developerTools } as Item]
      : []),
  ],
})

/** The application's menus as a template for Electron. */
export function menuTemplate({ platform, locale, isDevelopment, ...doings }: MenuOptions): Item[] {
  const t = texts[locale]
  const { showLogs, report, settings, guide } = doings
  const helpMenu: Item = {
    label: t.help,
    role: 'help',
    submenu: [
      // Its key works in the page already.
      { label: t.guide, accelerator: 'F1', registerAccelerator: false, click: guide },
      line,
      { label: t.report, click: report },
      { label: t.showLogs, click: showLogs },
    ],
  }
  if (platform === 'darwin') {
    const windowMenu: Item = {
      label: t.window,
      role: 'windowMenu',
      submenu: [
        { role: 'minimize', label: t.minimize },
        { role: 'zoom', label: t.zoom },
        { role: 'close', label: t.close },
        line,
        { role: 'front', label: t.front },
      ],
    }
    return [appMenu(t, settings), editMenu(t), viewMenu(t, isDevelopment), windowMenu, helpMenu]
  }
  const fileMenu: Item = {
    label: t.file,
    submenu: [
      { role: 'close', label: t.close },
      { role: 'quit', label: t.quit },
    ],
  }
  return [fileMenu, editMenu(t), viewMenu(t, isDevelopment), helpMenu]
}

/** What a right click offers, of what is possible there. */
export interface EditFlags {
  readonly canCut: boolean
  readonly canCopy: boolean
  readonly canPaste: boolean
  readonly canSelectAll: boolean
}

export interface RightClick {
  readonly isEditable: boolean
  readonly hasSelection: boolean
  readonly flags: EditFlags
  /** The address of the link beneath the pointer; empty where there is none. */
  readonly link: string
  readonly isPicture: boolean
  /** The word that the spelling check doubts; empty where there is none. */
  readonly misspelled: string
  readonly suggestions: readonly string[]
}

export interface RightClickActions {
  replace(word: string): void
  learn(word: string): void
  copyText(text: string): void
  copyPicture(): void
}

/* A label's ampersand would mark a key; doubled it is itself. */
const plain = (text: string): string => text.replaceAll('&', '&&')
const mostSuggestions = 5

/** What the page's own links may be: those of people. Its own pages are no addresses to give away. */
const isPeoplesLink = (address: string): boolean =>
  URL.canParse(address) && ['http:', 'https:'].includes(new URL(address).protocol)

/**
 * The menu of a right click: in a field what can be done there, a doubted word's suggestions first; elsewhere what can
 * be copied.
 *
 * @returns an empty list when there is nothing to offer
 */
export function contextMenuTemplate(click: RightClick, locale: Locale, act: RightClickActions): Item[] {
  const t = texts[locale]
  const { isEditable, hasSelection, flags, link, isPicture, misspelled } = click
  if (isEditable) {
    const suggestions = click.suggestions
      .slice(0, mostSuggestions)
      .map((word): Item => ({ label: plain(word), click: () => act.replace(word) }))
    const spelling: Item[] =
      misspelled === ''
        ? []
        : [
            ...(suggestions.length > 0 ? suggestions : [{ label: t.noSuggestions, enabled: false }]),
            { label: t.addToDictionary, click: () => act.learn(misspelled) },
            line,
          ]
    return [
      ...spelling,
      { role: 'cut', label: t.cut, enabled: flags.canCut },
      { role: 'copy', label: t.copy, enabled: flags.canCopy },
      { role: 'paste', label: t.paste, enabled: flags.canPaste },
      line,
      { role: 'selectAll', label: t.selectAll, enabled: flags.canSelectAll },
    ]
  }
  return [
    ...(hasSelection ? [{ role: 'copy', label: t.copy, enabled: flags.canCopy } as Item] : []),
    ...(isPeoplesLink(link) ? [{ label: t.copyLink, click: () => act.copyText(link) }] : []),
    ...(isPicture ? [{ label: t.copyPicture, click: () => act.copyPicture() }] : []),
  ]
}
