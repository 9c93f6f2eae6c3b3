/**
 * Who may ask at all, before anybody's token is looked at. A page of another origin must not reach the host
 * through the operator's browser, neither by a form or a WebSocket (Origin) nor under a name of its own that
 * it lets point to loopback (Host).
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Locale } from '#shared/contract/errors.ts'
import { contentPolicy } from '#shared/security/headers.ts'
import type { Site } from './site.ts'

/** Whether the request names this host as browsers do that it gave its address to. */
export const isOwnHost = (headers: IncomingHttpHeaders, site: Site): boolean => site.isOwnHost(headers.host)

/**
 * Whether the request comes from a page of this host, or from no page at all.
 *
 * @param required true where the browser's cookie is what signs in: there every browser sends an Origin
 */
export function isOwnOrigin(headers: IncomingHttpHeaders, required: boolean, site: Site): boolean {
  const { origin, host } = headers
  if (origin === undefined) return !required
  return site.isOwnOrigin(origin, host)
}

/**
 * Whether a browser says that a page of another site made the request (Fetch Metadata). Only following a link
 * to a page of ours is let through: it shows the page to the operator and nothing to the other site. A picture,
 * a frame, a script or a form that points here is not.
 */
export function isFromElsewhere(headers: IncomingHttpHeaders, method: string): boolean {
  const site = headers['sec-fetch-site']
  if (site === undefined || site === 'same-origin' || site === 'none') return false
  const isLink = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  return !(isLink && method === 'GET')
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
