import type { EntriesOf, Handlers } from './context.ts'
import { key, keyOrUndefined, required } from './context.ts'
import { piecesOf } from './pieces.ts'

export const conversationHandlers: Handlers<EntriesOf<'conversations'> | EntriesOf<'messages'> | EntriesOf<'tags'>> = {
  'conversations.list': ({ robotId, tagId, ...input }, { store }, { locale }) =>
    store.read('conversations.list', {
      ...input,
      robotId: keyOrUndefined(robotId),
      tagId: keyOrUndefined(tagId),
      locale,
    }),

  'conversations.get': (input, { store }, { locale }) =>
    store.read('conversations.get', { robotId: key(input.robotId), peer: input.peer, locale }),

  'conversations.export': (input, { store }, { locale }) =>
    store.read('conversations.export', { ...input, robotId: key(input.robotId), locale }),

  'conversations.read': async (input, { store }) => {
    required(await store.read('robots.get', key(input.robotId)), 'robot')
    await store.write('conversations.read', { robotId: key(input.robotId), peer: input.peer })
    return {}
  },

  'conversations.update': async ({ robotId, tagIds, ...input }, { store, followUpsChanged }) => {
    await store.write('conversations.update', { ...input, robotId: key(robotId), tagIds: tagIds?.map(key) })
    if (input.followUpAt !== undefined) followUpsChanged()
    return {}
  },

  'conversations.updateMany': async ({ places, addTagIds, removeTagIds, ...input }, { store, followUpsChanged }) => {
    await store.write('conversations.updateMany', {
      ...input,
      places: places.map(({ robotId, peer }) => ({ robotId: key(robotId), peer })),
      addTagIds: addTagIds?.map(key),
      removeTagIds: removeTagIds?.map(key),
    })
    if (input.followUpAt !== undefined) followUpsChanged()
    return {}
  },

  'tags.list': async (_input, { store }) => ({ items: await store.read('tags.list'), nextCursor: null }),

  'tags.save': async (input, { store }) => {
    const saved = await store.write('tags.save', { ...input, id: keyOrUndefined(input.id) })
    return { id: String(saved) }
  },

  'tags.remove': async ({ id }, { store }) => {
    await store.write('tags.remove', key(id))
    return {}
  },

  'messages.page': ({ robotId, ...input }, { store }, { locale }) =>
    store.read('messages.page', { ...input, robotId: key(robotId), locale }),

  'messages.send': async (input, { store, connections, pictures }) => {
    const { advanced } = required(await connections.ofRobot(key(input.robotId)), 'robot')
    const parts = piecesOf(input.type, input.content, advanced.lengthUnit)
    if (input.type === 'image') await pictures.known.hold(input.content)
    const { messageId, operationId } = await store.write('messages.enqueue', {
      robotId: key(input.robotId),
      peer: input.peer,
      type: input.type,
      content: input.content,
      parts,
      clientId: input.clientId,
      delayMs: input.delayMs,
    })
    return { messageId: String(messageId), operationId: String(operationId) }
  },

  'messages.get': async ({ messageId }, { store }, { locale }) =>
    required(await store.read('messages.get', { id: key(messageId), locale }), 'message'),

  'messages.delete': async ({ messageIds }, { store }) => {
    await store.write('messages.remove', [...new Set(messageIds)].map(key))
    return {}
  },

  'messages.settle': async (input, { store, pictures }, { locale }) => {
    const message = input.as === 'resend' && (await store.read('messages.get', { id: key(input.messageId), locale }))
    if (message && message.type === 'image') await pictures.known.hold(message.content)
    const { operationId } = await store.write('messages.settle', { messageId: key(input.messageId), as: input.as })
    return operationId === undefined ? {} : { operationId: String(operationId) }
  },

  'messages.search': ({ robotId, ...input }, { store }, { locale }) =>
    store.read('messages.search', { ...input, robotId: keyOrUndefined(robotId), locale }),
}
