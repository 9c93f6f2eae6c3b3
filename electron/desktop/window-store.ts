/** What belongs to this one desktop and not to the data: the window's place, kept by electron-store. */
import Store from 'electron-store'
import { windowStateShape, type WindowState } from './window-bounds.ts'

export interface WindowStore {
  /** The window as it was; null when nothing usable was kept. */
  read(): WindowState | null
  save(state: WindowState): void
}

/** Opens `desktop.json` in the profile folder. A damaged file counts as none. */
export function openWindowStore(folder: string): WindowStore {
  const store = new Store<{ window?: unknown }>({ cwd: folder, name: 'desktop', clearInvalidConfig: true })
  return {
    read() {
      const state = windowStateShape.safeParse(store.get('window'))
      return state.success ? state.data : null
    },
    save(state) {
      store.set('window', state)
    },
  }
}
