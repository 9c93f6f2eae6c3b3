/** Who may come in at which callback URL, and the count of those who came to a door that is closing or closed. */
import type { IncomingMessage } from 'node:http'
import type { DoorCounts } from '../store/connection-doors.ts'
import type { ConnectionRecord } from '../store/connections.ts'
import type { Recipient } from './listener.ts'
import { secretHash } from './incoming.ts'
import { senderOf, within } from './sources.ts'

type Address = NonNullable<ReturnType<typeof senderOf>>

/** How long counts are gathered before they are written, in milliseconds: strangers must not make us busy. */
const gatherMs = 1000

export class Doors {
  readonly #note: (counts: DoorCounts[]) => Promise<void>
  readonly #counts = new Map<number, DoorCounts>()
  #timer: NodeJS.Timeout | null = null

  /** @param note writes counts down; they are gathered anew after it */
  constructor(note: (counts: DoorCounts[]) => Promise<void>) {
    this.#note = note
  }

  /** The recipients of all connections, by their present secrets and by those that are still taken. */
  recipients(records: readonly ConnectionRecord[]): (Recipient & { secret: string })[] {
    return records.flatMap((record) => {
      const { id: connectionId, oldSecret } = record
      const recipient = { connectionId, acknowledgement: record.advanced.acknowledgement }
      const admits = this.#sourceCheck(record)
      const present = { ...recipient, secret: record.callbackSecret, ...(admits && { admits }) }
      if (!oldSecret || oldSecret.until <= Date.now()) return [present]
      const old = {
        ...recipient,
        secret: oldSecret.secret,
        admits: (request: IncomingMessage): boolean => {
          if (Date.now() >= oldSecret.until || (admits && !admits(request))) return false
          this.#noteOldUse(connectionId)
          return true
        },
      }
      return [present, old]
    })
  }

  /**
   * The same questions about what a relay let in: by which secret, given as its hash, and whether from an address that
   * is allowed; null: nobody can tell from which.
   */
  relayed({ id, oldSecret, advanced }: ConnectionRecord): {
    admits(sender: Address | null): boolean
    cameBy(door: string): void
  } {
    const isAllowed = advanced.callbackSources.length === 0 ? undefined : within(advanced.callbackSources)
    const oldDoor = oldSecret && secretHash(oldSecret.secret)
    return {
      admits: (sender) => isAllowed === undefined || this.#isAllowed(id, sender, isAllowed),
      cameBy: (door) => {
        if (door === oldDoor) this.#noteOldUse(id)
      },
    }
  }

  #noteOldUse(id: number): void {
    const counts = this.#countsOf(id)
    counts.oldUses += 1
    counts.oldUsedAt = Date.now()
  }

  #isAllowed(id: number, sender: Address | null, isAllowed: (address: Address) => boolean): boolean {
    if (sender && isAllowed(sender)) return true
    const counts = this.#countsOf(id)
    counts.refused += 1
    counts.refusedAt = Date.now()
    counts.refusedAddress = sender?.toString() ?? '?'
    return false
  }

  /** @returns undefined where every address is allowed */
  #sourceCheck({ id, advanced }: ConnectionRecord): ((request: IncomingMessage) => boolean) | undefined {
    if (advanced.callbackSources.length === 0) return undefined
    const isAllowed = within(advanced.callbackSources)
    const isProxy = within(advanced.trustedProxies)
    return (request) => this.#isAllowed(id, senderOf(request, isProxy), isAllowed)
  }

  #countsOf(id: number): DoorCounts {
    const present = this.#counts.get(id)
    if (present) return present
    const counts = { id, oldUses: 0, oldUsedAt: null, refused: 0, refusedAt: null, refusedAddress: null }
    this.#counts.set(id, counts)
    this.#timer ??= setTimeout(() => void this.flush(), gatherMs)
    return counts
  }

  /** Writes down what was counted. Never rejects: a count that is lost is no harm. */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const counts = [...this.#counts.values()]
    this.#counts.clear()
    if (counts.length > 0) await this.#note(counts).catch(() => undefined)
  }
}
