/** What the platform can be told to do wrong. Kept in memory only: a restart heals it. */
import { z } from 'zod'

const times = z.number().int().min(0).max(1_000_000)

export const faultsSchema = z.strictObject({
  /** Waits this long before it works on a request, in milliseconds. */
  latencyMs: z.number().int().min(0).max(600_000).default(0),
  /** Share of the requests that are refused as busy, 0 to 1. */
  failRate: z.number().min(0).max(1).default(0),
  /** Refuses with this code: one method or all, so many times or always. */
  refuse: z
    .strictObject({
      method: z.string().optional(),
      code: z.number().int(),
      message: z.string().max(500),
      times: times.optional(),
    })
    .nullable()
    .default(null),
  /** Does the work, then cuts the connection instead of answering. */
  dropAnswer: times.default(0),
  /** Answers with this HTTP status and does nothing. */
  httpStatus: z
    .strictObject({ status: z.number().int().min(300).max(599), times })
    .nullable()
    .default(null),
  /** Answers with something that is no JSON and does nothing. */
  garbage: times.default(0),
  /** Delivers every callback so many times more. */
  repeatCallbacks: z.number().int().min(0).max(100).default(0),
  reorderCallbacks: z.boolean().default(false),
  delayCallbacksMs: z.number().int().min(0).max(3_600_000).default(0),
  /** The callbacks of a call arrive before its answer. */
  callbackBeforeAnswer: z.boolean().default(false),
  /** Whether what a robot sent comes back as 1005 or 2004, and with which serial number. */
  echo: z.enum(['on', 'off', 'without-serial']).default('on'),
})
export type Faults = z.output<typeof faultsSchema>

export const noFaults = (): Faults => faultsSchema.parse({})

/** A change: only what is named in it. */
export const faultsChange = z.strictObject(
  Object.fromEntries(
    Object.entries(faultsSchema.shape).map(([name, field]) => [name, field.unwrap().optional()]),
  ) as unknown as { [K in keyof typeof faultsSchema.shape]: z.ZodOptional<z.ZodType<Faults[K]>> },
)

/** How a request is to be mishandled before any work is done; what is counted is counted down. */
export type EarlyFault =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'refuse'; readonly code: number; readonly message: string }

/** Takes the next fault for a request of this method (its short name). */
export function takeEarlyFault(faults: Faults, method: string, chance: number): EarlyFault | null {
  if (faults.httpStatus && faults.httpStatus.times > 0) {
    faults.httpStatus.times -= 1
    return { kind: 'status', status: faults.httpStatus.status }
  }
  if (faults.garbage > 0) {
    faults.garbage -= 1
    return { kind: 'garbage' }
  }
  const { refuse } = faults
  if (refuse && (refuse.method === undefined || refuse.method === method) && refuse.times !== 0) {
    if (refuse.times !== undefined) refuse.times -= 1
    return { kind: 'refuse', code: refuse.code, message: refuse.message }
  }
  if (chance < faults.failRate) return { kind: 'refuse', code: 59999, message: 'the platform is busy, try again later' }
  return null
}
