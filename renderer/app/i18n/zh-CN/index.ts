import activity from './activity.ts'
import archives from './archives.ts'
import backups from './backups.ts'
import callbacks from './callbacks.ts'
import chat from './chat.ts'
import common from './common.ts'
import connections from './connections.ts'
import console from './console.ts'
import conversationExport from './conversation-export.ts'
import desktop from './desktop.ts'
import friends from './friends.ts'
import groups from './groups.ts'
import help from './help.ts'
import inbox from './inbox.ts'
import keys from './keys.ts'
import late from './late.ts'
import lists from './lists.ts'
import notify from './notify.ts'
import pictures from './pictures.ts'
import quickReplies from './quick-replies.ts'
import rail from './rail.ts'
import reach from './reach.ts'
import robots from './robots.ts'
import search from './search.ts'
import settings from './settings.ts'
import shell from './shell.ts'
import welcome from './welcome.ts'

export default {
  common,
  shell,
  keys,
  search,
  rail,
  notify,
  welcome,
  inbox,
  chat,
  late,
  lists,
  friends,
  groups,
  pictures,
  quickReplies,
  robots,
  connections,
  reach,
  activity,
  callbacks,
  console,
  conversationExport,
  settings,
  help,
  desktop,
  archives,
  backups,
}
