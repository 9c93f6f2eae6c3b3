/** Under which address the platform reaches our listener. */
import type { ConnectionRecord } from '../store/connections.ts'

const isHere = (url: string): boolean => {
  const host = URL.canParse(url) ? new URL(url).hostname : ''
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host)
}

/**
 * What stands before the path of a picture.
 *
 * @param own the listener's address on this machine
 * @returns null where a platform elsewhere would look for it on its own machine
 */
export function publicBase(
  connections: readonly ConnectionRecord[],
  connectionId: number,
  own: string | null,
): string | null {
  const connection = connections.find(({ id }) => id === connectionId)
  return connection && isHere(connection.gatewayUrl) ? own : null
}
