/**
 * Posts alarms to the operator's own address: signed, one after the other, tried again with growing pauses for a day.
 * Nothing is followed that the address points to, and nothing is read from its answer but the status.
 */
import { createHmac } from 'node:crypto'
import { Agent, request } from 'undici'
import type { Delivery } from '#shared/contract/entries/watch.ts'
import type { DeliveryRow } from '../store/deliveries.ts'
import type { Store } from '../store/store.ts'
import type { Logger } from '../types.ts'

const second = 1000
const minute = 60 * second

/** Pauses before the next attempts; the last one repeats until a day has gone. */
const pauses = [10 * second, 30 * second, 2 * minute, 10 * minute, 30 * minute, 60 * minute]
const giveUpMs = 24 * 60 * minute
/** How long the receiver may take. */
const answerMs = 10 * second
/** Longest pause of the timer: the clock may be set meanwhile. */
const timerMs = minute

/** The signature in `X-Switchboard-Signature`: HMAC-SHA256 over timestamp, a dot, and the body. */
export const signatureOf = (secret: string, timestamp: number, body: string): string =>
  `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`

export interface WebhookOptions {
  readonly store: Store
  /** Where to and with what; null: nowhere. */
  target(): Promise<{ url: string; secret: string } | null>
  /** Told of every attempt. */
  attempted(delivery: Delivery): void
  readonly log: Logger
}

interface Answer {
  readonly status: number | null
  readonly problem: string | null
}

const codeOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  if (error instanceof Error && error.name === 'TimeoutError') return 'TIMEOUT'
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return 'FAILED'
}

export class Webhook {
  readonly #options: WebhookOptions
  readonly #agent = new Agent({ connect: { timeout: 5 * second }, connections: 1, pipelining: 1 })
  #running: Promise<void> | null = null
  #again = false
  #stopped = false
  #timer: NodeJS.Timeout | null = null

  constructor(options: WebhookOptions) {
    this.#options = options
  }

  /** Something may be due. */
  wake(): void {
    if (this.#stopped) return
    this.#again = true
    this.#running ??= this.#run()
      .catch((error: unknown) => {
        this.#options.log.error({ err: error }, 'deliveries to the webhook cannot get on')
        this.#later(timerMs)
      })
      .finally(() => {
        this.#running = null
        if (this.#again) this.wake()
      })
  }

  async #run(): Promise<void> {
    const { store } = this.#options
    this.#again = false
    if (this.#timer) clearTimeout(this.#timer)
    while (!this.#stopped) {
      const row = await store.read('watch.due', { now: Date.now(), farMs: 2 * 60 * minute })
      if (!row) break
      const target = await this.#options.target()
      if (!target) {
        await store.write('watch.dropDeliveries', Date.now())
        return
      }
      await this.#attempt(row, target, true)
    }
    const next = await store.read('watch.nextDelivery')
    if (next !== null) this.#later(Math.min(Math.max(next - Date.now(), second), timerMs))
  }

  #later(ms: number): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => this.wake(), ms)
    this.#timer.unref()
  }

  /** Posts one now, once. @returns what came of it */
  test(row: DeliveryRow, target: { url: string; secret: string }): Promise<Delivery | null> {
    return this.#attempt(row, target, false)
  }

  async #attempt(
    row: DeliveryRow,
    target: { url: string; secret: string },
    mayRepeat: boolean,
  ): Promise<Delivery | null> {
    const { status, problem } = await this.#post(row, target)
    if (this.#stopped && problem !== null) return null
    const now = Date.now()
    const isGood = status !== null && status >= 200 && status < 300
    const pause = pauses[Math.min(row.attempts, pauses.length - 1)] ?? minute
    const repeats = mayRepeat && !isGood && now - row.created_at < giveUpMs
    const delivery = await this.#options.store.write('watch.noteDelivery', {
      id: row.id,
      state: isGood ? 'delivered' : repeats ? 'queued' : 'failed',
      nextAt: repeats ? now + pause : null,
      status,
      problem,
      now,
    })
    if (!isGood) this.#options.log.warn({ delivery: row.id, status, problem }, 'the webhook did not take an alarm')
    if (delivery) this.#options.attempted(delivery)
    return delivery
  }

  async #post({ id, body }: DeliveryRow, { url, secret }: { url: string; secret: string }): Promise<Answer> {
    const timestamp = Math.floor(Date.now() / 1000)
    try {
      const { statusCode, body: answer } = await request(url, {
        method: 'POST',
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(answerMs),
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': 'Switchboard',
          'x-switchboard-delivery': String(id),
          'x-switchboard-timestamp': String(timestamp),
          'x-switchboard-signature': signatureOf(secret, timestamp, body),
        },
        body,
      })
      await answer.dump({ limit: 64 * 1024 }).catch(() => undefined)
      return { status: statusCode, problem: null }
    } catch (error) {
      return { status: null, problem: codeOf(error) }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#agent.destroy()
    await this.#running
  }
}
