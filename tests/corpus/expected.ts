/** What a callback of the corpus must become, in the words of the contract. */
import type { CallbackState } from '#shared/contract/entries/record.ts'
import type { Tolerance } from '#shared/contract/reading.ts'
import type { EntryResult } from '#shared/contract/index.ts'

type Item<List> = List extends { items: (infer One)[] } ? One : never
type Message = Item<EntryResult<'messages.page'>>
type Friend = Item<EntryResult<'friends.list'>>
type Group = EntryResult<'groups.get'>
type Robot = Item<EntryResult<'robots.list'>>

/** All that is there afterwards; a list that is left out is empty. */
export interface Expected {
  state: CallbackState
  reason?: string
  /** Tolerances that must be named; others may be too. */
  tolerances?: readonly Tolerance[]
  friends?: readonly Partial<Friend>[]
  groups?: readonly (Omit<Partial<Group>, 'members'> & {
    members?: readonly Partial<Group['members'][number]>[]
    /** Whether the robot is no longer in it. */
    left?: boolean
  })[]
  /** Messages of all conversations of the robot, newest first. */
  messages?: readonly (Partial<Message> & { peer: { kind: 'friend' | 'group'; id: string } })[]
  robot?: Omit<Partial<Robot>, 'limits'> & { limits?: readonly Partial<Robot['limits'][number]>[] }
  /** State of the operation that was under way, where there was one. */
  operation?: EntryResult<'operations.get'>['state']
  /** Its log-in, where it is one. */
  login?: Partial<NonNullable<EntryResult<'operations.get'>['login']>>
}

/** Nothing came of it. */
export const nothing = (state: CallbackState, reason: string): Expected => ({ state, reason })
