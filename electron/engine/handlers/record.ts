import type { EntriesOf, Handlers } from './context.ts'
import { key, keyOrUndefined, required } from './context.ts'

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

  'calls.list': ({ operationId, ...input }, { store }) =>
    store.read('calls.list', { ...input, operationId: keyOrUndefined(operationId) }),

  'calls.get': async (input, { store }) => required(await store.read('calls.get', key(input.id)), 'call'),

  'callbacks.list': (input, { store }) => store.read('callbacks.list', input),

  'callbacks.get': async (input, { store }) => required(await store.read('callbacks.get', key(input.id)), 'callback'),

  'callbacks.replay': async (input, { store }) => {
    await store.write('callbacks.replay', input.ids.map(key))
    return {}
  },
}
