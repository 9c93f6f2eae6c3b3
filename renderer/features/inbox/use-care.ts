/** What can be done with a conversation beside writing in it: as a menu, and by keys. */
import {
  BellOff,
  CalendarClock,
  Check,
  Clock,
  Download,
  EyeOff,
  MailOpen,
  Pin,
  Plus,
  Tag as TagIcon,
} from '@lucide/vue'
import { shallowRef } from 'vue'
import type { Conversation } from '#shared/contract/entries/conversations.ts'
import type { EntryInput } from '#shared/contract/index.ts'
import { sayError } from '@/app/errors.ts'
import { t } from '@/app/i18n/index.ts'
import { momentOf } from '@/app/times.ts'
import { robotColors } from '@/app/theme/tokens.ts'
import { showMenu, showMenuAt, type MenuItem } from '@/components/menu.ts'
import { isUnread } from '@/stores/conversation-filter.ts'
import { call } from '@/bridge/index.ts'
import { useConversations, type ConversationChanges } from '@/stores/conversations.ts'
import type { Place } from '@/stores/keys.ts'
import { useTags } from '@/stores/tags.ts'
import { exporting } from '@/features/conversation-export/exporting.ts'
import { careKeys } from './use-inbox-keys.ts'

export type ManyChanges = Omit<EntryInput<'conversations.updateMany'>, 'places'>
/** The contract's most. */
const mostAtOnce = 500

/** Times at which a conversation can come back without a calendar. Milliseconds UTC. */
export function followUpTimes(now: number): { label: string; at: number }[] {
  const at = (days: number, hour: number): number => new Date(now).setHours(24 * days + hour, 0, 0, 0)
  const untilMonday = (8 - new Date(now).getDay()) % 7 || 7
  return [
    { label: t('inbox.care.inAnHour'), at: now + 3_600_000 },
    { label: t('inbox.care.thisEvening'), at: at(0, 18) },
    { label: t('inbox.care.tomorrow'), at: at(1, 9) },
    { label: t('inbox.care.monday'), at: at(untilMonday, 9) },
  ].filter((choice) => choice.at > now + 600_000)
}

/** What could not be noted, in words; for a line over the list. */
export const careProblem = shallowRef('')
/** The conversation whose time of return is being chosen. */
export const choosingTime = shallowRef<Place | null>(null)
/** Conversations that were hidden a moment ago. */
export const justHidden = shallowRef<readonly Place[]>([])
/** Whether tags are being made and renamed, and for which conversation. */
export const editingTags = shallowRef<{ place: Place | null } | null>(null)

const middle = () => ({ x: window.innerWidth / 2 - 100, y: window.innerHeight / 4 })

