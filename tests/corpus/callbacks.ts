/**
 * The twelve callbacks in the form of the platform's document, with every field that it names, and what each must
 * become. Identifiers have 19 digits and names are hostile, so that every other form is tried on them too.
 */
import type { EntryInput, EntryName } from '#shared/contract/index.ts'
import { nothing, type Expected } from './expected.ts'

/** What is under way when the callback comes, and is settled by it. */
export type Begun = {
  [Name in EntryName]: { entry: Name; method: string; input: Omit<EntryInput<Name>, 'robotId'> }
}[
  | 'robots.login'
  | 'robots.logout'
  | 'friends.add'
  | 'friends.refresh'
  | 'groups.create'
  | 'groups.refresh'
  | 'groups.quit']

export interface DocumentedCallback {
  name: string
  type: number
  generation: 'old' | 'young'
  /** How the document declares `data`. */
  shape: 'object' | 'list' | 'none'
  data: unknown
  begun?: Begun
  becomes: Expected
  /** The same without any data. */
  empty: Expected
  /** The same with a result code that is no success. */
  failed: Expected
}

const anna = '1849000000000000001'
const boss = '1849000000000000002'
const own = '1849000000000000009'
const team = '1849000000000000101'
export const hostile = '张三 & "Anna" <b>\\n 👩🏽‍🚀 ครับ'
const phone = '13800000001'

const person = { vcUserId: anna, vcUserName: hostile, vcPreviewParm: 'p' }
const members = [
  { vcUserId: anna, nJoinTime: 1_793_000_000 },
  { vcUserId: boss, nJoinTime: 1_793_000_001 },
]
const groupData = {
  vcGroupId: team,
  vcGroupName: hostile,
  nCreateTime: 1_793_000_000,
  vcStrData: '',
  vcOwnerUserId: boss,
  memberJoinTime: members,
}
const groupThere = {
  id: team,
  name: hostile,
  ownerId: boss,
  memberCount: 2,
  leftAt: null,
  members: [
    { id: anna, name: hostile, joinedAt: 1_793_000_000_000 },
    { id: boss, joinedAt: 1_793_000_001_000 },
  ],
}
/** Members are shown by their own names where nothing else is known of them. */
const unnamed = { ...groupThere, members: groupThere.members.map(({ id, joinedAt }) => ({ id, joinedAt })) }
const messageAt = Date.UTC(2026, 10, 24, 2, 0, 0)

