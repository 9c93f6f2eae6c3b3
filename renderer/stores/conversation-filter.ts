/** What a list of conversations shows, and in which order: the renderer's side of `conversations.list`. */
import type { PeerKind } from '#shared/contract/common.ts'
import type { Conversation, ConversationShelf } from '#shared/contract/entries/conversations.ts'
import type { EntryInput } from '#shared/contract/index.ts'

export interface ConversationFilter {
  robotId: string | null
  unreadOnly: boolean
  needsAnswer: boolean
  kind: PeerKind | null
  pinnedOnly: boolean
  trouble: boolean
  tagId: string | null
  shelf: Exclude<ConversationShelf, 'any'>
  query: string
}

/** Everything that is not settled, of all robots. */
export const openFilter = (): ConversationFilter => ({
  robotId: null,
  unreadOnly: false,
  needsAnswer: false,
  kind: null,
  pinnedOnly: false,
  trouble: false,
  tagId: null,
  shelf: 'open',
  query: '',
})

export const isUnread = (item: Conversation): boolean => item.unread > 0 || item.markedUnread

const onShelf: Readonly<Record<ConversationFilter['shelf'], (item: Conversation) => boolean>> = {
  open: (item) => !item.hidden && item.resolvedAt === null,
  'follow-up': (item) => !item.hidden && item.followUpAt !== null,
  resolved: (item) => !item.hidden && item.resolvedAt !== null,
  hidden: (item) => item.hidden,
}

/** Whether a conversation belongs to the list. What is found by words only the engine knows: none does then. */
export const fits = (filter: ConversationFilter, item: Conversation): boolean =>
  filter.query === '' &&
  item.lastAt !== null &&
  onShelf[filter.shelf](item) &&
  (filter.robotId === null || item.robotId === filter.robotId) &&
  (!filter.unreadOnly || isUnread(item)) &&
  (!filter.needsAnswer || item.waitingSince !== null) &&
  (filter.kind === null || item.peer.kind === filter.kind) &&
  (!filter.pinnedOnly || item.pinned) &&
  (!filter.trouble || item.trouble) &&
  (filter.tagId === null || item.tagIds.includes(filter.tagId))

/** The order of the list: pinned first, then newest first; of those that wait, the longest first. */
export const compareIn =
  (filter: ConversationFilter) =>
  (one: Conversation, other: Conversation): number =>
    filter.needsAnswer
      ? // One that was answered meanwhile stays where it is until it leaves: at the end.
        (one.waitingSince ?? Infinity) - (other.waitingSince ?? Infinity) || 0
      : Number(other.pinned) - Number(one.pinned) || (other.lastAt ?? 0) - (one.lastAt ?? 0)

/** The same as the entry takes it. Words are looked for everywhere, also among what is settled or hidden. */
export const queryOf = (filter: ConversationFilter): EntryInput<'conversations.list'> => ({
  ...(filter.robotId === null ? {} : { robotId: filter.robotId }),
  ...(filter.unreadOnly ? { unreadOnly: true } : {}),
  ...(filter.needsAnswer ? { needsAnswer: true } : {}),
  ...(filter.kind === null ? {} : { kind: filter.kind }),
  ...(filter.pinnedOnly ? { pinnedOnly: true } : {}),
  ...(filter.trouble ? { trouble: true } : {}),
  ...(filter.tagId === null ? {} : { tagId: filter.tagId }),
  shelf: filter.query === '' ? filter.shelf : 'any',
  ...(filter.query === '' ? {} : { query: filter.query }),
})

/** How many filters narrow the list beside robot, unread, needs an answer and words, which have places of their own. */
export const narrowings = (filter: ConversationFilter): number =>
  [filter.kind !== null, filter.pinnedOnly, filter.trouble, filter.tagId !== null, filter.shelf !== 'open'].filter(
    Boolean,
  ).length
