/** `platform.<method>`: straight to the platform, recorded, neither queued nor paced. */
import { AppError } from '#shared/contract/errors.ts'
import { methodFacts, methodNames, type MethodName } from '#shared/protocol/methods.ts'
import type { PlatformAnswer, PlatformEntryName, PlatformInput } from '#shared/contract/entries/platform.ts'
import { callPlatform } from '../platform/client.ts'
import type { EngineContext, Handlers } from './context.ts'
import { key } from './context.ts'

/** What goes into `data`: the given parameters, and the merchant number where the method takes one and none is given. */
export function parametersOf(
  method: MethodName,
  given: Readonly<Record<string, unknown>>,
  merchantNo: string,
): Record<string, unknown> {
  const takesMerchant = methodFacts[method].parameters.some((parameter) => parameter.name === 'vcMerchantNo')
  return { ...(takesMerchant ? { vcMerchantNo: merchantNo } : {}), ...given }
}

async function callMethod(method: MethodName, input: PlatformInput, context: EngineContext): Promise<PlatformAnswer> {
  const { connectionId, ...parameters } = input
  const connection = context.connections.get(key(connectionId))
  const data = parametersOf(method, parameters, connection.merchantNo)
  const privateKey = await context.connections.key(connection.id)
  const { record, outcome, reply } = await callPlatform(context.transport, connection, method, data, privateKey, {
    operationId: null,
    partId: null,
  })
  const callId = await context.store.write('calls.record', record)
  if (reply) {
    const { vcSerialNo, success, errorCode, errorMessage } = reply
    return { vcSerialNo, success, errorCode, errorMessage, data: reply.data, callId: String(callId) }
  }
  if (outcome.kind === 'accepted') throw new Error('accepted without an answer')
  throw new AppError(outcome.failure.code, { ...outcome.failure.params, callId })
}

export const platformHandlers = Object.fromEntries(
  methodNames.map((method) => [
    `platform.${method}`,
    (input: PlatformInput, context: EngineContext) => callMethod(method, input, context),
  ]),
) as unknown as Handlers<PlatformEntryName>
