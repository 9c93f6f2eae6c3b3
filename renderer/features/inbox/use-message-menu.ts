/** What can be done with a message: copy, quote, forward, pick, look at what came, take it out of the history. */
import { Braces, CheckSquare, Copy, Forward, MessageSquareQuote, Trash2 } from '@lucide/vue'
import { useClipboard } from '@vueuse/core'
import { t } from '@/app/i18n/index.ts'
import { useConfirm } from '@/components/confirm.ts'
import { showMenu, type MenuItem } from '@/components/menu.ts'
import { call } from '@/bridge/index.ts'
import { forwarding, pick, picked, shownRaw } from './message-desk.ts'
import type { Row } from './rows.ts'

/** Text or picture can be sent again as they are; of other kinds nobody knows how. */
export const isSendable = (row: Row): boolean => row.type !== 'other' && row.content !== ''

const mayDelete = (row: Row): boolean => row.message !== null && row.status !== 'queued' && row.status !== 'sending'

/** What the operator has marked with the pointer inside an element. */
function markedIn(element: Element): string {
  const marked = getSelection()
  const isInside = marked !== null && marked.rangeCount > 0 && element.contains(marked.getRangeAt(0).startContainer)
  return isInside ? marked.toString() : ''
}

export function useMessageMenu(quote: (row: Row) => void) {
  const confirm = useConfirm()
  const { copy } = useClipboard({ legacy: true })

  function remove(rows: readonly Row[]): void {
    const ids = rows.flatMap((row) => (mayDelete(row) ? (row.message?.id ?? []) : []))
    if (ids.length === 0) return
    confirm({
      title: t('chat.delete.title', { n: ids.length }),
      text: t('chat.delete.text'),
      action: t('chat.delete.action'),
      act: async () => {
        const answer = await call('messages.delete', { messageIds: ids })
        if (answer.ok) picked.value = null
        return answer.ok ? null : answer.error
      },
    })
  }

  function items(row: Row, marked: string): MenuItem[] {
    const content = marked || row.content
    return [
      { label: marked ? t('chat.copyMarked') : t('chat.copy'), icon: Copy, act: () => void copy(content) },
      ...(row.type === 'text' ? [{ label: t('chat.quote'), icon: MessageSquareQuote, act: () => quote(row) }] : []),
      ...(isSendable(row)
        ? [
            {
              label: t('chat.forward.title'),
              icon: Forward,
              act: () => {
                forwarding.value = [row]
              },
            },
          ]
        : []),
      { label: t('chat.select'), icon: CheckSquare, act: () => pick(row.key) },
      ...(row.message
        ? [
            {
              label: t('chat.raw.title'),
              icon: Braces,
              apart: true,
              act: () => {
                shownRaw.value = row
              },
            },
          ]
        : []),
      ...(mayDelete(row) ? [{ label: t('chat.delete.menu'), icon: Trash2, act: () => remove([row]) }] : []),
    ]
  }

  return {
    copy,
    remove,
    open: (event: MouseEvent, row: Row) => {
      const marked = markedIn(event.currentTarget as Element)
      showMenu(event, t('chat.menu'), items(row, marked))
    },
  }
}
