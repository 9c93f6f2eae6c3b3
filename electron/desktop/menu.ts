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
}

const line: Item = { type: 'separator' }

const appMenu = (t: Texts): Item => ({
  label: t.appName,
  submenu: [
    { role: 'about', label: t.about },
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
export function menuTemplate({ platform, locale, isDevelopment }: MenuOptions): Item[] {
  const t = texts[locale]
  if (platform === 'darwin') {
    const windowMenu: Item = {
      label: t.window,
      role: 'windowMenu',
      submenu: [
        { role: 'minimize', label: t.minimize },
        { role: 'close', label: t.close },
      ],
    }
    return [appMenu(t), editMenu(t), viewMenu(t, isDevelopment), windowMenu]
  }
  const fileMenu: Item = {
    label: t.file,
    submenu: [
      { role: 'close', label: t.close },
      { role: 'quit', label: t.quit },
    ],
  }
  return [fileMenu, editMenu(t), viewMenu(t, isDevelopment)]
}

/** What a right click offers, of what is possible there. */
export interface EditFlags {
  readonly canCut: boolean
  readonly canCopy: boolean
  readonly canPaste: boolean
  readonly canSelectAll: boolean
}

/**
 * The menu of a right click: in a field what can be done there, on selected text "copy", elsewhere none.
 *
 * @returns an empty list when there is nothing to offer
 */
export function contextMenuTemplate(
  { isEditable, hasSelection, flags }: { isEditable: boolean; hasSelection: boolean; flags: EditFlags },
  locale: Locale,
): Item[] {
  const t = texts[locale]
  if (isEditable) {
    return [
      { role: 'cut', label: t.cut, enabled: flags.canCut },
      { role: 'copy', label: t.copy, enabled: flags.canCopy },
      { role: 'paste', label: t.paste, enabled: flags.canPaste },
      line,
      { role: 'selectAll', label: t.selectAll, enabled: flags.canSelectAll },
    ]
  }
  return hasSelection ? [{ role: 'copy', label: t.copy, enabled: flags.canCopy }] : []
}
