/**
 * The outbox before the application is replaced: nothing new begins, what has begun comes to its end. A message in
 * several parts has begun with its first and ends when its last is answered, or in doubt; where the rest of it cannot go
 * now, it stays queued and is not waited for.
 */
import type { ContractEvent } from '#shared/contract/events.ts'
import type { Store } from '../store/store.ts'
import type { Pump } from './pump.ts'

export interface QuietParts {
  readonly pump: Pick<Pump, 'finishBegun' | 'rest' | 'restOn' | 'resume'>
  readonly store: Pick<Store, 'read'>
  /** Hears what changed. @returns a function that ends it */
  onEvents(listener: (events: readonly ContractEvent[]) => void): () => void
}

/**
 * Waits until nothing is under way.
 *
 * @param signal calls it off: then the outbox goes on
 * @param told how many operations are under way, whenever that changes
 * @returns true: the outbox rests, until it is woken; false: it was called off
 */
export async function becomeQuiet(
  { pump, store, onEvents }: QuietParts,
  signal: AbortSignal,
  told: (n: number) => void,
): Promise<boolean> {
  let change = Promise.withResolvers<undefined>()
  const wake = (): void => change.resolve(undefined)
  const end = onEvents((events) => {
    // What is under way also ends with the robot or the message that it is about, or where its robot cannot send.
    const tells = (event: string): boolean => event === 'operation.changed' || event === 'robot.changed'
    if (events.some(({ event }) => tells(event) || event.endsWith('.removed'))) wake()
  })
  signal.addEventListener('abort', wake)
  try {
    pump.finishBegun()
    for (let last = -1; !signal.aborted;) {
      change = Promise.withResolvers<undefined>()
      const n = await store.read('outbox.begun')
      if (n !== last) told(n)
      last = n
      if (n > 0) await change.promise
      else {
        await pump.rest()
        // Something may have begun in the moment before, or the machine slept and woke.
        if ((await store.read('outbox.begun')) === 0 && !signal.aborted && pump.restOn()) return true
        pump.finishBegun()
      }
    }
    pump.resume()
    return false
  } catch (error) {
    // Nobody knows what is under way: whoever asked hears of it, and the outbox does not stand still for that.
    pump.resume()
    throw error
  } finally {
    end()
    signal.removeEventListener('abort', wake)
  }
}
