/** Puts callbacks into the stream. What it does not say "kept" to must not be acknowledged. */
import { randomUUID } from 'node:crypto'
import { headers, type NatsConnection } from '@nats-io/transport-node'
import { jetstream, type JetStreamClient } from '@nats-io/jetstream'
import { arrivalHeader, publishMs, type Arrival, type Layout } from '#engine/reach/relay/layout.ts'

/** For one attempt, in milliseconds; all of one request ends within `publishMs`. */
const attemptMs = 3000

export interface Parcel {
  readonly merchantNo: string
  /** Null: the body does not tell. */
  readonly robotSerialNo: string | null
  readonly body: Uint8Array
  readonly arrival: Arrival
}

export class Publisher {
  readonly #layout: Layout
  readonly #connection: () => NatsConnection | null
  /** Of this process alone, so that no two requests ever share an id. */
  readonly #origin = randomUUID()
  #count = 0
  #client: { of: NatsConnection; jetstream: JetStreamClient } | null = null

  /** @param connection the connection while it is up */
  constructor(layout: Layout, connection: () => NatsConnection | null) {
    this.#layout = layout
    this.#connection = connection
  }

  #jetstream(connection: NatsConnection): JetStreamClient {
    if (this.#client?.of !== connection) this.#client = { of: connection, jetstream: jetstream(connection) }
    return this.#client.jetstream
  }

  /**
   * Resolves when the stream has it. An attempt whose answer does not come is made once more under the same id, so that
   * the stream holds it once. The id is the request's, never the body's: what the platform sends twice on purpose
   * arrives twice, and the engine judges by its own rules.
   *
   * @throws Error why it is not certain that the stream has it
   */
  async publish({ merchantNo, robotSerialNo, body, arrival }: Parcel): Promise<void> {
    const { stream, unreadStream } = this.#layout
    const [subject, streamName] =
      robotSerialNo === null
        ? [this.#layout.unreadSubject(merchantNo), unreadStream]
        : [this.#layout.subject(merchantNo, robotSerialNo), stream]
    this.#count += 1
    const msgID = `${this.#origin}-${this.#count}`
    const end = performance.now() + publishMs
    for (;;) {
      const connection = this.#connection()
      if (!connection) throw new Error('NATS is away')
      const fields = headers()
      fields.set(arrivalHeader, JSON.stringify(arrival))
      try {
        await this.#jetstream(connection).publish(subject, body, {
          msgID,
          headers: fields,
          timeout: attemptMs,
          expect: { streamName },
        })
        return
      } catch (error) {
        // A refusal is an answer: full, or too large. Only silence is asked again.
        const isSilence = error instanceof Error && ['TimeoutError', 'RequestError'].includes(error.name)
        if (!isSilence || performance.now() + attemptMs > end) throw error
      }
    }
  }
}
