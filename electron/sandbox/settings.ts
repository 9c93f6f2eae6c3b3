/** What may differ from one deployment of such a platform to the next, and how lively the world is. */
import { z } from 'zod'

const ms = z
  .number()
  .int()
  .min(0)
  .max(24 * 3_600_000)
const range = z.tuple([ms, ms]).refine(([from, to]) => from <= to, 'must be [least, greatest]')

export const settingsSchema = z.strictObject({
  /** How often simulated people write by themselves. */
  liveliness: z.enum(['off', 'calm', 'busy']).default('calm'),
  /** Whether simulated people answer what a robot writes. */
  answers: z.boolean().default(true),
  /** From coming online to the first message, in milliseconds. */
  firstMessageMs: range.default([600, 1900]),
  /** From a robot's message to the answer, in milliseconds. */
  answerMs: range.default([1000, 4000]),
  /** From a friend request to its answer, in milliseconds. */
  friendAnswerMs: range.default([2000, 6000]),
  /** From a call to the callback that it causes, in milliseconds. */
  callbackMs: range.default([120, 400]),
  /** Waits between the attempts to deliver a callback; the last one repeats. */
  retryMs: z.array(ms.min(10)).min(1).max(20).default([1000, 2000, 5000, 10_000, 30_000]),
  /** How long one attempt to deliver may take, in milliseconds. */
  deliveryTimeoutMs: ms.min(50).default(10_000),
  /** Deliveries under way at once, over all merchants. */
  maxDeliveries: z.number().int().min(1).max(256).default(8),
  /** Whether the callbacks of one robot keep their order, each waiting for the one before. */
  orderPerRobot: z.boolean().default(true),
  /** A robot that sends more than this is too fast. */
  rateLimit: z
    .strictObject({ messages: z.number().int().min(1).max(1_000_000), windowMs: ms.min(1) })
    .default({ messages: 60, windowMs: 10_000 }),
  /** A robot that asks more people than this to be friends is too fast. */
  friendLimit: z
    .strictObject({ requests: z.number().int().min(1).max(1_000_000), windowMs: ms.min(1) })
    .default({ requests: 20, windowMs: 60_000 }),
  /** What becomes of who is too fast: banned, or limited the first time and banned the next. */
  haste: z.enum(['ban', 'limit-first']).default('ban'),
  /** How long that limit lasts, in milliseconds. */
  hasteLimitMs: ms.min(1).default(60_000),
  /** How a QR log-in's code is given in `vcCodeUrl`. */
  qrForm: z.enum(['text', 'image', 'link']).default('text'),
  /** Whether a log-in asks for a verification code before it ends. */
  loginCode: z.boolean().default(false),
  /** Whether the platform tells of a scan, and of the verification code, by a callback (1026). */
  loginNews: z.boolean().default(true),
  /** How long a log-in waits for the phone, in milliseconds. */
  loginExpiresMs: ms.min(50).default(120_000),
  /** Whether callback 1006 follows each log-in. */
  addressBook: z.boolean().default(false),
  /** Entries in one callback of a list. */
  listChunk: z.number().int().min(1).max(1000).default(20),
  /** How times are written in callbacks. */
  timeForm: z.enum(['milliseconds', 'seconds', 'text']).default('milliseconds'),
  /** How a callback's body is wrapped: JSON, or the form field `strContext`, perhaps HTML-escaped. */
  bodyForm: z.enum(['json', 'form', 'form-escaped']).default('json'),
  /** Whether callbacks carry `sign` and `sign_type` by Alipay's rule for notifications. */
  signCallbacks: z.boolean().default(false),
  /** Whether answers stand in Alipay's wrapper, `{"<method>_response": {...}, "sign": "..."}`. */
  wrapAnswers: z.boolean().default(false),
})
export type Settings = z.output<typeof settingsSchema>
export const settingsChange = z.strictObject(
  Object.fromEntries(
    Object.entries(settingsSchema.shape).map(([name, field]) => [name, field.unwrap().optional()]),
  ) as unknown as { [K in keyof typeof settingsSchema.shape]: z.ZodOptional<z.ZodType<Settings[K]>> },
)
