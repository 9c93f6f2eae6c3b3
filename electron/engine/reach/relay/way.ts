/** The way by a relay: opens one session with NATS; whoever keeps the way opens the next after it broke. */
import { connect, errors, type NatsConnection } from '@nats-io/transport-node'
import type { SettingsOf } from '#shared/contract/entries/reach.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { SecretOf } from '#shared/contract/reach-secrets.ts'
import { inTime } from '../../in-time.ts'
import type { Way, WayTools } from '../way.ts'
import type { RelayHouse } from './house.ts'
import { canSignIn, connectOptions, type NatsAuth } from './nats.ts'

type Settings = SettingsOf<'relay'>
type Tools = Pick<WayTools<'relay'>, 'secret'>

/** What is missing, as it is called on the screen. */
const secretNames: Record<SecretOf<'relay'>, string> = {
  natsToken: 'NATS token',
  natsPassword: 'NATS password',
  natsSeed: 'NATS nkey',
  natsCreds: 'NATS .creds',
}

/** What a way to sign in is made of, as it is called on the screen. */
const authNames: Record<NatsAuth['kind'], string> = {
  none: '',
  token: secretNames.natsToken,
  password: secretNames.natsPassword,
  nkey: secretNames.natsSeed,
  creds: secretNames.natsCreds,
}

/** @throws AppError relay-secret-unreadable */
function checkAuth(auth: NatsAuth): void {
  if (!canSignIn(auth)) throw new AppError('relay-secret-unreadable', { what: authNames[auth.kind] })
}

/** Sees whether secrets that were given can be used. @throws AppError relay-secret-unreadable */
export function checkNatsSecrets({ natsSeed, natsCreds }: Partial<Record<SecretOf<'relay'>, string | null>>): void {
  if (natsSeed) checkAuth({ kind: 'nkey', seed: natsSeed })
  if (natsCreds) checkAuth({ kind: 'creds', creds: natsCreds })
}

/** @throws AppError reach-secret-missing, vault-locked */
async function authOf({ auth, username }: Settings, tools: Tools): Promise<NatsAuth> {
  const secret = async (name: SecretOf<'relay'>): Promise<string> => {
    const found = await tools.secret(name)
    if (found === null) throw new AppError('reach-secret-missing', { what: secretNames[name] })
    return found
  }
  switch (auth) {
    case 'none':
      return { kind: 'none' }
    case 'token':
      return { kind: 'token', token: await secret('natsToken') }
    case 'password':
      return { kind: 'password', user: username ?? '', password: await secret('natsPassword') }
    case 'nkey':
      return { kind: 'nkey', seed: await secret('natsSeed') }
    case 'creds':
      return { kind: 'creds', creds: await secret('natsCreds') }
  }
}

/** Whether the server, and not the network, said no. */
const isRefusal = (error: unknown): boolean =>
  error instanceof errors.AuthorizationError ||
  error instanceof errors.UserAuthenticationExpiredError ||
  (error instanceof Error && /authoriz|authentication/i.test(error.message))

function failureOf(error: unknown, server: string): AppError {
  if (error instanceof AppError) return error
  const problem = error instanceof Error ? error.message : String(error)
  if (isRefusal(error)) return new AppError('reach-refused', { server }, { cause: error })
  return new AppError('reach-unreachable', { server, problem }, { cause: error })
}

/** What the server has that stands in the way, or has not. */
function serviceFailure(error: unknown): AppError {
  if (error instanceof AppError) return error
  const problem = error instanceof Error ? error.message : String(error)
  return new AppError('reach-service', { service: 'NATS', problem }, { cause: error })
}

/**
 * Connects once. The library tries each address of each server for its time and cannot be told to leave off: what comes
 * after nobody wants it any more is closed.
 *
 * @throws AppError reach-unreachable, reach-refused, reach-secret-missing, relay-secret-unreadable
 */
async function connectOnce(
  settings: Settings,
  tools: Tools,
  name: string,
  signal: AbortSignal,
): Promise<NatsConnection> {
  const { servers, ca } = settings
  const server = servers.join(', ')
  const auth = await authOf(settings, tools)
  checkAuth(auth)
  try {
    return await inTime(connect({ ...connectOptions({ servers, auth, ca }, name), reconnect: false }), {
      signal,
      late: () => new Error('it does not connect'),
      tooLate: (connection) => void connection.close().catch(() => undefined),
    })
  } catch (error) {
    throw failureOf(error, server)
  }
}

/** @param house knows the host's robots and keeps what comes */
export const relayWay = (settings: Settings, tools: Tools, house: RelayHouse, connectionId: number): Way => ({
  open: async (signal) => {
    const connection = await connectOnce(settings, tools, house.name, signal)
    const broken = connection.closed()
    const end = (): void => void connection.close().catch(() => undefined)
    signal.addEventListener('abort', end, { once: true })
    try {
      if (signal.aborted) throw new AppError('reach-lost', { problem: 'aborted' })
      const session = await house.begin(connectionId, connection, settings)
      return {
        publicUrl: settings.publicUrl,
        ended: Promise.race([broken, session.broken]).then(
          (error) => new AppError('reach-lost', { problem: error instanceof Error ? error.message : 'NATS' }),
        ),
        close: () => house.end(connectionId, session),
      }
    } catch (error) {
      end()
      throw serviceFailure(error)
    } finally {
      signal.removeEventListener('abort', end)
    }
  },
  leave: async (record, leave) => {
    const connection = await connectOnce(settings, tools, house.name, leave.signal)
    const end = (): void => void connection.close().catch(() => undefined)
    leave.signal.addEventListener('abort', end, { once: true })
    try {
      leave.signal.throwIfAborted()
      await house.leave(connection, record, leave)
    } catch (error) {
      throw serviceFailure(error)
    } finally {
      leave.signal.removeEventListener('abort', end)
      end()
    }
  },
})
