/** Whether a connection's way in works: the whole way round, and, where this machine cannot tell, seen from outside. */
import { randomBytes } from 'node:crypto'
import type { ReachCheck, ReachSettings } from '#shared/contract/entries/reach.ts'
import type { Locale } from '#shared/contract/errors.ts'
import { describeReachFinding } from '#shared/contract/reach-findings.ts'
import { stateOf, walkHops, type Found, type HopOptions } from './hops.ts'
import type { Nonces } from './nonces.ts'
import { readReport, type AskOutside } from './outside.ts'

export interface CheckSource {
  readonly settings: ReachSettings
  readonly isUp: boolean
  readonly publicUrl: string | null
  readonly callbackUrl: string
  readonly secret: string
  /** Has somebody outside look; null where nobody can be asked. */
  readonly outside: AskOutside | null
}

/** As many as a callback secret has. */
const standInBytes = 24

export type CheckResult = Pick<ReachCheck, 'verdict' | 'url'> & { readonly found: readonly Found[] }

/**
 * Has somebody outside look. The secret stays here: what stands in its place is as long, and this engine's for the time
 * of the look alone. So it is seen whether the path arrives as it was sent, and not whether a proxy puts an old secret in.
 */
async function lookFromOutside(ask: AskOutside | null, publicUrl: string, nonces: Nonces): Promise<Found> {
  const nobody: Found = { hop: 'outside', code: 'outside-nobody', params: {} }
  if (!ask) return nobody
  const stand = randomBytes(standInBytes).toString('base64url')
  const nonce = nonces.make(stand)
  try {
    const report = await ask({ publicUrl, stand, nonce: nonce.text })
    return report ? readReport(report, nonce) : nobody
  } catch {
    return nobody
  } finally {
    nonce.end()
  }
}

function verdictOf(found: readonly Found[]): ReachCheck['verdict'] {
  const outside = found.find(({ hop }) => hop === 'outside')
  if (outside) return ({ good: 'works', bad: 'fails', unknown: 'cannot-tell' } as const)[stateOf(outside)]
  if (found.some((each) => stateOf(each) === 'bad')) return 'fails'
  return found.some(({ code }) => code === 'secret-right') ? 'works' : 'cannot-tell'
}

/** @param changes for tests: another resolver, other authorities */
export async function checkWay(
  source: CheckSource,
  nonces: Nonces,
  changes: Pick<HopOptions, 'resolve' | 'connect' | 'ca' | 'hopMs'> = {},
): Promise<CheckResult> {
  const { settings, isUp, publicUrl, callbackUrl, secret, outside } = source
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
      found.push(await lookFromOutside(outside, publicUrl, nonces))
    }
    return { verdict: verdictOf(found), url: publicUrl, found }
  } finally {
    nonce.end()
  }
}

/** The result in the caller's language. */
export const inWordsOf = (found: readonly Found[], locale: Locale): ReachCheck['hops'] =>
  found.map((each) => ({ ...each, state: stateOf(each), ...describeReachFinding(each.code, each.params, locale) }))
