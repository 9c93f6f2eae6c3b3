/**
 * What the window may do, decided by pure functions; `install-guards.ts` asks them. Every list here is a
 * list of what is allowed, and says why.
 */
import { isOwnPage } from './origin.ts'

/** What a decision about a sender needs of a frame; Electron's WebFrameMain has it. */
export interface SenderFrame {
  readonly url: string
  /** Null for the window's main frame. */
  readonly parent: object | null
}

/**
 * Whether a message over IPC comes from the application's own page. A frame inside it is never trusted,
 * nor is one that has gone meanwhile (null).
 */
export function isTrustedSender(frame: SenderFrame | null): boolean {
  return frame !== null && frame.parent === null && isOwnPage(frame.url)
}

/** Whether a frame may go to an address: to our own pages only, and only in the main frame. */
export function isNavigationAllowed(address: string, isMainFrame: boolean): boolean {
  return isMainFrame && isOwnPage(address)
}

/* What a request may reach: */
const allowedSchemes: ReadonlySet<string> = new Set([
  // content that a page of ours holds already: pictures from the clipboard, QR codes
  'data:',
  // the developer tools' own pages; they open in development only
  'devtools:',
])

/**
 * Whether the window's session may ask for an address. The engine has its own way to the network: whatever
 * wants out from the window is a mistake or an attack.
 */
export function isRequestAllowed(address: string): boolean {
  if (isOwnPage(address)) return true
  // A blob's address ends in the origin that made it.
  if (address.startsWith('blob:')) return isOwnPage(address.slice('blob:'.length))
  return URL.canParse(address) && allowedSchemes.has(new URL(address).protocol)
}

/**
 * Whether the window may save a file: only what a page of ours made itself. Electron asks the operator where to.
 *
 * @param address where the file's content comes from
 */
export function isDownloadAllowed(address: string): boolean {
  return address.startsWith('blob:') && isOwnPage(address.slice('blob:'.length))
}

const allowedPermissions: ReadonlySet<string> = new Set([
  // "copy" at a public key, a callback address, a message
  'clipboard-sanitized-write',
])

/**
 * Whether a page may use a permission.
 *
 * @param permission Electron's name of it
 * @param origin address or origin of the page that asks
 * @param isMainFrame false for a frame inside the page
 */
export function isPermissionAllowed(permission: string, origin: string, isMainFrame: boolean): boolean {
  return isMainFrame && allowedPermissions.has(permission) && isOwnPage(origin)
}
