/** The load of a round: customers whose callbacks arrive as fast as they are taken, and operators who write. */
import { setTimeout as pause } from 'node:timers/promises'
import { Lane, requestBytes } from '../bench/lane.ts'
import type { Host } from './host.ts'
import type { Delivery, Ledger, Written } from './ledger.ts'
import type { Chance } from './random.ts'
import type { Scene } from './scene.ts'

const operators = 4
/** Operators pause while so many of their messages have not reached the platform. */
const most = 200

export interface LoadOptions {
  readonly host: Host
  readonly callbackUrl: URL
  readonly scene: Scene
  readonly ledger: Ledger
  readonly chance: Chance
  /** Whether customers and operators go on writing; else only what waits is delivered. */
  readonly fresh: boolean
  /** How many callbacks are under way at a time. */
  readonly lanes: number
}

export class Load {
  readonly #options: LoadOptions
  readonly #workers: Promise<void>[] = []
  #stopped = false
  /** Deliveries on their way. */
  #posting = 0

  constructor(options: LoadOptions) {
    this.#options = options
    for (let n = 0; n < options.lanes; n += 1) this.#workers.push(this.#deliver())
    for (let n = 0; n < operators; n += 1) this.#workers.push(this.#write())
  }

  /** Nothing waits to be delivered, or to be written again. */
  get isIdle(): boolean {
    const { waiting, unanswered } = this.#options.ledger
    return waiting.length === 0 && unanswered.length === 0 && this.#posting === 0
  }

  #next(): Delivery | undefined {
    const { ledger, scene, chance, fresh } = this.#options
    // What failed goes first half of the time: a platform delivers old and new side by side.
    if (ledger.waiting.length > 0 && (!fresh || chance() < 0.5)) return ledger.waiting.shift()
    return fresh ? scene.customer() : undefined
  }

  async #deliver(): Promise<void> {
    const { callbackUrl, ledger, chance } = this.#options
    let lane: Lane | null = null
    while (!this.#stopped) {
      const delivery = this.#next()
      if (!delivery) {
        await pause(5)
        continue
      }
      this.#posting += 1
      try {
        lane ??= await Lane.open(callbackUrl)
        await lane.send(requestBytes(callbackUrl, delivery.body))
        ledger.acknowledge(delivery)
        // The platform did not hear our answer, and sends it again.
        if (chance() < 0.02) ledger.waiting.push(delivery)
      } catch (error) {
        if (String(error).includes('503')) ledger.refused += 1
        ledger.waiting.push(delivery)
        lane?.close()
        lane = null
        await pause(5)
      } finally {
        this.#posting -= 1
      }
    }
    lane?.close()
  }

  async #write(): Promise<void> {
    const { ledger, scene, fresh } = this.#options
    while (!this.#stopped) {
      const written = ledger.unanswered.shift() ?? (fresh && ledger.underWay < most ? scene.operator() : undefined)
      if (written) await this.#send(written)
      else await pause(5)
    }
  }

  async #send(written: Written): Promise<void> {
    const { host, ledger } = this.#options
    const { robotId, peerId, text } = written
    this.#posting += 1
    try {
      const input = {
        robotId,
        peer: { kind: 'friend', id: peerId },
        type: 'text',
        content: text,
        clientId: text,
      } as const
      written.messageId = (await host.api('messages.send', input)).messageId
    } catch {
      // Nobody knows whether it was written: the same clientId says it again without saying it twice.
      ledger.unanswered.push(written)
      await pause(5)
    } finally {
      this.#posting -= 1
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#workers)
  }
}
