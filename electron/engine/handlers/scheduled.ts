import { key, keyOrUndefined, required, type EntriesOf, type Handlers } from './context.ts'
import { piecesOf } from './pieces.ts'

export const scheduledHandlers: Handlers<EntriesOf<'scheduled'>> = {
  'scheduled.list': async (_input, { store }) => ({ items: await store.read('scheduled.list'), nextCursor: null }),

  'scheduled.save': async ({ id, robotId, ...input }, { store, connections, pictures, scheduledChanged }) => {
    const robot = required(await store.read('robots.get', key(robotId)), 'robot')
    const { lengthUnit } = connections.get(key(robot.connectionId)).advanced
    const parts = piecesOf(input.type, input.content, lengthUnit)
    if (input.type === 'image') await pictures.known.hold(input.content, input.at)
    const saved = await store.write('scheduled.save', {
      ...input,
      id: keyOrUndefined(id),
      robotId: key(robotId),
      parts,
    })
    scheduledChanged()
    return { id: String(saved) }
  },

  'scheduled.remove': async ({ id }, { store }) => {
    await store.write('scheduled.remove', key(id))
    return {}
  },
}
