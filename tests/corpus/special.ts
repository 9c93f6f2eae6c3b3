/** What concerns one type alone: shapes of a message's content, times inside data, who wrote, which 2004 it is. */
import type { DocumentedCallback } from './callbacks.ts'
import { nothing, type Expected } from './expected.ts'

interface Sent {
  type: number
  generation: 'old' | 'young'
  data: unknown
  header?: Record<string, unknown>
}

export interface SpecialCallback extends Sent {
  name: string
  begun?: NonNullable<DocumentedCallback['begun']>
  /** Callbacks that came earlier. */
  before?: readonly Sent[]
  becomes: Expected
}

const from = (more: object) => ({ FromUserId: 'anna', ToUserId: 'me', Content: 'hello', nPlatformMsgType: 10, ...more })
const theirs = (message: object): Expected => ({
  state: 'applied',
  messages: [{ peer: { kind: 'friend', id: 'anna' }, direction: 'in', ...message }],
})
const ours = (message: object): Expected => ({
  state: 'applied',
  messages: [{ peer: { kind: 'friend', id: 'anna' }, direction: 'out', status: 'done', ...message }],
})
const inGroup = (message: object): Expected => ({
  state: 'applied',
  messages: [{ peer: { kind: 'group', id: 'g1' }, direction: 'in', ...message }],
})
const at = Date.UTC(2026, 10, 24, 2, 0, 0)
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const knowsMe: Sent = { type: 1001, generation: 'old', data: { userId: 'me' } }
const knowsAnna: Sent = { type: 1006, generation: 'young', data: [{ vcUserId: 'anna', vcUserName: 'Anna' }] }

const messages: readonly SpecialCallback[] = [
  ...(
    [
      ['seconds', at / 1000],
      ['seconds as text', String(at / 1000)],
      ['milliseconds', at],
      ['a date', '2026-11-24 10:00:00'],
      ['a date with slashes', '2026/11/24 10:00:00'],
      ['a date with T', '2026-11-24T10:00:00'],
    ] as const
  ).map(([name, dtMsgTime]): SpecialCallback => ({
    name: `1005 with its time in ${name}`,
    type: 1005,
    generation: 'old',
    data: from({ dtMsgTime }),
    becomes: theirs({ sentAt: at }),
  })),
  {
    name: '1005 with a picture',
    type: 1005,
    generation: 'old',
    data: from({ nMsgType: '1', Content: 'https://p.example/1.png' }),
    becomes: theirs({ type: 'image', content: 'https://p.example/1.png' }),
  },
  {
    name: '1005 of a kind that the document does not name',
    type: 1005,
    generation: 'old',
    data: from({ nMsgType: 34, Content: { sticker: 1 } }),
    becomes: theirs({ type: 'other', content: '{"sticker":1}' }),
  },
  {
    name: '1005 whose content is a number',
    type: 1005,
    generation: 'old',
    data: from({ Content: 1_849 }),
    becomes: theirs({ content: '1849' }),
  },
  {
    name: '1005 that keeps entities which the customer wrote',
    type: 1005,
    generation: 'old',
    data: from({ Content: '&quot;5 &lt; 6&quot;' }),
    becomes: theirs({ content: '&quot;5 &lt; 6&quot;' }),
  },
  {
    name: '1005 that the robot itself wrote',
    type: 1005,
    generation: 'old',
    data: { FromUserId: 'me', ToUserId: 'anna', Content: 'from the phone', nPlatformMsgType: '1' },
    becomes: ours({ content: 'from the phone' }),
  },
  {
    name: '1005 without its author, from the account that 1001 named',
    type: 1005,
    generation: 'old',
    before: [knowsMe],
    data: { FromUserId: 'me', ToUserId: 'anna', Content: 'x' },
    becomes: { ...ours({ content: 'x' }), tolerances: ['author-inferred'] },
  },
  {
    name: '1005 without its author, from a known friend',
    type: 1005,
    generation: 'old',
    before: [knowsAnna],
    data: { FromUserId: 'anna', ToUserId: 'somebody', Content: 'x', nPlatformMsgType: '' },
    becomes: { ...theirs({ content: 'x' }), friends: [{ id: 'anna' }], tolerances: ['author-inferred'] },
  },
  {
    name: '1005 without its author, between strangers',
    type: 1005,
    generation: 'old',
    data: { FromUserId: 'one', ToUserId: 'two', Content: 'x' },
    becomes: nothing('pending', 'undecided-author'),
  },
]

