/** The twelve methods of the platform by name. */
import type { MethodName } from '#shared/protocol/methods.ts'
import * as account from './account.ts'
import type { Handler } from './call.ts'
import * as friends from './friends.ts'
import * as groups from './groups.ts'
import * as messages from './messages.ts'

export const handlers: Readonly<Record<MethodName, Handler>> = { ...account, ...friends, ...groups, ...messages }
