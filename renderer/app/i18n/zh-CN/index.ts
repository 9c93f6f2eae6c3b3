import common from './common.ts'
import inbox from './inbox.ts'
import settings from './settings.ts'
import shell from './shell.ts'
import welcome from './welcome.ts'

export default { common, shell, welcome, inbox, settings }
