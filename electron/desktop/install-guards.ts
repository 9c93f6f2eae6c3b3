/** Installs the decisions of `guards.ts`. Nothing is decided here. */
import type { App, Session, WebContents } from 'electron'
import { isNavigationAllowed, isDownloadAllowed, isPermissionAllowed, isRequestAllowed } from './guards.ts'
import type { Log } from './log.ts'

function guardContents(contents: WebContents, log: Log): void {
  contents.setWindowOpenHandler(({ url }) => {
    log.warn({ url }, 'opening a window was denied')
    return { action: 'deny' }
  })
  const keepAtHome = (event: { url: string; isMainFrame: boolean; preventDefault(): void }): void => {
    if (isNavigationAllowed(event.url, event.isMainFrame)) return
    log.warn({ url: event.url, isMainFrame: event.isMainFrame }, 'going to another address was denied')
    event.preventDefault()
  }
  contents.on('will-frame-navigate', keepAtHome)
  contents.on('will-navigate', keepAtHome)
  contents.on('will-redirect', keepAtHome)
  contents.on('will-attach-webview', (event) => {
    event.preventDefault()
  })
}

/**
 * Guards every page that is ever made, and the session that the windows use.
 *
 * @param app hears of new pages; call before the first window is made
 */
export function installGuards(app: App, session: Session, log: Log): void {
  app.on('web-contents-created', (_event, contents) => {
    guardContents(contents, log)
  })
  session.setPermissionRequestHandler((_contents, permission, callback, details) => {
    callback(isPermissionAllowed(permission, details.requestingUrl, details.isMainFrame))
  })
  session.setPermissionCheckHandler((_contents, permission, origin, details) =>
    isPermissionAllowed(permission, origin, details.isMainFrame),
  )
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, callback) => {
    callback(null)
  })
  session.webRequest.onBeforeRequest((details, callback) => {
    const allowed = isRequestAllowed(details.url)
    if (!allowed) log.warn({ url: details.url, type: details.resourceType }, 'a request of the window was blocked')
    callback({ cancel: !allowed })
  })
  session.on('will-download', (event, item) => {
    if (isDownloadAllowed(item.getURL())) return
    event.preventDefault()
    log.warn({ url: item.getURL() }, 'a download was blocked')
  })
}
