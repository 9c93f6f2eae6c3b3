/** Which effect each callback type has (PROTOCOL §3). */
import type { CallbackType } from '#shared/protocol/callbacks.ts'
import { dataObject } from '../read.ts'
import { accountState, login, logout } from './account.ts'
import type { Effect } from './context.ts'
import { groupCreated, groupInformation, groupLeft, groupList } from './groups.ts'
import { groupMessage, message } from './messages.ts'
import { addressBook, friendAdded, friendList } from './people.ts'

/** 2004 has two meanings: the call of its serial number decides, else the content; what fits neither is never guessed. */
const leftOrMessage: Effect = (context) => {
  if (context.call?.method === 'quitGroup') return groupLeft(context)
  if (context.call?.method === 'sendGroupMessage') return groupMessage(context)
  const data = dataObject(context.read.data)
  // A serializer that writes every field writes null for those that are none.
  const speaks = data.get('MsgData') !== undefined || data.get('msgContentb') !== undefined
  if (data.text('groupId') !== undefined && speaks) return groupMessage(context)
  if (data.text('vcGroupId') !== undefined && !speaks) return groupLeft(context)
  return { state: 'quarantined', reason: 'undecided-2004' }
}

export const effects: Readonly<Record<CallbackType, Effect>> = {
  1001: login,
  1002: friendAdded,
  1003: friendList,
  1004: logout,
  1005: message,
  1006: addressBook,
  1007: accountState,
  2001: groupCreated,
  2002: groupInformation,
  2003: groupList,
  2004: leftOrMessage,
}

export const isKnownType = (type: number): type is CallbackType => Object.hasOwn(effects, type)
