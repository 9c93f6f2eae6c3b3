/** One answer to "how much is unread", for rail, list, title, badge and tray alike. */

/** Unread conversations over all robots: what is muted, a conversation or a whole robot, does not call. */
export const unreadOverAll = (robots: Iterable<{ unread: number; muted: boolean }>): number => {
  let sum = 0
  for (const robot of robots) if (!robot.muted) sum += robot.unread
  return sum
}
