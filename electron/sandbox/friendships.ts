/** Friend requests, and how people answer them. */
import type { FriendRequest, Robot } from './model.ts'
import type { Platform } from './platform.ts'
import { personOfPhone } from './seed.ts'

/**
 * Asks somebody, by phone number, to become a friend. Who is asked decides by the last digit: 0 never
 * answers, 9 refuses, all others accept.
 */
export function askForFriendship(platform: Platform, robot: Robot, phone: string, serialNo: string): void {
  if (phone.endsWith('0')) return
  const person = robot.people.find((known) => known.phone === phone) ?? personOfPhone(phone)
  const request: FriendRequest = {
    robotSerialNo: robot.serialNo,
    serialNo,
    person,
    accepts: !phone.endsWith('9'),
    dueAt: Date.now() + platform.span(platform.settings.friendAnswerMs),
  }
  platform.world.state.friendRequests.push(request)
  platform.world.touch()
  awaitAnswer(platform, request)
}

/** Lets the requests of an earlier run go on. */
export function resumeFriendships(platform: Platform): void {
  for (const request of platform.world.state.friendRequests) awaitAnswer(platform, request)
}

function awaitAnswer(platform: Platform, request: FriendRequest): void {
  platform.timers.after(Math.max(0, request.dueAt - Date.now()), () => {
    const { friendRequests } = platform.world.state
    friendRequests.splice(friendRequests.indexOf(request), 1)
    const robot = platform.world.robot(request.robotSerialNo)
    if (robot) answer(platform, robot, request)
    platform.world.touch()
  })
}

function answer(platform: Platform, robot: Robot, { person, accepts, serialNo }: FriendRequest): void {
  const { bodies } = platform
  if (!accepts) {
    platform.callback(robot, bodies.friendAdded(robot, serialNo, person, { code: 1, text: '对方拒绝了好友请求' }))
    return
  }
  const known = robot.people.find((other) => other.userId === person.userId)
  if (known) known.friend = true
  else robot.people.push({ ...person, friend: true })
  platform.callback(robot, bodies.friendAdded(robot, serialNo, person, { code: 0, text: 'success' }))
}
