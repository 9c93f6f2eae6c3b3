/** The way out that the system, or the operator, wants for requests to the platform. */
import type { ProxyConfig } from 'electron'
import type { DesktopSettings } from '#shared/contract/desktop.ts'

/** How Chromium is to find the way; it is then asked for each address. Loopback is never sent through a proxy. */
export function proxyConfig({ mode, server }: DesktopSettings['proxy']): ProxyConfig {
  if (mode === 'none' || (mode === 'own' && server === '')) return { mode: 'direct' }
  if (mode === 'system') return { mode: 'system' }
  // Without a scheme Chromium takes it for HTTP; the one rule serves http and https alike.
  return { mode: 'fixed_servers', proxyRules: server, proxyBypassRules: '<local>;127.0.0.0/8;[::1]' }
}

/* What the words of an answer mean to the client; others it cannot speak. */
const schemes: Readonly<Record<string, string>> = {
  PROXY: 'http',
  HTTP: 'http',
  HTTPS: 'https',
  SOCKS5: 'socks5',
}

/**
 * Reads an answer in the form of a PAC script: `PROXY one:3128; SOCKS5 two:1080; DIRECT`.
 *
 * @returns the first way that the client can go: a proxy's address, or null for none. Ways that it cannot go (SOCKS4)
 * are passed over; where none is left, the answer is null as well: a request that fails tells more than none.
 */
export function proxyOf(answer: string): string | null {
  for (const way of answer.split(';')) {
    const [word = '', server, ...more] = way.trim().split(/\s+/)
    if (word.toUpperCase() === 'DIRECT') return null
    const scheme = schemes[word.toUpperCase()]
    if (scheme === undefined || server === undefined || more.length > 0) continue
    const address = `${scheme}://${server}`
    if (URL.canParse(address) && new URL(address).hostname !== '') return address
  }
  return null
}
