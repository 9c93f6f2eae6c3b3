/** The twelve methods in the groups of the list, and where a parameter's suggestions come from. */
import type { MethodName } from '#shared/protocol/methods.ts'

export const methodGroups = {
  messages: ['sendMessage', 'sendGroupMessage'],
  friends: ['getFriendList', 'addFriend'],
  groups: ['getGroupList', 'getGroupInfo', 'createGroup', 'inviteFriendsToGroup', 'quitGroup'],
  account: ['login', 'logout', 'getVerificationCode'],
} as const satisfies Record<string, readonly MethodName[]>

export type MethodGroup = keyof typeof methodGroups
export const groupNames = Object.keys(methodGroups) as MethodGroup[]

/** Whose ids a parameter takes. */
export const suggestionsFor: Readonly<Record<string, 'friends' | 'groups'>> = {
  vcFriendSerialNo: 'friends',
  vcFriendSerialNoList: 'friends',
  vcFriendSerialNos: 'friends',
  vcGroupSerialNo: 'groups',
  group_id: 'groups',
}
