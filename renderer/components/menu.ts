/** What stands in a menu, and where the one that is open stands. */
import type { LucideIcon } from '@lucide/vue'
import { shallowRef } from 'vue'

export interface MenuItem {
  label: string
  icon?: LucideIcon
  /** A dot of this colour in the icon's place. */
  color?: string
  /** Shown at the end of its line: the key that does the same, or what is set now. */
  note?: string
  /** Whether it is on, for one that is switched on and off. */
  checked?: boolean
  /** Stands apart from the one above it. */
  apart?: boolean
  /** Does it; the menu closes first. */
  act?: () => void
  /** Opens in the menu's place. */
  children?: () => MenuItem[]
}

interface OpenMenu {
  x: number
  y: number
  /** What it is about, for who does not see it. */
  label: string
  items: MenuItem[]
}

/** The one menu that is open, if any. */
export const openMenu = shallowRef<OpenMenu | null>(null)

/** Opens a menu where the pointer is, or below what was pressed. */
export function showMenu(event: MouseEvent, label: string, items: MenuItem[]): void {
  event.preventDefault()
  const box = (event.currentTarget as Element).getBoundingClientRect()
  // A key opens it too: then there is no pointer.
  const atPointer = event.type === 'contextmenu' && (event.clientX !== 0 || event.clientY !== 0)
  openMenu.value = {
    x: atPointer ? event.clientX : box.left,
    y: atPointer ? event.clientY : box.bottom + 2,
    label,
    items,
  }
}

/** Opens a menu at a place, for a key that has none of its own. */
export function showMenuAt(at: { x: number; y: number }, label: string, items: MenuItem[]): void {
  openMenu.value = { ...at, label, items }
}
