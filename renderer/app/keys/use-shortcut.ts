/** Listens for the keys of `shortcuts.ts`: one listener for all, the part of a screen that came last first. */
import { onScopeDispose } from 'vue'
import { isComposing, isMac, matches, shortcuts, type ShortcutName } from './shortcuts.ts'

type Act = () => unknown

const acts = new Map<ShortcutName, Act[]>()

/** A dialog that is open takes the keys of what is behind it away; what opens over everything still does. */
const overDialogs: readonly ShortcutName[] = ['search', 'helpAnywhere', 'lock']
const isBehindDialog = (): boolean => document.querySelector('[aria-modal="true"]') !== null

function whenKey(event: KeyboardEvent): void {
  if (event.defaultPrevented) return
  for (const [name, list] of acts) {
    const act = list.at(-1)
    if (!act || !matches(shortcuts[name], event)) continue
    if (isBehindDialog() && !overDialogs.includes(name)) return
    event.preventDefault()
    act()
    return
  }
}

let listens = false

/** Does something on a key for as long as the component is there. Must be called in setup. */
export function useShortcut(name: ShortcutName, act: Act): void {
  if (!listens) document.addEventListener('keydown', whenKey)
  listens = true
  const list = acts.get(name) ?? []
  acts.set(name, list)
  list.push(act)
  onScopeDispose(() => {
    list.splice(list.lastIndexOf(act), 1)
  })
}

/** Alt and a digit, on the top row or the pad. */
export function useDigits(act: (digit: number) => void): void {
  const listener = (event: KeyboardEvent): void => {
    if (isComposing(event) || !event.altKey || event.shiftKey || (isMac ? event.metaKey : event.ctrlKey)) return
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1]
    if (digit === undefined || isBehindDialog()) return
    event.preventDefault()
    act(Number(digit))
  }
  document.addEventListener('keydown', listener)
  onScopeDispose(() => document.removeEventListener('keydown', listener))
}
