/**
 * Links that lead into the application: `switchboard://conversation/<robot>/<friend|group>/<its id>`. Any program and any
 * page can make one, so a link only ever shows something; it never sends, changes or fetches.
 */
import { destinationSchema, type Destination } from '#shared/contract/desktop.ts'
import { linkScheme } from './identity.ts'

/* Longer than any id that the platform has, percent-encoded. */
const longest = 1024

const decoded = (part: string): string | null => {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}

/**
 * Reads a link.
 *
 * @param address any text
 * @returns null for whatever is not exactly one of our links
 */
export function readLink(address: string): Destination | null {
  if (address.length > longest) return null
  const [, scheme, place] = /^([a-z]+):\/\/([^?#\s\\]*)$/i.exec(address) ?? []
  if (scheme?.toLowerCase() !== linkScheme) return null
  if (place === undefined) return null
  const [what, robotId, kind, id, ...more] = place.replace(/\/$/, '').split('/').map(decoded)
  if (more.length > 0 || what == null) return null
  if (what === '' || what === 'inbox') return robotId === undefined ? { to: 'inbox' } : null
  if (what !== 'conversation') return null
  // Control characters and directions of writing belong to no id.
  if (id == null || /[\p{Cc}\p{Cf}]/u.test(id)) return null
  const read = destinationSchema.safeParse({ to: 'conversation', robotId, peer: { kind, id } })
  return read.success ? read.data : null
}

/** The link among the arguments of a start; systems add it as one of them. */
export function linkAmong(args: readonly string[]): Destination | null {
  for (const argument of args) {
    const link = readLink(argument)
    if (link) return link
  }
  return null
}

/** The conversation that a page's address shows; null for other pages. The renderer's paths are `/inbox/<robot>/<kind>/<id>`. */
export function placeOfPage(address: string): Extract<Destination, { to: 'conversation' }> | null {
  if (!URL.canParse(address)) return null
  const [, robotId, kind, id] = /^\/inbox\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(new URL(address).pathname) ?? []
  if (id === undefined) return null
  const read = destinationSchema.safeParse({ to: 'conversation', robotId, peer: { kind, id: decoded(id) } })
  return read.success && read.data.to === 'conversation' ? read.data : null
}
