/** How a NATS server is connected to. Relay and engine stand on it. */
import { isIP } from 'node:net'
import { credsAuthenticator, nkeyAuthenticator, type NodeConnectionOptions } from '@nats-io/transport-node'

/** How a server lets one in. */
export type NatsAuth =
  | { kind: 'none' }
  | { kind: 'token'; token: string }
  | { kind: 'password'; user: string; password: string }
  /** A seed, `SU…`. */
  | { kind: 'nkey'; seed: string }
  /** The text of a `.creds` file. */
  | { kind: 'creds'; creds: string }

export interface NatsAccess {
  /** `nats://host:port`, or `tls://host:port`, where nothing goes in the clear. */
  readonly servers: readonly string[]
  readonly auth: NatsAuth
  /** PEM of the authority that the server's certificate is of, where it is none of the well-known ones. */
  readonly ca: string | null
}

/** A machine that slept finds within this time, twice, that its connection is dead. */
const pingMs = 10_000
/** For one attempt to connect. */
const connectMs = 8_000

function authOptions(auth: NatsAuth): NodeConnectionOptions {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  switch (auth.kind) {
    case 'none':
      return {}
    case 'token':
      return { token: auth.token }
    case 'password':
      return { user: auth.user, pass: auth.password }
    case 'nkey':
      return { authenticator: nkeyAuthenticator(bytes(auth.seed.trim())) }
    case 'creds':
      // The library finds its parts by their lines, which have to end as those of Unix do, the last one too.
      return { authenticator: credsAuthenticator(bytes(`${auth.creds.trim().replaceAll('\r\n', '\n')}\n`)) }
  }
}

/**
 * Whether a sign-in can be made of it at all: a seed or a file that is cut or is something else would only be told by the
 * library, in the middle of connecting, as if the server were away.
 */
export function canSignIn(auth: NatsAuth): boolean {
  const { authenticator } = authOptions(auth)
  try {
    for (const sign of [authenticator ?? []].flat()) sign('nonce')
    return true
  } catch {
    return false
  }
}

/**
 * What TLS checks the certificate against. The library names a server by its host name alone; one that is given by its
 * address would be checked as `localhost`. Of several servers each has to have a name.
 */
function tlsOptions({ servers, ca }: NatsAccess): NodeConnectionOptions['tls'] {
  const [only = ''] = servers
  const host = new URL(only.replace(/^\w+:/, 'https:')).hostname.replace(/^\[(.*)\]$/, '$1')
  const byAddress: object = servers.length === 1 && isIP(host) !== 0 ? { host } : {}
  return { ...byAddress, ...(ca !== null && { ca }) }
}

/**
 * The options that both have in common.
 *
 * @param name by which the server's own lists name this connection
 */
export function connectOptions(access: NatsAccess, name: string): NodeConnectionOptions {
  const isTls = access.servers.some((server) => server.startsWith('tls://'))
  return {
    ...authOptions(access.auth),
    servers: access.servers.map((server) => server.replace(/^(nats|tls):\/\//, '')),
    name,
    // With options for TLS the library goes on with no server that has none.
    ...(isTls && { tls: tlsOptions(access) }),
    timeout: connectMs,
    pingInterval: pingMs,
    maxPingOut: 2,
    // What a cluster tells of its inside addresses may not be reachable from here.
    ignoreClusterUpdates: true,
  }
}
