/** The callback URLs that are let in, as the Switchboards write them into their bucket: hashes, never a secret. */
import type { KV } from '@nats-io/kv'
import { within } from '#engine/callbacks/sources.ts'
import { doorSchema, readValue, type Door } from '#engine/reach/relay/layout.ts'
import { watchBucket, type BucketWatch } from '#engine/reach/relay/watch.ts'

export interface OpenDoor extends Door {
  /** Whether a sender may come in; absent where everybody may. */
  readonly admits?: ReturnType<typeof within>
}

function openDoor(value: Uint8Array): OpenDoor | null {
  const door = readValue(doorSchema, value)
  if (!door || door.sources.length === 0) return door
  try {
    return { ...door, admits: within(door.sources) }
  } catch {
    // A list that cannot be read lets in nobody, rather than everybody.
    return { ...door, admits: () => false }
  }
}

export class Doors {
  #doors = new Map<string, OpenDoor>()
  #watch: BucketWatch | null = null
  /** Told when a watch ended that nobody stopped. */
  readonly #broken: () => void

  constructor(broken: () => void) {
    this.#broken = broken
  }

  get size(): number {
    return this.#doors.size
  }

  /** @param secretHash see `secretHash` of the engine's `incoming.ts` */
  find(secretHash: string): OpenDoor | undefined {
    const door = this.#doors.get(secretHash)
    return door && (door.until === null || door.until > Date.now()) ? door : undefined
  }

  /** Reads all afresh and follows the changes from there. What was known before stays until all is read. */
  async follow(kv: KV): Promise<void> {
    this.#watch?.stop()
    const fresh = new Map<string, OpenDoor>()
    const watch = (this.#watch = await watchBucket(kv, ({ key, operation, value }) => {
      const door = operation === 'PUT' ? openDoor(value) : null
      if (door) fresh.set(key, door)
      else fresh.delete(key)
    }))
    void watch.ended.then(() => {
      if (this.#watch === watch) this.#broken()
    })
    await watch.whole
    this.#doors = fresh
  }

  stop(): void {
    const watch = this.#watch
    this.#watch = null
    watch?.stop()
  }
}
