/** What a method's handler gets, and the checks that several of them share. */
import type { Group, Merchant, Person, Robot } from '../model.ts'
import type { Parameters } from '../parameters.ts'
import type { Platform } from '../platform.ts'
import { Refusal } from '../refusal.ts'
import { friendOf, groupOf, isOnline } from '../world.ts'

export interface Call {
  readonly platform: Platform
  readonly merchant: Merchant
  readonly robot: Robot
  readonly parameters: Parameters
  /** The request's serial number, to which its callbacks refer. */
  readonly serialNo: string
}

/** Does the work; its result is the answer's `data`. @throws Refusal */
export type Handler = (call: Call) => object

/** What an account that is "limited" may not do: the numbers of `functional_limits` (docs/sandbox.md). */
export const limitedFunctions = { messages: 1, friends: 2, groups: 3 } as const

export function needOnline(robot: Robot): void {
  if (!isOnline(robot)) throw new Refusal('robotOffline', `robot ${robot.serialNo} is not online`)
}

export function needFunction(robot: Robot, name: keyof typeof limitedFunctions): void {
  const limit = robot.limits.find(({ code }) => code === limitedFunctions[name])
  if (limit) throw new Refusal('robotLimited', `robot ${robot.serialNo} may not do this now: ${limit.text}`)
}

export function needFriend(robot: Robot, userId: string): Person {
  const friend = friendOf(robot, userId)
  if (!friend) throw new Refusal('friendUnknown', `${userId} is no friend of robot ${robot.serialNo}`)
  return friend
}

export function needGroup(robot: Robot, groupId: string): Group {
  const group = groupOf(robot, groupId)
  if (!group) throw new Refusal('groupUnknown', `robot ${robot.serialNo} is in no group ${groupId}`)
  return group
}
