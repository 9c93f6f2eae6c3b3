/** Which method an operation calls, and with which parameters (PROTOCOL §2). */
import { messageTypes, type MethodName } from '#shared/protocol/methods.ts'
import type { Claim } from '../store/turns.ts'

export interface PlatformRequest {
  method: MethodName
  data: Record<string, unknown>
}

/** Where the numbers of merchant and robot come from. */
export interface Sender {
  merchantNo: string
  robotSerialNo: string
}

/** What an operation's input holds, by kind; written by the handlers. */
export interface OperationInputs {
  login: { method: 'password' | 'qr' | 'cached'; username?: string }
  'add-friend': { phone: string }
  'create-group': { name: string; friendIds: string[] }
  'get-groups': { groupIds: string[] }
  invite: { groupId: string; friendIds: string[] }
  'quit-group': { groupId: string }
}

/**
 * The request that carries an operation out.
 *
 * @param password for a log-in by password; it is not part of the operation's input
 */
export function requestFor(claim: Claim, sender: Sender, password: string | undefined): PlatformRequest {
  const base = { vcMerchantNo: sender.merchantNo, vcRobotSerialNo: sender.robotSerialNo }
  switch (claim.kind) {
    case 'login':
      return loginRequest(claim.input as OperationInputs['login'], sender, password)
    case 'logout':
      return { method: 'logout', data: base }
    case 'refresh-friends':
      return { method: 'getFriendList', data: base }
    case 'refresh-groups':
      return { method: 'getGroupList', data: base }
    case 'add-friend':
      return {
        method: 'addFriend',
        data: { ...base, vcFriendPhone: (claim.input as OperationInputs['add-friend']).phone },
      }
    case 'create-group': {
      const { name, friendIds } = claim.input as OperationInputs['create-group']
      return { method: 'createGroup', data: { ...base, vcGroupName: name, vcFriendSerialNoList: friendIds } }
    }
    case 'get-groups':
      return {
        method: 'getGroupInfo',
        data: { ...base, vcGroupSerialNo: (claim.input as OperationInputs['get-groups']).groupIds },
      }
    case 'invite': {
      const { groupId, friendIds } = claim.input as OperationInputs['invite']
      const friends = friendIds.length === 1 ? { vcFriendSerialNo: friendIds[0] } : { vcFriendSerialNos: friendIds }
      return { method: 'inviteFriendsToGroup', data: { ...base, vcGroupSerialNo: groupId, ...friends } }
    }
    case 'quit-group':
      return {
        method: 'quitGroup',
        data: { ...base, group_id: (claim.input as OperationInputs['quit-group']).groupId },
      }
    case 'send': {
      if (!claim.part || !claim.peer) throw new Error('a send without a piece or a peer')
      const content = { msg_type: messageTypes[claim.part.type], msg_content: claim.part.content }
      return claim.peer.kind === 'friend'
        ? { method: 'sendMessage', data: { ...base, vcFriendSerialNo: claim.peer.id, content } }
        : { method: 'sendGroupMessage', data: { ...base, vcGroupSerialNo: claim.peer.id, content } }
    }
  }
}

function loginRequest(input: OperationInputs['login'], sender: Sender, password: string | undefined): PlatformRequest {
  const data: Record<string, unknown> = { vcRobotSerialNo: sender.robotSerialNo }
  if (input.username) data['username'] = input.username
  if (input.method === 'password' && password) data['password'] = password
  data['is_cache_login'] = input.method === 'cached'
  data['login_type'] = input.method === 'qr' ? '1' : '0'
  data['vcRobotSerialNo_type'] = '0'
  return { method: 'login', data }
}
