/** What the API console needs beside the methods themselves. */
import { z } from 'zod'
import { methodNames } from '#shared/protocol/methods.ts'
import { id } from '../common.ts'
import { entry } from '../define.ts'

export const previewSchema = z.object({
  /** The address, with the query string where the connection sends the envelope in it. */
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  /** The body as it would be sent, with secrets redacted. */
  body: z.string(),
  /** The envelope's parameters by name, wherever they travel; `sign` only where it was asked for. */
  envelope: z.record(z.string(), z.string()),
  /** Exactly what is signed, with secrets redacted. */
  signingString: z.string(),
  /** The request as a command for a shell, with secrets redacted; null without a signature. */
  curl: z.string().nullable(),
  /** Whether something was taken out: then the signature belongs to another text than the one shown. */
  redacted: z.boolean(),
})
export type Preview = z.output<typeof previewSchema>

export const consoleEntries = {
  'platform.preview': entry(
    'Shows the request of a method as it would be sent now, and sends nothing. Every check of the call itself is made. With `signed` the signature is in it, and the platform takes the request as long as it takes its timestamp.',
    z.object({
      connectionId: id,
      method: z.enum(methodNames),
      /** The parameters of the method; `vcMerchantNo` may be left out. */
      parameters: z.record(z.string().max(64), z.unknown()),
      signed: z.boolean().default(false),
    }),
    previewSchema,
    ['not-found', 'method-withdrawn', 'vault-locked'],
  ),
}
