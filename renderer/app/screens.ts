/** The screens and their places in the rail. A screen that is not here does not exist: no dead links. */
import {
  Bot,
  Inbox,
  ListChecks,
  MessageSquareQuote,
  Network,
  Plug,
  Settings,
  Terminal,
  Users,
  Webhook,
  type LucideIcon,
} from '@lucide/vue'
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

/** In the order of the rail: inbox, friends, groups, quick replies, robots, connections, activity, callbacks; below them the API console and settings. */
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
    name: 'friends',
    label: 'shell.friends',
    icon: Users,
    place: 'top',
    routes: [
      {
        path: '/friends',
        name: 'friends',
        component: () => import('@/features/friends/FriendsScreen.vue'),
      },
    ],
  },
  {
    name: 'groups',
    label: 'shell.groups',
    icon: Network,
    place: 'top',
    routes: [
      {
        path: '/groups/:groupId?',
        name: 'groups',
        component: () => import('@/features/groups/GroupsScreen.vue'),
      },
    ],
  },
  {
    name: 'quickReplies',
    label: 'shell.quickReplies',
    icon: MessageSquareQuote,
    place: 'top',
    routes: [
      {
        path: '/quick-replies',
        name: 'quickReplies',
        component: () => import('@/features/quick-replies/QuickRepliesScreen.vue'),
      },
    ],
  },
  {
    name: 'robots',
    label: 'shell.robots',
    icon: Bot,
    place: 'top',
    routes: [
      {
        path: '/robots/:id(\\d+)?',
        name: 'robots',
        component: () => import('@/features/robots/RobotsScreen.vue'),
      },
    ],
  },
  {
    name: 'connections',
    label: 'shell.connections',
    icon: Plug,
    place: 'top',
    routes: [
      {
        path: '/connections/:id(\\d+)?',
        name: 'connections',
        component: () => import('@/features/connections/ConnectionsScreen.vue'),
      },
      {
        path: '/connections/:id(\\d+)/reach',
        name: 'reach',
        component: () => import('@/features/reach/ReachScreen.vue'),
      },
    ],
  },
  {
    name: 'activity',
    label: 'shell.activity',
    icon: ListChecks,
    place: 'top',
    routes: [
      {
        path: '/activity/:id(\\d+)?',
        name: 'activity',
        component: () => import('@/features/activity/ActivityScreen.vue'),
      },
      {
        path: '/calls/:id(\\d+)?',
        name: 'calls',
        component: () => import('@/features/activity/CallsScreen.vue'),
      },
      {
        path: '/late',
        name: 'late',
        component: () => import('@/features/late/LateScreen.vue'),
      },
    ],
  },
  {
    name: 'callbacks',
    label: 'shell.callbacks',
    icon: Webhook,
    place: 'top',
    routes: [
      {
        path: '/callbacks/:id(\\d+)?',
        name: 'callbacks',
        component: () => import('@/features/callbacks/CallbacksScreen.vue'),
      },
    ],
  },
  {
    name: 'console',
    label: 'shell.console',
    icon: Terminal,
    place: 'bottom',
    routes: [
      {
        path: '/console',
        name: 'console',
        component: () => import('@/features/console/ConsoleScreen.vue'),
      },
    ],
  },
  {
    name: 'settings',
    label: 'shell.settings',
    icon: Settings,
    place: 'bottom',
    routes: [
      {
        path: '/settings',
        name: 'settings',
        component: () => import('@/features/settings/SettingsScreen.vue'),
      },
    ],
  },
]
