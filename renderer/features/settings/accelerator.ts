/** Keys for a shortcut of the whole system, as the desktop host writes them. */

const arrows: Readonly<Record<string, string>> = {
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  Space: 'Space',
}

export type Pressed = Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey'>

/**
 * What was pressed, by the places of the keys, which no layout or input method changes.
 *
 * @returns null while it is no shortcut: only modifiers, none but Shift, or a key that is none for it
 */
export function acceleratorOf({ code, ctrlKey, altKey, shiftKey, metaKey }: Pressed): string | null {
  const [, letter] = /^(?:Key|Digit)([A-Z\d])$/.exec(code) ?? []
  const key = letter ?? (/^F([1-9]|1\d|2[0-4])$/.test(code) ? code : arrows[code])
  if (key === undefined || !(ctrlKey || altKey || metaKey)) return null
  const modifiers = [ctrlKey && 'Control', altKey && 'Alt', shiftKey && 'Shift', metaKey && 'Super']
  return [...modifiers.filter((one) => one !== false), key].join('+')
}

/** The same as people of a system read it. */
export function sayAccelerator(accelerator: string, platform: string): string {
  const names: Readonly<Record<string, string>> =
    platform === 'darwin'
      ? { Control: '⌃', Alt: '⌥', Shift: '⇧', Super: '⌘', CommandOrControl: '⌘' }
      : { Control: 'Ctrl', Super: platform === 'win32' ? 'Win' : 'Super', CommandOrControl: 'Ctrl' }
  return accelerator
    .split('+')
    .map((part) => names[part] ?? part)
    .join(platform === 'darwin' ? '' : '+')
}
