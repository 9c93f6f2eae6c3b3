/** Fetches the messages of one consumer, no more than there is room for, for as long as it is wanted. */
import { JetStreamApiCodes, jetstream, jetstreamManager, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../../types.ts'
import { arrivedCallback, messageName, type Receiver } from './delivery.ts'
import type { Intake } from './intake.ts'
import { ensureConsumer, isApiError, type Source } from './streams.ts'

/**
 * Messages that were kept, and of which NATS perhaps was not told: after a break they come again, and need not go to the
 * store to be known. Over an end of the process the store itself knows them.
 */
export class Remembered {
  readonly #names = new Set<string>()

  has(name: string): boolean {
    return this.#names.has(name)
  }

  add(name: string): void {
    this.#names.add(name)
    const [oldest] = this.#names
    if (this.#names.size > rememberedLimit && oldest !== undefined) this.#names.delete(oldest)
  }
}

/** More than all that can be under way of a few dozen robots. */
const rememberedLimit = 20_000
/** Most that is fetched and not yet taken in. */
const fetched = 100
/** A pause after a consumer could not be had, in milliseconds. */
const againMs = 3000

export interface InboxTools {
  readonly receiver: Receiver
  readonly intake: Intake
  readonly remembered: Remembered
  /** The stream itself is gone. */
  broken(error: Error): void
  readonly log: Logger
}

export class Inbox {
  readonly #source: Source
  readonly #tools: InboxTools
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #messages: ConsumerMessages | null = null
  #underWay = 0
  #idle = Promise.withResolvers<undefined>()

  constructor(connection: NatsConnection, source: Source, tools: InboxTools) {
    this.#source = source
    this.#tools = tools
    this.#idle.resolve(undefined)
    this.#running = this.#run(connection)
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted
  }

  async #run(connection: NatsConnection): Promise<void> {
    const { stream, consumer, graceMs } = this.#source
    if (graceMs > 0) await this.#pause(graceMs)
    while (!this.#isStopped && !connection.isClosed()) {
      try {
        await ensureConsumer(await jetstreamManager(connection), this.#source)
        const found = await jetstream(connection).consumers.get(stream, consumer)
        // A consumer that is gone ends this, instead of leaving us to wait for ever; then it is made again.
        const messages = await found.consume({ max_messages: fetched, abort_on_missing_resource: true })
        this.#messages = messages
        if (this.#isStopped) messages.stop()
        // Over a connection that is closed nothing comes, and yet the library does not always end what it gives.
        await Promise.race([this.#takeAll(messages), connection.closed()])
      } catch (error) {
        if (error instanceof Error && isApiError(error, JetStreamApiCodes.StreamNotFound)) this.#tools.broken(error)
        else if (!this.#isStopped)
          this.#tools.log.warn({ err: error, consumer }, 'a consumer cannot be had; it is tried again')
      }
      await this.#pause(againMs)
    }
  }

  async #pause(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined)
  }

  async #takeAll(messages: ConsumerMessages): Promise<void> {
    for await (const message of messages) await this.#take(message)
  }

  async #take(message: JsMsg): Promise<void> {
    // Whoever is next gets it at once, instead of after the time that we would have had.
    if (this.#isStopped) return message.nak()
    const { receiver, intake, remembered } = this.#tools
    const { stream } = this.#source
    const name = messageName(stream, message)
    if (remembered.has(name)) return message.ack()
    const body = await arrivedCallback(stream, message, receiver)
    if (this.#underWay === 0) this.#idle = Promise.withResolvers()
    this.#underWay += 1
    const settle = (tell: () => void): void => {
      // Without a connection it cannot be told: it then comes again and is known.
      try {
        tell()
      } catch (error) {
        this.#tools.log.debug({ err: error }, 'NATS was not told')
      }
      this.#underWay -= 1
      if (this.#underWay === 0) this.#idle.resolve(undefined)
    }
    await intake.take({
      body,
      attempt: message.info.deliveryCount,
      kept: () => {
        remembered.add(name)
        settle(() => message.ack())
      },
      again: (ms) => settle(() => message.nak(ms)),
    })
  }

  /** Ends it: what was fetched is kept and acknowledged, or given back. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#messages?.stop()
    await this.#running
    await this.#idle.promise
  }
}
