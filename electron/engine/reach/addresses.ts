/** Which addresses are of the open internet (IANA's special-purpose registries, RFC 6890). */
import ipaddr from 'ipaddr.js'

/* What IPv6 carries of IPv4 inside: such an address reaches what the inner one reaches, on a network that translates. */
const isPublicV4 = (bytes: readonly number[]): boolean => new ipaddr.IPv4([...bytes]).range() === 'unicast'

function isPublicV6(address: ipaddr.IPv6): boolean {
  const bytes = address.toByteArray()
  // NAT64, 64:ff9b::/96 (RFC 6052): the last four bytes are the address that is reached.
  if (address.match(ipaddr.IPv6.parse('64:ff9b::'), 96)) return isPublicV4(bytes.slice(12))
  // Of all IPv6 only 2000::/3 is given out (RFC 4291 §2.4, IANA).
  if (!address.match(ipaddr.IPv6.parse('2000::'), 3)) return false
  // 6to4, 2002::/16 (RFC 3056), holds the IPv4 address of its gateway.
  if (address.match(ipaddr.IPv6.parse('2002::'), 16)) return isPublicV4(bytes.slice(2, 6))
  // 2001::/23: Teredo, ORCHID, benchmarks. Names on the open internet do not point there.
  if (address.match(ipaddr.IPv6.parse('2001::'), 23)) return false
  // Examples (RFC 3849, RFC 9637).
  if (address.match(ipaddr.IPv6.parse('2001:db8::'), 32) || address.match(ipaddr.IPv6.parse('3fff::'), 20)) return false
  return address.range() === 'unicast'
}

/** Whether an address is one of the open internet: no private, loopback, link-local or otherwise special one. */
export function isPublicAddress(address: string): boolean {
  // A zone ("%eth0") names an interface of this machine: nothing of the open internet has one.
  if (!ipaddr.isValid(address) || address.includes('%')) return false
  const parsed = ipaddr.process(address)
  return parsed.kind() === 'ipv4' ? parsed.range() === 'unicast' : isPublicV6(parsed as ipaddr.IPv6)
}
