/** What a place for pictures on another server can do, and how its trouble is told. */
import { AppError, type ErrorCode, type ErrorParams } from '#shared/contract/errors.ts'

export interface Elsewhere {
  /** Where it stores, whatever its links begin with: two that are equal hold the same pictures. */
  readonly place: string
  /** Stores a picture. @param name unguessable @throws AppError picture-not-stored */
  put(name: string, body: Buffer, type: string, signal: AbortSignal): Promise<void>
  /** Removes it; one that is not there is removed. @throws AppError picture-not-stored */
  remove(name: string, signal: AbortSignal): Promise<void>
  /** Where everybody reads it. */
  linkOf(name: string): string
  close(): void
}

/** The connection was never made, or was refused before anything went over it. */
const neverThere =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$|CERT|SELF_SIGNED/

/** Whether what storing failed with leaves open that the picture lies there all the same. */
export function mayHaveArrived(error: unknown): boolean {
  if (!(error instanceof AppError)) return true
  const status = error.params?.['status']
  if (typeof status === 'number') return status >= 500
  return error.cause === undefined ? false : !neverThere.test(codeOf(error.cause))
}

/** How long storing or removing may take, in milliseconds. */
export const elsewhereMs = 60_000

const codeOf = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  if (!(error instanceof Error)) return 'FAILED'
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.cause === undefined ? error.name : codeOf(error.cause)
}

/** By the codes of Node, of undici and of OpenSSL. */
function networkProblem(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'picture-dns'
  if (/^(ECONN|EHOST|ENET|EPIPE|UND_ERR_SOCKET)/.test(code)) return 'picture-connect'
  if (/TIMEOUT|TIMEDOUT|TimeoutError/.test(code)) return 'picture-timeout'
  return /CERT|SSL|TLS|SELF_SIGNED/.test(code) ? 'picture-tls' : code
}

/** What an HTTP status of such a place means. */
export function statusParams(status: number): ErrorParams {
  if (status === 401 || status === 403) return { problem: 'picture-access', status }
  return { problem: status === 404 || status === 409 ? 'picture-folder' : 'picture-refused', status }
}

/** The failure behind an error of the network; the error itself where it is a failure already. */
export function troubleOf(error: unknown, code: ErrorCode = 'picture-not-stored'): AppError {
  if (error instanceof AppError) return error
  return new AppError(code, { problem: networkProblem(error) }, { cause: error })
}

/**
 * Tells why a signal ended the work, if it did: its time was over, which is trouble of the place, or it was given up,
 * which whoever did so knows by their own reason.
 *
 * @throws AppError picture-not-stored for the first; otherwise the signal's reason
 */
export function throwIfEnded(signal: AbortSignal): void {
  if (!signal.aborted) return
  const reason: unknown = signal.reason
  throw reason instanceof DOMException && reason.name === 'TimeoutError' ? troubleOf(reason) : reason
}

/** Links of a folder, by the name in it. */
export const linkUnder = (base: string, name: string): string => `${base.replace(/\/+$/, '')}/${name}`
