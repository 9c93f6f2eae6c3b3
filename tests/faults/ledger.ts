/**
 * What the world outside knows: which callbacks were acknowledged, which messages the operator wrote, and what the
 * platform was asked to send. It lives in this process, which nobody kills.
 */

/** A callback that is to be delivered until it is acknowledged, as a platform does. */
export interface Delivery {
  /** The customer's words; null for an echo. */
  readonly text: string | null
  readonly body: string
}

/** A message that the operator wrote. */
export interface Written {
  readonly text: string
  readonly robotId: string
  readonly peerId: string
  /** Null until the host said that it has it. */
  messageId: string | null
  /** Whether the platform reports it as sent, some time. */
  readonly echoes: boolean
  /** How often the operator had it sent again, because it did not arrive. */
  resent: number
}

export class Ledger {
  /** Every customer's words that were ever posted; true once they were acknowledged. */
  readonly told = new Map<string, boolean>()
  readonly written = new Map<string, Written>()
  /** How often the platform was asked to send a text. */
  readonly received = new Map<string, number>()
  /** Callbacks that wait to be delivered, or to be delivered again. */
  readonly waiting: Delivery[] = []
  /** Messages whose writing was not answered: they are written again under the same clientId. */
  readonly unanswered: Written[] = []
  /** Messages that were in doubt at some time, by id. */
  readonly doubted = new Set<string>()
  /** Those about which the operator decided. */
  readonly decided = new Set<string>()
  /** Customers' messages that were acknowledged. */
  acknowledged = 0
  /** Callbacks that were delivered although they were acknowledged before. */
  repeats = 0
  /** Answers 503: refused, not lost. */
  refused = 0

  acknowledge({ text }: Delivery): void {
    if (text === null) return
    if (this.told.get(text) === true) this.repeats += 1
    else this.acknowledged += 1
    this.told.set(text, true)
  }

  receive(text: string): void {
    this.received.set(text, (this.received.get(text) ?? 0) + 1)
  }

  /** Messages that the platform has not been asked to send yet. */
  get underWay(): number {
    return this.written.size - this.received.size
  }
}
