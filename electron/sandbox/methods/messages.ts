/** sendMessage, sendGroupMessage. */
import type { CallbackBody } from '../bodies.ts'
import { needPatience } from '../haste.ts'
import { needFriend, needFunction, needGroup, needOnline, type Call, type Handler } from './call.ts'

export const sendMessage: Handler = (call) => {
  const { platform, robot, parameters } = call
  needOnline(robot)
  needFunction(robot, 'messages')
  const friend = needFriend(robot, parameters.text('vcFriendSerialNo'))
  const { type, content } = parameters.content()
  needPatience(platform, robot, 'messages')
  echo(call, (serialNo) => platform.bodies.message(robot, serialNo, null, friend.userId, type, content))
  platform.onWritten(robot, { userId: friend.userId }, type, content)
  return {}
}

export const sendGroupMessage: Handler = (call) => {
  const { platform, robot, parameters } = call
  needOnline(robot)
  needFunction(robot, 'messages')
  const { groupId } = needGroup(robot, parameters.text('vcGroupSerialNo'))
  const { type, content } = parameters.content()
  needPatience(platform, robot, 'messages')
  echo(call, (serialNo) => platform.bodies.groupMessage(robot, serialNo, null, groupId, type, content))
  platform.onWritten(robot, { groupId }, type, content)
  return {}
}

function echo({ platform, robot, serialNo }: Call, body: (serialNo: string) => CallbackBody): void {
  const mode = platform.faults.echo
  if (mode !== 'off') platform.answerLater(robot, body(mode === 'on' ? serialNo : ''))
}
