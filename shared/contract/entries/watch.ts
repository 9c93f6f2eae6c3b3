/** The watch that nobody has to look at: what it looks for, what it found, and whom it tells. */
import { z } from 'zod'
import { done, id, page, paging, platformId, time, timeOrNull } from '../common.ts'
import { entry } from '../define.ts'

/** What the watch looks for. */
export const alarmKinds = [
  'robot-banned',
  'robot-limited',
  'robot-offline',
  'callbacks-silent',
  'outbox-stuck',
  'way-down',
  'disk-low',
] as const
export const alarmKind = z.enum(alarmKinds)
export type AlarmKind = z.output<typeof alarmKind>

export const alarmSchema = z.object({
  id,
  kind: alarmKind,
  robot: z.object({ id, serialNo: platformId, name: z.string() }).nullable(),
  connection: z.object({ id, name: z.string() }).nullable(),
  /** By kind: silentMs and usualMs; waiting; codes; way; freeBytes. */
  detail: z.record(z.string(), z.union([z.string(), z.number()])),
  raisedAt: time,
  /** Null while it lasts. */
  endedAt: timeOrNull,
  /** When the operator put it aside; it lasts all the same. */
  seenAt: timeOrNull,
})
export type Alarm = z.output<typeof alarmSchema>

export const alarmPhase = z.enum(['raised', 'over'])
export type AlarmPhase = z.output<typeof alarmPhase>

export const deliverySchema = z.object({
  id,
  alarmId: id.nullable(),
  phase: z.enum([...alarmPhase.options, 'test']),
  /** `queued`: tried again at `nextAt`; `failed`: given up. */
  state: z.enum(['queued', 'delivered', 'failed']),
  attempts: z.int(),
  nextAt: timeOrNull,
  /** Of the last attempt: the answer's status, or why there was none. */
  status: z.int().nullable(),
  problem: z.string().nullable(),
  createdAt: time,
  settledAt: timeOrNull,
})
export type Delivery = z.output<typeof deliverySchema>

/** Where alarms are posted to; of our own machine's addresses too, since the operator chooses it. */
const webhookUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .max(2000)
  .refine((text) => {
    if (!URL.canParse(text)) return false
    const { username, password } = new URL(text)
    return username === '' && password === ''
  }, 'must not contain a user name or password')

const switches = z.object(
  Object.fromEntries(alarmKinds.map((kind) => [kind, z.boolean()])) as Record<AlarmKind, z.ZodBoolean>,
)

/** Least length of the secret with which deliveries are signed. */
export const webhookSecretLength = 16

export const watchSchema = z.object({
  /** What is looked for. */
  kinds: switches,
  webhook: z.object({ url: z.string() }).nullable(),
  /** What is the matter now, newest first. */
  alarms: z.array(alarmSchema),
  /** What is known of each connection's silences at this hour; null while there are too few days to learn from. */
  usual: z.array(z.object({ connectionId: id, days: z.int(), usualMs: z.int().nullable() })),
})
export type WatchState = z.output<typeof watchSchema>

export const watchEntries = {
  'watch.get': entry(
    'What the watch looks for, what is the matter now, and where it tells of it.',
    z.object({}),
    watchSchema,
  ),
  'watch.set': entry(
    'Switches conditions on or off, sets or (null) removes the webhook. The secret is needed once, and never given back.',
    z.object({
      kinds: switches.partial().optional(),
      webhook: z
        .object({ url: webhookUrl, secret: z.string().min(webhookSecretLength).max(200).optional() })
        .nullable()
        .optional(),
    }),
    done,
  ),
  'watch.alarms': entry('What was the matter, newest first.', z.object(paging), page(alarmSchema)),
  'watch.seen': entry(
    'Puts alarms aside that still last: they are no longer shown above the screens.',
    z.object({
      ids: z.array(id).min(1).max(500),
    }),
    done,
  ),
  'watch.test': entry('Posts a test to the webhook, once, and tells what came of it.', z.object({}), deliverySchema, [
    'not-found',
  ]),
  'watch.deliveries': entry('What was posted to the webhook, newest first.', z.object(paging), page(deliverySchema)),
}
