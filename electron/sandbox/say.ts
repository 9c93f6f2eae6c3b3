/** Somebody writes to a robot because they were told to. */
import type { Platform } from './platform.ts'
import { isOnline, personOf } from './world.ts'

export interface Saying {
  readonly robotSerialNo: string
  readonly userId: string
  readonly groupId?: string
  readonly text?: string
  readonly pictureUrl?: string
  readonly times: number
  readonly serialNo: string
}

/** @returns null, or why they cannot */
export function sayAs(platform: Platform, saying: Saying): string | null {
  const { userId, groupId, text, pictureUrl, serialNo } = saying
  const robot = platform.world.robot(saying.robotSerialNo)
  if (!robot) return 'there is no such robot'
  if (!isOnline(robot)) return 'this robot is not online, so nobody can write to it'
  const person = personOf(robot, userId)
  if (!person) return 'this robot knows nobody with that id'
  const group = robot.groups.find((known) => known.groupId === groupId)
  if (groupId !== undefined && (!group || group.left)) return 'this robot is in no such group'
  if (group && !group.members.some((member) => member.userId === userId)) return 'this person is not in that group'
  const type = text === undefined ? '1' : '0'
  const content = text ?? pictureUrl ?? ''
  for (let time = 0; time < saying.times; time += 1)
    platform.callback(
      robot,
      groupId === undefined
        ? platform.bodies.message(robot, serialNo, person, robot.userId, type, content)
        : platform.bodies.groupMessage(robot, serialNo, person, groupId, type, content),
    )
  return null
}
