/** How a NATS server is connected to. Relay and engine stand on it. */
import { isIP } from 'node:net'
import {
  credsAuthenticator,
  nkeyAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node'
import { inTime } from '../../in-time.ts'

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

/** How long the library has to answer what it leaves unanswered where the connection breaks meanwhile, in milliseconds. */
const answerMs = 3000
/** The same at the end, which waits for nobody: what the server has not heard by then it sends again. */
const endMs = 1000

const inAnswerTime = <Result>(work: Promise<Result>, what: string, ms: number): Promise<Result> =>
  inTime(work, { ms, late: () => new Error(`NATS did not ${what} in time`) })

/** Waits for what was asked over a connection, no longer than that lasts. @throws Error when it ends */
export function whileOpen<Result>(connection: NatsConnection, work: Promise<Result>): Promise<Result> {
  const broken = connection.closed().then((error) => {
    throw error instanceof Error ? error : new Error('the connection is closed')
  })
  return Promise.race([work, broken])
}

/** Resolves when the server has all that was sent, acknowledgements among it. @throws Error where that is not certain */
export const flushed = (connection: NatsConnection, ms = answerMs): Promise<void> =>
  inAnswerTime(whileOpen(connection, connection.flush()), 'answer', ms)

/**
 * Lets what is under way come to its end, sends what is still to be sent, and ends a connection. Never rejects; a server
 * that says nothing more holds it up for about a second, whatever it was asked.
 *
 * @param underWay what ends by itself, unless it waits for the server
 */
export async function endConnection(connection: NatsConnection, underWay: Promise<unknown>): Promise<void> {
  const answers = (): Promise<boolean> =>
    flushed(connection, endMs).then(
      () => true,
      () => false,
    )
  const settled = underWay.catch(() => undefined)
  const isOver = (): Promise<boolean> =>
    inAnswerTime(settled, 'end what was under way', endMs).then(
      () => true,
      () => false,
    )
  // With a server that answers it is waited for as long as it takes; whoever ends the way has a limit of its own.
  let isThere = await answers()
  while (isThere && !(await isOver())) isThere = await answers()
  if (isThere) await answers()
  await inAnswerTime(connection.close(), 'close', endMs).catch(() => undefined)
  // The end of the connection ends what waited for it.
  await isOver()
}
