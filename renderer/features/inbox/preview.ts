/** A message in one line, for lists and announcements. */
import type { Message } from '#shared/contract/entries/conversations.ts'
import { t } from '@/app/i18n/index.ts'

/** What a message says, whoever said it. */
export function gistOf(message: Pick<Message, 'type' | 'content'>): string {
  switch (message.type) {
    case 'text':
      return message.content.replace(/\s+/g, ' ')
    case 'image':
      return t('inbox.list.picture')
    case 'other':
      return t('inbox.list.other')
  }
}

/** The same with who said it, where that is not plain. */
export function previewOf(message: Message, isGroup: boolean): string {
  const text = gistOf(message)
  if (message.direction === 'out') return t('inbox.list.you', { text })
  return isGroup && message.senderName ? t('inbox.list.sender', { name: message.senderName, text }) : text
}
