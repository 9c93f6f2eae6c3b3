/** The inbox's keys. What is pressed while an input method composes belongs to the input method. */
import { useEventListener } from '@vueuse/core'

const isMac = /mac/i.test(navigator.platform)

/** Keys as they are written on this machine. */
export const keyNames = {
  search: isMac ? '⌘K' : 'Ctrl K',
  steps: isMac ? '⌥↑ ⌥↓' : 'Alt ↑ ↓',
  send: 'Enter',
  lineBreak: 'Shift+Enter',
}

/** Whether the event is part of a composition (229 is what browsers report that do not set the flag). */
export const isComposing = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229

export function useInboxKeys(actions: { step: (by: 1 | -1) => void; escape: () => void }): void {
  useEventListener(document, 'keydown', (event: KeyboardEvent) => {
    if (isComposing(event)) return
    if (event.altKey && !event.ctrlKey && !event.metaKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault()
      actions.step(event.key === 'ArrowDown' ? 1 : -1)
    }
    if (event.key === 'Escape') actions.escape()
  })
}

/** Ctrl/⌘ K. */
export function useSearchKey(focus: () => void): void {
  useEventListener(document, 'keydown', (event: KeyboardEvent) => {
    if (event.key.toLowerCase() !== 'k' || !(isMac ? event.metaKey : event.ctrlKey) || event.shiftKey || event.altKey) {
      return
    }
    event.preventDefault()
    focus()
  })
}
