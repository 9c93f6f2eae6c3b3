/** Under which address the platform reaches our listener. */
import { leadsToOwnMachine } from '#shared/security/own-machine.ts'
import type { ConnectionRecord } from '../store/connections.ts'

/**
 * What stands before the path of a picture.
 *
 * @param outside the connection's public URL, where its way in has one
 * @param own the listener's address on this machine: a platform on this machine, as the sandbox is, reaches it there
 * @returns null where a platform elsewhere would look for it on its own machine
 */
export function publicBase(
  connections: readonly ConnectionRecord[],
  connectionId: number,
  outside: string | null,
  own: string | null,
): string | null {
  if (outside !== null) return outside
  const connection = connections.find(({ id }) => id === connectionId)
  return connection && leadsToOwnMachine(connection.gatewayUrl) ? own : null
}
