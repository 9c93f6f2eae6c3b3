/** 1002 friend added, 1003 friend list, 1006 address book. */
import { seeFriend, markFriendsGone, type FriendNews } from '../../store/friends.ts'
import { firstArrivalOfSerial } from '../../store/callbacks.ts'
import type { Fields } from '../../platform/json.ts'
import { dataList, isWholeList, nameOf } from '../read.ts'
import { applied, askedAt, settleByResult, type Effect, type EffectContext } from './context.ts'

/** How a person's number may be called. */
const idNames = ['vcUserId', 'userId']

function person(fields: Fields): FriendNews | null {
  const userId = fields.text(...idNames)
  if (userId === undefined) return null
  return {
    userId,
    name: nameOf(fields, 'vcUserName', 'userName', 'vcNickName'),
    phone: fields.text('nPhoneNumber', 'phone') ?? '',
    raw: JSON.stringify(Object.fromEntries(fields.entries())),
  }
}

/** Merges the people that a callback names into the robot's friends. */
function seePeople(context: EffectContext): void {
  const { db, changes, robot, callback, read } = context
  for (const fields of dataList(read.data, read.tolerances)) {
    const friend = person(fields)
    if (friend) seeFriend(db, changes, robot.id, friend, callback.at)
  }
  context.peopleLearned()
}

export const friendAdded: Effect = (context) => {
  // A refusal names the person too, who is no friend then.
  if (context.success) seePeople(context)
  return applied(settleByResult(context, ['add-friend']))
}

/** All callbacks of one serial number together are the list; without one it only adds (PROTOCOL §2). */
export const friendList: Effect = (context) => {
  const { db, changes, robot, callback, read, connection } = context
  seePeople(context)
  if (context.success && read.serialNo !== null && isWholeList(read.data, ...idNames)) {
    const asked = askedAt(context, firstArrivalOfSerial(db, connection.id, read.serialNo))
    markFriendsGone(db, changes, robot.id, asked, callback.at)
  }
  return applied(settleByResult(context, ['refresh-friends']))
}

export const addressBook: Effect = (context) => {
  seePeople(context)
  return applied()
}
