/**
 * Callbacks on their way to the merchants: each is tried until it is acknowledged (status 200, body
 * `success`), those of one robot in their order, never many at once.
 */
import { randomUUID } from 'node:crypto'
import { Agent, request } from 'undici'
import { z } from 'zod'
import type { Settings } from './settings.ts'
import type { Timers } from './timers.ts'

const attemptSchema = z.object({
  at: z.number(),
  ms: z.number(),
  status: z.number().nullable(),
  answer: z.string(),
})

const deliverySchema = z.object({
  id: z.string(),
  /** Counts up; `since` of the admin interface. */
  seq: z.number(),
  merchantNo: z.string(),
  robotSerialNo: z.string(),
  type: z.number().nullable(),
  serialNo: z.string(),
  contentType: z.string(),
  body: z.string(),
  createdAt: z.number(),
  /** Its place among those of its robot, milliseconds UTC; not tried before. */
  dueAt: z.number(),
  /** When it is tried next, milliseconds UTC. */
  nextAt: z.number(),
  attemptCount: z.number(),
  /** The newest of them. */
  attempts: z.array(attemptSchema),
  doneAt: z.number().nullable(),
})
export type Delivery = z.output<typeof deliverySchema>
export const savedDeliveries = z.array(deliverySchema)

export type NewDelivery = Pick<
  Delivery,
  'merchantNo' | 'robotSerialNo' | 'type' | 'serialNo' | 'contentType' | 'body' | 'dueAt'
>

export interface DeliveriesOptions {
  readonly settings: () => Settings
  /** @returns null where the merchant is gone */
  readonly urlOf: (merchantNo: string) => string | null
  readonly timers: Timers
  readonly changed: () => void
  readonly repeats: () => number
}

const logged = 2000

export class Deliveries {
  readonly #options: DeliveriesOptions
  readonly #agent = new Agent({ connections: 64, keepAliveTimeout: 4000 })
  /** Waiting ones by robot, each list by the time when it is due. */
  readonly #lanes = new Map<string, Delivery[]>()
  readonly #flying = new Set<Delivery>()
  readonly #busyLanes = new Set<string>()
  readonly #log: Delivery[] = []
  #waiters: { serialNo: string; resolve: () => void }[] = []
  #seq = 0
  #wake: (() => void) | undefined
  #stopped = false

  constructor(options: DeliveriesOptions, saved: readonly Delivery[]) {
    this.#options = options
    for (const delivery of saved) {
      this.#insert(delivery)
      this.#log.push(delivery)
      this.#seq = Math.max(this.#seq, delivery.seq)
    }
  }

  start(): void {
    this.#pump()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#agent.destroy()
  }

