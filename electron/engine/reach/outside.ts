/**
 * What is asked of somebody outside, and what is told back: whether a public address leads to the engine that asks.
 * Whoever looks learns no secret and hands no content on: an answer goes back only where it has the form of a proof.
 */
import { z } from 'zod'
import { publicUrl } from '#shared/contract/entries/reach.ts'
import { reachFindingCode, reachFindingWords, reachHops } from '#shared/contract/reach-findings.ts'
import type { Found } from './hops.ts'
import type { Nonce } from './nonces.ts'

/** Random text as nonces and secrets are made of it. */
const random = z.string().regex(/^[A-Za-z0-9_-]{32}$/)

/** What somebody outside is to ask for: `<publicUrl>/callback/<stand>/<nonce>`. */
export const lookSchema = z.object({
  publicUrl,
  /** Stands where the secret does. */
  stand: random,
  nonce: random,
})
export type Look = z.output<typeof lookSchema>

/** The form of an engine's proof: an HMAC-SHA-256. */
export const proofForm = /^[A-Za-z0-9_-]{43}$/

const findingSchema = z.object({
  hop: z.enum(reachHops),
  // Whoever looks may say what is wrong. That all is well is said by a proof alone.
  code: reachFindingCode.refine((code) => reachFindingWords[code].state !== 'good'),
  params: z.record(z.string().max(50), z.union([z.string().max(1000), z.number()])),
})

/** What was seen. */
export const reportSchema = z.object({
  /** The hop at which the look ended; null where a proof came. */
  failed: findingSchema.nullable(),
  proof: z.string().regex(proofForm).nullable(),
  /** Status of the answer that the proof came with. */
  status: z.int().nullable(),
})
export type Report = z.output<typeof reportSchema>

/** @returns null where nobody could look */
export type AskOutside = (look: Look) => Promise<Report | null>

/** What a report means to whoever gave the nonce out. */
export function readReport({ failed, proof, status }: Report, nonce: Pick<Nonce, 'read'>): Found {
  if (failed) return { hop: 'outside', code: failed.code, params: failed.params }
  const said = proof === null ? 'not-ours' : nonce.read(proof)
  if (said === 'right-secret') return { hop: 'outside', code: 'outside-here', params: {} }
  // What stood in the secret's place did not arrive as it was sent.
  if (said === 'wrong-secret') return { hop: 'outside', code: 'secret-wrong', params: {} }
  return { hop: 'outside', code: 'machine-other', params: { status: status ?? '?' } }
}
