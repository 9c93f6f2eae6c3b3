/** The present time for what counts down or grows old on a screen. */
import { useIntervalFn } from '@vueuse/core'
import { ref, type Ref } from 'vue'

/** @param everyMs how often it moves on @returns milliseconds UTC */
export function useClock(everyMs: number): Ref<number> {
  const now = ref(Date.now())
  useIntervalFn(() => {
    now.value = Date.now()
  }, everyMs)
  return now
}
