/** Goes where something outside the window leads: a link, a notification, a menu of the desktop. */
import { onScopeDispose } from 'vue'
import { useRouter } from 'vue-router'
import type { Destination } from '#shared/contract/desktop.ts'
import { desktop } from '@/bridge/index.ts'
import { routeOf } from '@/features/inbox/place-route.ts'
import { useConversations } from '@/stores/conversations.ts'

/** Must be called in setup, once. What came while nobody listened, or behind the lock, is gone to at once. */
export function useArrivals(): void {
  const host = desktop()
  if (!host) return
  const router = useRouter()
  const conversations = useConversations()

  async function go(destination: Destination): Promise<void> {
    switch (destination.to) {
      case 'conversation':
        await router.push(routeOf(destination))
        return
      case 'inbox':
        conversations.show({ robotId: null })
        await router.push({ name: 'inbox' })
        return
      case 'settings':
      case 'help':
        await router.push({ name: destination.to })
        return
      case 'report':
        await router.push({ name: 'settings', hash: '#report' })
    }
  }
  async function take(): Promise<void> {
    const answer = await host?.call('desktop.arrive', {})
    if (answer?.ok && answer.result.destination) await go(answer.result.destination)
  }
  onScopeDispose(host.onEvent(({ event }) => void (event === 'desktop.waiting' && take())))
  void take()
}
