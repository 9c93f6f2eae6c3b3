import { z } from 'zod'
import { methodNames } from '#shared/protocol/methods.ts'
import { errorSchema } from '../errors.ts'
import { done, id, page, paging, peer, time, timeOrNull } from '../common.ts'
import { entry } from '../define.ts'
import { callbackEffectSchema, toleranceSchema } from '../reading.ts'
import { waitSchema } from './pace.ts'

export const operationKind = z.enum([
  'login',
  'logout',
  'add-friend',
  'refresh-friends',
  'send',
  'create-group',
  'refresh-groups',
  'get-groups',
  'invite',
  'quit-group',
])
export type OperationKind = z.infer<typeof operationKind>

export const operationState = z.enum(['queued', 'sending', 'accepted', 'done', 'failed', 'unknown', 'cancelled'])
export type OperationState = z.infer<typeof operationState>

export const loginStep = z.enum(['requested', 'accepted', 'scan', 'scanned', 'code', 'online', 'failed', 'cancelled'])

export const loginSchema = z.object({
  step: loginStep,
  qr: z.object({ kind: z.enum(['link', 'image', 'text']), value: z.string() }).optional(),
  /** To be typed on the phone. */
  verificationCode: z.string().optional(),
  expiresAt: timeOrNull,
  method: z.enum(['password', 'qr', 'cached']).optional(),
  /** When each step was reached, in order. */
  steps: z.array(z.object({ step: loginStep, at: time })).optional(),
})
export type Login = z.output<typeof loginSchema>

export const operationSchema = z.object({
  id,
  kind: operationKind,
  state: operationState,
  robotId: id,
  createdAt: time,
  settledAt: timeOrNull,
  error: errorSchema.nullable(),
  /** Whom it is about, where it is about somebody. */
  peer: peer.nullable(),
  /** The message that it sends, for `send`. */
  messageId: id.nullable(),
  callIds: z.array(id),
  callbackIds: z.array(id),
  login: loginSchema.optional(),
  /** A log-in that began by itself, after the robot dropped. */
  automatic: z.boolean().optional(),
  /** Why it waits in the outbox, where it does. */
  wait: waitSchema.optional(),
})
export type Operation = z.output<typeof operationSchema>

export const callSchema = z.object({
  id,
  operationId: id.nullable(),
  connectionId: id,
  /** The robot that it was for; null where it named none that is known. */
  robotId: id.nullable(),
  method: z.enum(methodNames),
  at: time,
  durationMs: z.int().nullable(),
  /** HTTP status; null where no answer came. */
  status: z.int().nullable(),
  /** Exactly what was signed, with secrets redacted. */
  signingString: z.string(),
  /** The request's envelope as sent, with secrets redacted. */
  request: z.string(),
  /** The answer's body as it came; null where none came. */
  response: z.string().nullable(),
  vcSerialNo: z.string().nullable(),
  success: z.boolean().nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
})
export type Call = z.output<typeof callSchema>

/** One call by itself also names the callbacks that carry its serial number. */
export const callDetailSchema = callSchema.extend({ callbackIds: z.array(id) })
export type CallDetail = z.output<typeof callDetailSchema>

export const callbackState = z.enum(['applied', 'pending', 'failed', 'quarantined', 'ignored', 'repeat'])
export type CallbackState = z.infer<typeof callbackState>

export const callbackSchema = z.object({
  id,
  at: time,
  /** The callback's type number as text; null where the body could not be read. */
  type: z.string().nullable(),
  state: callbackState,
  /** Why it is in that state, as a stable word; null when applied as usual. */
  reason: z.string().nullable(),
  connectionId: id,
  robotId: id.nullable(),
  serialNo: z.string().nullable(),
  /** The body as it came. */
  raw: z.string(),
  operationId: id.nullable(),
  /** Which deviations from the document had to be tolerated to read it. */
  tolerances: z.array(toleranceSchema),
  /** What it changed. */
  effects: z.array(callbackEffectSchema),
})
export type Callback = z.output<typeof callbackSchema>

/** One callback by itself also names the call that its serial number refers to, and says what its body reports. */
export const callbackDetailSchema = callbackSchema.extend({
  callId: id.nullable(),
  /** The result that the platform reports in it; null where the body could not be read. */
  result: z
    .object({
      /** Null where there is none, which means success. */
      code: z.string().nullable(),
      text: z.string(),
      /** Whether the connection's settings take the code for success now. */
      success: z.boolean(),
    })
    .nullable(),
})
export type CallbackDetail = z.output<typeof callbackDetailSchema>

/** What its event tells: everything short. */
export const callbackNewsSchema = callbackSchema.omit({ raw: true, tolerances: true })
export type CallbackNews = z.output<typeof callbackNewsSchema>

/**
 * A page of a list that may be filtered by what no index knows. Where much lies behind, one request looks
 * through a part of it: `lookedBackTo` is then the time of the oldest looked at, and `nextCursor` goes on there.
 */
const searched = <Item extends z.ZodType>(item: Item) => page(item).extend({ lookedBackTo: timeOrNull })

export const recordEntries = {
  'operations.list': entry(
    'Operations, newest first.',
    z.object({ robotId: id.optional(), kind: operationKind.optional(), state: operationState.optional(), ...paging }),
    page(operationSchema),
  ),
  'operations.get': entry('One operation.', z.object({ id }), operationSchema, ['not-found']),
  'operations.cancel': entry(
    'Cancels an operation that still waits in the outbox, or a log-in under way.',
    z.object({ id }),
    done,
    ['not-found', 'not-allowed-now'],
  ),
  'calls.list': entry(
    'Calls to the platform, newest first.',
    z.object({
      operationId: id.optional(),
      method: z.enum(methodNames).optional(),
      robotId: id.optional(),
      /** `false`: refused, or no answer that could be read. */
      success: z.boolean().optional(),
      /** `true`: only calls of no operation, as the API console and scripts make them. */
      direct: z.boolean().optional(),
      ...paging,
    }),
    searched(callSchema),
  ),
  'calls.get': entry('One call.', z.object({ id }), callDetailSchema, ['not-found']),
  'callbacks.list': entry(
    'Callbacks as they came, newest first.',
    z.object({
      state: callbackState.optional(),
      type: z.string().max(20).optional(),
      robotId: id.optional(),
      reason: z.string().max(40).optional(),
      /** Part of the body, as it came or as it reads. */
      query: z.string().max(200).optional(),
      ...paging,
    }),
    searched(callbackSchema),
  ),
  'callbacks.get': entry('One callback.', z.object({ id }), callbackDetailSchema, ['not-found']),
  'callbacks.replay': entry(
    'Reads callbacks again that are pending, failed, quarantined or ignored.',
    z.object({ ids: z.array(id).min(1).max(500) }),
    z.object({
      /** What became of them, by state and reason. */
      outcomes: z.array(z.object({ state: callbackState, reason: z.string().nullable(), count: z.int() })),
    }),
    ['not-found'],
  ),
}
