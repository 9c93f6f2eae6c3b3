/** Messages that are written now and sent later. */
import { z } from 'zod'
import { done, id, page, peer, time } from '../common.ts'
import { entry } from '../define.ts'

/** So many may wait at once. */
export const scheduledLimit = 500

export const scheduledSchema = z.object({
  id,
  robotId: id,
  peer,
  type: z.enum(['text', 'image']),
  content: z.string(),
  /** When it goes into the outbox. */
  at: time,
  /** Its time went by more than ten minutes ago, while the application was off: the operator decides. */
  missed: z.boolean(),
  createdAt: time,
})
export type Scheduled = z.output<typeof scheduledSchema>

export const scheduledEntries = {
  'scheduled.list': entry(
    'Messages that are to be sent later, the next one first.',
    z.object({}),
    page(scheduledSchema),
  ),
  'scheduled.save': entry(
    'Writes a message that goes into the outbox at a time, or changes the one named by `id`; a time in the past sends it at once.',
    z.object({
      id: id.optional(),
      robotId: id,
      peer,
      type: z.enum(['text', 'image']),
      /** As for `messages.send`. */
      content: z.string().min(1).max(100_000),
      at: time,
    }),
    z.object({ id }),
    ['not-found', 'not-allowed-now', 'picture-expired'],
  ),
  'scheduled.remove': entry('Takes a message that was to be sent later back.', z.object({ id }), done, ['not-found']),
}
