/** The callback URLs that are let in, as the Switchboards write them into their bucket: hashes, never a secret. */
import type { KV } from '@nats-io/kv'
import { within } from '#engine/callbacks/sources.ts'
import { doorSchema, readValue, type Door } from '#engine/reach/relay/layout.ts'

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

type Watch = Awaited<ReturnType<KV['watch']>>

export class Doors {
  #doors = new Map<string, OpenDoor>()
  #watch: Watch | null = null
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
    const { values } = await kv.status()
    const watch = (this.#watch = await kv.watch())
    const fresh = new Map<string, OpenDoor>()
    const complete = Promise.withResolvers<undefined>()
    const isComplete = (): void => {
      this.#doors = fresh
      complete.resolve(undefined)
    }
    if (values === 0) isComplete()
    const read = async (): Promise<void> => {
      for await (const entry of watch) {
        const door = entry.operation === 'PUT' ? openDoor(entry.value) : null
        if (door) fresh.set(entry.key, door)
        else fresh.delete(entry.key)
        if (!entry.isUpdate && entry.delta === 0) isComplete()
      }
    }
    read()
      .catch(() => undefined)
      .finally(() => {
        complete.reject(new Error('the list of callback URLs could not be read'))
        if (this.#watch === watch) this.#broken()
      })
    await complete.promise
  }

  stop(): void {
    const watch = this.#watch
    this.#watch = null
    watch?.stop()
  }
}