export function useCare() {
  const conversations = useConversations()
  const tags = useTags()

  async function change(place: Place, changes: ConversationChanges): Promise<void> {
    const answer = await conversations.update(place, changes)
    careProblem.value = answer.ok ? '' : sayError(answer.error).message
  }

  /** The same of several. @returns whether it was done */
  async function changeMany(places: readonly Place[], changes: ManyChanges): Promise<boolean> {
    const plain = places.map(({ robotId, peer: { kind, id } }) => ({ robotId, peer: { kind, id } }))
    for (let at = 0; at < plain.length; at += mostAtOnce) {
      const answer = await call('conversations.updateMany', { places: plain.slice(at, at + mostAtOnce), ...changes })
      careProblem.value = answer.ok ? '' : sayError(answer.error).message
      if (!answer.ok) return false
    }
    if (changes.hidden === true) justHidden.value = plain
    return true
  }

  const toggles = (item: Conversation) => ({
    resolve: () => void change(item, { resolved: item.resolvedAt === null }),
    unread: () => (isUnread(item) ? void conversations.read(item) : void change(item, { markedUnread: true })),
    pin: () => void change(item, { pinned: !item.pinned }),
    mute: () => void change(item, { muted: !item.muted }),
    hide: () => void changeMany([item], { hidden: !item.hidden }),
  })

  function tagItems(item: Conversation): MenuItem[] {
    const own = tags.items.map((tag) => {
      const checked = item.tagIds.includes(tag.id)
      const tagIds = checked ? item.tagIds.filter((id) => id !== tag.id) : [...item.tagIds, tag.id]
      return { label: tag.name, color: robotColors[tag.color] ?? '', checked, act: () => void change(item, { tagIds }) }
    })
    const edit = () => {
      editingTags.value = { place: item }
    }
    return [...own, { label: t('inbox.care.editTags'), icon: Plus, apart: own.length > 0, act: edit }]
  }

  function followUpItems(item: Conversation): MenuItem[] {
    const now = Date.now()
    return [
      { label: t('inbox.care.now'), icon: Clock, act: () => void change(item, { followUpAt: now }) },
      ...followUpTimes(now).map(({ label, at }) => ({
        label,
        note: momentOf(at),
        act: () => void change(item, { followUpAt: at }),
      })),
      {
        label: t('inbox.care.chooseTime'),
        icon: CalendarClock,
        act: () => {
          choosingTime.value = { robotId: item.robotId, peer: { kind: item.peer.kind, id: item.peer.id } }
        },
      },
      ...(item.followUpAt === null
        ? []
        : [{ label: t('inbox.care.endFollowUp'), apart: true, act: () => void change(item, { followUpAt: null }) }]),
    ]
  }

  function items(item: Conversation): MenuItem[] {
    const toggle = toggles(item)
    return [
      {
        label: item.resolvedAt === null ? t('inbox.care.resolve') : t('inbox.care.reopen'),
        icon: Check,
        note: careKeys.resolve.name,
        act: toggle.resolve,
      },
      {
        label: t('inbox.care.followUp'),
        icon: Clock,
        note: item.followUpAt === null ? careKeys.later.name : momentOf(item.followUpAt),
        children: () => followUpItems(item),
      },
      {
        label: isUnread(item) ? t('inbox.care.markRead') : t('inbox.care.markUnread'),
        icon: MailOpen,
        note: careKeys.unread.name,
        act: toggle.unread,
      },
      {
        label: t('inbox.care.tags'),
        icon: TagIcon,
        note: careKeys.tags.name,
        apart: true,
        children: () => tagItems(item),
      },
      {
        label: item.pinned ? t('inbox.care.unpin') : t('inbox.care.pin'),
        icon: Pin,
        note: careKeys.pin.name,
        act: toggle.pin,
      },
      {
        label: item.muted ? t('inbox.care.unmute') : t('inbox.care.mute'),
        icon: BellOff,
        note: careKeys.mute.name,
        act: toggle.mute,
      },
      {
        label: t('conversationExport.menu'),
        icon: Download,
        act: () => {
          exporting.value = item
        },
      },
      {
        label: item.hidden ? t('inbox.care.show') : t('inbox.care.hide'),
        icon: EyeOff,
        apart: true,
        note: careKeys.hide.name,
        act: toggle.hide,
      },
    ]
  }

  /** What the keys do with a conversation: two of them open a menu in the middle of the screen's upper half. */
  const byKey = (item: Conversation) => ({
    ...toggles(item),
    later: () => showMenuAt(middle(), t('inbox.care.followUp'), followUpItems(item)),
    tags: () => showMenuAt(middle(), t('inbox.care.tags'), tagItems(item)),
  })

  return {
    change,
    changeMany,
    toggles,
    byKey,
    followUp: (event: MouseEvent, item: Conversation) => showMenu(event, t('inbox.care.followUp'), followUpItems(item)),
    menu: (event: MouseEvent, item: Conversation) =>
      showMenu(event, t('inbox.care.menu', { name: item.peer.name || item.peer.id }), items(item)),
  }
}
