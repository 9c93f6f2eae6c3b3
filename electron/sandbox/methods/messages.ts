/** sendMessage, sendGroupMessage. */
import type { CallbackBody } from '../bodies.ts'
import type { Robot } from '../model.ts'
import type { Platform } from '../platform.ts'
import { Refusal } from '../refusal.ts'
import { needFriend, needFunction, needGroup, needOnline, type Call, type Handler } from './call.ts'

/** When each robot sent lately, milliseconds UTC. */
const sendTimes = new WeakMap<Robot, number[]>()

export const sendMessage: Handler = (call) => {
  const { platform, robot, parameters } = call
  needOnline(robot)
  needFunction(robot, 'messages')
  const friend = needFriend(robot, parameters.text('vcFriendSerialNo'))
  const { type, content } = parameters.content()
  needPatience(platform, robot)
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
  needPatience(platform, robot)
  echo(call, (serialNo) => platform.bodies.groupMessage(robot, serialNo, null, groupId, type, content))
  platform.onWritten(robot, { groupId }, type, content)
  return {}
}

function echo({ platform, robot, serialNo }: Call, body: (serialNo: string) => CallbackBody): void {
  const mode = platform.faults.echo
  if (mode !== 'off') platform.answerLater(robot, body(mode === 'on' ? serialNo : ''))
}

/** Bans an account that sends faster than the platform bears. */
function needPatience(platform: Platform, robot: Robot): void {
  const { messages, windowMs } = platform.settings.rateLimit
  const now = Date.now()
  const times = (sendTimes.get(robot) ?? []).filter((at) => at > now - windowMs)
  if (times.length >= messages) {
    sendTimes.delete(robot)
    platform.setState(robot, 'banned', '发送消息过于频繁')
    throw new Refusal('tooFast', `more than ${messages} messages in ${windowMs} ms: robot ${robot.serialNo} is banned`)
  }
  sendTimes.set(robot, [...times, now])
}
