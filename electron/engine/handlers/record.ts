import type { CallbackState } from '#shared/contract/entries/record.ts'
import type { EntriesOf, Handlers } from './context.ts'
import { key, keyOrUndefined, required } from './context.ts'

/** How many callbacks one transaction of a replay reads again. */
const replayStep = 25

export const recordHandlers: Handlers<EntriesOf<'operations'> | EntriesOf<'calls'> | EntriesOf<'callbacks'>> = {
  'operations.list': ({ robotId, ...input }, { store }, { locale }) =>
    store.read('operations.list', { ...input, robotId: keyOrUndefined(robotId), locale }),

  'operations.get': async (input, { store }, { locale }) =>
    required(await store.read('operations.get', { id: key(input.id), locale }), 'operation'),

  'operations.cancel': async (input, { store, passwords }) => {
    await store.write('operations.cancel', key(input.id))
    passwords.delete(key(input.id))
    return {}
  },

  'calls.list': ({ operationId, robotId, ...input }, { store }) => {
    const filtered =
      input.method !== undefined || input.success !== undefined || input.direct === true || robotId !== undefined
    const query = { ...input, operationId: keyOrUndefined(operationId), robotId: keyOrUndefined(robotId) }
    return store.read(filtered ? 'calls.search' : 'calls.list', query)
  },

  'calls.get': async (input, { store }) => required(await store.read('calls.get', key(input.id)), 'call'),

  'callbacks.list': ({ robotId, ...input }, { store }) => {
    const { limit: _limit, cursor: _cursor, ...filter } = input
    const filtered = robotId !== undefined || Object.values(filter).some((value) => value !== undefined)
    return store.read(filtered ? 'callbacks.search' : 'callbacks.list', { ...input, robotId: keyOrUndefined(robotId) })
  },

  'callbacks.get': async (input, { store }) => required(await store.read('callbacks.get', key(input.id)), 'callback'),

  'callbacks.replay': async (input, { store }) => {
    const counts = new Map<string, { state: CallbackState; reason: string | null; count: number }>()
    // Few at a time: what is acknowledged meanwhile does not wait for all of them.
    for (let from = 0; from < input.ids.length; from += replayStep) {
      const ids = input.ids.slice(from, from + replayStep).map(key)
      for (const { state, reason } of await store.write('callbacks.replay', ids)) {
        const name = `${state} ${reason}`
        const count = (counts.get(name)?.count ?? 0) + 1
        counts.set(name, { state, reason, count })
      }
    }
    return { outcomes: [...counts.values()] }
  },
}
