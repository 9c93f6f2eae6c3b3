import { z } from 'zod'
import { methodNames } from '#shared/protocol/methods.ts'
import { signTypes } from '#shared/protocol/envelope.ts'
import { changesOf, done, id, page, time, timeOrNull } from '../common.ts'
import { entry } from '../define.ts'
import { findingCode, findingSchema } from '../findings.ts'
import { robotAction } from './pace.ts'

const timeZone = z.string().refine((zone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}, 'must be a time zone such as Asia/Shanghai')

const httpUrl = z.url({ protocol: /^https?$/, message: 'must be an http or https address' }).max(2048)

/** One address or a network in CIDR form, IPv4 or IPv6. */
const network = z.union(
  [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
  'must be an address or a network such as 10.0.0.0/8',
)

/** Every setting that the platform's document masks or leaves open, with PROTOCOL's defaults. */
/** PROTOCOL §2: each operation that times out has a setting of its own. */
const operationTimeout = z.int().min(1000).max(3_600_000).default(120_000)

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
  /** How long a log-in may take, in milliseconds. */
  loginTimeoutMs: operationTimeout,
  /** How long a log-out waits for the callback that settles it, in milliseconds. */
  logoutTimeoutMs: operationTimeout,
  /** The same for a list of friends, of groups, or of a group's members. */
  listTimeoutMs: operationTimeout,
  /** The same for making and leaving a group. */
  groupTimeoutMs: operationTimeout,
  /** How long a call waits for its answer, in milliseconds. */
  callTimeoutMs: z.int().min(500).max(300_000).default(15_000),
  /** Within what time an echo without a serial number is taken for one of our sends, in milliseconds. */
  echoWindowMs: z.int().min(1000).max(3_600_000).default(120_000),
  /** Origins that pictures may come from though their address is not public. */
  mediaOrigins: z.array(httpUrl).max(50).default([]),
  /** Addresses and networks that callbacks are taken from; none means any. Others get 404 and are counted. */
  callbackSources: z.array(network).max(200).default([]),
  /** Proxies before the listener whose `X-Forwarded-For` is believed. */
  trustedProxies: z.array(network).max(50).default([]),
  /** Whether callbacks need a signature by the platform's public key; others are quarantined. */
  checkSignature: z.boolean().default(false),
  /** What a robot may not do while the platform limits it, by risk code. A code that is not here holds nothing back. */
  riskCodes: z.record(z.string().min(1).max(64), z.array(robotAction).max(20)).default({}),
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
  /** The callback URL before the present one, while it is still taken. */
  oldCallback: z.object({ until: time, uses: z.int(), lastUsedAt: timeOrNull }).nullable(),
  /** Callbacks that came from addresses that are not allowed. */
  refusedSources: z.object({ count: z.int(), lastAt: time, lastAddress: z.string() }).nullable(),
  /** A key pair that is to take the place of the present one, once the platform knows it. */
  nextKey: z.object({ publicKeyPem: z.string(), publicKeyFingerprint: z.string(), since: time }).nullable(),
})
export type Connection = z.output<typeof connectionSchema>

/** Where a private key comes from; without text a new RSA-2048 pair is made. */
const keyFields = {
  /** PEM or bare base64, PKCS#1 or PKCS#8, encrypted or not. Stored in the vault and never given back. */
  privateKeyPem: z.string().min(1).max(20_000).optional(),
  /** Of an encrypted `privateKeyPem`; not stored. */
  privateKeyPassword: z.string().max(1000).optional(),
  /** The public half that is expected; a key that does not belong to it is refused. */
  publicKeyPem: z.string().min(1).max(20_000).optional(),
}

const settings = {
  signType: z.enum(signTypes).optional(),
  timeZone: timeZone.optional(),
  platformPublicKeyPem: z.string().max(20_000).nullable().optional(),
  advanced: changesOf(advancedSchema).optional(),
}

