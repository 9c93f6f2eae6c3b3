/** The contract's client: the one way from the screens to the engine. */
import { shallowRef } from 'vue'
import type { Bridge, LinkState } from '#shared/contract/bridge.ts'
import type { ContractEvent, EventData, EventName } from '#shared/contract/events.ts'
import type { Answer, EntryInput, EntryName, EntryResult } from '#shared/contract/index.ts'

type Handler = (data: never) => void

let bridge: Bridge | undefined
const handlers = new Map<EventName, Set<Handler>>()

/** Whether the engine can be reached now. */
export const link = shallowRef<LinkState>('connecting')

const deliver = (event: ContractEvent): void => {
  for (const handler of handlers.get(event.event) ?? []) handler(event.data as never)
}

/** Takes the bridge that the host gives; once, before anything is asked. */
export function useBridge(given: Bridge): void {
  bridge = given
  given.onLink((state) => {
    link.value = state
  })
  given.onEvents((events) => {
    for (const event of events) deliver(event)
  })
}

/** What only the desktop has; undefined in a browser. Known before the bridge is in use. */
export const desktop = (): Bridge['desktop'] => globalThis.window?.switchboard?.desktop

/** Tells the engine's side in which language errors should come. */
export const announceLocale: Bridge['setLocale'] = (locale) => bridge?.setLocale(locale)

/** Calls an entry of the contract. Never rejects: what goes wrong is an answer with `ok: false`. */
export function call<Name extends EntryName>(entry: Name, input: EntryInput<Name>): Promise<Answer<EntryResult<Name>>> {
  if (!bridge) throw new Error('The bridge is not there yet')
  // Plain data, as the contract has it: what Vue watches are proxies, which do not pass Electron's context bridge.
  return bridge.call(entry, JSON.parse(JSON.stringify(input)) as EntryInput<Name>)
}

/** Hears one kind of event from now on. @returns a function that ends it */
export function onEvent<Name extends EventName>(name: Name, handler: (data: EventData<Name>) => void): () => void {
  const set = handlers.get(name) ?? new Set()
  handlers.set(name, set)
  set.add(handler)
  return () => set.delete(handler)
}
