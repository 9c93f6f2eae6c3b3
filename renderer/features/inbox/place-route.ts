import type { RouteLocationRaw } from 'vue-router'
import type { Place } from '@/stores/keys.ts'

/** Where a conversation is shown; any screen may lead there. */
export const routeOf = ({ robotId, peer }: Place): RouteLocationRaw => ({
  name: 'inbox',
  params: { robotId, kind: peer.kind, peerId: peer.id },
})
