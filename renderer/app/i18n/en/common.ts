import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/common.ts'

const common: Words<typeof zhCN> = {
  pair: '{what}: {value}',
  comma: ', ',
  retry: 'Try again',
  cancel: 'Cancel',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied',
  save: 'Save',
  remove: 'Remove',
  refresh: 'Refresh',
  search: 'Search',
  loading: 'Loading',
  today: 'Today',
  yesterday: 'Yesterday',
  since: 'since {time}',
  unnamed: 'Unnamed',
  robotState: {
    unknown: 'State unknown',
    'logging-in': 'Logging in',
    online: 'Online',
    offline: 'Offline',
    limited: 'Limited',
    banned: 'Banned',
  },
  operationState: {
    queued: 'Queued',
    sending: 'Sending',
    accepted: 'Accepted by the platform',
    done: 'Confirmed',
    failed: 'Failed',
    unknown: 'Unknown',
    cancelled: 'Cancelled',
  },
  unreadMessages: '{n} unread message | {n} unread messages',
  unreadConversations: '{n} unread conversation | {n} unread conversations',
}
export default common
