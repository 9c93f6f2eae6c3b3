/** The WebSocket's frames (`/ws` of the headless host): JSON text, one frame a message. */
import { z } from 'zod'
import { errorSchema, localeSchema } from './errors.ts'

/** First frame of a client. A client of another contract version is answered `refused` and closed. */
export const helloFrame = z.object({ type: z.literal('hello'), contractVersion: z.int(), locale: localeSchema })

/** A call; `id` is the client's own and comes back with the answer. */
export const callFrame = z.object({
  type: z.literal('call'),
  id: z.int().min(0),
  entry: z.string().max(100),
  input: z.unknown(),
  /**
   * Where the caller sits, for the application lock: a window of the desktop application that looks at this host names
   * its own. Counts with the bearer token alone, which needs none; a browser sits at its session.
   */
  seat: z
    .string()
    .regex(/^window:[\w-]{16,64}$/)
    .optional(),
})
export const clientFrame = z.discriminatedUnion('type', [helloFrame, callFrame])
export type ClientFrame = z.infer<typeof clientFrame>

export const serverFrame = z.discriminatedUnion('type', [
  /** Answer to hello; `events` follow from here on. */
  z.object({ type: z.literal('welcome'), contractVersion: z.int(), engineId: z.string() }),
  z.object({ type: z.literal('refused'), error: errorSchema }),
  z.object({ type: z.literal('answer'), id: z.int(), ok: z.literal(true), result: z.unknown() }),
  z.object({ type: z.literal('error'), id: z.int(), ok: z.literal(false), error: errorSchema }),
  /** Events of one moment, in order. */
  z.object({ type: z.literal('events'), events: z.array(z.object({ event: z.string(), data: z.unknown() })) }),
])
export type ServerFrame = z.infer<typeof serverFrame>

/** Close codes beside those of RFC 6455. */
export const closeCodes = {
  contractVersion: 4409,
  unauthorized: 4401,
  badFrame: 4400,
  slow: 4408,
  tooMany: 4429,
} as const
