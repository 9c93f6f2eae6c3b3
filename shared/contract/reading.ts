/** How a callback was read and what it changed, as stable words; the screens put them into sentences. */
import { z } from 'zod'
import { peer } from './common.ts'

/** Deviations of PROTOCOL §3 that were needed to understand a body. The two generations of headers are none. */
export const tolerances = [
  'byte-order-mark',
  'html-escaped',
  'json-in-text',
  'list-of-one',
  'form-strContext',
  'form-fields',
  'data-in-text',
  'data-missing',
  'field-in-text',
  'odd-names',
  'mixed-generations',
  'object-for-list',
  'list-for-object',
  'base64-name',
  'long-number',
  'number-for-text',
  'text-for-number',
  'written-time',
  'merchant-missing',
  'robot-by-serial',
  'operation-by-kind',
  'author-inferred',
] as const
export const toleranceSchema = z.enum(tolerances)
export type Tolerance = z.infer<typeof toleranceSchema>

/** How many ids an effect names; its count says how many there are. */
export const namedIds = 20

export const callbackEffectSchema = z.object({
  what: z.enum([
    'message-added',
    'message-echoed',
    'friend-added',
    'friend-changed',
    'friend-gone',
    'group-added',
    'group-changed',
    'group-left',
    'member-joined',
    'member-gone',
    'robot-state',
    'account-learned',
    'login-code',
    'operation-state',
  ]),
  /** How many of them. */
  count: z.int().min(1),
  /** Of messages, robots and operations our ids, else the platform's; the first twenty. */
  ids: z.array(z.string()),
  /** The conversation of a message, the group of a member. */
  peer: peer.optional(),
  /** The state before and after, of a robot or an operation. */
  from: z.string().optional(),
  to: z.string().optional(),
})
export type CallbackEffect = z.output<typeof callbackEffectSchema>
