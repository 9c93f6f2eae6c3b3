import { AppError } from '#shared/contract/errors.ts'
import { contentMax } from '#shared/protocol/methods.ts'
import type { Advanced } from '#shared/contract/entries/connections.ts'
import { lengthOf } from '../platform/limits.ts'
import { splitText } from '../outbox/split.ts'
import type { EntriesOf, Handlers } from './context.ts'
import { key, keyOrUndefined, required } from './context.ts'

const refuse = (problem: string): never => {
  throw new AppError('invalid-input', { field: 'content', problem })
}

/** The pieces in which a message goes out. @throws AppError invalid-input for what cannot be sent */
function piecesOf(type: 'text' | 'image', content: string, unit: Advanced['lengthUnit']): string[] {
  if (type === 'text') {
    const pieces = splitText(content, contentMax, unit)
    return content.trim() === '' ? refuse('must not be blank') : pieces
  }
  if (!/^https?:\/\//i.test(content) || !URL.canParse(content)) refuse('must be the http or https link of a picture')
  if (lengthOf(content, unit) > contentMax) refuse(`the link must have at most ${contentMax} characters`)
  return [content]
}

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

  'messages.send': async (input, { store, connections }) => {
    const robot = required(await store.read('robots.get', key(input.robotId)), 'robot')
    const { lengthUnit } = connections.get(key(robot.connectionId)).advanced
    const { messageId, operationId } = await store.write('messages.enqueue', {
      robotId: key(input.robotId),
      peer: input.peer,
      type: input.type,
      content: input.content,
      parts: piecesOf(input.type, input.content, lengthUnit),
      clientId: input.clientId,
    })
    return { messageId: String(messageId), operationId: String(operationId) }
  },

  'messages.settle': async (input, { store }) => {
    const { operationId } = await store.write('messages.settle', { messageId: key(input.messageId), as: input.as })
    return operationId === undefined ? {} : { operationId: String(operationId) }
  },

  'messages.search': ({ robotId, ...input }, { store }, { locale }) =>
    store.read('messages.search', { ...input, robotId: keyOrUndefined(robotId), locale }),
}
