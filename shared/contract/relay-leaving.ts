/** A relay that a connection no longer has as its way in, and where something of this host is still to be done. */
import { z } from 'zod'
import { id, time, timeOrNull } from './common.ts'
import { noticeSchema } from './entries/system.ts'

export const relayLeavingSchema = z.object({
  id,
  /** The connection whose way in it was; it may be gone. */
  connectionId: id,
  /** Its NATS servers. */
  servers: z.array(z.string()),
  name: z.string(),
  /** When another way, or another place, was chosen. */
  since: time,
  /** Whether what waits there is fetched; not for a connection that is gone: there it is only taken back. */
  isFetched: z.boolean(),
  /** `failed`: it could not be done yet; `retryAt` says when it is tried again. */
  state: z.enum(['connecting', 'fetching', 'failed']),
  /** Callbacks that were not fetched yet when it was last seen; null: not known. */
  waiting: z.int().nullable(),
  failure: noticeSchema.pick({ code: true, params: true }).nullable(),
  retryAt: timeOrNull,
})
export type RelayLeaving = z.output<typeof relayLeavingSchema>
