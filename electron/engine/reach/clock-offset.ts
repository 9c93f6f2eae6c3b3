/** How far the platform's clock is from ours, by the Date header of the gateway: it refuses calls that are too far off. */
import { request } from 'undici'

const limitMs = 8000

/** @returns the platform's clock less ours, milliseconds; null where it does not say */
export async function clockOffset(gatewayUrl: string): Promise<number | null> {
  const askedAt = Date.now()
  try {
    // Nothing is called and nothing signed: any answer carries the header.
    const answer = await request(gatewayUrl, { method: 'HEAD', signal: AbortSignal.timeout(limitMs) })
    const middle = (askedAt + Date.now()) / 2
    await answer.body.dump()
    const { date } = answer.headers
    const theirs = typeof date === 'string' ? Date.parse(date) : Number.NaN
    // The header has whole seconds, cut off: on average half of one is missing.
    return Number.isNaN(theirs) ? null : Math.round(theirs + 500 - middle)
  } catch {
    return null
  }
}
