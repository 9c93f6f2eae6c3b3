/** Rows of a history: messages and what is still on its way, with what stands above and below each. */
import type { Message, MessageStatus } from '#shared/contract/entries/conversations.ts'
import { sameDay } from '@/app/times.ts'
import { compareIds } from '@/stores/keys.ts'
import type { Outgoing } from '@/stores/outgoing.ts'

/** Messages of one sender within this time stand together, in milliseconds. */
const groupGap = 5 * 60_000
/** So many of the newest settled messages say their state in words. */
const wordy = 2

export interface Row {
  key: string
  at: number
  direction: 'in' | 'out'
  senderId: string | null
  senderName: string
  type: Message['type']
  content: string
  rawType: string | null
  status: MessageStatus
  message: Message | null
  /** Set while the engine has not taken it yet. */
  outgoing: Outgoing | null
  /** A separator with its day stands above. */
  startsDay: boolean
  /** The line of new messages stands above. */
  startsNew: boolean
  /** First of a group: carries avatar and name. */
  startsGroup: boolean
  /** Last of a group: carries the time. */
  endsGroup: boolean
  /** Its state is said in words, not only by its sign. */
  inWords: boolean
}

type Plain = Omit<Row, 'startsDay' | 'startsNew' | 'startsGroup' | 'endsGroup' | 'inWords'>

const ofMessage = (message: Message, key: string): Plain => ({
  key,
  at: message.sentAt,
  direction: message.direction,
  senderId: message.senderId,
  senderName: message.senderName,
  type: message.type,
  content: message.content,
  rawType: message.rawType,
  status: message.status,
  message,
  outgoing: null,
})

const ofOutgoing = (item: Outgoing): Plain => ({
  key: item.clientId,
  at: item.at,
  direction: 'out',
  senderId: null,
  senderName: '',
  type: item.type,
  content: item.content,
  rawType: null,
  status: item.state === 'refused' ? 'failed' : 'queued',
  message: null,
  outgoing: item,
})

/** Whether nothing needs to be said any more once it is older. */
export const isQuiet = (status: MessageStatus): boolean =>
  status === 'done' || status === 'accepted' || status === 'received'

const together = (one: Plain, other: Plain): boolean =>
  one.direction === other.direction &&
  (one.direction === 'out' || one.senderId === other.senderId) &&
  Math.abs(other.at - one.at) < groupGap

/**
 * The first message that was not read when the line was drawn.
 *
 * @param messages oldest first
 * @param readUpTo id of the newest message that was read; null when none was
 * @param complete whether the history's beginning is loaded
 * @returns its id; undefined while it may stand on a page that is not loaded
 */
export function firstUnread(
  messages: readonly Message[],
  readUpTo: string | null,
  complete: boolean,
): string | undefined {
  const isNew = (message: Message): boolean =>
    message.direction === 'in' && (readUpTo === null || compareIds(message.id, readUpTo) > 0)
  const index = messages.findIndex(isNew)
  if (index === 0 && !complete) return undefined
  return messages[index]?.id
}

/**
 * @param messages oldest first
 * @param outgoing what follows them
 * @param aliases keys of messages that were written here
 * @param newFrom id of the message above which the line of new messages stands
 */
export function rowsOf(
  messages: readonly Message[],
  outgoing: readonly Outgoing[],
  aliases: ReadonlyMap<string, string>,
  newFrom: string | undefined,
): Row[] {
  const plain = [
    ...messages.map((message) => ofMessage(message, aliases.get(message.id) ?? message.id)),
    ...outgoing.map(ofOutgoing),
  ]
  let settledFromEnd = 0
  const rows: Row[] = []
  for (let index = plain.length - 1; index >= 0; index--) {
    const row = plain[index]
    if (!row) continue
    const before = plain[index - 1]
    const after = rows.at(-1)
    const startsDay = !before || !sameDay(before.at, row.at)
    const startsNew = newFrom !== undefined && row.message?.id === newFrom
    const settled = row.direction === 'out' && isQuiet(row.status)
    if (settled) settledFromEnd += 1
    rows.push({
      ...row,
      startsDay,
      startsNew,
      startsGroup: startsDay || startsNew || !before || !together(before, row),
      endsGroup: !after || after.startsGroup,
      inWords: row.direction === 'out' && (!settled || settledFromEnd <= wordy),
    })
  }
  return rows.reverse()
}
