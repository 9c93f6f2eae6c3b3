/** Calls the platform: checks, signs, posts, reads, and makes the record of it. */
import type { KeyObject } from 'node:crypto'
import { AppError, type Failure } from '#shared/contract/errors.ts'
import { methodFacts, type MethodName } from '#shared/protocol/methods.ts'
import type { CallRecord } from '../store/calls.ts'
import type { ConnectionRecord } from '../store/connections.ts'
import type { CallOutcome } from '../store/outbox.ts'
import { readReply, refusesSignature, type PlatformReply } from './answer.ts'
import { signedRequest, type SignedRequest } from './envelope.ts'
import { checkParameters } from './limits.ts'
import { redact, redactAnswer } from './redact.ts'
import type { Posted, Transport } from './transport.ts'

/** A call as it ended. */
export interface FinishedCall {
  record: CallRecord
  outcome: CallOutcome
  /** The platform's answer, where one could be read. */
  reply: PlatformReply | null
  /** What came over the wire. */
  posted: Posted
}

const refused = (reply: PlatformReply): Failure => ({
  code: refusesSignature(reply) ? 'signature-refused' : 'platform-refused',
  params: {
    reason: [reply.errorMessage, reply.errorCode && `(${reply.errorCode})`].filter(Boolean).join(' '),
    ...(reply.errorCode === null ? {} : { platformCode: reply.errorCode }),
  },
})

/** Statuses by which a server says that it did not carry a request out. */
const certainlyRefused = (status: number): boolean =>
  (status >= 300 && status < 400) || (status >= 400 && status < 500 && status !== 408)

/** What an answer, or its absence, means for the operation (PROTOCOL §2). */
function outcomeOf(method: MethodName, posted: Posted, reply: PlatformReply | null): CallOutcome {
  if (posted.kind === 'not-sent') {
    return { kind: 'not-sent', failure: { code: 'gateway-unreachable', params: { problem: posted.problem } } }
  }
  const harmless = !methodFacts[method].changes
  if (posted.kind === 'lost') {
    const failure: Failure = { code: 'answer-lost', params: { problem: posted.problem } }
    return harmless ? { kind: 'not-sent', failure } : { kind: 'unknown', failure }
  }
  if (reply) return reply.success ? { kind: 'accepted' } : { kind: 'failed', failure: refused(reply) }
  const failure: Failure = { code: 'answer-unreadable', params: { status: posted.status } }
  return { kind: harmless || certainlyRefused(posted.status) ? 'failed' : 'unknown', failure }
}

/**
 * What is checked before anything is signed.
 *
 * @throws AppError invalid-input or method-withdrawn
 */
export function checkCall(
  connection: ConnectionRecord,
  method: MethodName,
  data: Readonly<Record<string, unknown>>,
): void {
  if (methodFacts[method].withdrawn && !connection.advanced.withdrawnMethods) {
    throw new AppError('method-withdrawn', { method })
  }
  checkParameters(method, data, connection.advanced.lengthUnit)
}

/**
 * Makes one call. Never throws for what the platform or the network does.
 *
 * @param data the parameters of PROTOCOL §2
 * @param key the connection's private key
 * @param refersTo the operation and piece that the call belongs to
 * @throws AppError invalid-input or method-withdrawn before anything is signed
 */
export async function callPlatform(
  transport: Pick<Transport, 'post'>,
  connection: ConnectionRecord,
  method: MethodName,
  data: Readonly<Record<string, unknown>>,
  key: KeyObject,
  refersTo: { operationId: number | null; partId: number | null },
): Promise<FinishedCall> {
  checkCall(connection, method, data)
  const at = Date.now()
  const signed = await signedRequest(connection, method, JSON.stringify(data), key, new Date(at))
  const begun = performance.now()
  const posted = await transport.post(signed.url, signed.headers, signed.body, connection.advanced.callTimeoutMs)
  const durationMs = Math.round(performance.now() - begun)
  const answered = posted.kind === 'answered' ? posted : null
  const read = answered ? readReply(answered.body) : null
  const response = answered && redactAnswer(answered.body, data)
  // What is taken out of the answer must not carry a repeated secret on; its serial number is never touched.
  const clean = answered && response !== answered.body ? readReply(response ?? '') : read
  const reply = read && { ...read, errorMessage: clean?.errorMessage ?? null, data: clean?.data ?? null }
  return {
    record: {
      connectionId: connection.id,
      ...refersTo,
      robotSerialNo: typeof data['vcRobotSerialNo'] === 'string' ? data['vcRobotSerialNo'] : null,
      method,
      at,
      durationMs,
      status: answered?.status ?? null,
      signingString: redact(signed.signingString, data),
      request: redact(requestText(signed), data),
      response,
      vcSerialNo: reply?.vcSerialNo ?? null,
      success: reply?.success ?? null,
      errorCode: reply?.errorCode ?? null,
      errorMessage: reply?.errorMessage ?? (posted.kind === 'answered' ? null : posted.problem),
    },
    outcome: outcomeOf(method, posted, reply),
    reply,
    posted,
  }
}

const requestText = (signed: SignedRequest): string => JSON.stringify(signed.parameters)
