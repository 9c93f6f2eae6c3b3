/**
 * Which file of the built renderer an address stands for. Only plain names are let through, so there is
 * nothing to decode and nothing to climb with: no escapes, no drive letters, no streams, no dot files.
 */
import { isOwnPage } from './origin.ts'

/* What the bundler makes: letters, digits, dot, dash, underscore; no dot at either end. */
const plainName = /^[\w-](?:[\w.-]*[\w-])?$/

/* Paths of the headless host that are no screens: whoever asks for them must not be given a page. */
const notScreens = new Set(['api', 'media', 'ws'])

/**
 * Finds the file for an address.
 *
 * @param address a full address, as it was asked for
 * @returns the file's path in parts, relative to the renderer's folder; `index.html` for the address of a
 * screen; null for whatever is neither
 */
export function pageFile(address: string): readonly string[] | null {
  if (!isOwnPage(address)) return null
  const parts = new URL(address).pathname.split('/').slice(1)
  const [first = '', ...rest] = parts
  if (notScreens.has(first)) return null
  const isFile = first === 'assets' || (rest.length === 0 && first.includes('.'))
  if (!isFile) return ['index.html']
  return parts.every((part) => plainName.test(part)) ? parts : null
}
