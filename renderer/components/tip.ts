/**
 * The words that float at a button while the pointer rests on it. One of them serves the whole window: each screen has
 * dozens of buttons, and to make a floating layer for every one took most of the time in which a conversation opens.
 */
import { shallowRef } from 'vue'

/** How long the pointer rests before the words come, in milliseconds. */
const restMs = 500
/** Nearer to the window's top than this the words stand below the button, in pixels. */
const roomPx = 56

export interface Tip {
  words: string
  /** The key that does the same. */
  shortcut: string | undefined
  /** The point of the button's edge at which the words stand, in pixels of the window. */
  x: number
  y: number
  side: 'top' | 'bottom'
}

/** What is shown now; null for nothing. */
export const shownTip = shallowRef<Tip | null>(null)

let owner: Element | null = null
let timer: ReturnType<typeof setTimeout> | undefined

function show(words: string, shortcut: string | undefined): void {
  if (!owner?.isConnected) return
  const { left, width, top, bottom } = owner.getBoundingClientRect()
  const side = top < roomPx ? 'bottom' : 'top'
  shownTip.value = { words, shortcut, x: left + width / 2, y: side === 'top' ? top : bottom, side }
}

/** The pointer came to a button. */
export function restOn(element: Element, words: string, shortcut?: string): void {
  leaveTip()
  owner = element
  timer = setTimeout(() => show(words, shortcut), restMs)
}

/** The pointer left, the button was pressed, or it is gone. @param element the button; whichever it is, where it is left out */
export function leaveTip(element: Element | null = owner): void {
  if (element !== owner) return
  clearTimeout(timer)
  owner = null
  shownTip.value = null
}
