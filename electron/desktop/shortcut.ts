/** The keys that show the window from anywhere. */
import type { GlobalShortcut } from 'electron'
import type { DesktopState } from '#shared/contract/desktop.ts'

export interface Shortcut {
  /** Takes the keys and lets former ones go. */
  apply(accelerator: string): void
  state(): DesktopState['shortcut']
  remove(): void
}

/** @param pressed brings the window to the front */
export function makeShortcut(
  registry: Pick<GlobalShortcut, 'register' | 'unregister' | 'isRegistered'>,
  pressed: () => void,
): Shortcut {
  let held = ''
  let state: DesktopState['shortcut'] = 'off'
  const remove = (): void => {
    if (held !== '') registry.unregister(held)
    held = ''
    state = 'off'
  }
  return {
    apply(accelerator) {
      if (accelerator === held && state === 'works') return
      remove()
      if (accelerator === '') return
      // Where another program has them, the system says no; some systems never say yes.
      if (registry.register(accelerator, pressed) && registry.isRegistered(accelerator)) {
        held = accelerator
        state = 'works'
      } else state = 'taken'
    },
    state: () => state,
    remove,
  }
}
