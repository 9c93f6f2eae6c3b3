/** Keys and order of conversations and messages. */
import type { Peer } from '#shared/contract/common.ts'
import type { Message } from '#shared/contract/entries/conversations.ts'

/** Where a message belongs. */
export interface Place {
  robotId: string
  peer: Peer
}

/** One text for one conversation; the platform's id comes last, since it may contain anything. */
export const placeKey = ({ robotId, peer }: Place): string => `${robotId}:${peer.kind}:${peer.id}`

/** Order of ids of ours: texts of positive integers, too long for numbers. */
export const compareIds = (one: string, other: string): number =>
  one.length - other.length || (one < other ? -1 : one > other ? 1 : 0)

/** Oldest first, as a history is read. */
export const compareMessages = (one: Message, other: Message): number =>
  one.sentAt - other.sentAt || compareIds(one.id, other.id)

/**
 * Puts messages into a history, replacing those that it has.
 *
 * @param history oldest first
 * @returns a new list, oldest first
 */
export function mergeMessages(history: readonly Message[], added: readonly Message[]): Message[] {
  const [only] = added
  const newest = history.at(-1)
  // What comes is nearly always one, and the newest.
  if (only && added.length === 1 && newest && compareMessages(only, newest) > 0) {
    return [...history.filter((message) => message.id !== only.id), only]
  }
  const byId = new Map(history.map((message) => [message.id, message]))
  for (const message of added) byId.set(message.id, message)
  return [...byId.values()].sort(compareMessages)
}
