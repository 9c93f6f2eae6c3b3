/**
 * Calls the operator when a customer writes, in a browser by its notification. On the desktop the host calls, also
 * where no window is open, and this only makes the sound where the system makes none. One call a conversation, replaced by the next; many at once become one; a click opens the conversation.
 */
import { useDocumentVisibility, useWindowFocus } from '@vueuse/core'
import { onScopeDispose, shallowRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { PlacedMessage } from '#shared/contract/entries/conversations.ts'
import { calls, gatherMs, mostAtOnce } from '#shared/notify-rules.ts'
import { desktop, onEvent } from '@/bridge/index.ts'
import { robotName } from '@/components/avatar.ts'
import { routeOf } from '@/features/inbox/place-route.ts'
import { previewOf } from '@/features/inbox/preview.ts'
import { useConversations } from '@/stores/conversations.ts'
import { placeKey } from '@/stores/keys.ts'
import { useRobots } from '@/stores/robots.ts'
import { useSettings } from '@/stores/settings.ts'
import { t } from './i18n/index.ts'
import { playCall } from './notify-sound.ts'

/** What the browser allows; null where it knows no notifications. */
export const permission = shallowRef<NotificationPermission | null>(
  desktop() ? 'granted' : 'Notification' in globalThis ? Notification.permission : null,
)

/** Asks the operator to allow notifications, where that is still open. */
export async function askPermission(): Promise<void> {
  if (permission.value === 'default') permission.value = await Notification.requestPermission()
}

/** Whether this window is the one that calls: several of one operator would call in chorus. */
function leads(): () => boolean {
  // Where the page came by plain HTTP from another machine there are no locks: then each calls.
  if (!('locks' in navigator)) return () => true
  let leader = false
  const ended = new AbortController()
  navigator.locks
    .request('switchboard.notifier', { signal: ended.signal }, () => {
      leader = true
      return new Promise<void>((resolve) => ended.signal.addEventListener('abort', () => resolve()))
    })
    .catch(() => undefined)
  onScopeDispose(() => ended.abort())
  return () => leader
}

/** Must be called in setup, once. */
export function useNotifications(): void {
  const host = desktop()
  if (host) {
    onScopeDispose(host.onEvent(({ event }) => void (event === 'desktop.sound' && playCall())))
    return
  }
  const conversations = useConversations()
  const robots = useRobots()
  const settings = useSettings()
  const route = useRoute()
  const router = useRouter()
  const focused = useWindowFocus()
  const visibility = useDocumentVisibility()
  const isLeader = leads()
  let gathered: PlacedMessage[] = []

  function isWatched({ robotId, peer }: PlacedMessage): boolean {
    const { params } = route
    const isOpen = params['robotId'] === robotId && params['kind'] === peer.kind && params['peerId'] === peer.id
    return isOpen && focused.value && visibility.value === 'visible'
  }

  function show(title: string, body: string, tag: string, open: () => void): void {
    if (permission.value !== 'granted') return
    const shown = new Notification(title, { body, tag, silent: true })
    shown.onclick = () => {
      window.focus()
      open()
      shown.close()
    }
  }

  function callNow(): void {
    const now = new Date()
    const calling = gathered.filter((message) =>
      calls(message, {
        settings: settings.values,
        conversation: conversations.known.get(placeKey(message)),
        robotMuted: robots.byId.get(message.robotId)?.muted ?? false,
        isWatched: isWatched(message),
        now,
      }),
    )
    gathered = []
    if (calling.length === 0 || !isLeader()) return
    const byPlace = new Map(calling.map((message) => [placeKey(message), message]))
    if (byPlace.size > mostAtOnce) {
      const title = t('notify.many', { n: byPlace.size })
      show(title, t('notify.manyText'), 'many', () => {
        conversations.show({ robotId: null })
        void router.push({ name: 'inbox' })
      })
    } else {
      for (const [key, message] of byPlace) {
        const name = conversations.known.get(key)?.peer.name ?? message.senderName
        const robot = robotName(robots.byId.get(message.robotId))
        const body = settings.values.notificationPreview
          ? previewOf(message, message.peer.kind === 'group')
          : t('notify.hiddenText')
        const title = settings.values.notificationPreview
          ? t('notify.title', { name, robot })
          : t('notify.hiddenTitle', { robot })
        show(title, body, key, () => void router.push(routeOf(message)))
      }
    }
    if (settings.values.notificationSound) playCall()
  }

  onScopeDispose(
    onEvent('message.added', (message) => {
      if (message.direction !== 'in') return
      gathered.push(message)
      if (gathered.length === 1) setTimeout(callNow, gatherMs)
    }),
  )
}
