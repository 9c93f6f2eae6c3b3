import { z } from 'zod'
import { done, id, page, paging, platformId, started, timeOrNull } from '../common.ts'
import { entry } from '../define.ts'

export const friendSchema = z.object({
  /** Whose friend it is. */
  robotId: id,
  /** The platform's user id. */
  id: platformId,
  name: z.string(),
  /** The operator's own name for the person; empty where there is none. */
  remark: z.string(),
  phone: z.string(),
  /** When the platform's list no longer held the friend; null while it does. */
  goneAt: timeOrNull,
  /** When a message last came or went between them. */
  lastAt: timeOrNull,
  /** Tags of their conversation. */
  tagIds: z.array(id),
})
export type Friend = z.output<typeof friendSchema>

export const groupSchema = z.object({
  /** The robot that is or was in it. */
  robotId: id,
  /** The platform's group id. */
  id: platformId,
  name: z.string(),
  ownerId: z.string().nullable(),
  memberCount: z.int(),
  /** When the robot left, or the platform's list no longer held the group; null while it is in it. */
  leftAt: timeOrNull,
  /** When a message last came or went in it. */
  lastAt: timeOrNull,
})
export type Group = z.output<typeof groupSchema>

export const personSchema = z.object({
  /** The platform's user id. */
  id: platformId,
  name: z.string(),
  remark: z.string(),
  phone: z.string(),
  isFriend: z.boolean(),
  goneAt: timeOrNull,
  /** When the robot first heard of the friend. */
  firstSeenAt: timeOrNull,
  /** What the platform last said of the friend, as JSON. */
  raw: z.string().nullable(),
  /** Groups of the robot that the person is in. */
  groups: z.array(z.object({ id: platformId, name: z.string(), joinedAt: timeOrNull })),
  /** Other robots that have a friend of the same number. */
  knownTo: z.array(z.object({ robotId: id, goneAt: timeOrNull, lastAt: timeOrNull })),
})
export type Person = z.output<typeof personSchema>

export const memberSchema = z.object({ id: platformId, name: z.string(), joinedAt: timeOrNull })
export type Member = z.output<typeof memberSchema>

export const peopleEntries = {
  'friends.list': entry(
    'Friends of one robot or of all, by name, those gone last; `query` looks in name, remark, phone and id.',
    z.object({
      robotId: id.optional(),
      query: z.string().max(200).optional(),
      tagId: id.optional(),
      /** Leaves out those who are gone. */
      presentOnly: z.boolean().optional(),
      /** Leaves out who is in this group of the same robot. */
      notInGroup: platformId.optional(),
      order: z.enum(['name', 'last-contact']).optional(),
      ...paging,
    }),
    page(friendSchema),
    ['not-found'],
  ),
  'friends.refresh': entry('Asks the platform for the friend list.', z.object({ robotId: id }), started, ['not-found']),
  'friends.add': entry(
    'Sends a friend request to a phone number.',
    z.object({ robotId: id, phone: z.string().trim().min(1).max(11) }),
    started,
    ['not-found'],
  ),
  'friends.addMany': entry(
    'Sends friend requests to several phone numbers, one after the other at the robot’s pace. Each number gets an operation of its own, in the order given; a number named twice is asked once.',
    z.object({ robotId: id, phones: z.array(z.string().trim().min(1).max(11)).min(1).max(500) }),
    z.object({ items: z.array(z.object({ phone: z.string(), operationId: id })) }),
    ['not-found'],
  ),
  'friends.update': entry(
    'Sets the operator’s own name for a friend; an empty one shows the platform’s name again. It stays here: the platform has no method for it, and nothing that it sends changes it.',
    z.object({ robotId: id, id: platformId, remark: z.string().trim().max(100) }),
    done,
    ['not-found'],
  ),
  'people.get': entry(
    'All that is known of a person: a friend of the robot, or a member of one of its groups.',
    z.object({ robotId: id, id: platformId }),
    personSchema,
    ['not-found'],
  ),
  'groups.list': entry(
    'Groups of one robot or of all, by name, those left last; `query` looks in name and id.',
    z.object({ robotId: id.optional(), query: z.string().max(200).optional(), ...paging }),
    page(groupSchema),
    ['not-found'],
  ),
  'groups.get': entry(
    'One group with its members.',
    z.object({ robotId: id, groupId: platformId }),
    groupSchema.extend({
      members: z.array(memberSchema),
      /** When the group was made, where the platform says so. */
      createdAt: timeOrNull,
      /** What the platform last said of the group, as JSON. */
      raw: z.string().nullable(),
    }),
    ['not-found'],
  ),
  'groups.refresh': entry(
    'Asks the platform for the group list, or for the members of `groupIds`.',
    z.object({ robotId: id, groupIds: z.array(platformId).min(1).max(200).optional() }),
    started,
    ['not-found'],
  ),
  'groups.create': entry(
    'Creates a group of friends.',
    z.object({
      robotId: id,
      name: z.string().trim().min(1).max(256),
      friendIds: z.array(platformId).min(1).max(500),
    }),
    started,
    ['not-found'],
  ),
  'groups.invite': entry(
    'Invites friends to a group.',
    z.object({ robotId: id, groupId: platformId, friendIds: z.array(platformId).min(1).max(500) }),
    started,
    ['not-found'],
  ),
  'groups.quit': entry('Leaves a group.', z.object({ robotId: id, groupId: platformId }), started, ['not-found']),
}
