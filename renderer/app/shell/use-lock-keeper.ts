/** Locks by key and after idle time, and tells the engine that the operator is there. */
import { useEventListener, useIntervalFn, useThrottleFn } from '@vueuse/core'
import { onScopeDispose } from 'vue'
import { call } from '@/bridge/index.ts'
import { useLock } from '@/stores/lock.ts'
import { useSettings } from '@/stores/settings.ts'
import { useShortcut } from '../keys/use-shortcut.ts'

/** How often other tabs and the engine are told of touches, in milliseconds. */
const tellMs = { tabs: 2000, engine: 15_000 }
const touches = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const

/** @param offer called when the key was pressed and there is no lock yet */
export function useLockKeeper(offer: () => void): void {
  const lock = useLock()
  const settings = useSettings()
  /* Tabs of one browser are one seat: who works in one of them is there in all. */
  const tabs = new BroadcastChannel('switchboard.touched')
  onScopeDispose(() => tabs.close())
  let touchedAt = Date.now()

  const tellTabs = useThrottleFn(() => tabs.postMessage(null), tellMs.tabs)
  const tellEngine = useThrottleFn(() => void call('lock.touch', {}), tellMs.engine)
  tabs.onmessage = () => {
    touchedAt = Date.now()
  }

  const minutes = (): number => (lock.state?.isSet ? settings.values.lockAfterMinutes : 0)
  /* A machine that slept comes back with a timer that is late: so it is looked before a touch counts, too. */
  function isOver(): boolean {
    if (minutes() === 0 || Date.now() - touchedAt < minutes() * 60_000) return false
    void lock.close()
    return true
  }
  function touch(): void {
    if (minutes() === 0 || isOver()) {
      touchedAt = Date.now()
      return
    }
    touchedAt = Date.now()
    void tellTabs()
    void tellEngine()
  }
  for (const name of touches) useEventListener(document, name, touch, { passive: true, capture: true })
  useIntervalFn(isOver, 1000)
  useEventListener(document, 'visibilitychange', isOver)

  useShortcut('lock', () => {
    if (lock.state?.isSet) void lock.close()
    else offer()
  })
}
