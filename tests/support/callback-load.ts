/** Plays the platform that calls back: many callbacks at once, each again until it is acknowledged. */
import { Agent, request } from 'undici'
import { pause } from './desk.ts'

export interface LoadOptions {
  /** Where the next attempt goes. */
  url(): string
  /** Bodies, each different. */
  readonly bodies: readonly string[]
  /** How many are under way at a time. */
  readonly atOnce: number
  /** An authority to trust, PEM. */
  readonly ca?: string | undefined
  /** Told of each acknowledgement. */
  acknowledged?(count: number): void
}

export interface LoadResult {
  /** Attempts that were not acknowledged, and came again. */
  readonly refused: number
  readonly seconds: number
  /** Acknowledged callbacks a second. */
  readonly rate: number
  /** The longest time without an acknowledgement, in milliseconds. */
  readonly longestGapMs: number
}

/** Sends all; ends when each was acknowledged. */
export async function sendCallbacks({ url, bodies, atOnce, ca, acknowledged }: LoadOptions): Promise<LoadResult> {
  const limits = { keepAliveTimeout: 10_000, headersTimeout: 15_000, bodyTimeout: 15_000 }
  const agent = new Agent({ connections: atOnce, ...limits, ...(ca !== undefined && { connect: { ca } }) })
  const queue = [...bodies]
  const startedAt = performance.now()
  let refused = 0
  let count = 0
  let lastAt = startedAt
  let longestGapMs = 0
  const deliver = async (body: string): Promise<void> => {
    for (;;) {
      try {
        const headers = { 'content-type': 'application/json' }
        const answer = await request(url(), { method: 'POST', body, headers, dispatcher: agent })
        const text = await answer.body.text()
        if (answer.statusCode === 200 && text === 'success') return
      } catch {
        // Nobody knows whether it arrived: it comes again.
      }
      refused += 1
      await pause(20)
    }
  }
  const lane = async (): Promise<void> => {
    for (let body = queue.shift(); body !== undefined; body = queue.shift()) {
      await deliver(body)
      const now = performance.now()
      longestGapMs = Math.max(longestGapMs, now - lastAt)
      lastAt = now
      count += 1
      acknowledged?.(count)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  const seconds = (performance.now() - startedAt) / 1000
  await agent.destroy()
  return { refused, seconds, rate: bodies.length / seconds, longestGapMs }
}
