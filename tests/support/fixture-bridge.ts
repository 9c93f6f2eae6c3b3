/**
 * A bridge over values in memory, for states of the screens that the real engine shows seldom or never. It
 * is sent into the page as text, so it uses nothing from outside itself.
 */
import type { Bridge, LinkState } from '#shared/contract/bridge.ts'
import type { Conversation, Message } from '#shared/contract/entries/conversations.ts'
import type { Scheduled } from '#shared/contract/entries/scheduled.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import type { FixtureData } from './fixture-data.ts'

/** What a test may do to the bridge, as `window.fixture`. */
export interface FixtureControl {
  /** Calls as they came. */
  calls: { entry: string; input: unknown }[]
  emit(...events: ContractEvent[]): void
  link(state: LinkState): void
  /** A message of theirs comes: history, list and unread follow. */
  receive(robotId: string, peer: { kind: 'friend' | 'group'; id: string }, text: string): void
  /** The state of the newest message of ours changes. */
  become(status: Message['status']): void
  /** An entry that failed works from now on. */
  heal(entry: string): void
}

/** Runs in the page before anything else. */
export function installFixture(data: FixtureData): void {
  interface Place {
    robotId: string
    peer: { kind: 'friend' | 'group'; id: string }
  }
  type Input = Place & { robotId?: string; query?: string; unreadOnly?: boolean; limit?: number; cursor?: string }
  const events = new Set<(list: readonly ContractEvent[]) => void>()
  const links = new Set<(state: LinkState) => void>()
  const calls: FixtureControl['calls'] = []
  let state: LinkState = 'connected'
  let nextId = 1_000_000
  const keyOf = ({ robotId, peer }: Place): string => `${robotId}:${peer.kind}:${peer.id}`
  const emit = (...list: ContractEvent[]): void => events.forEach((listener) => listener(list))
  const conversationOf = (place: Place): Conversation | undefined =>
    data.conversations.find((item) => keyOf(item) === keyOf(place))
  const sent = new Map<string, string>()

  function pageOf<Item>(items: Item[], input: Input): { items: Item[]; nextCursor: string | null } {
    const from = Number(input.cursor ?? 0)
    const to = from + (input.limit ?? 50)
    return { items: items.slice(from, to), nextCursor: to < items.length ? String(to) : null }
  }

  /** As the engine pages a history: from the end, from a message on, or around one. */
  function historyPage(input: Input & Record<string, unknown>) {
    const all = data.messages[keyOf(input)] ?? []
    const limit = input.limit ?? 50
    const around = input['around'] as { messageId?: string; time?: number; unread?: true } | undefined
    const from = input['from'] as { id: string } | undefined
    const conversation = conversationOf(input)
    const readUpTo = all.findIndex((item) => item.id === conversation?.readUpTo)
    const anchor =
      around?.messageId !== undefined
        ? all.findIndex((item) => item.id === around.messageId)
        : around?.time !== undefined
          ? all.findIndex((item) => item.sentAt >= Number(around.time))
          : around?.unread && conversation && conversation.unread > 0
            ? all.findIndex((item, index) => index > readUpTo && item.direction === 'in')
            : -1
    if (around?.messageId !== undefined && anchor < 0) throw new Error('not-found')
    const at = from ? all.findIndex((item) => item.id === from.id) : all.length
    const half = Math.floor(limit / 2)
    const [start, end] =
      anchor >= 0
        ? [anchor - half, anchor - half + limit]
        : input['towards'] === 'newer'
          ? [at + 1, at + 1 + limit]
          : [at - limit, at]
    return {
      items: all.slice(Math.max(0, start), end).reverse(),
      nextCursor: start > 0 ? String(start) : null,
      newer: end < all.length,
      anchorId: anchor >= 0 ? (all[anchor]?.id ?? null) : null,
    }
  }

  function add(place: Place, message: Message): void {
    const list = (data.messages[keyOf(place)] ??= [])
    list.push(message)
    const conversation = conversationOf(place)
    if (!conversation) return
    conversation.lastMessage = message
    conversation.lastAt = message.sentAt
    if (message.direction === 'in') conversation.unread += 1
    emit(
      { event: 'message.added', data: { ...message, robotId: place.robotId, peer: place.peer } },
      { event: 'conversation.changed', data: { ...conversation } },
    )
    tellUnread(place.robotId)
  }

  function tellUnread(robotId: string): void {
    const robot = data.robots.find((item) => item.id === robotId)
    if (!robot) return
    robot.unread = data.conversations.filter(
      (item) => item.robotId === robotId && item.unread > 0 && !item.muted,
    ).length
    emit({ event: 'robot.changed', data: { ...robot } })
  }

  const newMessage = (direction: 'in' | 'out', type: Message['type'], content: string): Message => ({
    id: String(nextId++),
    direction,
    senderId: null,
    senderName: '',
    type,
    content,
    rawType: null,
    sentAt: Date.now(),
    status: direction === 'in' ? 'received' : 'queued',
    error: null,
    operationId: '1',
    parts: [],
  })

  const pictureAt = (link: string) => ({
    ...{ link, type: 'image/png', width: 60, height: 40, bytes: 300, createdAt: Date.now() },
    expiresAt: Date.now() + (data.pictures.expired ? -1 : 7 * 86_400_000),
    isOffered: !data.pictures.expired,
  })

  const entries: Record<string, (input: Input & Record<string, unknown>) => unknown> = {
    'settings.get': () => data.settings,
    'settings.set': (input) => {
      Object.assign(data.settings, input)
      emit({ event: 'settings.changed', data: { ...data.settings } })
      return {}
    },
    'system.info': () => data.system,
    'connections.list': () => ({ items: data.connections, nextCursor: null }),
    'robots.list': () => ({ items: data.robots, nextCursor: null }),
    'conversations.list': (input) => {
      const items = data.conversations
        .filter((item) => input.robotId === undefined || item.robotId === input.robotId)
        .filter((item) => !input.unreadOnly || item.unread > 0)
        .filter((item) => input['shelf'] !== 'open' || (item.resolvedAt === null && !item.hidden))
        .filter((item) => !input['needsAnswer'] || item.waitingSince !== null)
        .filter((item) => item.peer.name.toLowerCase().includes((input.query ?? '').toLowerCase()))
        .sort((one, other) => Number(other.pinned) - Number(one.pinned) || (other.lastAt ?? 0) - (one.lastAt ?? 0))
      return pageOf(items, input)
    },
    'conversations.get': (input) => conversationOf(input) ?? null,
    'conversations.read': (input) => {
      const conversation = conversationOf(input)
      if (conversation) {
        conversation.unread = 0
        conversation.readUpTo = (data.messages[keyOf(input)] ?? []).at(-1)?.id ?? null
        emit({ event: 'conversation.changed', data: { ...conversation } })
        tellUnread(input.robotId)
      }
      return {}
    },
    'conversations.update': ({ robotId, peer, resolved, ...changes }) => {
      const conversation = conversationOf({ robotId, peer })
      if (!conversation) return {}
      Object.assign(conversation, changes)
      if (resolved !== undefined) conversation.resolvedAt = resolved ? Date.now() : null
      emit({ event: 'conversation.changed', data: { ...conversation } })
      return {}
    },
    'lock.get': () => ({
      isSet: false,
      isLocked: false,
      touchId: false,
      waitMs: 0,
      look: { language: data.settings.language, theme: data.settings.theme, density: data.settings.density },
    }),
    'tags.list': () => ({ items: [], nextCursor: null }),
    'messages.page': (input) => historyPage(input),
    'messages.send': (input) => {
      const clientId = String(input['clientId'])
      const known = sent.get(clientId)
      if (known) return { messageId: known, operationId: '1' }
      const message = newMessage('out', input['type'] as 'text' | 'image', String(input['content']))
      sent.set(clientId, message.id)
      add(input, message)
      return { messageId: message.id, operationId: '1' }
    },
    'messages.settle': () => ({}),
    'friends.list': (input) => ({
      items: [{ id: input.query ?? '', name: 'Misaki', remark: '', phone: '090-4471-2280', goneAt: null }],
      nextCursor: null,
    }),
    'messages.get': (input) => {
      const found = Object.values(data.messages)
        .flat()
        .find((message) => message.id === input['messageId'])
      return { ...found, robotId: '1', peer: { kind: 'friend', id: 'x' }, callbackId: '77' }
    },
    'callbacks.get': () => ({ id: '77', raw: '{"nMsgType":"42","Content":"raw"}' }),
    'messages.delete': (input) => {
      const ids = input['messageIds'] as string[]
      for (const conversation of data.conversations) {
        const list = data.messages[keyOf(conversation)] ?? []
        const gone = list.filter((message) => ids.includes(message.id)).map((message) => message.id)
        if (gone.length === 0) continue
        data.messages[keyOf(conversation)] = list.filter((message) => !ids.includes(message.id))
        const { robotId, peer } = conversation
        emit({ event: 'messages.removed', data: { robotId, peer: { kind: peer.kind, id: peer.id }, ids: gone } })
      }
      return {}
    },
    'scheduled.list': () => ({ items: data.scheduled, nextCursor: null }),
    'scheduled.save': (input) => {
      const id = String(input['id'] ?? nextId++)
      const item = { ...(input as unknown as Scheduled), id, missed: false, createdAt: Date.now() }
      data.scheduled = [...data.scheduled.filter((one) => one.id !== id), item]
      emit({ event: 'scheduled.changed', data: { items: data.scheduled } })
      return { id }
    },
    'scheduled.remove': (input) => {
      data.scheduled = data.scheduled.filter((one) => one.id !== input['id'])
      emit({ event: 'scheduled.changed', data: { items: data.scheduled } })
      return {}
    },
    'people.get': (input) => ({
      id: input['id'],
      name: 'Misaki',
      remark: '',
      phone: '090-4471-2280',
      isFriend: true,
      goneAt: null,
      firstSeenAt: Date.now() - 2e9,
      raw: '{"vcUserId":"x","vcUserName":"Misaki"}',
      groups: [],
      knownTo: [{ robotId: '1', goneAt: null, lastAt: Date.now() - 8e8 }],
    }),
    'groups.get': (input) => ({
      id: input['groupId'],
      name: '',
      ownerId: 'm1',
      memberCount: 128,
      leftAt: null,
      createdAt: null,
      raw: null,
      members: ['王芳', '赵敏', 'Anna'].map((name, index) => ({ id: `m${index + 1}`, name, joinedAt: null })),
    }),
    'operations.cancel': () => ({}),
    'pictures.place': () => ({
      ...{ way: 'public', side: 2048, bytes: 10 * 1024 * 1024, days: 7 },
      error: data.pictures.place && { code: data.pictures.place, message: '', hint: '' },
    }),
    'pictures.places': () => ({
      ...{ way: 'webdav', s3: null, offered: 0, overdue: 0, bytes: 0, nextExpiryAt: null },
      webdav: { url: 'https://dav.example/p/', username: 'anna', publicUrl: 'https://pictures.example' },
    }),
    'pictures.begin': () => ({ uploadId: String(nextId++).padStart(32, '0') }),
    'pictures.add': ({ offset, data: piece }) => ({ bytes: Number(offset) + atob(String(piece)).length }),
    'pictures.finish': ({ uploadId }) => pictureAt(`https://pictures.example/p/${String(uploadId)}.png`),
    'pictures.cancel': () => ({}),
    'pictures.get': ({ link }) => pictureAt(String(link)),
  }

  const bridge: Bridge = {
    host: 'desktop',
    async call(entry, input) {
      calls.push({ entry, input })
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (data.silent.includes(entry)) await new Promise(() => {})
      const handler = entries[entry]
      if (state !== 'connected') {
        return { ok: false, error: { code: 'connection-lost', message: '', hint: '' } }
      }
      if (!handler || data.failing.includes(entry)) {
        return { ok: false, error: { code: 'storage-failed', message: '', hint: '', params: { problem: 'EIO' } } }
      }
      try {
        return { ok: true, result: JSON.parse(JSON.stringify(handler(input as never))) }
      } catch {
        return { ok: false, error: { code: 'not-found', message: '', hint: '' } }
      }
    },
    onEvents(listener) {
      events.add(listener)
      return () => events.delete(listener)
    },
    onLink(listener) {
      links.add(listener)
      listener(state)
      return () => links.delete(listener)
    },
    setLocale() {},
  }
  const control: FixtureControl = {
    calls,
    emit,
    link(next) {
      state = next
      links.forEach((listener) => listener(next))
    },
    receive: (robotId, peer, text) => add({ robotId, peer }, newMessage('in', 'text', text)),
    become(status) {
      for (const conversation of data.conversations) {
        const message = (data.messages[keyOf(conversation)] ?? []).at(-1)
        if (message?.id !== String(nextId - 1)) continue
        message.status = status
        emit({ event: 'message.changed', data: { ...message, robotId: conversation.robotId, peer: conversation.peer } })
      }
    },
    heal(entry) {
      data.failing = data.failing.filter((one) => one !== entry)
    },
  }
  Object.assign(globalThis, { switchboard: bridge, fixture: control })
}
