import type { EntriesOf, Handlers } from './context.ts'
import { key, keyOrUndefined } from './context.ts'

export const quickReplyHandlers: Handlers<EntriesOf<'quickReplies'>> = {
  'quickReplies.list': async (_input, { store }) => ({
    items: await store.read('quickReplies.list'),
    nextCursor: null,
  }),

  'quickReplies.save': async (input, { store }) => {
    const saved = await store.write('quickReplies.save', { ...input, id: keyOrUndefined(input.id) })
    return { id: String(saved) }
  },

  'quickReplies.remove': async ({ ids }, { store }) => {
    await store.write('quickReplies.remove', ids.map(key))
    return {}
  },

  'quickReplies.import': ({ items }, { store }) => store.write('quickReplies.import', items),
}
