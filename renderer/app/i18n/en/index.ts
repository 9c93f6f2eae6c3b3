import common from './common.ts'
import inbox from './inbox.ts'
import settings from './settings.ts'
import shell from './shell.ts'
import welcome from './welcome.ts'
import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/index.ts'

const en: Words<typeof zhCN> = { common, shell, welcome, inbox, settings }
export default en
