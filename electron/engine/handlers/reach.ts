import { key, type EntriesOf, type Handlers } from './context.ts'

export const reachHandlers: Handlers<EntriesOf<'reach'>> = {
  'reach.list': async (_input, { reach }) => ({ items: reach.list(), nextCursor: null }),

  'reach.get': async ({ connectionId }, { reach }) => reach.item(key(connectionId)),

  'reach.save': ({ connectionId, ...choice }, { reach }) => reach.save(key(connectionId), choice),

  'reach.retry': async ({ connectionId }, { reach }) => reach.retry(key(connectionId)),

  'reach.acceptHostKey': ({ connectionId, fingerprint }, { reach }) =>
    reach.acceptHostKey(key(connectionId), fingerprint),
}
