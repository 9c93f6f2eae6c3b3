import type { NewOperation } from '../store/operations.ts'
import type { EngineContext, EntriesOf, Handlers } from './context.ts'
import { key, keyOrUndefined, required } from './context.ts'

/** Writes an operation to the outbox. */
async function start({ store }: EngineContext, operation: NewOperation): Promise<{ operationId: string }> {
  return { operationId: String(await store.write('operations.create', operation)) }
}

export const peopleHandlers: Handlers<EntriesOf<'friends'> | EntriesOf<'groups'> | EntriesOf<'people'>> = {
  'friends.list': ({ robotId, tagId, ...input }, { store }) =>
    store.read('friends.list', { ...input, robotId: keyOrUndefined(robotId), tagId: keyOrUndefined(tagId) }),

  'friends.refresh': (input, context) => start(context, { kind: 'refresh-friends', robotId: key(input.robotId) }),

  'friends.add': ({ robotId, phone }, context) =>
    start(context, { kind: 'add-friend', robotId: key(robotId), input: { phone } }),

  'friends.addMany': async ({ robotId, phones }, { store }) => {
    const once = [...new Set(phones)]
    const ids = await store.write(
      'operations.createMany',
      once.map((phone) => ({ kind: 'add-friend' as const, robotId: key(robotId), input: { phone } })),
    )
    return { items: once.map((phone, at) => ({ phone, operationId: String(ids[at]) })) }
  },

  'friends.update': async ({ robotId, id, remark }, { store }) => {
    await store.write('friends.update', { robotId: key(robotId), id, remark })
    return {}
  },

  'people.get': async ({ robotId, id }, { store }) =>
    required(await store.read('people.get', { robotId: key(robotId), id }), 'person'),

  'groups.list': ({ robotId, ...input }, { store }) =>
    store.read('groups.list', { ...input, robotId: keyOrUndefined(robotId) }),

  'groups.get': async (input, { store }) =>
    required(await store.read('groups.get', { robotId: key(input.robotId), groupId: input.groupId }), 'group'),

  'groups.refresh': ({ robotId, groupIds }, context) =>
    start(
      context,
      groupIds
        ? { kind: 'get-groups', robotId: key(robotId), input: { groupIds } }
        : { kind: 'refresh-groups', robotId: key(robotId) },
    ),

  'groups.create': ({ robotId, name, friendIds }, context) =>
    start(context, { kind: 'create-group', robotId: key(robotId), input: { name, friendIds } }),

  'groups.invite': ({ robotId, groupId, friendIds }, context) =>
    start(context, {
      kind: 'invite',
      robotId: key(robotId),
      peer: { kind: 'group', id: groupId },
      input: { groupId, friendIds },
    }),

  'groups.quit': ({ robotId, groupId }, context) =>
    start(context, {
      kind: 'quit-group',
      robotId: key(robotId),
      peer: { kind: 'group', id: groupId },
      input: { groupId },
    }),
}
