/** The callback types of the open platform (PROTOCOL §3): eleven numbers, 2004 with two meanings. */
export const callbackTypes = {
  1001: { zh: '登录', en: 'Log-in' },
  1002: { zh: '加好友', en: 'Friend added' },
  1003: { zh: '获取好友列表', en: 'Friend list' },
  1004: { zh: '退出登录', en: 'Log-out' },
  1005: { zh: '消息', en: 'Message' },
  1006: { zh: '同步通讯录', en: 'Address book' },
  1007: { zh: '账号状态变更', en: 'Account state' },
  2001: { zh: '建群', en: 'Group created' },
  2002: { zh: '获取群信息', en: 'Group information' },
  2003: { zh: '获取群列表', en: 'Group list' },
  2004: { zh: '群消息 / 退群', en: 'Group message or group left' },
} as const

export type CallbackType = keyof typeof callbackTypes

/** `nstate` of callback 1007. */
export const accountStates = { 0: 'online', 1: 'offline', 2: 'banned', 3: 'limited' } as const

/** `nPlatformMsgType` of callback 1005 when a person wrote; any other value is the robot itself. */
export const writtenByPerson = '10'
