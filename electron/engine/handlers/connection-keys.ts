/** Testing a connection, and the change of its callback secret and its key. */
import type { KeyObject } from 'node:crypto'
import { advancedSchema, type ConnectionTest } from '#shared/contract/entries/connections.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { EntryParsed } from '#shared/contract/index.ts'
import { defaultTimeZone } from '#shared/protocol/envelope.ts'
import { callPlatform } from '../platform/client.ts'
import { explainCall, madeUpRobot, testMethod } from '../platform/connection-test.ts'
import { generatePrivateKey, publicHalf, readPrivateKey } from '../platform/keys.ts'
import type { ConnectionRecord } from '../store/connections.ts'
import type { Caller } from '../types.ts'
import { connectionChanged, connectionItem, givenKey, newCallbackSecret, newPair } from './connections.ts'
import type { EngineContext, Handlers } from './context.ts'
import { key } from './context.ts'

type Draft = EntryParsed<'connections.test'>

/** The connection as it would be if the draft were saved. */
function drafted(input: Draft, present: ConnectionRecord | null): ConnectionRecord {
  return {
    id: present?.id ?? 0,
    name: input.name ?? present?.name ?? '',
    gatewayUrl: input.gatewayUrl ?? present?.gatewayUrl ?? '',
    appId: input.appId ?? present?.appId ?? '',
    merchantNo: input.merchantNo ?? present?.merchantNo ?? '',
    methodPrefix: input.methodPrefix ?? present?.methodPrefix ?? '',
    signType: input.signType ?? present?.signType ?? 'RSA2',
    timeZone: input.timeZone ?? present?.timeZone ?? defaultTimeZone,
    publicKeyPem: '',
    publicKeyFingerprint: '',
    platformPublicKeyPem: null,
    advanced: advancedSchema.parse({ ...present?.advanced, ...input.advanced }),
    callbackSecret: '',
    sandbox: present?.sandbox ?? false,
    createdAt: 0,
    oldSecret: null,
    refusedSources: null,
    nextKey: null,
  }
}

/** @param isSaved whether there is a connection that the call can be recorded at */
async function testWith(
  context: EngineContext,
  { locale }: Caller,
  connection: ConnectionRecord,
  isSaved: boolean,
  privateKey: KeyObject,
  throwawayKey = false,
): Promise<ConnectionTest> {
  const [robot] = isSaved ? await context.store.read('robots.list', connection.id) : []
  const robotSerialNo = robot?.serialNo ?? madeUpRobot
  const data = { vcMerchantNo: connection.merchantNo, vcRobotSerialNo: robotSerialNo }
  const call = await callPlatform(context.transport, connection, testMethod, data, privateKey, {
    operationId: null,
    partId: null,
  })
  const { fingerprint } = publicHalf(privateKey)
  const source = {
    connection,
    publicKeyFingerprint: fingerprint,
    robotSerialNo,
    hasRobot: robot !== undefined,
    throwawayKey,
  }
  const result = explainCall(call, source, locale)
  const callId = isSaved ? await context.store.write('calls.record', call.record) : null
  return { ...result, callId: callId === null ? null : String(callId) }
}

type Names =
  | 'connections.test'
  | 'connections.rotateSecret'
  | 'connections.endOldSecret'
  | 'connections.rotateKey'
  | 'connections.tryKey'
  | 'connections.adoptKey'
  | 'connections.dropKey'

async function adopt(context: EngineContext, { id, sandbox, nextKey }: ConnectionRecord): Promise<void> {
  if (!nextKey) throw new AppError('not-allowed-now', { state: 'no-next-key' })
  await context.store.write('connections.adoptNextKey', { id, fingerprint: nextKey.publicKeyFingerprint })
  await connectionChanged(context, id)
  if (sandbox) await context.sandbox.tell(nextKey.publicKeyPem)
}

export const connectionKeyHandlers: Handlers<Names> = {
  'connections.test': async (input, context, caller) => {
    const present = input.id === undefined ? null : context.connections.get(key(input.id))
    const given = givenKey(input) ?? (present && (await context.connections.key(present.id)))
    const privateKey = given ?? readPrivateKey(await generatePrivateKey())
    return testWith(context, caller, drafted(input, present), present !== null, privateKey, given === null)
  },

  'connections.rotateSecret': async (input, context) => {
    const { id } = context.connections.get(key(input.id))
    const oldUntil = input.graceMs === 0 ? null : Date.now() + input.graceMs
    await context.store.write('connections.rotateSecret', { id, secret: newCallbackSecret(), oldUntil })
    const record = await connectionChanged(context, id)
    if (record.sandbox) await context.sandbox.tell(record.publicKeyPem)
    return { callbackUrl: connectionItem(record, context).callbackUrl, oldUntil }
  },

  'connections.endOldSecret': async (input, context) => {
    const { id } = context.connections.get(key(input.id))
    await context.store.write('connections.endOldSecret', id)
    await connectionChanged(context, id)
    return {}
  },

  'connections.rotateKey': async (input, context) => {
    const record = context.connections.get(key(input.id))
    const pair = await newPair(context, input)
    if (pair.publicKeyFingerprint === record.publicKeyFingerprint) {
      throw new AppError('key-unreadable', { problem: 'key-same', field: 'privateKeyPem' })
    }
    await context.store.write('connections.setNextKey', { id: record.id, ...pair })
    await connectionChanged(context, record.id)
    return { publicKeyPem: pair.publicKeyPem, publicKeyFingerprint: pair.publicKeyFingerprint }
  },

  'connections.tryKey': async (input, context, caller) => {
    const record = context.connections.get(key(input.id))
    const nextKey = await context.connections.nextKey(record.id)
    // The sandbox is a platform that we register at by ourselves.
    if (record.sandbox && record.nextKey) await context.sandbox.tell(record.nextKey.publicKeyPem)
    const result = await testWith(context, caller, record, true, nextKey)
    const adopted = result.steps.some(({ code }) => code === 'signature-taken')
    if (adopted) await adopt(context, record)
    else if (record.sandbox) await context.sandbox.tell(record.publicKeyPem)
    return { ...result, adopted }
  },

  'connections.adoptKey': async (input, context) => {
    await adopt(context, context.connections.get(key(input.id)))
    return {}
  },

  'connections.dropKey': async (input, context) => {
    const { id, nextKey } = context.connections.get(key(input.id))
    if (!nextKey) throw new AppError('not-allowed-now', { state: 'no-next-key' })
    await context.store.write('connections.dropNextKey', id)
    await connectionChanged(context, id)
    return {}
  },
}
