/**
 * Whether a host is this very machine. What goes there needs no TLS, and a link with it leads nobody else anywhere. Of
 * names only `localhost` counts: what others resolve to is known when it is too late.
 */

/** As URL.hostname writes them: IPv4 in four decimal numbers, IPv6 in brackets, shortest form. */
const ownHost = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/

/**
 * @param host a URL's host name, or an IP address (of a socket, of a setting), in any of the forms that URLs know; IPv6
 *   with brackets or without; without a port
 * @returns false for whatever is none, and for an address with a zone
 */
export function isOwnMachine(host: string): boolean {
  // A port, a path or a user name would make another host of it than the caller takes it for.
  if (!/^(?:[\w.-]+|[\w.:]+|\[[\w.:]+\])$/.test(host)) return false
  const isBareV6 = host.includes(':') && !host.startsWith('[')
  const text = `http://${isBareV6 ? `[${host}]` : host}`
  return URL.canParse(text) && ownHost.test(new URL(text).hostname)
}

/** The same of a URL's host. @returns false for what is no URL */
export const leadsToOwnMachine = (url: string): boolean => URL.canParse(url) && isOwnMachine(new URL(url).hostname)
