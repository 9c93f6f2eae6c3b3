/** The screens and their places in the rail. A screen that is not here does not exist: no dead links. */
import { Inbox, Settings, type LucideIcon } from '@lucide/vue'
import type { RouteRecordRaw } from 'vue-router'
import type { TextKey } from './i18n/index.ts'

export interface Screen {
  /** The route's name too. */
  name: string
  label: TextKey
  icon: LucideIcon
  place: 'top' | 'bottom'
  routes: RouteRecordRaw[]
}

/** In the order of the rail: inbox, friends, groups, robots, connections, activity, callbacks; settings below. */
export const screens: readonly Screen[] = [
  {
    name: 'inbox',
    label: 'shell.inbox',
    icon: Inbox,
    place: 'top',
    routes: [
      {
        path: '/inbox/:robotId(\\d+)?/:kind(friend|group)?/:peerId?',
        name: 'inbox',
        component: () => import('@/features/inbox/InboxScreen.vue'),
      },
    ],
  },
  {
    name: 'settings',
    label: 'shell.settings',
    icon: Settings,
    place: 'bottom',
    routes: [
      { path: '/settings', name: 'settings', component: () => import('@/features/settings/SettingsScreen.vue') },
    ],
  },
]
