/**
 * What belongs to this one desktop and not to the data, kept by electron-store: the window's place and the settings of
 * this machine.
 */
import Store from 'electron-store'
import type { DesktopChanges, DesktopSettings } from '#shared/contract/desktop.ts'
import { readSettings, withChanges } from './desktop-settings.ts'
import { windowStateShape, type WindowState } from './window-bounds.ts'

export interface DesktopStore {
  /** The window as it was; null when nothing usable was kept. */
  window(): WindowState | null
  saveWindow(state: WindowState): void
  /** A value that cannot be used counts as none; the others stay. */
  settings(): DesktopSettings
  /** @returns the settings as they are then */
  change(changes: DesktopChanges): DesktopSettings
  /** Whether this computer is a window on a server; which one is kept sealed, see `remote/kept-server.ts`. */
  usesServer(): boolean
  useServer(wanted: boolean): void
}

/** Opens `desktop.json` in the profile folder. A damaged file counts as none. */
export function openDesktopStore(folder: string): DesktopStore {
  const store = new Store<{ window?: unknown; settings?: unknown; usesServer?: unknown }>({
    cwd: folder,
    name: 'desktop',
    clearInvalidConfig: true,
  })
  return {
    window() {
      const state = windowStateShape.safeParse(store.get('window'))
      return state.success ? state.data : null
    },
    saveWindow(state) {
      store.set('window', state)
    },
    settings: () => readSettings(store.get('settings')),
    change(changes) {
      const settings = withChanges(readSettings(store.get('settings')), changes)
      store.set('settings', settings)
      return settings
    },
    usesServer: () => store.get('usesServer') === true,
    useServer(wanted) {
      store.set('usesServer', wanted)
    },
  }
}
