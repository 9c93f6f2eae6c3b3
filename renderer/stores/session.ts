/** What must be known before any screen can be shown, loaded anew after every loss of the link. */
import { defineStore } from 'pinia'
import { ref, shallowRef, watch } from 'vue'
import type { SystemInfo } from '#shared/contract/entries/system.ts'
import { call, link, onEvent } from '@/bridge/index.ts'
import { useConnections } from './connections.ts'
import { useLock } from './lock.ts'
import { notLoaded, type Loading } from './load.ts'
import { useRobots } from './robots.ts'
import { useSettings } from './settings.ts'

export const useSession = defineStore('session', () => {
  const loading = shallowRef<Loading>(notLoaded())
  /** True once everything was loaded; stays true while the link is lost. */
  const ready = ref(false)
  /** Grows each time the engine was reached: whoever shows lists loads them afresh. */
  const generation = ref(0)
  const system = shallowRef<SystemInfo | null>(null)

  async function load(): Promise<void> {
    loading.value = { state: 'loading', error: null }
    const lock = useLock()
    const unknown = await lock.load()
    if (!unknown && lock.isLocked) {
      // Nothing is loaded until it is opened.
      loading.value = notLoaded()
      return
    }
    const [info, ...others] = await Promise.all([
      call('system.info', {}),
      useSettings().load(),
      useConnections().load(),
      useRobots().load(),
    ])
    // Nothing else is served then; the way back to the data is all that is shown.
    if (info.ok && info.result.rescue) {
      system.value = info.result
      return
    }
    const failure = info.ok ? others.find((error) => error !== null) : info.error
    if (info.ok) system.value = info.result
    if (failure) {
      loading.value = { state: 'failed', error: failure }
      return
    }
    loading.value = { state: 'ready', error: null }
    ready.value = true
    generation.value += 1
  }

  /** Follows the link from now on; called once. */
  function start(): void {
    onEvent('system.changed', (info) => {
      system.value = info
    })
    useLock().follow(() => void load())
    // Other data, perhaps of another version: nothing of this page is true any more.
    onEvent('system.restarted', () => location.reload())
    watch(
      link,
      (state) => {
        if (state === 'connected') void load()
      },
      { immediate: true },
    )
  }

  return { loading, ready, generation, system, start, load }
})
