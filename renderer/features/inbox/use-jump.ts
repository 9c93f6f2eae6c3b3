/** Goes to a message that the address names, or to a day, and says when it cannot. */
import { useMessage } from 'naive-ui'
import { watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { sayError } from '@/app/errors.ts'
import { t } from '@/app/i18n/index.ts'
import type { Place } from '@/stores/keys.ts'
import { useMessages } from '@/stores/messages.ts'
import { routeOf } from './place-route.ts'

export function useJump(place: Place) {
  const route = useRoute()
  const router = useRouter()
  const messages = useMessages()
  const toast = useMessage()

  async function jump(to: { messageId: string } | { time: number }): Promise<void> {
    const error = await messages.jump(place, to)
    if (!error) return
    const { message, hint } = sayError(error)
    toast.error(error.code === 'not-found' ? t('chat.jump.gone') : `${message} ${hint}`)
  }

  watch(
    () => route.query['message'],
    (messageId) => {
      if (typeof messageId !== 'string' || !/^\d{1,19}$/.test(messageId)) return
      void jump({ messageId })
      // The same hit can be chosen again, and a reload stays with what is new.
      void router.replace(routeOf(place))
    },
    { immediate: true },
  )

  return { jump }
}
