/** addFriend, getFriendList. */
import { askForFriendship } from '../friendships.ts'
import { needPatience } from '../haste.ts'
import { Refusal } from '../refusal.ts'
import { needFunction, needOnline, type Handler } from './call.ts'
import { chunks } from './chunks.ts'

export const addFriend: Handler = ({ platform, robot, parameters, serialNo }) => {
  needOnline(robot)
  needFunction(robot, 'friends')
  const phone = parameters.text('vcFriendPhone')
  if (!/^\d{5,11}$/.test(phone)) throw new Refusal('parameter', 'vcFriendPhone is no phone number of 5 to 11 digits')
  const known = robot.people.find((person) => person.phone === phone && person.friend)
  if (known) throw new Refusal('alreadyFriends', `${phone} is a friend of robot ${robot.serialNo} already`)
  needPatience(platform, robot, 'friends')
  askForFriendship(platform, robot, phone, serialNo)
  return {}
}

export const getFriendList: Handler = ({ platform, robot, serialNo }) => {
  needOnline(robot)
  const friends = robot.people.filter((person) => person.friend)
  for (const chunk of chunks(friends, platform.settings.listChunk))
    platform.answerLater(robot, platform.bodies.friends(robot, serialNo, chunk))
  return {}
}
