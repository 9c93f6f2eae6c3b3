/** Whether a connection's way in works: the whole way round, and, where this machine cannot tell, seen from outside. */
import type { ReachCheck, ReachSettings } from '#shared/contract/entries/reach.ts'
import type { Locale } from '#shared/contract/errors.ts'
import { describeReachFinding } from '#shared/contract/reach-findings.ts'
import { stateOf, walkHops, type Found, type HopOptions } from './hops.ts'
import type { Nonces } from './nonces.ts'
import type { OpenWay } from './way.ts'

export interface CheckSource {
  readonly settings: ReachSettings
  readonly isUp: boolean
  readonly publicUrl: string | null
  readonly callbackUrl: string
  readonly secret: string
  readonly open: OpenWay | null
}

/** How long somebody outside may take to look, in milliseconds. */
const lookMs = 20_000

export type CheckResult = Pick<ReachCheck, 'verdict' | 'url'> & { readonly found: readonly Found[] }

/** Has somebody outside look. */
async function lookFromOutside(open: OpenWay | null, url: string, read: (body: string) => string): Promise<Found> {
  if (!open?.look) return { hop: 'outside', code: 'outside-nobody', params: {} }
  try {
    const { status, body, problem } = await open.look(url, AbortSignal.timeout(lookMs))
    if (read(body.trim()) === 'right-secret') return { hop: 'outside', code: 'outside-here', params: {} }
    return { hop: 'outside', code: 'outside-not', params: { problem: problem ?? `HTTP ${status ?? '?'}` } }
  } catch (error) {
    const problem = error instanceof Error ? error.message.slice(0, 200) : String(error)
    return { hop: 'outside', code: 'outside-not', params: { problem } }
  }
}

function verdictOf(found: readonly Found[]): ReachCheck['verdict'] {
  const outside = found.find(({ hop }) => hop === 'outside')
  if (outside) return { good: 'works', bad: 'fails', unknown: 'cannot-tell' }[stateOf(outside)] as ReachCheck['verdict']
  if (found.some((each) => stateOf(each) === 'bad')) return 'fails'
  return found.some(({ code }) => code === 'secret-right') ? 'works' : 'cannot-tell'
}

/** @param changes for tests: another resolver, other authorities */
export async function checkWay(
  source: CheckSource,
  nonces: Nonces,
  changes: Pick<HopOptions, 'resolve' | 'connect' | 'ca' | 'hopMs'> = {},
): Promise<CheckResult> {
  const { settings, isUp, publicUrl, callbackUrl, secret, open } = source
  const only = (found: Found): CheckResult => ({ verdict: 'fails', url: publicUrl, found: [found] })
  if (settings.way === 'off' || publicUrl === null) {
    return only({ hop: 'address', code: settings.way === 'off' ? 'no-way' : 'way-not-up', params: {} })
  }
  if (!isUp) return only({ hop: 'address', code: 'way-not-up', params: {} })
  const nonce = nonces.make(secret)
  try {
    const address: Found = { hop: 'address', code: 'address-public', params: { url: publicUrl } }
    const walked = await walkHops({ ...changes, callbackUrl, nonce, isOwnNetwork: settings.way === 'direct' })
    const found = [address, ...walked]
    if (walked.some(({ code }) => code === 'tcp-cannot-tell')) {
      found.push(await lookFromOutside(open, `${callbackUrl}/${nonce.text}`, (body) => nonce.read(body)))
    }
    return { verdict: verdictOf(found), url: publicUrl, found }
  } finally {
    nonce.end()
  }
}

/** The result in the caller's language. */
export const inWordsOf = (found: readonly Found[], locale: Locale): ReachCheck['hops'] =>
  found.map((each) => ({ ...each, state: stateOf(each), ...describeReachFinding(each.code, each.params, locale) }))
