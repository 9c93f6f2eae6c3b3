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

const careKey = (letter: string) => ({ code: `Key${letter}`, name: isMac ? `⌥${letter}` : `Alt ${letter}` })

/** What is done with the open conversation; by the place of the key, since Alt writes other signs on a Mac. */
export const careKeys = {
  resolve: careKey('R'),
  unread: careKey('U'),
  pin: careKey('P'),
  mute: careKey('M'),
} as const
export type CareKey = keyof typeof careKeys

/** Whether the event is part of a composition (229 is what browsers report that do not set the flag). */
export const isComposing = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229

export function useInboxKeys(actions: {
  step: (by: 1 | -1) => void
  escape: () => void
  care: (key: CareKey) => void
}): void {
  useEventListener(document, 'keydown', (event: KeyboardEvent) => {
    if (isComposing(event)) return
    if (event.key === 'Escape') actions.escape()
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      event.preventDefault()
      actions.step(event.key === 'ArrowDown' ? 1 : -1)
    }
    const care = (Object.keys(careKeys) as CareKey[]).find((name) => careKeys[name].code === event.code)
    if (!care) return
    event.preventDefault()
    actions.care(care)
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
