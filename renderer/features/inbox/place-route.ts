import type { RouteLocationRaw } from 'vue-router'
import type { Place } from '@/stores/keys.ts'

/** Where a conversation is shown; any screen may lead there. @param messageId where in its history to open it */
export const routeOf = ({ robotId, peer }: Place, messageId?: string): RouteLocationRaw => ({
  name: 'inbox',
  params: { robotId, kind: peer.kind, peerId: peer.id },
  ...(messageId === undefined ? {} : { query: { message: messageId } }),
})
