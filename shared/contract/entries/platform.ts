/** `platform.<method>`: each of the twelve methods straight to the platform, from the table of PROTOCOL §2. */
import { z } from 'zod'
import { methodFacts, methodNames, type MethodName, type ParameterFact } from '#shared/protocol/methods.ts'
import { id } from '../common.ts'
import { entry, type EntryDefinition } from '../define.ts'

export const platformAnswerSchema = z.object({
  vcSerialNo: z.string().nullable(),
  success: z.boolean(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  /** The answer's `data` as JSON, numbers too large to be exact as text. */
  data: z.unknown(),
  callId: id,
})
export type PlatformAnswer = z.output<typeof platformAnswerSchema>

/* Lengths are checked by the engine, in the unit that the connection counts in; only types are checked here. */
const parameterSchema = (fact: ParameterFact): z.ZodType => {
  switch (fact.type) {
    case 'boolean':
      return z.boolean()
    case 'textList':
      return z.array(z.string().min(1)).min(1)
    case 'content':
      return z.object({ msg_type: z.string().min(1), msg_content: z.string().min(1) })
    case 'text':
      return fact.values ? z.enum(fact.values as [string, ...string[]]) : z.string().min(fact.required ? 1 : 0)
  }
}

const inputSchema = (method: MethodName): z.ZodType<PlatformInput> => {
  const shape: Record<string, z.ZodType> = { connectionId: id }
  for (const fact of methodFacts[method].parameters) {
    const optional = !fact.required || fact.name === 'vcMerchantNo'
    shape[fact.name] = optional ? parameterSchema(fact).optional() : parameterSchema(fact)
  }
  return z.strictObject(shape) as unknown as z.ZodType<PlatformInput>
}

/** The parameters of PROTOCOL §2 under their own names, beside the connection. */
export type PlatformInput = { connectionId: string } & Record<string, unknown>
export type PlatformEntryName = `platform.${MethodName}`

export const platformEntries = Object.fromEntries(
  methodNames.map((method) => [
    `platform.${method}`,
    entry(
      `${methodFacts[method].en} (${methodFacts[method].zh}), straight to the platform: recorded, neither queued nor paced.`,
      inputSchema(method),
      platformAnswerSchema,
      ['not-found', 'method-withdrawn', 'gateway-unreachable', 'answer-lost', 'answer-unreadable', 'vault-locked'],
    ),
  ]),
) as Record<PlatformEntryName, EntryDefinition<z.ZodType<PlatformInput>, typeof platformAnswerSchema>>
