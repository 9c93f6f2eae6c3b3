import { z } from 'zod'
import { methodNames } from '#shared/protocol/methods.ts'
import { signTypes } from '#shared/protocol/envelope.ts'
import { changesOf, done, id, page } from '../common.ts'
import { entry } from '../define.ts'

const timeZone = z.string().refine((zone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}, 'must be a time zone such as Asia/Shanghai')

const httpUrl = z.url({ protocol: /^https?$/, message: 'must be an http or https address' }).max(2048)

/** Every setting that the platform's document masks or leaves open, with PROTOCOL's defaults. */
export const advancedSchema = z.object({
  /** The two methods that the document marks 作废 may be called. */
  withdrawnMethods: z.boolean().default(false),
  /** Full method names that differ from `<prefix>.<name>`. */
  methodNames: z.partialRecord(z.enum(methodNames), z.string().min(1).max(128)).default({}),
  contentType: z.enum(['form', 'json']).default('form'),
  /** Where the envelope goes: all in the body, or all but `data` in the query string. */
  placement: z.enum(['body', 'query']).default('body'),
  /** Whether `sign_type` is part of the signing string. */
  signTypeInString: z.boolean().default(true),
  /** The value of `Merchantid` where it is not the merchant number. */
  merchantId: z.string().min(1).max(256).optional(),
  /** What counts as a character in the document's limits. */
  lengthUnit: z.enum(['code-points', 'utf16', 'utf8']).default('code-points'),
  /** Result codes in callbacks that mean success, beside an absent one. */
  successCodes: z.array(z.string().max(64)).max(50).default(['0', 'success']),
  /** Body of the acknowledgement of a callback. */
  acknowledgement: z.string().min(1).max(200).default('success'),
  /** Where this deployment puts the QR code, as a dotted path; otherwise it is looked for. */
  qrPath: z.string().max(200).optional(),
  /** How long an operation waits for the callback that settles it, in milliseconds. */
  operationTimeoutMs: z.int().min(1000).max(3_600_000).default(120_000),
  /** How long a log-in may take, in milliseconds. */
  loginTimeoutMs: z.int().min(1000).max(3_600_000).default(120_000),
  /** How long a call waits for its answer, in milliseconds. */
  callTimeoutMs: z.int().min(500).max(300_000).default(15_000),
  /** Within what time an echo without a serial number is taken for one of our sends, in milliseconds. */
  echoWindowMs: z.int().min(1000).max(3_600_000).default(120_000),
  /** Origins that pictures may come from though their address is not public. */
  mediaOrigins: z.array(httpUrl).max(50).default([]),
})
export type Advanced = z.output<typeof advancedSchema>

const withoutBlanks = /^\S*$/

const fields = {
  name: z.string().trim().min(1).max(100),
  gatewayUrl: httpUrl,
  appId: z.string().trim().min(1).max(32).regex(withoutBlanks, 'must not contain blanks'),
  merchantNo: z.string().trim().min(1).max(50).regex(withoutBlanks, 'must not contain blanks'),
  methodPrefix: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(withoutBlanks, 'must not contain blanks')
    .refine((prefix) => !prefix.endsWith('.'), 'must not end with a dot'),
}

export const connectionSchema = z.object({
  id,
  ...fields,
  signType: z.enum(signTypes),
  timeZone: z.string(),
  publicKeyPem: z.string(),
  /** SHA-256 of the public key's SubjectPublicKeyInfo, hexadecimal. */
  publicKeyFingerprint: z.string(),
  platformPublicKeyPem: z.string().nullable(),
  advanced: advancedSchema,
  callbackUrl: z.string(),
  /** Whether the built-in sandbox is at the other end. */
  sandbox: z.boolean(),
})
export type Connection = z.output<typeof connectionSchema>

export const connectionEntries = {
  'connections.save': entry(
    'Creates a connection, or changes the one named by `id`. Without `privateKeyPem` a new connection gets a new RSA-2048 pair, and an existing one keeps its key.',
    z.object({
      id: id.optional(),
      ...fields,
      signType: z.enum(signTypes).optional(),
      timeZone: timeZone.optional(),
      /** PEM or bare base64, PKCS#1 or PKCS#8. Stored in the vault and never given back. */
      privateKeyPem: z.string().min(1).max(20_000).optional(),
      platformPublicKeyPem: z.string().max(20_000).nullable().optional(),
      advanced: changesOf(advancedSchema).optional(),
    }),
    z.object({ id, publicKeyPem: z.string(), publicKeyFingerprint: z.string(), callbackUrl: z.string() }),
    ['not-found', 'key-unreadable', 'vault-locked'],
  ),
  'connections.list': entry('All connections, without their private keys.', z.object({}), page(connectionSchema)),
  'connections.remove': entry(
    'Removes a connection with its robots, their conversations, messages, calls and callbacks.',
    z.object({ id }),
    done,
    ['not-found'],
  ),
}
