/** What is open beside a conversation's messages: one of each at a time, and which messages are picked. */
import { shallowRef } from 'vue'
import type { Row } from './rows.ts'

/** A link that was pressed, and the words under which it stood. */
export const askedLink = shallowRef<{ href: string; text: string } | null>(null)
/** Messages that are being forwarded. */
export const forwarding = shallowRef<readonly Row[] | null>(null)
/** The message whose raw content is shown. */
export const shownRaw = shallowRef<Row | null>(null)
/** The picture that is looked at: its message's key, or its link where it has none. */
export const viewed = shallowRef<string | null>(null)
/** Keys of the messages that are picked; null while none are to be picked. */
export const picked = shallowRef<ReadonlySet<string> | null>(null)

export function pick(key: string): void {
  const next = new Set(picked.value)
  if (!next.delete(key)) next.add(key)
  picked.value = next
}

/** Another conversation begins with nothing open. */
export function clearDesk(): void {
  askedLink.value = null
  forwarding.value = null
  shownRaw.value = null
  viewed.value = null
  picked.value = null
}