const testResult = z.object({
  /** Whether the platform takes this connection's calls. */
  works: z.boolean(),
  /** The first finding that stands in the way, or `signature-taken`. */
  verdict: findingCode,
  steps: z.array(findingSchema),
  /** The platform's clock less ours, milliseconds; null where the answer had no Date header. */
  clockOffsetMs: z.int().nullable(),
  /** The call in the record; null for a connection that is not saved. */
  callId: id.nullable(),
})
export type ConnectionTest = z.output<typeof testResult>

const dayMs = 86_400_000

export const connectionEntries = {
  'connections.save': entry(
    'Creates a connection, or changes the one named by `id`. Without `privateKeyPem` a new connection gets a new RSA-2048 pair, and an existing one keeps its key. `platformPublicKeyPem` null takes that key away.',
    z.object({ id: id.optional(), ...fields, ...keyFields, ...settings }),
    z.object({ id, publicKeyPem: z.string(), publicKeyFingerprint: z.string(), callbackUrl: z.string() }),
    ['not-found', 'key-unreadable', 'vault-locked'],
  ),
  'connections.list': entry('All connections, without their private keys.', z.object({}), page(connectionSchema)),
  'connections.removal': entry(
    'What `connections.remove` would delete, in numbers.',
    z.object({ id }),
    z.object({
      robots: z.int(),
      conversations: z.int(),
      messages: z.int(),
      calls: z.int(),
      callbacks: z.int(),
    }),
    ['not-found'],
  ),
  'connections.remove': entry(
    'Removes a connection with its robots, their conversations, messages, calls and callbacks.',
    z.object({ id }),
    done,
    ['not-found'],
  ),
  'connections.test': entry(
    'Makes one harmless call (a list of friends) and explains the answer. What is given stands in for what is saved; without `id` gatewayUrl, appId, merchantNo and methodPrefix are needed, and nothing is recorded.',
    z
      .object({ id: id.optional(), ...z.object(fields).partial().shape, ...keyFields, ...settings })
      .superRefine((input, context) => {
        if (input.id !== undefined) return
        for (const name of ['gatewayUrl', 'appId', 'merchantNo', 'methodPrefix'] as const) {
          if (input[name] === undefined) context.addIssue({ code: 'custom', path: [name], message: 'is required' })
        }
      }),
    testResult,
    ['not-found', 'key-unreadable', 'vault-locked'],
  ),
  'connections.rotateSecret': entry(
    'Gives the connection a new callback URL at once. The one before is taken until `graceMs` (a day unless given, 0 for not at all) is over; one that is older still ends.',
    z.object({
      id,
      graceMs: z
        .int()
        .min(0)
        .max(30 * dayMs)
        .default(dayMs),
    }),
    z.object({ callbackUrl: z.string(), oldUntil: timeOrNull }),
    ['not-found'],
  ),
  'connections.endOldSecret': entry(
    'Takes no more callbacks at the URL before the present one.',
    z.object({ id }),
    done,
    ['not-found'],
  ),
  'connections.rotateKey': entry(
    'Keeps a new key pair beside the present one: made here, or given. Calls go on with the present one until `connections.tryKey` or `connections.adoptKey`.',
    z.object({ id, ...keyFields }),
    z.object({ publicKeyPem: z.string(), publicKeyFingerprint: z.string() }),
    ['not-found', 'key-unreadable', 'vault-locked'],
  ),
  'connections.tryKey': entry(
    'Makes the call of `connections.test` with the new key. When the platform takes its signature it becomes the key, and the old private key is deleted.',
    z.object({ id }),
    testResult.extend({ adopted: z.boolean() }),
    ['not-found', 'not-allowed-now', 'vault-locked'],
  ),
  'connections.adoptKey': entry(
    'Makes the new key the key without trying it; the old private key is deleted.',
    z.object({ id }),
    done,
    ['not-found', 'not-allowed-now'],
  ),
  'connections.dropKey': entry('Gives the new key up and deletes it; the present one stays.', z.object({ id }), done, [
    'not-found',
    'not-allowed-now',
  ]),
}
