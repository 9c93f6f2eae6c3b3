/** The inbox's names of keys; the keys themselves are in `app/keys`. */
import { keyName } from '@/app/keys/shortcuts.ts'

export { isComposing } from '@/app/keys/shortcuts.ts'

/** Keys as they are written on this machine. */
export const keyNames = {
  search: keyName('search'),
  find: keyName('find'),
  select: keyName('select'),
  steps: `${keyName('previous')} / ${keyName('next')}`,
  send: keyName('send'),
  lineBreak: keyName('lineBreak'),
}

/** What is done with the open conversation. */
export const careKeys = {
  resolve: { name: keyName('resolve') },
  unread: { name: keyName('unread') },
  pin: { name: keyName('pin') },
  mute: { name: keyName('mute') },
  hide: { name: keyName('hide') },
  later: { name: keyName('later') },
  tags: { name: keyName('tags') },
} as const
