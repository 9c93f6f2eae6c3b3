/** What keeps the desktop from a server, put into the contract's words; and when the next attempt is made. */
import type { Failure } from '#shared/contract/errors.ts'
import type { LinkState } from '#shared/contract/bridge.ts'

/* What OpenSSL and Node call a certificate that they refuse. */
const certificateCodes =
  /^(CERT_|ERR_TLS_CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)/
/* What they say when the other side does not speak TLS, or speaks it where none was expected. */
const otherProtocolCodes = /^(ERR_SSL_|EPROTO$|HPE_)/

/* By words of shared/contract/problems.ts; what is not here is shown as it came. */
const problems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'server-refuses',
  ENOTFOUND: 'server-unknown',
  EAI_AGAIN: 'server-unknown',
  ETIMEDOUT: 'server-silent',
  EHOSTUNREACH: 'server-no-route',
  ENETUNREACH: 'server-no-route',
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-not-yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-other-name',
  HOSTNAME_MISMATCH: 'certificate-other-name',
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Why a connection was not made or broke. @param server its origin */
export function failureOfError(error: unknown, server: string): Failure {
  const code = codeOf(error)
  const known = problems[code]
  if (certificateCodes.test(code)) {
    return { code: 'server-certificate', params: { server, problem: known ?? 'certificate-untrusted' } }
  }
  if (otherProtocolCodes.test(code)) return { code: 'server-other', params: { server, problem: 'server-no-tls' } }
  const problem = known ?? (code || (error instanceof Error ? error.message : String(error)))
  return { code: 'server-unreachable', params: { server, problem } }
}

/** What an HTTP status means where a WebSocket was asked for. */
export function failureOfStatus(status: number, server: string): Failure {
  const params = { server, problem: `HTTP ${status}` }
  if (status === 401) return { code: 'server-token', params: { server } }
  if (status === 429) return { code: 'too-many-requests' }
  // A host that starts, and a proxy whose host is not there.
  if (status >= 500) return { code: 'server-unreachable', params }
  return { code: 'server-other', params }
}

/** How the page is told of it: what only the operator can mend is said plainly, the rest is waited for. */
export const linkOf = ({ code }: Failure): LinkState =>
  code === 'server-token' ? 'unauthorized' : code === 'server-version' ? 'refused' : 'connecting'

const growing = [500, 1000, 2000, 4000, 7000, 10_000, 20_000, 30_000]
/* Neither token nor version change from one moment to the next, and a wrong token counts as a guess there. */
const rareMs = 60_000

/**
 * How long until the next attempt, in milliseconds.
 *
 * @param attempts how many came to nothing since it last worked
 * @param random between 0 and 1: not all windows come back at the same moment
 */
export function pauseAfter(attempts: number, failure: Failure, random: number): number {
  const isRare = linkOf(failure) !== 'connecting' || failure.code === 'too-many-requests'
  // Before the first attempt has failed there is nothing to wait for, so it counts as one.
  const full = isRare ? rareMs : (growing[Math.min(Math.max(attempts, 1), growing.length) - 1] ?? rareMs)
  return Math.round(full * (0.5 + random / 2))
}
