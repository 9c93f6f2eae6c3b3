/** What is the matter now, and the notifications of it that this browser shows. */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { sayAlarm } from '#shared/contract/alarm-words.ts'
import type { Alarm, AlarmPhase, WatchState } from '#shared/contract/entries/watch.ts'
import type { ContractError } from '#shared/contract/errors.ts'
import { locale } from '@/app/i18n/index.ts'
import { call, onEvent } from '@/bridge/index.ts'
import { useSession } from './session.ts'

type Permission = NotificationPermission | 'unsupported'

const permissionNow = (): Permission => ('Notification' in globalThis ? Notification.permission : 'unsupported')

export const useWatch = defineStore('watch', () => {
  const session = useSession()
  const state = shallowRef<WatchState | null>(null)
  const error = shallowRef<ContractError | null>(null)
  const permission = ref<Permission>(permissionNow())
  /** Whether this browser tells; each decides for itself. */
  const tells = useStorage('switchboard.tells-alarms', true)

  async function load(): Promise<void> {
    const answer = await call('watch.get', {})
    if (answer.ok) state.value = answer.result
    error.value = answer.ok ? null : answer.error
  }
  watch(
    () => session.generation,
    (generation) => generation > 0 && void load(),
    { immediate: true },
  )

  function tell(phase: AlarmPhase, alarm: Alarm): void {
    // The desktop host tells by itself; and who looks at the page sees it there.
    if (session.system?.host !== 'headless' || !tells.value || permission.value !== 'granted') return
    if (document.visibilityState === 'visible' && document.hasFocus()) return
    const { message, hint } = sayAlarm(alarm, phase, locale.value)
    // Of several tabs the same one is shown once.
    new Notification(message, { body: hint, tag: `alarm ${alarm.id}`, lang: locale.value })
  }

  onEvent('watch.changed', ({ alarms }) => {
    if (state.value) state.value = { ...state.value, alarms }
  })
  onEvent('watch.told', ({ phase, alarm }) => tell(phase, alarm))

  async function ask(): Promise<void> {
    if (permission.value === 'unsupported') return
    permission.value = await Notification.requestPermission()
  }

  async function set(changes: Parameters<typeof call<'watch.set'>>[1]): Promise<ContractError | null> {
    const answer = await call('watch.set', changes)
    if (!answer.ok) return answer.error
    await load()
    return null
  }

  return {
    state,
    error,
    permission,
    tells,
    load,
    ask,
    set,
    /** Those that were not put aside. */
    unseen: computed(() => (state.value?.alarms ?? []).filter((alarm) => alarm.seenAt === null)),
    see: (ids: string[]) => call('watch.seen', { ids }),
  }
})
