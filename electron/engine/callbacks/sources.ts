/** Where a callback came from, and whether it may have. */
import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'

type Address = ReturnType<typeof ipaddr.process>

/** @returns null for what is no address */
function addressOf(text: string): Address | null {
  // Some proxies add the port: `203.0.113.7:4711`, `[2001:db8::1]:4711`.
  const bare = text
    .trim()
    .replace(/^\[([^\]]+)\](:\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : null
}

/**
 * A test for addresses.
 *
 * @param networks addresses, and networks in CIDR form; IPv4 in IPv6's form counts as IPv4
 */
export function within(networks: readonly string[]): (address: Address) => boolean {
  const ranges = networks.map((network) => {
    if (network.includes('/')) return ipaddr.parseCIDR(network)
    const address = ipaddr.process(network)
    return [address, address.kind() === 'ipv4' ? 32 : 128] as [Address, number]
  })
  return (address) => ranges.some((range) => address.kind() === range[0].kind() && address.match(range))
}

/**
 * The sender of a request: the address of its connection, or, where that is a trusted proxy, the nearest one in
 * `X-Forwarded-For` that is none. What stands further left there anybody could have written.
 *
 * @returns null where it cannot be told
 */
export function senderOf(
  { socket, headers }: Pick<IncomingMessage, 'headers'> & { socket: { remoteAddress?: string | undefined } },
  isProxy: (address: Address) => boolean,
): Address | null {
  let sender = addressOf(socket.remoteAddress ?? '')
  const given = headers['x-forwarded-for']
  const hops = (Array.isArray(given) ? given.join(',') : (given ?? '')).split(',').filter((hop) => hop.trim() !== '')
  while (sender && isProxy(sender)) {
    const hop = hops.pop()
    if (hop === undefined) break
    sender = addressOf(hop)
  }
  return sender
}
