import { pictureBytes } from '#shared/contract/entries/pictures.ts'
import { describeFailure } from '#shared/contract/errors.ts'
import { key, required, type EngineContext, type EntriesOf, type Handlers } from './context.ts'

/** The connection of a robot. @throws AppError not-found */
async function connectionOf(robotId: string, { store }: EngineContext): Promise<number> {
  return key(required(await store.read('robots.get', key(robotId)), 'robot').connectionId)
}

export const pictureHandlers: Handlers<EntriesOf<'pictures'>> = {
  'pictures.begin': async ({ robotId, bytes }, context) => ({
    uploadId: await context.pictures.begin(key(robotId), await connectionOf(robotId, context), bytes),
  }),

  'pictures.add': async ({ uploadId, offset, data }, { pictures }) => ({
    bytes: pictures.uploads.add(uploadId, offset, Buffer.from(data, 'base64')),
  }),

  'pictures.finish': ({ uploadId }, { pictures }) => pictures.finish(uploadId),

  'pictures.cancel': async ({ uploadId }, { pictures }) => {
    pictures.uploads.cancel(uploadId)
    return {}
  },

  'pictures.get': async ({ link }, { pictures }) => required(await pictures.get(link), 'picture'),

  'pictures.place': async ({ robotId }, context, { locale }) => {
    const { pictures, store } = context
    const { pictureSide: side, pictureDays: days } = await store.read('settings.get')
    const obstacle = await pictures.obstacle(await connectionOf(robotId, context))
    const error = obstacle && describeFailure(obstacle, locale)
    return { way: pictures.places.kept.way, error, side, days, bytes: pictureBytes }
  },

  'pictures.places': async (_input, { pictures }) => ({ ...pictures.places.kept, ...(await pictures.facts()) }),

  'pictures.setPlaces': async (input, { pictures }) => {
    await pictures.places.change(input)
    return {}
  },

  'pictures.test': ({ connectionId }, { pictures, connections }, { locale }) => {
    const id = connectionId === undefined ? undefined : key(connectionId)
    if (id !== undefined) connections.get(id)
    return pictures.test(id ?? 0, locale)
  },
}
