import { randomBytes, type KeyObject } from 'node:crypto'
import type { Connection } from '#shared/contract/entries/connections.ts'
import { AppError } from '#shared/contract/errors.ts'
import { advancedSchema } from '#shared/contract/entries/connections.ts'
import type { EntryParsed } from '#shared/contract/index.ts'
import { defaultTimeZone } from '#shared/protocol/envelope.ts'
import { generatePrivateKey, publicHalf, readPrivateKey, readPublicKey } from '../platform/keys.ts'
import { keyName } from '../store/connection-doors.ts'
import type { ConnectionFields, ConnectionRecord } from '../store/connections.ts'
import type { NewLeaving } from '../store/leavings.ts'
import type { EngineContext, Handlers } from './context.ts'
import { key } from './context.ts'

/** Bytes of a callback secret: 192 bits, written in 32 characters. */
const secretBytes = 24

/** A new, unguessable path for a connection's callbacks (PROTOCOL §3). */
export const newCallbackSecret = (): string => randomBytes(secretBytes).toString('base64url')

/** A connection as the contract gives it. */
export function connectionItem(record: ConnectionRecord, context: Pick<EngineContext, 'callbackUrl'>): Connection {
  const { id, callbackSecret, createdAt: _createdAt, oldSecret, ...rest } = record
  const { until = 0, uses = 0, usedAt = null } = oldSecret ?? {}
  return {
    ...rest,
    id: String(id),
    callbackUrl: context.callbackUrl(callbackSecret, id),
    oldCallback: until > Date.now() ? { until, uses, lastUsedAt: usedAt } : null,
  }
}

/** Reads the connections afresh and tells everybody of one that changed. */
export async function connectionChanged(context: EngineContext, id: number): Promise<ConnectionRecord> {
  await context.connectionsChanged()
  const record = context.connections.get(id)
  context.emit([{ event: 'connection.changed', data: connectionItem(record, context) }])
  return record
}

/** Reads a key and says, where it cannot be used, which field it stood in. */
function inField<Result>(field: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof AppError && error.code === 'key-unreadable') {
      throw new AppError(error.code, { ...error.params, field })
    }
    throw error
  }
}

/** What a caller gives to have a key used. */
export interface GivenKey {
  privateKeyPem?: string | undefined
  privateKeyPassword?: string | undefined
  publicKeyPem?: string | undefined
}

/** The private key that was given; null where none was. @throws AppError key-unreadable */
export function givenKey(given: GivenKey): KeyObject | null {
  const { privateKeyPem: text, privateKeyPassword: password, publicKeyPem } = given
  if (text === undefined) return null
  const privateKey = inField('privateKeyPem', () => readPrivateKey(text, password))
  if (publicKeyPem !== undefined) {
    const expected = inField('publicKeyPem', () => publicHalf(readPublicKey(publicKeyPem)))
    if (expected.fingerprint !== publicHalf(privateKey).fingerprint) {
      throw new AppError('key-unreadable', { problem: 'key-mismatch', field: 'privateKeyPem' })
    }
  }
  return privateKey
}

type KeyPair = Pick<ConnectionFields, 'publicKeyPem' | 'publicKeyFingerprint'> & {
  key: { name: string; sealed: Uint8Array } | null
}

/** A pair to be kept: of the key given, or a new one. */
export async function newPair(
  context: Pick<EngineContext, 'vault'>,
  given: GivenKey,
): Promise<KeyPair & { key: { name: string; sealed: Uint8Array } }> {
  const privateKey = givenKey(given) ?? readPrivateKey(await generatePrivateKey())
  const { pem, fingerprint } = publicHalf(privateKey)
  const name = keyName(fingerprint)
  const sealed = context.vault.sealed(name, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return { publicKeyPem: pem, publicKeyFingerprint: fingerprint, key: { name, sealed } }
}

/** The pair to use: the one given, else the present one, else a new one. */
export function keyPair(
  context: Pick<EngineContext, 'vault'>,
  given: GivenKey,
  present: ConnectionRecord | null,
): Promise<KeyPair> {
  if (given.privateKeyPem !== undefined || !present) return newPair(context, given)
  const { publicKeyPem, publicKeyFingerprint } = present
  return Promise.resolve({ publicKeyPem, publicKeyFingerprint, key: null })
}

/** The platform's key in one form, whatever form it was given in; null takes it away. */
function platformKey(given: string | null | undefined, present: string | null): string | null {
  if (given === undefined) return present
  if (given === null || given.trim() === '') return null
  const read = inField('platformPublicKeyPem', () => readPublicKey(given))
  return read.export({ type: 'spki', format: 'pem' }).toString()
}

const fieldsFor = (
  input: EntryParsed<'connections.save'>,
  present: ConnectionRecord | null,
  pair: KeyPair,
): ConnectionFields => ({
  name: input.name,
  gatewayUrl: input.gatewayUrl,
  appId: input.appId,
  merchantNo: input.merchantNo,
  methodPrefix: input.methodPrefix,
  signType: input.signType ?? present?.signType ?? 'RSA2',
  timeZone: input.timeZone ?? present?.timeZone ?? defaultTimeZone,
  publicKeyPem: pair.publicKeyPem,
  publicKeyFingerprint: pair.publicKeyFingerprint,
  platformPublicKeyPem: platformKey(input.platformPublicKeyPem, present?.platformPublicKeyPem ?? null),
  advanced: advancedSchema.parse({ ...present?.advanced, ...input.advanced }),
  callbackSecret: present?.callbackSecret ?? newCallbackSecret(),
  sandbox: present?.sandbox ?? false,
})

/** Writes a connection and tells everybody. */
export async function saveConnection(
  context: EngineContext,
  id: number | null,
  fields: ConnectionFields,
  newKey: KeyPair['key'],
): Promise<ConnectionRecord> {
  const write = (leaving: NewLeaving | null): Promise<number> =>
    context.store.write('connections.save', { id, fields, key: newKey, leaving })
  // Under another merchant's number nobody would fetch what waits under the present one.
  const saved = id === null ? await write(null) : await context.reach.leaveFor(id, fields.merchantNo, write)
  return connectionChanged(context, saved)
}

type Names = 'connections.save' | 'connections.list' | 'connections.removal' | 'connections.remove'

export const connectionHandlers: Handlers<Names> = {
  'connections.save': async (input, context) => {
    const present = input.id === undefined ? null : context.connections.get(key(input.id))
    const pair = await keyPair(context, input, present)
    const record = await saveConnection(context, present?.id ?? null, fieldsFor(input, present, pair), pair.key)
    const { id, publicKeyPem, publicKeyFingerprint, callbackUrl } = connectionItem(record, context)
    return { id, publicKeyPem, publicKeyFingerprint, callbackUrl }
  },

  'connections.list': async (_input, context) => ({
    items: context.connections.all().map((record) => connectionItem(record, context)),
    nextCursor: null,
  }),

  'connections.removal': async (input, context) => {
    const { id } = context.connections.get(key(input.id))
    return context.store.read('connections.removal', id)
  },

  'connections.remove': async (input, context) => {
    const record = context.connections.get(key(input.id))
    const robots = await context.store.read('robots.list', record.id)
    const { id } = record
    await context.reach.leaveFor(id, null, (leaving) => context.store.write('connections.remove', { id, leaving }))
    await context.connectionsChanged()
    context.emit([
      ...robots.map((robot) => ({ event: 'robot.removed' as const, data: { id: robot.id } })),
      { event: 'connection.removed', data: { id: input.id } },
    ])
    return {}
  },
}
