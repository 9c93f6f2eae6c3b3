/**
 * A day of an operator's, as values: robots in every state, conversations with every kind of message. What
 * is asked of it must be able to travel into a page as JSON.
 */
import type { Conversation, Message } from '#shared/contract/entries/conversations.ts'
import type { Robot } from '#shared/contract/entries/robots.ts'
import type { Connection } from '#shared/contract/entries/connections.ts'
import type { Scheduled } from '#shared/contract/entries/scheduled.ts'
import { settingsSchema, type Settings, type SystemInfo } from '#shared/contract/entries/system.ts'

/** A conversation that nobody has done anything with. */
export const uncared = {
  pinned: false,
  muted: false,
  markedUnread: false,
  waitingSince: null,
  resolvedAt: null,
  followUpAt: null,
  hidden: false,
  trouble: false,
  tagIds: [],
  draft: '',
  note: '',
} satisfies Partial<Conversation>

export interface FixtureData {
  settings: Settings
  system: SystemInfo
  connections: Connection[]
  robots: Robot[]
  conversations: Conversation[]
  /** Oldest first, by `<robotId>:<kind>:<peerId>`. */
  messages: Record<string, Message[]>
  scheduled: Scheduled[]
  /** Entries that fail with `storage-failed`. */
  failing: string[]
  /** Entries that never answer. */
  silent: string[]
  /** What is wrong with pictures of this machine. */
  pictures: { place: 'picture-no-address' | null; expired: boolean }
}

type Words = (zh: string, en: string) => string

let nextId = 1000
const message = (at: number, direction: 'in' | 'out', content: string, more: Partial<Message> = {}): Message => ({
  id: String(nextId++),
  direction,
  senderId: direction === 'in' ? 'peer' : null,
  senderName: '',
  type: 'text',
  content,
  rawType: null,
  sentAt: at,
  status: direction === 'in' ? 'received' : 'done',
  error: null,
  operationId: direction === 'in' ? null : String(nextId++),
  parts: [],
  ...more,
})

const robotsOf = (say: Words, now: number): Robot[] => {
  const robot = (
    id: number,
    name: string,
    state: Robot['state'],
    unread: number,
    more: Partial<Robot> = {},
  ): Robot => ({
    id: String(id),
    connectionId: '1',
    serialNo: `10485760023397719${id}4`,
    name,
    state,
    stateReason: '',
    stateSince: now - 3_600_000 * id,
    limits: [],
    unread,
    lastActiveAt: now,
    createdAt: now - 9e8,
    color: id - 1,
    folder: '',
    position: id - 1,
    loginMethod: 'qr',
    lastInAt: now - 400_000,
    lastOutAt: now - 380_000,
    today: { sent: 12, friendRequests: 0, endsAt: now + 3_600_000 },
    waiting: 0,
    held: null,
    pace: {},
    reloginFromCache: false,
    relogin: null,
    muted: false,
    ...more,
  })
  return [
    robot(1, say('小雅客服', 'Xiaoya Support'), 'online', 1),
    robot(2, say('林先生门店', 'Mr Lin Store'), 'online', 1),
    robot(3, 'ร้านดอกไม้ กรุงเทพ', 'limited', 1, {
      limits: [{ code: '7', text: say('不能加好友', 'Cannot add friends'), forbids: ['add-friend'] }],
    }),
    robot(4, say('售后二号', 'After-sales 2'), 'online', 0),
    robot(5, say('活动通知', 'Campaigns'), 'banned', 0),
    robot(6, say('夜班', 'Night shift'), 'logging-in', 0),
    robot(7, say('备用账号', 'Spare'), 'offline', 0, { stateSince: now - 86_400_000 }),
  ]
}

/** The conversation that shows every state of a message. */
const showcase = (say: Words, now: number): Message[] => {
  const yesterday = now - 86_400_000
  return [
    message(yesterday, 'in', say('你好,请问上次订的杯子到了吗?', 'Hello, has the cup I ordered arrived?')),
    message(
      yesterday + 60_000,
      'out',
      say('到了,给您留着呢。这是实物照片:', 'It has, we are keeping it for you. Here is a photo:'),
    ),
    message(yesterday + 90_000, 'out', 'https://pictures.example/cup.png', { type: 'image', status: 'accepted' }),
    message(yesterday + 120_000, 'out', say('您看什么时候方便来取?', 'When would it suit you to come?'), {
      status: 'unknown',
      error: { code: 'answer-lost', message: 'The connection broke' },
    }),
    message(now - 400_000, 'in', say('真好看!', 'How pretty!')),
    message(
      now - 380_000,
      'in',
      say('好的,那我今天下午三点前过来拿,可以吗?', 'OK, may I pick it up before three this afternoon?'),
    ),
  ]
}

interface Line {
  robot: number
  id: string
  name: string
  text: string
  minutesAgo: number
  unread?: number
  more?: Partial<Conversation>
  last?: Partial<Message>
  out?: boolean
}

