/** How an entry and an event of the contract are defined. Everything else is derived from these. */
import type { z } from 'zod'
import type { ErrorCode } from './errors.ts'

export interface EntryDefinition<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  /** One sentence for docs/contract.md. */
  readonly summary: string
  readonly input: Input
  readonly output: Output
  /** Codes that this entry gives beside those that every entry can give (`commonErrors`). */
  readonly errors: readonly ErrorCode[]
}

/** What every entry can answer with. */
export const commonErrors = [
  'invalid-input',
  'unauthorized',
  'forbidden',
  'locked',
  'storage-failed',
  'disk-full',
  'internal',
] as const satisfies readonly ErrorCode[]

/**
 * Defines one entry.
 *
 * @param summary one sentence for the documentation
 * @param input schema of the JSON object that the caller gives
 * @param output schema of the result
 * @param errors error codes of this entry's own
 */
export function entry<Input extends z.ZodType, Output extends z.ZodType>(
  summary: string,
  input: Input,
  output: Output,
  errors: readonly ErrorCode[] = [],
): EntryDefinition<Input, Output> {
  return { summary, input, output, errors }
}

export interface EventDefinition<Data extends z.ZodType = z.ZodType> {
  readonly summary: string
  readonly data: Data
}

/** Defines one event. */
export function event<Data extends z.ZodType>(summary: string, data: Data): EventDefinition<Data> {
  return { summary, data }
}
