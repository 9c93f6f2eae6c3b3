/** 2001 group created, 2002 group information, 2003 group list, and the leaving form of 2004. */
import { firstArrivalOfSerial } from '../../store/callbacks.ts'
import { leaveGroup, markGroupsLeft, seeGroup, type GroupNews } from '../../store/groups.ts'
import { Fields, isObject, tryParseJson, type Json } from '../../platform/json.ts'
import { dataList, dataObject, isWholeList, nameOf, toldTime, type ReadCallback } from '../read.ts'
import { applied, askedAt, operationFor, settleByResult, type Effect, type EffectContext } from './context.ts'

function members(read: ReadCallback, value: Json | undefined, timeZone: string): GroupNews['members'] {
  if (typeof value === 'string' && value !== '') read.tolerances.push('field-in-text')
  const list = typeof value === 'string' ? tryParseJson(value) : value
  if (list === undefined || list === null) return null
  return (Array.isArray(list) ? list : [list]).filter(isObject).flatMap((object) => {
    const fields = new Fields(object, read.tolerances)
    const userId = fields.text('vcUserId', 'userId')
    if (userId === undefined) return []
    return [
      {
        userId,
        name: nameOf(fields, 'vcUserName', 'userName'),
        joinedAt: toldTime(read, fields.text('nJoinTime'), timeZone),
      },
    ]
  })
}

/** How a group's number may be called. */
const idNames = ['vcGroupId', 'groupId']

function group(read: ReadCallback, fields: Fields, timeZone: string): GroupNews | null {
  const groupId = fields.text(...idNames)
  if (groupId === undefined) return null
  return {
    groupId,
    name: nameOf(fields, 'vcGroupName', 'groupName'),
    ownerId: fields.text('vcOwnerUserId') ?? null,
    createdAt: toldTime(read, fields.text('nCreateTime'), timeZone),
    members: members(read, fields.get('memberJoinTime'), timeZone),
    raw: JSON.stringify(Object.fromEntries(fields.entries())),
  }
}

function seeGroups(context: EffectContext): void {
  const { db, changes, connection, robot, callback, read } = context
  for (const fields of dataList(read.data, read.tolerances)) {
    const news = group(read, fields, connection.timeZone)
    if (news) seeGroup(db, changes, robot.id, news, callback.at)
  }
}

export const groupCreated: Effect = (context) => {
  if (context.success) seeGroups(context)
  return applied(settleByResult(context, ['create-group']))
}

export const groupInformation: Effect = (context) => {
  seeGroups(context)
  return applied(settleByResult(context, ['get-groups']))
}

/** As with friends: the callbacks of one serial number together are the list. */
export const groupList: Effect = (context) => {
  const { db, changes, robot, callback, read, connection } = context
  seeGroups(context)
  if (context.success && read.serialNo !== null && isWholeList(read.data, ...idNames)) {
    const asked = askedAt(context, firstArrivalOfSerial(db, connection.id, read.serialNo))
    markGroupsLeft(db, changes, robot.id, asked, callback.at)
  }
  return applied(settleByResult(context, ['refresh-groups']))
}

export const groupLeft: Effect = (context) => {
  const { db, changes, robot, callback, read } = context
  const fields = dataObject(read.data, read.tolerances)
  // Where the callback does not name it: the one that was asked to be left.
  const groupId = fields.text(...idNames) ?? operationFor(context, ['quit-group'], context.success)?.peer_id
  if (context.success && groupId) {
    leaveGroup(db, changes, robot.id, groupId, nameOf(fields, 'vcGroupName'), callback.at)
  }
  return applied(settleByResult(context, ['quit-group']))
}
