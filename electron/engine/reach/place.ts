/** Where a way keeps something with others that has to be fetched, or taken back, when it is left. */
import type { ReachSettings } from '#shared/contract/entries/reach.ts'

/**
 * Names the place of a way. Of two ways at one place nothing is left behind when one follows the other.
 *
 * @returns null for ways that keep nothing elsewhere
 */
export function placeOf(settings: ReachSettings, merchantNo: string): string | null {
  if (settings.way !== 'relay') return null
  const servers = settings.servers.map((server) => server.replace(/^\w+:\/\//, '').toLowerCase())
  const ports = servers.map((server) => (/:\d+$/.test(server.replace(/^\[.*\]/, '')) ? server : `${server}:4222`))
  return JSON.stringify([[...new Set(ports)].sort(), settings.name, merchantNo])
}
