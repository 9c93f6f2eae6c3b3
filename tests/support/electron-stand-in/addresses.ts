/**
 * Chromium alone does not know the application's scheme, so the page lives under an https origin that
 * exists nowhere; the host never sees it: at every border addresses are put from one form into the other.
 */
const inBrowser = (scheme: string, host: string): string => `https://${host}.${scheme}.invalid`

const schemes = new Set<string>()

/** Makes the stand-in carry a scheme. */
export function carryScheme(scheme: string): void {
  schemes.add(scheme)
}

/** An address of the host's as Chromium is to load it. */
export function toBrowser(address: string): string {
  const [, scheme, host, rest] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/i.exec(address) ?? []
  if (scheme === undefined || host === undefined || !schemes.has(scheme)) return address
  return inBrowser(scheme, host) + (rest ?? '')
}

/** An address of Chromium's as the host is to see it. */
export function toHost(address: string): string {
  for (const scheme of schemes) {
    const found = new RegExp(`^(blob:)?https://([^/?#]*)\\.${scheme}\\.invalid(?=[/?#]|$)`).exec(address)
    if (found) return `${found[1] ?? ''}${scheme}://${found[2] ?? ''}${address.slice(found[0].length)}`
  }
  return address
}
