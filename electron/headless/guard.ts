/**
 * Who may ask at all, before anybody's token is looked at. A page of another origin must not reach the host
 * through the operator's browser, neither by a form or a WebSocket (Origin) nor under a name of its own that
 * it lets point to loopback (Host).
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Locale } from '#shared/contract/errors.ts'
import { contentPolicy } from '#shared/security/headers.ts'

const names = ['127.0.0.1', 'localhost', '[::1]']

/** Whether the request names this host by an address of loopback and its own port. */
export function isOwnHost(headers: IncomingHttpHeaders, port: number): boolean {
  const host = headers.host?.toLowerCase()
  return names.some((name) => host === `${name}:${port}` || (port === 80 && host === name))
}

/**
 * Whether the request comes from a page of this host, or from no page at all.
 *
 * @param required true where the browser's cookie is what signs in: there every browser sends an Origin
 */
export function isOwnOrigin(headers: IncomingHttpHeaders, required: boolean): boolean {
  const { origin, host } = headers
  if (origin === undefined) return !required
  return host !== undefined && origin.toLowerCase() === `http://${host.toLowerCase()}`
}

/** What differs on the sign-in page: it has a form, and under `no-referrer` a form sends `Origin: null`. */
export const signInHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentPolicy("'self'"),
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** The interface language that a browser or script prefers; English where it says nothing that we have. */
export function preferredLocale(acceptLanguage: string | undefined): Locale {
  const wishes = (acceptLanguage ?? '')
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
      const quality = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean)
      return { tag, quality: quality === undefined ? 1 : Number(quality) }
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
  for (const { tag } of wishes) {
    if (tag === 'zh' || tag.startsWith('zh-')) return 'zh-CN'
    if (tag === 'en' || tag.startsWith('en-')) return 'en'
  }
  return 'en'
}
