import type { Words } from '../words.ts'
import type zhCN from '../zh-CN/notify.ts'

const notify: Words<typeof zhCN> = {
  section: 'Notifications',
  about:
    'Calls you when a customer writes. Muted robots and conversations stay silent, and so does the one you look at.',
  on: 'New messages',
  preview: 'Show name and words',
  sound: 'Sound',
  quiet: 'Quiet hours',
  quietFrom: 'From',
  quietTo: 'To',
  quietHint: 'Nothing pops up or sounds then; what is unread is counted as ever.',
  yes: 'On',
  no: 'Off',
  denied: 'The browser does not let this page notify. Allow it in the site settings beside the address, then reload.',
  missing: 'There are no system notifications here, only the sound.',
  ask: 'Allow notifications',
  askText: 'The browser has not been asked yet.',
  title: '{name} · {robot}',
  hiddenTitle: 'New message for {robot}',
  hiddenText: 'Open it to read',
  many: 'New messages in {n} conversation | New messages in {n} conversations',
  manyText: 'Open the list to see them',
}
export default notify
