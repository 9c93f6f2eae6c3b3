/** Asks the operator by dialogs of the system, and remembers what is to be asked once only. */
import type { BrowserWindow, Dialog } from 'electron'
import type { Locale } from '#shared/contract/errors.ts'
import { texts } from './texts.ts'

type Shows = Pick<Dialog, 'showMessageBox'>

/** What closing the window is to do from now on; null: the operator gave no answer. */
export async function askOnClose(
  dialog: Shows,
  window: BrowserWindow,
  locale: Locale,
): Promise<'hide' | 'quit' | null> {
  const t = texts[locale]
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    title: t.closeTitle,
    message: t.closeText,
    detail: t.closeDetail,
    buttons: [t.closeKeep, t.closeQuit, t.cancel],
    defaultId: 0,
    cancelId: 2,
    noLink: true,
  })
  return response === 0 ? 'hide' : response === 1 ? 'quit' : null
}

/** Whether a page that ends again and again is to be loaded once more; else the application quits. */
export async function askToTryAgain(dialog: Shows, locale: Locale): Promise<boolean> {
  const t = texts[locale]
  const { response } = await dialog.showMessageBox({
    type: 'error',
    title: t.crashedTitle,
    message: t.crashedText,
    detail: t.crashedDetail,
    buttons: [t.tryAgain, t.quit],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  })
  return response === 0
}
