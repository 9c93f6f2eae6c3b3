/**
 * The twelve methods of the open platform as facts: parameters, limits, what settles each
 * (PROTOCOL §2). The engine, the sandbox and the contract all read this table.
 */

/** The JSON type of a parameter inside `data`. */
export type ParameterType = 'text' | 'boolean' | 'textList' | 'content'

export interface ParameterFact {
  readonly name: string
  readonly type: ParameterType
  readonly required: boolean
  /** Greatest length in characters (what counts as one is a setting of the connection). */
  readonly max?: number
  /** The only values that the document allows. */
  readonly values?: readonly string[]
  readonly zh: string
  readonly en: string
}

export interface MethodFact {
  /** Chinese heading in the platform's document. */
  readonly zh: string
  readonly en: string
  /** 作废 in the document: off unless the connection enables it. */
  readonly withdrawn: boolean
  /** Whether a repeated request could do something twice; such a call is never repeated by itself. */
  readonly changes: boolean
  readonly parameters: readonly ParameterFact[]
  /** Groups of parameters of which exactly one must be given. */
  readonly exactlyOneOf?: readonly (readonly string[])[]
  /** Callback types whose serial number settles the operation. */
  readonly settledBy: readonly number[]
}

const text = (name: string, max: number | undefined, zh: string, en: string, required = true): ParameterFact => ({
  name,
  type: 'text',
  required,
  ...(max === undefined ? {} : { max }),
  zh,
  en,
})
const list = (name: string, zh: string, en: string, required = true): ParameterFact => ({
  name,
  type: 'textList',
  required,
  max: 256,
  zh,
  en,
})
const merchant = text('vcMerchantNo', 50, '商家编号', 'Merchant number')
const robot = text('vcRobotSerialNo', 256, '机器人编号', 'Robot number')
const content: ParameterFact = {
  name: 'content',
  type: 'content',
  required: true,
  zh: '消息内容',
  en: 'Message content',
}

/** Values of `content.msg_type` and, by assumption, of `nMsgType` in callbacks. */
export const messageTypes = { text: '0', image: '1' } as const

/** Greatest length of `content.msg_content`. */
export const contentMax = 256
/** Greatest length of `content.msg_type`. */
export const contentTypeMax = 11

const methods = {
  login: {
    zh: '账号登录',
    en: 'Log in',
    withdrawn: false,
    changes: true,
    parameters: [
      robot,
      text('username', 256, '用户名', 'User name', false),
      text('password', 256, '密码', 'Password', false),
      { name: 'is_cache_login', type: 'boolean', required: false, zh: '是否使用缓存登录', en: 'Log in from cache' },
      { name: 'login_type', type: 'text', required: true, values: ['0', '1'], zh: '登录类型', en: 'Log-in type' },
      { name: 'vcRobotSerialNo_type', type: 'text', required: true, values: ['0'], zh: '机器人类型', en: 'Robot type' },
    ],
    settledBy: [1001, 1007],
  },
  getVerificationCode: {
    zh: '获取短信验证码',
    en: 'Get verification code',
    withdrawn: true,
    changes: false,
    parameters: [merchant, robot],
    settledBy: [],
  },
  logout: {
    zh: '退出登录',
    en: 'Log out',
    withdrawn: true,
    changes: true,
    parameters: [merchant, robot],
    settledBy: [1004, 1007],
  },
  addFriend: {
    zh: '加好友',
    en: 'Add friend',
    withdrawn: false,
    changes: true,
    parameters: [merchant, robot, text('vcFriendPhone', 11, '被加好友手机号', 'Phone number of the friend')],
    settledBy: [1002],
  },
  getFriendList: {
    zh: '获取好友列表',
    en: 'Get friend list',
    withdrawn: false,
    changes: false,
    parameters: [merchant, robot],
    settledBy: [1003],
  },
  sendMessage: {
    zh: '发送消息',
    en: 'Send message',
    withdrawn: false,
    changes: true,
    parameters: [merchant, robot, text('vcFriendSerialNo', 256, '好友编号', 'Friend'), content],
    settledBy: [1005],
  },
  createGroup: {
    zh: '建群',
    en: 'Create group',
    withdrawn: false,
    changes: true,
    parameters: [
      merchant,
      robot,
      text('vcGroupName', 256, '群名称', 'Group name'),
      list('vcFriendSerialNoList', '群成员列表', 'Members'),
    ],
    settledBy: [2001],
  },
  getGroupInfo: {
    zh: '获取群信息',
    en: 'Get group information',
    withdrawn: false,
    changes: false,
    parameters: [merchant, robot, list('vcGroupSerialNo', '群编号', 'Groups')],
    settledBy: [2002],
  },
  getGroupList: {
    zh: '获取群列表',
    en: 'Get group list',
    withdrawn: false,
    changes: false,
    parameters: [merchant, robot],
    settledBy: [2003],
  },
  inviteFriendsToGroup: {
    zh: '发送邀请好友入群',
    en: 'Invite friends to group',
    withdrawn: false,
    changes: true,
    parameters: [
      merchant,
      robot,
      text('vcGroupSerialNo', 256, '群编号', 'Group'),
      text('vcFriendSerialNo', 256, '好友编号', 'Friend', false),
      list('vcFriendSerialNos', '好友编号列表', 'Friends', false),
    ],
    exactlyOneOf: [['vcFriendSerialNo', 'vcFriendSerialNos']],
    settledBy: [],
  },
  quitGroup: {
    zh: '退群',
    en: 'Leave group',
    withdrawn: false,
    changes: true,
    parameters: [merchant, robot, text('group_id', 256, '群编号', 'Group')],
    settledBy: [2004],
  },
  sendGroupMessage: {
    zh: '发送群消息',
    en: 'Send group message',
    withdrawn: false,
    changes: true,
    parameters: [merchant, robot, text('vcGroupSerialNo', 256, '群编号', 'Group'), content],
    settledBy: [2004],
  },
} as const satisfies Record<string, MethodFact>

export type MethodName = keyof typeof methods
export const methodNames = Object.keys(methods) as [MethodName, ...MethodName[]]

/** The table with its widened type, for code that treats all methods alike. */
export const methodFacts: Readonly<Record<MethodName, MethodFact>> = methods