const lines = (say: Words): Line[] => [
  {
    robot: 1,
    id: 'u-chen',
    name: say('陈建国', 'Chen Jianguo'),
    text: 'https://pictures.example/a.png',
    minutesAgo: 7,
    unread: 1,
    last: { type: 'image' },
  },
  { robot: 3, id: 'u-somchai', name: 'สมชาย ใจดี', text: 'ขอบคุณมากครับ 🙏', minutesAgo: 10, unread: 3 },
  {
    robot: 1,
    id: 'g-weekend',
    name: say('周末团购群', 'Weekend group-buy'),
    text: say('还有两份草莓吗?', 'two boxes of strawberries left?'),
    minutesAgo: 18,
    unread: 12,
    more: { muted: true },
    last: { senderName: say('王芳', 'Wang Fang') },
  },
  { robot: 4, id: 'u-li', name: say('李思雨', 'Li Siyu'), text: say('好的,等您消息', 'All right'), minutesAgo: 36 },
  {
    robot: 1,
    id: 'u-huang',
    name: say('黄先生', 'Mr Huang'),
    text: say('地址发错了,麻烦改一下', 'I sent the wrong address, please change it'),
    minutesAgo: 51,
    out: true,
    last: {
      status: 'failed',
      error: { code: 'platform-refused', message: '', params: { reason: say('对方不是好友', 'not a friend') } },
    },
  },
  { robot: 2, id: 'u-anna', name: 'Anna Müller', text: 'Thanks, see you tomorrow 👋', minutesAgo: 83 },
  {
    robot: 3,
    id: 'u-napa',
    name: 'นภา ศรีสุข',
    text: say('已经为您预留到周五', 'reserved for you until Friday'),
    minutesAgo: 100,
    out: true,
  },
  {
    robot: 2,
    id: 'g-managers',
    name: say('店长交流', 'Store managers'),
    text: say('今天的盘点表在这里', 'today’s stock list is here'),
    minutesAgo: 128,
    more: { pinned: true },
    last: { senderName: say('赵敏', 'Zhao Min') },
  },
  {
    robot: 4,
    id: 'u-wu',
    name: say('吴晓东', 'Wu Xiaodong'),
    text: say('好的,随时联系', 'any time'),
    minutesAgo: 172,
    out: true,
    last: { status: 'unknown', error: { code: 'answer-lost', message: '' } },
  },
  {
    robot: 5,
    id: 'u-hostile',
    name: '<img src=x onerror=alert(1)> \u202Egnp.exe',
    text: '<b>bold</b> javascript:alert(1) https://example.com/a?b=1.',
    minutesAgo: 190,
  },
  {
    robot: 1,
    id: 'u-guo',
    name: say('郭雅婷', 'Guo Yating'),
    text: say('这个颜色还有货吗', 'Is this colour in stock'),
    minutesAgo: 200,
  },
]

/** @param now milliseconds UTC that count as the present */
export function fixtureData(language: 'zh-CN' | 'en', theme: 'light' | 'dark', now = Date.now()): FixtureData {
  const say: Words = (zh, en) => (language === 'en' ? en : zh)
  const messages: Record<string, Message[]> = {}
  const conversations: Conversation[] = []
  const add = (
    robot: number,
    kind: 'friend' | 'group',
    id: string,
    name: string,
    items: Message[],
    more: Partial<Conversation>,
  ) => {
    messages[`${robot}:${kind}:${id}`] = items
    const last = items.at(-1) ?? null
    conversations.push({
      robotId: String(robot),
      peer: { kind, id, name },
      unread: 0,
      lastMessage: last,
      ...uncared,
      readUpTo: last?.id ?? null,
      lastAt: last?.sentAt ?? null,
      ...more,
    })
  }
  const cup = showcase(say, now)
  add(2, 'friend', 'u8f21c09a77b84d1e', say('佐藤 美咲', 'Misaki Sato'), cup, {
    unread: 2,
    readUpTo: cup[3]?.id ?? null,
  })
  for (const line of lines(say)) {
    const kind = line.id.startsWith('g-') ? 'group' : 'friend'
    const item = message(now - line.minutesAgo * 60_000, line.out ? 'out' : 'in', line.text, line.last)
    add(line.robot, kind, line.id, line.name, [item], { unread: line.unread ?? 0, ...line.more })
  }
  const long = Array.from({ length: 600 }, (_, index) =>
    message(
      now - (600 - index) * 600_000,
      index % 3 === 0 ? 'out' : 'in',
      `${index + 1}: ${say('今天的花到了。', 'The flowers are here. ').repeat((index % 7) + 1)}`,
    ),
  )
  add(4, 'friend', 'u-long', say('长聊天', 'Long talk'), long, { lastAt: now - 600_000 * 30 })
  conversations.sort((one, other) => (other.lastAt ?? 0) - (one.lastAt ?? 0))
  return {
    settings: settingsSchema.parse({ language, theme }),
    system: {
      version: '0.1.0',
      contractVersion: 1,
      host: 'headless',
      platform: 'linux',
      startedAt: now,
      dataDir: '/data',
      listener: { url: null, port: null, fixed: [] },
      vault: { kind: 'key-file' },
      sandbox: { state: 'stopped', pageUrl: null, connectionId: null },
      notices: [],
      rescue: null,
    },
    connections: [
      {
        id: '1',
        name: 'Sandbox',
        gatewayUrl: 'http://127.0.0.1:1/gateway',
        appId: '1',
        merchantNo: 'M1',
        methodPrefix: 'xx.xx',
        signType: 'RSA2',
        timeZone: 'Asia/Shanghai',
        publicKeyPem: '',
        publicKeyFingerprint: '',
        platformPublicKeyPem: null,
        advanced: {} as Connection['advanced'],
        callbackUrl: '',
        sandbox: true,
        oldCallback: null,
        refusedSources: null,
        nextKey: null,
      },
    ],
    robots: robotsOf(say, now),
    conversations,
    messages,
    scheduled: [],
    failing: [],
    silent: [],
    pictures: { place: null, expired: false },
  }
}
