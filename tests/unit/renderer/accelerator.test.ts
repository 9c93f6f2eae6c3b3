import { describe, expect, it } from 'vitest'
import { acceleratorOf, sayAccelerator, type Pressed } from '@/features/settings/accelerator.ts'
import { desktopChangesSchema } from '#shared/contract/desktop.ts'

const press = (code: string, ...modifiers: ('ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey')[]): string | null => {
  const none: Pressed = { code, ctrlKey: false, altKey: false, shiftKey: false, metaKey: false }
  return acceleratorOf({ ...none, ...Object.fromEntries(modifiers.map((name) => [name, true])) })
}

describe('keys for the whole system', () => {
  it('are written as the host takes them', () => {
    const written = [
      press('KeyS', 'ctrlKey', 'shiftKey'),
      press('Digit7', 'altKey'),
      press('F12', 'metaKey'),
      press('Space', 'ctrlKey', 'altKey', 'shiftKey', 'metaKey'),
      press('ArrowUp', 'altKey'),
    ]
    expect(written).toEqual(['Control+Shift+S', 'Alt+7', 'Super+F12', 'Control+Alt+Shift+Super+Space', 'Alt+Up'])
    for (const shortcut of written) expect(desktopChangesSchema.safeParse({ shortcut }).success, shortcut!).toBe(true)
  })
  it('are none while only modifiers are held, or what would be typed', () => {
    for (const pressed of [
      press('ControlLeft', 'ctrlKey'),
      press('KeyS'),
      press('KeyS', 'shiftKey'),
      press('F5'),
      press('Comma', 'ctrlKey'),
      press('F25', 'ctrlKey'),
    ]) {
      expect(pressed).toBeNull()
    }
  })
  it('are read as each system writes them', () => {
    expect(sayAccelerator('Control+Shift+S', 'linux')).toBe('Ctrl+Shift+S')
    expect(sayAccelerator('Super+F12', 'win32')).toBe('Win+F12')
    expect(sayAccelerator('Control+Alt+Super+S', 'darwin')).toBe('⌃⌥⌘S')
  })
})
