/** What the search shows, as lines of one list: what can be chosen, and what it does. */
import type { RouteLocationRaw } from 'vue-router'
import type { LucideIcon } from '@lucide/vue'
import type { Robot } from '#shared/contract/entries/robots.ts'
import { t } from '@/app/i18n/index.ts'
import type { Screen } from '@/app/screens.ts'
import { shortTime } from '@/app/times.ts'
import { robotName } from '@/components/avatar.ts'
import { routeOf } from '@/features/inbox/place-route.ts'
import { gistOf } from '@/features/inbox/preview.ts'
import type { useConversations } from '@/stores/conversations.ts'
import { placeKey, type Place } from '@/stores/keys.ts'
import { marked, snippet, type Piece } from './snippet.ts'
import type { useSearch } from './use-search.ts'

export interface Result {
  key: string
  /** The letters and colour of who it is; a robot has its own. */
  person?: { id: string; name: string; group: boolean }
  robot?: Robot | undefined
  icon?: LucideIcon
  title: Piece[]
  /** The second line. */
  line?: Piece[] | undefined
  /** At the end: when, or by which robot. */
  note?: string
  via?: Robot | undefined
  to: RouteLocationRaw
  /** A robot: only its conversations are shown then. */
  showRobot?: string
}

export interface Section {
  name: 'recent' | 'robots' | 'people' | 'groups' | 'messages' | 'places'
  results: Result[]
  /** Where all of them are, if these are but the first. */
  all?: RouteLocationRaw | undefined
}

const plain = (text: string): Piece[] => [{ text, hit: false }]
const matching = (text: string, query: string): boolean =>
  text.normalize('NFKC').toLowerCase().includes(query.normalize('NFKC').toLowerCase())

/** Conversations looked at or written in last, before anything is typed. */
export function recentOf(
  conversations: ReturnType<typeof useConversations>,
  byId: ReadonlyMap<string, Robot>,
): Result[] {
  return [...conversations.known.values()]
    .filter((item) => item.lastAt !== null && !item.hidden)
    .sort((one, other) => (other.lastAt ?? 0) - (one.lastAt ?? 0))
    .slice(0, 8)
    .map((item) => ({
      key: placeKey(item),
      person: { id: item.peer.id, name: item.peer.name, group: item.peer.kind === 'group' },
      title: plain(item.peer.name || item.peer.id),
      line: item.lastMessage ? plain(gistOf(item.lastMessage)) : undefined,
      note: item.lastAt === null ? '' : shortTime(item.lastAt),
      via: byId.get(item.robotId),
      to: routeOf(item),
    }))
}

export const placesOf = (screens: readonly Screen[], query: string): Result[] =>
  screens
    .filter((screen) => query === '' || matching(t(screen.label), query))
    .map((screen) => ({
      key: `screen ${screen.name}`,
      icon: screen.icon,
      title: marked(t(screen.label), query),
      to: { name: screen.name },
    }))

export const robotsOf = (robots: readonly Robot[], query: string): Result[] =>
  robots
    .filter((robot) => matching(robotName(robot), query) || robot.serialNo.includes(query))
    .slice(0, 5)
    .map((robot) => ({
      key: `robot ${robot.id}`,
      robot,
      title: marked(robotName(robot), query),
      line: marked(robot.serialNo, query),
      note: t(`common.robotState.${robot.state}`),
      to: { name: 'inbox' },
      showRobot: robot.id,
    }))

export function foundOf(search: ReturnType<typeof useSearch>, byId: ReadonlyMap<string, Robot>): Section[] {
  const query = search.shown
  const people = search.friends.items.map((friend): Result => {
    const place: Place = { robotId: friend.robotId, peer: { kind: 'friend', id: friend.id } }
    const name = friend.remark || friend.name || friend.id
    // Why it was found, where the name does not say it.
    const why = [friend.remark && friend.name, friend.phone, friend.id].find((text) => text && matching(text, query))
    return {
      key: `friend ${placeKey(place)}`,
      person: { id: friend.id, name, group: false },
      title: marked(name, query),
      line: why && why !== name ? marked(why, query) : friend.phone ? plain(friend.phone) : undefined,
      via: byId.get(friend.robotId),
      note: friend.lastAt === null ? '' : shortTime(friend.lastAt),
      to: routeOf(place),
    }
  })
  const groups = search.groups.items.map((group): Result => {
    const place: Place = { robotId: group.robotId, peer: { kind: 'group', id: group.id } }
    const name = group.name || group.id
    return {
      key: `group ${placeKey(place)}`,
      person: { id: group.id, name, group: true },
      title: marked(name, query),
      line: plain(t('groups.memberCount', { n: group.memberCount })),
      via: byId.get(group.robotId),
      note: group.lastAt === null ? '' : shortTime(group.lastAt),
      to: routeOf(place),
    }
  })
  const messages = search.messages.items.map((message): Result => ({
    key: `message ${message.id}`,
    person: { id: message.peer.id, name: message.peer.name, group: message.peer.kind === 'group' },
    title: plain(message.peer.name || message.peer.id),
    line: [
      ...plain(message.direction === 'out' ? t('search.you') : ''),
      ...plain(message.direction === 'in' && message.peer.kind === 'group' ? `${message.senderName}: ` : ''),
      ...snippet(message.content, query),
    ],
    note: shortTime(message.sentAt),
    via: byId.get(message.robotId),
    to: routeOf(message, message.id),
  }))
  const all = (name: string, more: boolean): RouteLocationRaw | undefined =>
    more ? { name, query: { robot: 'all', query } } : undefined
  return [
    { name: 'people', results: people, all: all('friends', search.friends.nextCursor !== null) },
    { name: 'groups', results: groups, all: all('groups', search.groups.nextCursor !== null) },
    { name: 'messages', results: messages },
  ]
}
