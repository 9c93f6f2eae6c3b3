/** What the relay is told by its command line and its environment. Secrets come by the environment or by files alone. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { within } from '#engine/callbacks/sources.ts'
import { relayName } from '#shared/contract/entries/reach.ts'
import { canSignIn, type NatsAccess, type NatsAuth } from '#engine/reach/relay/nats.ts'
import type { StreamLimits } from '#engine/reach/relay/streams.ts'

export interface RelaySettings {
  readonly host: string
  readonly port: number
  readonly access: NatsAccess
  readonly name: string
  readonly limits: Partial<StreamLimits>
  readonly trustedProxies: readonly string[]
  /** See `RelayOptions`. */
  readonly lookInside: boolean
  readonly logLevel: string
}

/** Something that was asked for and cannot be; its message is for whoever started the relay. */
export class OptionError extends Error {}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent']

function number(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d{1,7}$/.test(text) || value < least || value > most) {
    throw new OptionError(`${name} must be a number from ${least} to ${most}`)
  }
  return value
}

function fileOf(name: string, path: string | undefined): string | null {
  if (path === undefined) return null
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new OptionError(`${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The way to sign in at NATS that the environment names. */
function readAuth(env: NodeJS.ProcessEnv): NatsAuth {
  const { SWITCHBOARD_NATS_TOKEN: token, SWITCHBOARD_NATS_USER: user, SWITCHBOARD_NATS_PASSWORD: password } = env
  const seed = fileOf('SWITCHBOARD_NATS_SEED_FILE', env.SWITCHBOARD_NATS_SEED_FILE)
  const creds = fileOf('SWITCHBOARD_NATS_CREDS_FILE', env.SWITCHBOARD_NATS_CREDS_FILE)
  const ways: NatsAuth[] = []
  if (token) ways.push({ kind: 'token', token })
  if (user) ways.push({ kind: 'password', user, password: password ?? '' })
  if (seed !== null) ways.push({ kind: 'nkey', seed })
  if (creds !== null) ways.push({ kind: 'creds', creds })
  const [way = { kind: 'none' } as const, another] = ways
  if (another) throw new OptionError('the environment names more than one way to sign in at NATS')
  if (!canSignIn(way)) throw new OptionError(`what is given to sign in at NATS by ${way.kind} cannot be read as such`)
  return way
}

/** @throws OptionError */
function readServers(text: string): string[] {
  const servers = text.split(',').map((server) => server.trim())
  for (const server of servers) {
    if (!/^(nats|tls):\/\/[^\s/@]+$/.test(server)) {
      throw new OptionError('--nats must be an address such as nats://127.0.0.1:4222 or tls://nats.example.com:4222')
    }
  }
  if (new Set(servers.map((server) => server.slice(0, 3))).size > 1) {
    throw new OptionError('--nats must not mix servers with and without TLS')
  }
  return servers
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        host: { type: 'string' },
        port: { type: 'string' },
        nats: { type: 'string' },
        'nats-ca': { type: 'string' },
        name: { type: 'string' },
        'trusted-proxy': { type: 'string', multiple: true },
        'max-megabytes': { type: 'string' },
        'max-unread-megabytes': { type: 'string' },
        'max-days': { type: 'string' },
        replicas: { type: 'string' },
        'look-inside': { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error))
  }
}

function readLimits(values: ReturnType<typeof parse>): Partial<StreamLimits> {
  const megabytes = number('--max-megabytes', values['max-megabytes'], 1, 9_999_999)
  const unread = number('--max-unread-megabytes', values['max-unread-megabytes'], 1, 9_999_999)
  const days = number('--max-days', values['max-days'], 1, 3650)
  const replicas = number('--replicas', values.replicas, 1, 5)
  return {
    ...(megabytes !== undefined && { bytes: megabytes * 1_000_000 }),
    ...(unread !== undefined && { unreadBytes: unread * 1_000_000 }),
    ...(days !== undefined && { days }),
    ...(replicas !== undefined && { replicas }),
  }
}

/**
 * Reads the options.
 *
 * @param args without the program's own name
 * @throws OptionError that names what is wrong
 */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): RelaySettings {
  const values = parse(args)
  const name = values.name ?? 'switchboard'
  if (!relayName.safeParse(name).success) {
    throw new OptionError('--name must be small letters, digits and hyphens, 32 at most')
  }
  const trustedProxies = (values['trusted-proxy'] ?? []).flatMap((item) => item.split(','))
  try {
    within(trustedProxies)
  } catch {
    throw new OptionError('--trusted-proxy must be addresses or networks such as 10.0.0.0/8')
  }
  const logLevel = env.SWITCHBOARD_LOG_LEVEL ?? 'info'
  if (!logLevels.includes(logLevel))
    throw new OptionError(`SWITCHBOARD_LOG_LEVEL must be one of ${logLevels.join(', ')}`)
  return {
    host: values.host ?? '127.0.0.1',
    port: number('--port', values.port, 0, 65_535) ?? 8302,
    access: {
      servers: readServers(values.nats ?? env.SWITCHBOARD_NATS ?? 'nats://127.0.0.1:4222'),
      auth: readAuth(env),
      ca: fileOf('--nats-ca', values['nats-ca']),
    },
    name,
    limits: readLimits(values),
    trustedProxies,
    lookInside: values['look-inside'] ?? false,
    logLevel,
  }
}
