/** Under which address the platform reaches our listener. */
import type { ConnectionRecord } from '../store/connections.ts'

const isHere = (url: string): boolean => {
  const host = URL.canParse(url) ? new URL(url).hostname : ''
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host)
}

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
  return connection && isHere(connection.gatewayUrl) ? own : null
}
