/** The ways in: how the platform's callbacks of a connection reach this machine. */
import { z } from 'zod'
import { id, page, time, timeOrNull } from '../common.ts'
import { entry } from '../define.ts'
import { reachFindingSchema } from '../reach-findings.ts'
import { reachSecrets, type ReachSecret } from '../reach-secrets.ts'
import { relayLeavingSchema } from '../relay-leaving.ts'
import { noticeSchema } from './system.ts'

/** The address that is registered at the platform, without the part that this application adds (`/callback/…`). */
export const publicUrl = z
  .url({ protocol: /^https?$/, message: 'must be an http or https address', abort: true })
  .max(200)
  .refine((text) => {
    const { search, hash, username, password } = new URL(text)
    return search === '' && hash === '' && username === '' && password === ''
  }, 'must be without query, fragment, user name and password')
  .transform((text) => text.replace(/\/+$/, ''))

const hostName = z
  .string()
  .trim()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9.:_-]+$/, 'must be a host name or an address')
const port = z.int().min(1).max(65_535)
const argument = z
  .string()
  .max(4096)
  .refine((text) => !text.includes('\0'), 'must not contain a null character')

/** Longest pattern, in characters, and how far a command's line is looked at. */
export const patternLimit = 500

const pattern = z
  .string()
  .min(1)
  .max(patternLimit)
  .refine((text) => {
    try {
      new RegExp(text, 'u')
      return true
    } catch {
      return false
    }
  }, 'must be a regular expression')

/** Several Switchboards that have nothing to do with each other may share a NATS server, each under its own name. */
export const relayName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be small letters, digits and hyphens')