const groupMessages: readonly SpecialCallback[] = [
  ...(
    [
      ['an object', { FromUserId: 'anna', Content: 'hello' }, undefined, 'anna'],
      ['an object in a list', [{ FromUserId: 'anna', Content: 'hello' }], undefined, 'anna'],
      ['JSON in text', JSON.stringify({ FromUserId: 'anna', Content: 'hello' }), undefined, 'anna'],
      ['an object with the younger names', { vcUserId: 'anna', vcUserName: 'A', Content: 'hello' }, undefined, 'anna'],
      ['the text itself', 'hello', undefined, null],
      ['an object without content, with msgContentb', { FromUserId: 'anna' }, base64('hello'), 'anna'],
      ['empty, with msgContentb', '', base64('hello'), null],
      ['absent, with msgContentb', undefined, base64('hello'), null],
      ['absent, with msgContentb that is no base64', undefined, 'hello', null],
      ['an object with msgContentb inside', { FromUserId: 'anna', msgContentb: base64('hello') }, undefined, 'anna'],
    ] as const
  ).map(([name, MsgData, msgContentb, senderId]): SpecialCallback => ({
    name: `2004 whose MsgData is ${name}`,
    type: 2004,
    generation: 'old',
    data: { groupId: 'g1', MsgData, msgContentb, dtMsgTime: at },
    becomes: inGroup({ content: 'hello', senderId, sentAt: at }),
  })),
  {
    name: '2004 with time and kind inside MsgData',
    type: 2004,
    generation: 'old',
    data: {
      groupId: 'g1',
      MsgData: { FromUserId: 'anna', Content: 'https://p.example/1.png', dtMsgTime: at, nMsgType: 1 },
    },
    becomes: inGroup({ type: 'image', sentAt: at }),
  },
  {
    name: '2004 from the account’s own id',
    type: 2004,
    generation: 'old',
    before: [knowsMe],
    data: { groupId: 'g1', MsgData: { FromUserId: 'me', Content: 'x' } },
    becomes: { state: 'applied', messages: [{ peer: { kind: 'group', id: 'g1' }, direction: 'out', content: 'x' }] },
  },
  {
    name: '2004 with every field of both meanings, as a message',
    type: 2004,
    generation: 'old',
    data: { groupId: 'g1', MsgData: 'hello', msgContentb: null, vcGroupId: null, vcGroupName: null },
    becomes: inGroup({ content: 'hello' }),
  },
  {
    name: '2004 with every field of both meanings, as a group that was left',
    type: 2004,
    generation: 'young',
    data: { groupId: null, MsgData: null, msgContentb: null, vcGroupId: 'g1', vcGroupName: 'G' },
    becomes: { state: 'applied', groups: [{ id: 'g1', name: 'G', left: true }] },
  },
  ...(
    [
      ['groupId alone', { groupId: 'g1' }],
      ['vcGroupId with MsgData', { vcGroupId: 'g1', MsgData: 'x' }],
      ['nothing', {}],
      ['a text', 'x'],
    ] as const
  ).map(([name, data]): SpecialCallback => ({
    name: `2004 with ${name} is not guessed`,
    type: 2004,
    generation: 'old',
    data,
    becomes: nothing('quarantined', 'undecided-2004'),
  })),
]

const people: readonly SpecialCallback[] = [
  {
    name: '1003 with a person who cannot be read takes nobody away',
    type: 1003,
    generation: 'young',
    before: [knowsAnna],
    begun: { entry: 'friends.refresh', method: 'getFriendList', input: {} },
    data: [{ vcUserId: 'ben' }, { vcUserName: 'without a number' }],
    becomes: {
      state: 'applied',
      friends: [
        { id: 'ben', goneAt: null },
        { id: 'anna', goneAt: null },
      ],
      operation: 'done',
    },
  },
  {
    name: '1003 whose data is a text takes nobody away',
    type: 1003,
    generation: 'young',
    before: [knowsAnna],
    begun: { entry: 'friends.refresh', method: 'getFriendList', input: {} },
    data: 'too many requests',
    becomes: { state: 'applied', friends: [{ id: 'anna', goneAt: null }], operation: 'done' },
  },
  {
    name: '1003 without a serial number only adds',
    type: 1003,
    generation: 'young',
    before: [knowsAnna],
    data: [{ vcUserId: 'ben' }],
    becomes: {
      state: 'applied',
      friends: [
        { id: 'ben', goneAt: null },
        { id: 'anna', goneAt: null },
      ],
    },
  },
  {
    name: '1006 completes who is known, and keeps what it leaves empty',
    type: 1006,
    generation: 'young',
    before: [knowsAnna],
    data: [{ vcUserId: 'anna', vcUserName: '', nPhoneNumber: '+66 81 000 0001' }],
    becomes: { state: 'applied', friends: [{ id: 'anna', name: 'Anna', phone: '+66 81 000 0001' }] },
  },
]

const states: readonly SpecialCallback[] = [
  ...([0, 1, 2, 3] as const).map((nstate): SpecialCallback => ({
    name: `1007 with nstate ${nstate}`,
    type: 1007,
    generation: 'old',
    data: { nstate, vcReason: 'why' },
    becomes: {
      state: 'applied',
      robot: { state: (['online', 'offline', 'banned', 'limited'] as const)[nstate], stateReason: 'why' },
    },
  })),
  {
    name: '1007 with one limit as an object, as JSON text',
    type: 1007,
    generation: 'old',
    data: { nstate: '3', functional_limits: '{"risk_type_code":"7","risk_type_desc":"slow"}' },
    becomes: {
      state: 'applied',
      robot: { state: 'limited', limits: [{ code: '7', text: 'slow' }] },
      tolerances: ['field-in-text'],
    },
  },
  {
    name: '1007 with a state that the document does not name',
    type: 1007,
    generation: 'old',
    data: { nstate: 9 },
    becomes: { ...nothing('quarantined', 'unknown-state'), robot: { state: 'unknown' } },
  },
]

/** A QR code comes in a callback of a type of its own, or beside `data` (PROTOCOL §4). */
const codes: readonly SpecialCallback[] = (
  [
    ['in data', { vcCodeUrl: 'https://q.example/1' }, {}],
    ['beside data', null, { vcCodeUrl: 'https://q.example/1' }],
    ['beside data under a name with qr', null, { loginQrCode: 'https://q.example/1' }],
    ['in data as JSON text', JSON.stringify({ url: 'https://q.example/1' }), {}],
  ] as const
).map(([name, data, header]) => ({
  name: `1025 with a QR code ${name}`,
  type: 1025,
  generation: 'old',
  begun: { entry: 'robots.login', method: 'login', input: { method: 'qr' } },
  data,
  header,
  becomes: {
    state: 'applied',
    robot: { state: 'logging-in' },
    operation: 'accepted',
    login: { step: 'scan', qr: { kind: 'text', value: 'https://q.example/1' } },
  },
}))

export const special: readonly SpecialCallback[] = [...messages, ...groupMessages, ...people, ...states, ...codes]
