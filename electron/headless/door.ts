/** What every route asks of one request: where it comes from and who is signed in. */
import type { IncomingMessage } from 'node:http'
import type { Failure } from '#shared/contract/errors.ts'
import type { SignIns } from '#engine/types.ts'
import type { Access, Admission } from './access.ts'
import { isFromElsewhere, isOwnHost, isOwnOrigin } from './guard.ts'
import type { Session } from './sessions.ts'
import type { Site } from './site.ts'

/** A caller that may ask: a script by the token (no session), or a browser. */
export interface Entrant {
  readonly session: Session | null
}

export interface Door {
  readonly access: Access
  readonly site: Site
  readonly port: number
}

/** The caller's address. */
export const addressOf = ({ site }: Door, request: IncomingMessage): string =>
  site.addressOf(request.socket.remoteAddress ?? '', request.headers['x-forwarded-for'])

/** Whether the request may be looked at, whoever sent it. */
export const isAtTheDoor = ({ site }: Door, request: IncomingMessage): boolean =>
  site.isOwnPeer(request.socket.remoteAddress ?? '') &&
  isOwnHost(request.headers, site) &&
  isOwnOrigin(request.headers, false, site) &&
  !isFromElsewhere(request.headers, request.method ?? '')

/**
 * Who asks: by token, else by cookie.
 *
 * @param origin whether a browser must show the Origin of a page of ours (it does not for a picture)
 */
export function judge(door: Door, request: IncomingMessage, origin: 'required' | 'optional'): Entrant | Failure {
  const { access, site, port } = door
  const { headers } = request
  const byHeader: Admission = access.byHeader(headers.authorization, addressOf(door, request))
  if (byHeader === 'admitted') return { session: null }
  if (byHeader === 'blocked') return { code: 'too-many-requests' }
  const session = byHeader === 'anonymous' ? access.sessionOf(headers, port) : null
  if (!session) return { code: 'unauthorized' }
  return isOwnOrigin(headers, origin === 'required', site) ? { session } : { code: 'forbidden' }
}

/** The sessions as a caller sees and ends them. */
export const signInsFor = ({ access }: Door, { session }: Entrant): SignIns => ({
  list: () => access.sessions.list(session?.id ?? null),
  end: (id) => access.sessions.end(id),
})
