/** Counts what became of callbacks and sends since the engine opened its data, from the events that tell of it. */
import type { ContractEvent } from '#shared/contract/events.ts'
import type { CallbackState, OperationState } from '#shared/contract/entries/record.ts'

/** How many things' last states are remembered, so that one that is told twice in a state is counted once. */
const remembered = 10_000

/**
 * How often things came into each state. What is remembered is remembered in two halves, the older of which is forgotten
 * as a whole: to look for the oldest in a map from which the oldest were taken costs more than all else here.
 */
class Reached<State extends string> {
  readonly counts = new Map<State, number>()
  #young = new Map<string, State>()
  #old = new Map<string, State>()

  note(id: string, state: State): void {
    if ((this.#young.get(id) ?? this.#old.get(id)) === state) return
    this.#young.set(id, state)
    this.counts.set(state, (this.counts.get(state) ?? 0) + 1)
    if (this.#young.size < remembered / 2) return
    this.#old = this.#young
    this.#young = new Map()
  }
}

export class Tally {
  readonly #callbacks = new Reached<CallbackState>()
  readonly #sends = new Reached<OperationState>()

  /** How many callbacks were read to each end; `pending` is no end. */
  get callbacks(): ReadonlyMap<CallbackState, number> {
    return this.#callbacks.counts
  }

  /** How many sends came into each state in which something came of them. */
  get sends(): ReadonlyMap<OperationState, number> {
    return this.#sends.counts
  }

  /** Hears what changed. */
  heed(events: readonly ContractEvent[]): void {
    for (const { event, data } of events) {
      if (event === 'callback.changed' && data.state !== 'pending') this.#callbacks.note(data.id, data.state)
      // Queued and sending may pass between two events: how many are there now is asked of the store.
      if (event !== 'operation.changed' || data.kind !== 'send') continue
      if (data.state !== 'queued' && data.state !== 'sending') this.#sends.note(data.id, data.state)
    }
  }
}