const natsServer = z
  .string()
  .trim()
  .max(300)
  .regex(
    /^(nats|tls):\/\/(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/,
    'must be such as tls://nats.example.com:4222',
  )

/** What an operator chooses for a connection. */
export const reachSettingsSchema = z.discriminatedUnion('way', [
  /** None: only what runs on this machine, or in front of the listener by itself, calls back. */
  z.object({ way: z.literal('off') }),
  /** The listener itself, or a proxy before it, is reached at a public address. */
  z.object({ way: z.literal('direct'), publicUrl }),
  /** An SSH server of the operator's own passes a port of its on to this machine. */
  z.object({
    way: z.literal('ssh'),
    host: hostName,
    port: port.default(22),
    username: z.string().trim().min(1).max(100),
    auth: z.enum(['key', 'password', 'agent']),
    /** Where the server listens: loopback for a proxy there, `0.0.0.0` for all the world (`GatewayPorts`). */
    remoteAddress: hostName.default('127.0.0.1'),
    /** 0 lets the server choose. */
    remotePort: z.int().min(0).max(65_535),
    /** How the platform reaches that port. `{port}` in it stands for the port that the server chose. */
    publicUrl: z
      .string()
      .max(200)
      .transform((text, context) => {
        const read = publicUrl.safeParse(text.replace('{port}', '1'))
        if (read.success) return text.replace(/\/+$/, '')
        context.addIssue({ code: 'custom', message: 'must be an http or https address' })
        return z.NEVER
      }),
  }),
  /** ngrok, by its library. */
  z.object({
    way: z.literal('ngrok'),
    /** A reserved domain; null: ngrok gives one, another each time. */
    domain: hostName.nullable().default(null),
  }),
  /** Any program that leads here from outside (cloudflared, frpc). */
  z
    .object({
      way: z.literal('command'),
      /** The program and its arguments; no shell reads them. `{port}` and `{host}` stand for the listener's on this machine. */
      argv: z
        .array(argument)
        .min(1)
        .max(100)
        .refine(([program = '']) => program.trim() !== '', 'must name a program'),
      /** Finds the public address in a line of its output: the first group, or all that fits. Null: `publicUrl` is it. */
      pattern: pattern.nullable().default(null),
      /** Where the address does not stand in the output. */
      publicUrl: publicUrl.nullable().default(null),
      /** Name of a variable of its environment that holds `commandSecret`, such as `TUNNEL_TOKEN`. */
      secretName: z
        .string()
        .max(100)
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
        .nullable()
        .default(null),
    })
    .refine(({ pattern: by, publicUrl: given }) => by !== null || given !== null, {
      message: 'is needed where there is no pattern',
      path: ['publicUrl'],
    }),
  /** A relay of the operator's own takes callbacks and keeps them in NATS until this machine fetches them. */
  z
    .object({
      way: z.literal('relay'),
      /** The relay's. */
      publicUrl,
      /** NATS: `nats://` is in the clear, `tls://` is not. */
      servers: z
        .array(natsServer)
        .min(1)
        .max(10)
        .refine(
          (all) => new Set(all.map((server) => server.slice(0, 3))).size === 1,
          'must not mix nats:// and tls://',
        ),
      auth: z.enum(['none', 'token', 'password', 'nkey', 'creds']).default('none'),
      username: z.string().trim().min(1).max(100).nullable().default(null),
      /** PEM of the authority of NATS' certificate, where it is none of the well-known ones. */
      ca: z.string().max(20_000).nullable().default(null),
      /** As the relay was started with. */
      name: relayName.default('switchboard'),
      /** Whether the sender's address is believed as the relay reports it. Else it counts as not known. */
      trustAddress: z.boolean().default(true),
    })
    .refine(({ auth, username }) => auth !== 'password' || username !== null, {
      message: 'is needed with a password',
      path: ['username'],
    }),
])
export type ReachSettings = z.output<typeof reachSettingsSchema>
export type WayName = ReachSettings['way']
export type SettingsOf<Way extends WayName> = Extract<ReachSettings, { way: Way }>

export const reachStateSchema = z.object({
  /** `off`: none is chosen. `failed`: it does not work; `retryAt` says when it is tried again, null: not by itself. */
  state: z.enum(['off', 'connecting', 'up', 'failed']),
  since: time,
  /** What stands before `/callback/…`: the present address, or the last one; null where there never was one. */
  publicUrl: z.string().nullable(),
  failure: noticeSchema.pick({ code: true, params: true }).nullable(),
  retryAt: timeOrNull,
})
export type ReachState = z.output<typeof reachStateSchema>

export const reachSchema = reachStateSchema.extend({
  connectionId: id,
  settings: reachSettingsSchema,
  /** Which secrets are kept. */
  kept: z.array(z.enum(reachSecrets)),
  callbackUrl: z.string(),
  /** When the platform's last callback of this connection came. */
  lastCallbackAt: timeOrNull,
  /** Fingerprint of the SSH server's host key that is trusted, `SHA256:…`. */
  hostKey: z.string().nullable(),
  /** Relays that it had as its way in, and where something of this host is still to be done. */
  leaving: z.array(relayLeavingSchema),
})
export type Reach = z.output<typeof reachSchema>

const checkSchema = z.object({
  verdict: z.enum(['works', 'fails', 'cannot-tell']),
  /** The public address that was asked for; null where there is none. */
  url: z.string().nullable(),
  /** In the order in which they were gone; none after the first that failed. */
  hops: z.array(reachFindingSchema),
  /** The platform's clock less ours, milliseconds; null where it did not say. */
  clockOffsetMs: z.int().nullable(),
  at: time,
})
export type ReachCheck = z.output<typeof checkSchema>

const secretText = z.string().min(1).max(20_000).nullable().optional()

export const reachEntries = {
  'reach.list': entry('The way in of every connection, and whether it works.', z.object({}), page(reachSchema)),
  'reach.get': entry('The way in of one connection.', z.object({ connectionId: id }), reachSchema, ['not-found']),
  'reach.save': entry(
    'Chooses the way in of a connection and starts it at once. A secret that is given is kept in the vault, null forgets it, one that is left out stays.',
    z.object({
      connectionId: id,
      settings: reachSettingsSchema,
      secrets: z
        .object({
          /** PEM or OpenSSH form. */
          sshKey: secretText,
          sshKeyPassphrase: secretText,
          sshPassword: secretText,
          ngrokToken: secretText,
          commandSecret: secretText,
          natsToken: secretText,
          natsPassword: secretText,
          /** Seed of a user's nkey, `SU…`. */
          natsSeed: secretText,
          /** Content of a `.creds` file. */
          natsCreds: secretText,
        } satisfies Record<ReachSecret, typeof secretText>)
        .prefault({}),
    }),
    reachSchema,
    ['not-found', 'vault-locked', 'reach-secret-unreadable', 'relay-secret-unreadable'],
  ),
  'reach.retry': entry('Tries a way that failed again now.', z.object({ connectionId: id }), reachSchema, [
    'not-found',
    'not-allowed-now',
  ]),
  'reach.check': entry(
    'Goes the whole way round: asks for the public address and sees whether the request comes back to this engine. Says which hop fails and what to do. It asks for nothing but that address, and the gateway for its clock; where it cannot tell from here it has a relay look, if there is one, which learns the address and no secret.',
    z.object({ connectionId: id }),
    checkSchema,
    ['not-found'],
  ),
  'reach.acceptHostKey': entry(
    'Trusts another host key of the SSH server from now on. `fingerprint` is the one that `reach-host-key` named: one that changed once more meanwhile is not accepted.',
    z.object({ connectionId: id, fingerprint: z.string().min(1).max(200) }),
    reachSchema,
    ['not-found', 'not-allowed-now'],
  ),
}