  add(delivery: NewDelivery): Delivery {
    this.#seq += 1
    const added: Delivery = {
      ...delivery,
      id: randomUUID(),
      seq: this.#seq,
      createdAt: Date.now(),
      nextAt: delivery.dueAt,
      attemptCount: 0,
      attempts: [],
      doneAt: null,
    }
    this.#insert(added)
    this.#log.push(added)
    if (this.#log.length > logged * 1.1) this.#log.splice(0, this.#log.length - logged)
    this.#options.changed()
    this.#pumpSoon(0)
    return added
  }

  /** Tries a merchant's callbacks again without waiting longer, since it may be reached now. */
  hurry(merchantNo: string): void {
    for (const delivery of this.waiting())
      if (delivery.merchantNo === merchantNo) delivery.nextAt = Math.min(delivery.nextAt, delivery.dueAt)
    this.#pumpSoon(0)
  }

  /** What is still to be delivered, for the file. */
  waiting(): Delivery[] {
    return [...this.#lanes.values()].flat()
  }

  waitingFor(merchantNo: string): number {
    return this.waiting().filter((delivery) => delivery.merchantNo === merchantNo).length
  }

  /** The newest deliveries after `since`, oldest first. */
  log(since: number, limit: number): readonly Delivery[] {
    return this.#log.filter((delivery) => delivery.seq > since).slice(-limit)
  }

  /** Resolves when nothing with this serial number waits any more, or after `ms`. */
  async settled(serialNo: string, ms: number): Promise<void> {
    if (!this.#waitsFor(serialNo)) return
    await new Promise<void>((resolve) => {
      this.#waiters.push({ serialNo, resolve })
      this.#options.timers.after(ms, resolve)
    })
  }

  #waitsFor(serialNo: string): boolean {
    return this.waiting().some((delivery) => delivery.serialNo === serialNo)
  }

  #insert(delivery: Delivery): void {
    const key = `${delivery.merchantNo}/${delivery.robotSerialNo}`
    const lane = this.#lanes.get(key) ?? []
    this.#lanes.set(key, lane)
    const after = lane.findLastIndex((other) => other.dueAt <= delivery.dueAt || this.#flying.has(other))
    lane.splice(after + 1, 0, delivery)
  }

  #pumpSoon(ms: number): void {
    this.#wake?.()
    this.#wake = this.#options.timers.after(ms, () => {
      this.#wake = undefined
      this.#pump()
    })
  }

  /** Starts whatever may start now, and wakes up again when the next one is due. */
  #pump(): void {
    if (this.#stopped) return
    const { maxDeliveries, orderPerRobot } = this.#options.settings()
    const now = Date.now()
    let next = Infinity
    for (const [key, lane] of [...this.#lanes]) {
      if (orderPerRobot && this.#busyLanes.has(key)) continue
      const candidates = orderPerRobot ? lane.slice(0, 1) : [...lane]
      for (const delivery of candidates) {
        if (this.#flying.has(delivery)) continue
        if (delivery.nextAt > now) {
          next = Math.min(next, delivery.nextAt)
          continue
        }
        if (this.#flying.size >= maxDeliveries) return
        this.#begin(key, delivery)
      }
    }
    if (next < Infinity) this.#pumpSoon(Math.min(next - now, 60_000))
  }

  #begin(key: string, delivery: Delivery): void {
    this.#flying.add(delivery)
    this.#busyLanes.add(key)
    void this.#attempt(delivery).then((acknowledged) => {
      this.#flying.delete(delivery)
      this.#busyLanes.delete(key)
      if (this.#stopped) return
      this.#finish(key, delivery, acknowledged)
      this.#pumpSoon(0)
    })
  }

  #finish(key: string, delivery: Delivery, acknowledged: boolean): void {
    const lane = this.#lanes.get(key) ?? []
    this.#options.changed()
    if (!acknowledged) {
      const { retryMs } = this.#options.settings()
      delivery.nextAt = Date.now() + (retryMs[Math.min(delivery.attemptCount, retryMs.length) - 1] ?? 1000)
      return
    }
    delivery.doneAt = Date.now()
    lane.splice(lane.indexOf(delivery), 1)
    // Robots take turns: the lane that was just served goes behind the others.
    this.#lanes.delete(key)
    if (lane.length > 0) this.#lanes.set(key, lane)
    this.#waiters = this.#waiters.filter(({ serialNo, resolve }) => {
      if (serialNo !== delivery.serialNo || this.#waitsFor(serialNo)) return true
      resolve()
      return false
    })
  }

  /** @returns whether every copy was acknowledged */
  async #attempt(delivery: Delivery): Promise<boolean> {
    for (let copy = 0; copy <= this.#options.repeats(); copy += 1) if (!(await this.#post(delivery))) return copy > 0
    return true
  }

  async #post(delivery: Delivery): Promise<boolean> {
    const begun = Date.now()
    const url = this.#options.urlOf(delivery.merchantNo)
    let status: number | null = null
    let answer = 'the merchant is gone'
    if (url !== null)
      try {
        const response = await request(url, {
          method: 'POST',
          dispatcher: this.#agent,
          headers: { 'content-type': delivery.contentType },
          body: delivery.body,
          signal: AbortSignal.timeout(this.#options.settings().deliveryTimeoutMs),
        })
        status = response.statusCode
        answer = await beginning(response.body)
      } catch (error) {
        answer = error instanceof Error ? error.message : String(error)
      }
    delivery.attemptCount += 1
    delivery.attempts = [...delivery.attempts.slice(-9), { at: begun, ms: Date.now() - begun, status, answer }]
    return url === null || (status === 200 && answer.trim() === 'success')
  }
}

/** Reads no more of an answer than is needed to judge it. */
async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const chunk of body) {
    text += chunk.toString('utf8')
    if (text.length > 200) break
  }
  return text.slice(0, 200)
}
