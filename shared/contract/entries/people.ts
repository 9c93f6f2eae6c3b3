import { z } from 'zod'
import { done, id, page, paging, platformId, started, timeOrNull } from '../common.ts'
import { entry } from '../define.ts'

export const friendSchema = z.object({
  /** The platform's user id. */
  id: platformId,
  name: z.string(),
  /** The operator's own name for the person; empty where there is none. */
  remark: z.string(),
  phone: z.string(),
  /** When the platform's list no longer held the friend; null while it does. */
  goneAt: timeOrNull,
})
export type Friend = z.output<typeof friendSchema>

export const groupSchema = z.object({
  /** The platform's group id. */
  id: platformId,
  name: z.string(),
  ownerId: z.string().nullable(),
  memberCount: z.int(),
  /** When the robot left, or the platform's list no longer held the group; null while it is in it. */
  leftAt: timeOrNull,
})
export type Group = z.output<typeof groupSchema>

export const memberSchema = z.object({ id: platformId, name: z.string(), joinedAt: timeOrNull })
export type Member = z.output<typeof memberSchema>

export const peopleEntries = {
  'friends.list': entry(
    'Friends of a robot by name, those gone last; `query` looks in name, remark, phone and id.',
    z.object({ robotId: id, query: z.string().max(200).optional(), ...paging }),
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
  'friends.update': entry(
    'Sets the operator’s own name for a friend; an empty one shows the platform’s name again. It stays here: the platform has no method for it, and nothing that it sends changes it.',
    z.object({ robotId: id, id: platformId, remark: z.string().trim().max(100) }),
    done,
    ['not-found'],
  ),
  'groups.list': entry(
    'Groups of a robot by name, those left last.',
    z.object({ robotId: id, ...paging }),
    page(groupSchema),
    ['not-found'],
  ),
  'groups.get': entry(
    'One group with its members.',
    z.object({ robotId: id, groupId: platformId }),
    groupSchema.extend({ members: z.array(memberSchema) }),
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