export const documented: readonly DocumentedCallback[] = [
  {
    name: '1001 log-in',
    type: 1001,
    generation: 'old',
    shape: 'object',
    data: {
      userId: own,
      userName: hostile,
      country_code: '86',
      country: 'CN',
      previewParm: '',
      cache_info: 'a-cached-log-in',
      line_version: '14.1',
      head_img_url: 'https://pictures.example/1.png',
      phone,
    },
    begun: { entry: 'robots.login', method: 'login', input: { method: 'qr' } },
    becomes: { state: 'applied', robot: { state: 'online' }, operation: 'done' },
    empty: { state: 'applied', robot: { state: 'online' }, operation: 'done' },
    failed: { state: 'applied', robot: { state: 'offline', stateReason: 'refused' }, operation: 'failed' },
  },
  {
    name: '1002 friend added',
    type: 1002,
    generation: 'young',
    shape: 'object',
    data: person,
    begun: { entry: 'friends.add', method: 'addFriend', input: { phone } },
    becomes: { state: 'applied', friends: [{ id: anna, name: hostile, goneAt: null }], operation: 'done' },
    empty: { state: 'applied', operation: 'done' },
    failed: { state: 'applied', operation: 'failed' },
  },
  {
    name: '1003 friend list',
    type: 1003,
    generation: 'young',
    shape: 'list',
    data: [{ ...person, Un2: '', Un11: '' }],
    begun: { entry: 'friends.refresh', method: 'getFriendList', input: {} },
    becomes: { state: 'applied', friends: [{ id: anna, name: hostile, goneAt: null }], operation: 'done' },
    empty: { state: 'applied', operation: 'done' },
    failed: { state: 'applied', friends: [{ id: anna }], operation: 'failed' },
  },
  {
    name: '1004 log-out',
    type: 1004,
    generation: 'old',
    shape: 'none',
    data: undefined,
    begun: { entry: 'robots.logout', method: 'logout', input: {} },
    becomes: { state: 'applied', robot: { state: 'offline' }, operation: 'done' },
    empty: { state: 'applied', robot: { state: 'offline' }, operation: 'done' },
    failed: { state: 'applied', robot: { state: 'unknown' }, operation: 'failed' },
  },
  {
    name: '1005 message',
    type: 1005,
    generation: 'old',
    shape: 'object',
    data: {
      FromUserId: anna,
      Content: hostile,
      dtMsgTime: '2026-11-24 10:00:00',
      ToUserId: own,
      nPlatformMsgType: '10',
      nMsgType: '0',
    },
    becomes: {
      state: 'applied',
      messages: [
        {
          peer: { kind: 'friend', id: anna },
          direction: 'in',
          senderId: anna,
          type: 'text',
          content: hostile,
          sentAt: messageAt,
          status: 'received',
        },
      ],
    },
    empty: nothing('quarantined', 'no-peer'),
    failed: { state: 'applied', messages: [{ peer: { kind: 'friend', id: anna }, content: hostile }] },
  },
  {
    name: '1006 address book',
    type: 1006,
    generation: 'young',
    shape: 'list',
    data: [{ vcUserId: anna, vcUserName: hostile, nPhoneNumber: 13_800_000_001, vcAbperson: 'x', Un2: '' }],
    becomes: { state: 'applied', friends: [{ id: anna, name: hostile, phone, goneAt: null }] },
    empty: { state: 'applied' },
    failed: { state: 'applied', friends: [{ id: anna, name: hostile, phone }] },
  },
  {
    name: '1007 account state',
    type: 1007,
    generation: 'old',
    shape: 'object',
    data: {
      nstate: 3,
      vcReason: hostile,
      functional_limits: [{ risk_type_code: 7, risk_type_desc: 'no new friends' }],
    },
    begun: { entry: 'robots.login', method: 'login', input: { method: 'qr' } },
    becomes: {
      state: 'applied',
      robot: { state: 'limited', stateReason: hostile, limits: [{ code: '7', text: 'no new friends' }] },
      operation: 'done',
    },
    empty: { ...nothing('quarantined', 'unknown-state'), robot: { state: 'logging-in' }, operation: 'accepted' },
    failed: { state: 'applied', robot: { state: 'limited' }, operation: 'done' },
  },
  {
    name: '2001 group created',
    type: 2001,
    generation: 'young',
    shape: 'object',
    data: { ...groupData, vcGroupKey: 'k', nGroupTag_b: 101, nOwnerTag_b: 2 },
    begun: { entry: 'groups.create', method: 'createGroup', input: { name: 'Team', friendIds: [anna] } },
    becomes: { state: 'applied', groups: [unnamed], operation: 'done' },
    empty: { state: 'applied', operation: 'done' },
    failed: { state: 'applied', operation: 'failed' },
  },
  {
    name: '2002 group information',
    type: 2002,
    generation: 'young',
    shape: 'list',
    data: [groupData],
    begun: { entry: 'groups.refresh', method: 'getGroupInfo', input: { groupIds: [team] } },
    becomes: { state: 'applied', groups: [unnamed], operation: 'done' },
    empty: { state: 'applied', operation: 'done' },
    failed: { state: 'applied', groups: [unnamed], operation: 'failed' },
  },
  {
    name: '2003 group list',
    type: 2003,
    generation: 'young',
    shape: 'list',
    data: [{ ...groupData, nCreateTime: '1793000000' }],
    begun: { entry: 'groups.refresh', method: 'getGroupList', input: {} },
    becomes: { state: 'applied', groups: [unnamed], operation: 'done' },
    empty: { state: 'applied', operation: 'done' },
    failed: { state: 'applied', groups: [unnamed], operation: 'failed' },
  },
  {
    name: '2004 group message',
    type: 2004,
    generation: 'old',
    shape: 'object',
    data: {
      groupId: team,
      MsgData: { FromUserId: anna, Content: hostile },
      dtMsgTime: '2026-11-24 10:00:00',
      nMsgType: '0',
      msgContentb: Buffer.from(hostile).toString('base64'),
    },
    becomes: {
      state: 'applied',
      messages: [
        {
          peer: { kind: 'group', id: team },
          direction: 'in',
          senderId: anna,
          type: 'text',
          content: hostile,
          sentAt: messageAt,
        },
      ],
    },
    empty: nothing('quarantined', 'undecided-2004'),
    failed: { state: 'applied', messages: [{ peer: { kind: 'group', id: team }, content: hostile }] },
  },
  {
    name: '2004 group left',
    type: 2004,
    generation: 'young',
    shape: 'object',
    data: { vcGroupId: team, vcGroupName: hostile },
    begun: { entry: 'groups.quit', method: 'quitGroup', input: { groupId: team } },
    becomes: { state: 'applied', groups: [{ id: team, name: hostile, left: true }], operation: 'done' },
    empty: { state: 'applied', groups: [{ id: team, left: true }], operation: 'done' },
    failed: { state: 'applied', operation: 'failed' },
  },
]
