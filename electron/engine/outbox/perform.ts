/** Carries one claim of the outbox out: finds connection and key, calls the platform, says what came of it. */
import { AppError, type Failure } from '#shared/contract/errors.ts'
import type { Advanced } from '#shared/contract/entries/connections.ts'
import type { OperationKind } from '#shared/contract/entries/record.ts'
import { callPlatform } from '../platform/client.ts'
import type { Connections } from '../platform/connections.ts'
import { findQr } from '../platform/qr.ts'
import type { Transport } from '../platform/transport.ts'
import type { CallResult } from '../store/outbox.ts'
import type { Claim } from '../store/turns.ts'
import { passwordName } from '../vault/names.ts'
import type { Logger } from '../types.ts'
import type { Vault } from '../vault/vault.ts'
import type { KnownPictures } from '../pictures/known.ts'
import { requestFor } from './requests.ts'

export interface Performer {
  readonly vault: Vault
  readonly connections: Connections
  readonly transport: Transport
  readonly pictures: { readonly known: Pick<KnownPictures, 'forSending'> }
  /** Passwords of log-ins that are not remembered, by operation; gone once used. */
  readonly passwords: Map<number, string>
  readonly log: Pick<Logger, 'error'>
}

/** How long an operation waits for what settles it (PROTOCOL §2); null for those that stay accepted as long as it takes. */
function timeoutOf(kind: OperationKind, advanced: Advanced): number | null {
  switch (kind) {
    case 'login':
      return advanced.loginTimeoutMs
    case 'logout':
      return advanced.logoutTimeoutMs
    case 'create-group':
    case 'quit-group':
      return advanced.groupTimeoutMs
    case 'refresh-friends':
    case 'refresh-groups':
    case 'get-groups':
      return advanced.listTimeoutMs
    case 'send':
    case 'add-friend':
    case 'invite':
      return null
  }
}

const failed = (claim: Claim, failure: Failure): CallResult => ({
  claim,
  call: null,
  outcome: { kind: 'failed', failure },
  timeoutMs: null,
  qr: null,
})

/** With the link under which a picture of ours is reached now. @throws AppError where it no longer is */
async function asItGoes({ pictures }: Performer, claim: Claim): Promise<Claim> {
  if (claim.part?.type !== 'image') return claim
  return {
    ...claim,
    part: { ...claim.part, content: await pictures.known.forSending(claim.connectionId, claim.part.content) },
  }
}

/**
 * @returns what came of it; a fault of ours before anything was sent is none of the platform's: it is tried again, like
 * what did not leave this machine
 * @throws what went wrong after the request went out
 */
export async function perform(performer: Performer, claim: Claim): Promise<CallResult> {
  const { vault, connections, passwords } = performer
  let isOut = false
  const transport: Pick<Transport, 'post'> = {
    post: (...request) => {
      isOut = true
      return performer.transport.post(...request)
    },
  }
  try {
    const connection = connections.get(claim.connectionId)
    const password =
      claim.kind === 'login'
        ? (passwords.get(claim.operationId) ?? (await vault.get(passwordName(claim.robotId))) ?? undefined)
        : undefined
    if (claim.kind === 'login' && claim.input['method'] === 'password' && password === undefined) {
      // It was kept in memory only, and the application has been started anew since.
      return failed(claim, { code: 'invalid-input', params: { field: 'password', problem: 'required' } })
    }
    const sender = { merchantNo: connection.merchantNo, robotSerialNo: claim.robotSerialNo }
    const { method, data } = requestFor(await asItGoes(performer, claim), sender, password)
    const key = await connections.key(connection.id)
    const refersTo = { operationId: claim.operationId, partId: claim.part?.id ?? null }
    const { record, outcome, reply } = await callPlatform(transport, connection, method, data, key, refersTo)
    // What did not leave this machine is tried again, and needs it again.
    if (outcome.kind !== 'not-sent') passwords.delete(claim.operationId)
    return {
      claim,
      call: record,
      outcome,
      timeoutMs: timeoutOf(claim.kind, connection.advanced),
      qr: claim.kind === 'login' && reply ? findQr(reply.data, connection.advanced.qrPath) : null,
    }
  } catch (error) {
    if (error instanceof AppError) return failed(claim, error.failure)
    if (isOut) throw error
    performer.log.error({ err: error, operationId: claim.operationId }, 'a request could not be made')
    return { ...failed(claim, { code: 'internal' }), outcome: { kind: 'not-sent', failure: { code: 'internal' } } }
  }
}
