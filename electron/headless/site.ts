/** Under which names the host is reached, and from where requests may come. */
import { BlockList, isIP } from 'node:net'
import { AppError } from '#shared/contract/errors.ts'
import { isOwnMachine } from '#shared/security/own-machine.ts'

export interface SiteOptions {
  /** Address that is bound; `127.0.0.1` unless told. */
  readonly host: string
  /** Files of certificate and key, PEM. */
  readonly tls: { readonly cert: string; readonly key: string } | null
  /** Addresses or networks (CIDR) of reverse proxies whose word on the caller's address counts. */
  readonly trustedProxies: readonly string[]
  /** Origin under which browsers reach it from elsewhere, e.g. `https://chat.example.com`. */
  readonly publicUrl: string | null
}

export const loopbackSite: SiteOptions = { host: '127.0.0.1', tls: null, trustedProxies: [], publicUrl: null }

const invalid = (field: string, problem: string): AppError => new AppError('invalid-input', { field, problem })

/** A list of addresses and networks. @throws AppError invalid-input for what is none */
function blockList(items: readonly string[]): BlockList {
  const list = new BlockList()
  for (const item of items) {
    const [address = '', bits, ...rest] = item.split('/')
    const version = isIP(address)
    const prefix = bits === undefined ? (version === 6 ? 128 : 32) : Number(bits)
    const isPrefix =
      bits === undefined || (/^\d{1,3}$/.test(bits) && prefix >= 1 && prefix <= (version === 6 ? 128 : 32))
    if (version === 0 || !isPrefix || rest.length > 0) {
      throw invalid('--trusted-proxy', `${item} is neither an address nor a network such as 10.0.0.0/24`)
    }
    list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

const isIn = (list: BlockList, address: string): boolean => {
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Refuses what would carry tokens and customers over a network in clear.
 *
 * @throws AppError invalid-input that says what is missing
 */
export function checkSite({ host, tls, trustedProxies, publicUrl }: SiteOptions): void {
  blockList(trustedProxies)
  if (isIP(host) === 0) throw invalid('--host', 'must be an address, e.g. 127.0.0.1 or 0.0.0.0')
  if (publicUrl !== null) {
    const url = URL.canParse(publicUrl) ? new URL(publicUrl) : null
    const isOrigin =
      url && (url.protocol === 'https:' || url.protocol === 'http:') && url.pathname === '/' && !url.search
    if (!isOrigin || url.username || url.hash) {
      throw invalid('--public-url', 'must be an origin such as https://chat.example.com')
    }
    if (url.protocol === 'http:' && !isOwnMachine(url.hostname)) {
      throw invalid('--public-url', 'must begin with https://: otherwise the token would travel in clear')
    }
  }
  if (isOwnMachine(host)) return
  if (!tls && trustedProxies.length === 0) {
    throw invalid(
      '--host',
      `${host} is reached from other machines: give --tls-cert and --tls-key, or --trusted-proxy with the address of the reverse proxy that ends TLS`,
    )
  }
  if (publicUrl === null)
    throw invalid('--public-url', `is needed with --host ${host}: browsers reach it by that name only`)
}

export interface Site {
  readonly isTls: boolean
  /** Whether cookies go over TLS only. */
  readonly isSecure: boolean
  /** Names, with port, by which requests may call the host. */
  isOwnHost(host: string | undefined): boolean
  /** Whether an Origin is that of a page of this host, as the request names it. */
  isOwnOrigin(origin: string, host: string | undefined): boolean
  /** Whether a request may come from an address at all: in clear only from this machine and from the proxies. */
  isOwnPeer(remote: string): boolean
  /** Whether an address is of this machine, or of a proxy that is trusted. */
  isNeighbour(remote: string): boolean
  /** The caller's address, in a proxy's word where a proxy is trusted. */
  addressOf(remote: string, forwardedFor: string | string[] | undefined): string
  /** The origin for links that are given out. */
  readonly origin: string
}

/** IPv4 as it is, also where the system gives it inside IPv6. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')

/**
 * The site of a host that is bound.
 *
 * @param port the one it has
 */
export function siteOf(options: SiteOptions, port: number): Site {
  const { tls, publicUrl, host } = options
  const proxies = blockList(options.trustedProxies)
  const scheme = tls ? 'https' : 'http'
  const url = publicUrl === null ? null : new URL(publicUrl)
  const defaultPort = tls ? 443 : 80
  const names = ['127.0.0.1', 'localhost', '[::1]']
  const own = new Set(names.flatMap((name) => (port === defaultPort ? [name, `${name}:${port}`] : [`${name}:${port}`])))
  if (url) own.add(url.host)
  const isNeighbour = (remote: string): boolean => isOwnMachine(plain(remote)) || isIn(proxies, plain(remote))
  const loopbackName = host === '::1' ? '[::1]' : '127.0.0.1'
  return {
    isTls: tls !== null,
    isSecure: tls !== null || url?.protocol === 'https:',
    isOwnHost: (name) => name !== undefined && own.has(name.toLowerCase()),
    isOwnOrigin: (origin, name) =>
      origin.toLowerCase() === url?.origin ||
      (name !== undefined && origin.toLowerCase() === `${scheme}://${name.toLowerCase()}`),
    isOwnPeer: (remote) => tls !== null || isNeighbour(remote),
    isNeighbour,
    addressOf(remote, forwardedFor) {
      let address = plain(remote)
      const hops = [forwardedFor ?? []]
        .flat()
        .join(',')
        .split(',')
        .map((hop) => plain(hop.trim()))
      // From the nearest on: what stands before the last that is no proxy of ours was written by who knows whom.
      while (isIn(proxies, address)) {
        const hop = hops.pop()
        if (hop === undefined || isIP(hop) === 0) break
        address = hop
      }
      return address
    },
    origin: url?.origin ?? `${scheme}://${loopbackName}:${port}`,
  }
}
