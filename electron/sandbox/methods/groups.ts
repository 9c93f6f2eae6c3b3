/** createGroup, getGroupInfo, getGroupList, inviteFriendsToGroup, quitGroup. */
import type { Group } from '../model.ts'
import { Refusal } from '../refusal.ts'
import { randomFrom } from '../random.ts'
import { needFriend, needFunction, needGroup, needOnline, type Handler } from './call.ts'
import { chunks } from './chunks.ts'

export const createGroup: Handler = ({ platform, robot, parameters, serialNo }) => {
  needOnline(robot)
  needFunction(robot, 'groups')
  const friends = parameters.list('vcFriendSerialNoList').map((userId) => needFriend(robot, userId))
  const random = randomFrom('group', serialNo)
  const now = Date.now()
  const group: Group = {
    groupId: `c${random.hex(32)}`,
    name: parameters.text('vcGroupName'),
    createdAt: now,
    ownerUserId: robot.userId,
    key: random.hex(16),
    tag: random.between(1000, 9999),
    members: [robot, ...friends].map(({ userId }) => ({ userId, joinedAt: now })),
    left: false,
  }
  robot.groups.push(group)
  platform.world.touch()
  platform.answerLater(robot, platform.bodies.groupCreated(robot, serialNo, group))
  return {}
}

export const getGroupInfo: Handler = ({ platform, robot, parameters, serialNo }) => {
  needOnline(robot)
  const groups = parameters.list('vcGroupSerialNo').map((groupId) => needGroup(robot, groupId))
  for (const chunk of chunks(groups, platform.settings.listChunk))
    platform.answerLater(robot, platform.bodies.groups(2002, robot, serialNo, chunk))
  return {}
}

export const getGroupList: Handler = ({ platform, robot, serialNo }) => {
  needOnline(robot)
  const groups = robot.groups.filter((group) => !group.left)
  for (const chunk of chunks(groups, platform.settings.listChunk))
    platform.answerLater(robot, platform.bodies.groups(2003, robot, serialNo, chunk))
  return {}
}

export const inviteFriendsToGroup: Handler = ({ platform, robot, parameters }) => {
  needOnline(robot)
  needFunction(robot, 'groups')
  const group = needGroup(robot, parameters.text('vcGroupSerialNo'))
  const single = parameters.text('vcFriendSerialNo')
  const invited = single === '' ? parameters.list('vcFriendSerialNos') : [single]
  for (const userId of invited) {
    needFriend(robot, userId)
    if (group.members.some((member) => member.userId === userId))
      throw new Refusal('alreadyMember', `${userId} is in the group already`)
  }
  const now = Date.now()
  group.members.push(...invited.map((userId) => ({ userId, joinedAt: now })))
  platform.world.touch()
  return {}
}

export const quitGroup: Handler = ({ platform, robot, parameters, serialNo }) => {
  needOnline(robot)
  const group = needGroup(robot, parameters.text('group_id'))
  group.left = true
  platform.world.touch()
  platform.answerLater(robot, platform.bodies.groupLeft(robot, serialNo, group))
  return {}
}
