import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/groups.ts'

const groups: Words<typeof zhCN> = {
  title: 'Groups',
  search: 'Name or number',
  emptyQueryText: 'Search by name or number.',
  one: 'Group',
  name: 'Name',
  members: 'Members',
  memberCount: '{n} member | {n} members',
  number: 'Number',
  state: 'State',
  left: 'Not in it since {time}',
  owner: 'Owner',
  joined: 'joined {time}',
  noMembers: 'The members have not been asked for yet.',
  refreshed: 'The group list is up to date',
  membersRefreshed: 'The members are up to date',
  empty: 'No groups yet',
  emptyText: 'Ask the platform for this robot’s group list, or create a group of friends.',
  fetch: 'Get the group list',
  create: 'Create group',
  createN: 'Create with {n} friend | Create with {n} friends',
  as: 'Done by “{name}”',
  invite: 'Invite friends',
  inviteTitle: 'Invite friends to “{name}”',
  inviteN: 'Invite {n}',
  friends: 'Friends',
  pickSome: 'Choose one friend at least',
  noFriends: 'No friends to choose from',
  done: 'Done',
  quit: 'Leave',
  quitTitle: 'Leave “{name}”?',
  quitText:
    '“{robot}” gets no more messages of this group, and only its members can invite it back. What is recorded stays.',
  quitDone: 'Left',
}
export default groups
