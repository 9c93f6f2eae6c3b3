/** The history as it is read: unread, order and paging, search, hostile names. */
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isRead, until } from '../../support/desk.ts'
import { friend, group, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'

const long = process.env.SWITCHBOARD_LONG !== undefined

let office: EngineOffice
let robot: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice()
})
beforeEach(async () => {
  robot = await office.robot()
})
afterAll(() => office.close())

const from = (userId: string, Content: string, dtMsgTime?: number) =>
  robot.old(1005, { FromUserId: userId, Content, nPlatformMsgType: '10', nMsgType: '0', dtMsgTime })

/** Posts many callbacks at once and waits until all were read. */
async function pour(bodies: object[]): Promise<void> {
  for (let at = 0; at < bodies.length; at += 32) {
    const some = bodies.slice(at, at + 32)
    await Promise.all(some.map((body) => office.desk.post(office.callbackUrl, JSON.stringify(body))))
  }
  await until('all to be read', async () => {
    const { items } = await office.desk.call('callbacks.list', { state: 'pending', limit: 500 })
    return items.every(isRead)
  })
}

async function all<Item>(
  ask: (cursor: string | undefined) => Promise<{ items: Item[]; nextCursor: string | null }>,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Item[]> {
  const found: Item[] = []
  for (let cursor: string | undefined; ;) {
    const page = await ask(cursor)
    found.push(...page.items)
    if (page.nextCursor === null) return found
    cursor = page.nextCursor
    await between()
  }
}

describe('unread', () => {
  it('is what the history says, after any sequence of coming, going, reading and repeating', async () => {
    interface Step {
      kind: 'in' | 'out' | 'read' | 'repeat' | 'send'
      peer: number
      back: number
    }
    const step: fc.Arbitrary<Step> = fc.record({
      kind: fc.constantFrom('in', 'in', 'in', 'out', 'read', 'repeat', 'send'),
      peer: fc.integer({ min: 0, max: 3 }),
      back: fc.integer({ min: 0, max: 100 }),
    })
    const [steps = []] = fc.sample(fc.array(step, { minLength: 60, maxLength: 60 }), 1)
    const model = new Map<number, number>()
    let last: object | null = null
    let counter = 0
    for (const { kind, peer, back } of steps) {
      counter += 1
      if (kind === 'in') {
        last = from(`p${peer}`, `m${counter}`, 1_793_000_000 - back)
        await robot.deliver(last)
        model.set(peer, (model.get(peer) ?? 0) + 1)
      } else if (kind === 'out') {
        const data = { FromUserId: 'me', ToUserId: `p${peer}`, Content: `m${counter}`, nPlatformMsgType: '1' }
        await robot.deliver(robot.old(1005, data))
      } else if (kind === 'repeat' && last) await robot.deliver(last)
      else if (kind === 'send') await robot.send(friend(`p${peer}`), `m${counter}`)
      else if (kind === 'read') {
        await office.desk.call('conversations.read', { robotId: robot.id, peer: friend(`p${peer}`) })
        model.set(peer, 0)
      }
    }
    const { items } = await office.desk.call('conversations.list', { robotId: robot.id })
    for (const { peer, unread, lastMessage } of items) {
      expect(unread, JSON.stringify(steps)).toBe(model.get(Number(peer.id.slice(1))) ?? 0)
      expect(lastMessage?.id).toBe((await robot.history(peer))[0]?.id)
    }
    const open = [...model.values()].filter((unread) => unread > 0).length
    expect((await robot.state()).unread).toBe(open)
    const unreadOnly = await office.desk.call('conversations.list', { robotId: robot.id, unreadOnly: true })
    expect(unreadOnly.items).toHaveLength(open)
    // Every event carried a state that was true at its time; the last of each must be true now.
    for (const { peer, unread } of items) {
      const told = () =>
        office.desk.of('conversation.changed').findLast((c) => c.robotId === robot.id && c.peer.id === peer.id)
      await expect.poll(() => told()?.unread).toBe(unread)
    }
  })
})

describe('paging', () => {
  it('gives every message once, newest first, also where many have one time', async () => {
    const count = long ? 3000 : 300
    await pour(Array.from({ length: count }, (_, index) => from('u1', `m${index}`, 1_793_000_000 - (index % 7))))
    for (const limit of [1, 7, 50].slice(long ? 1 : 1)) {
      const page = (cursor: string | undefined) =>
        office.desk.call('messages.page', {
          robotId: robot.id,
          peer: friend('u1'),
          limit,
          ...(cursor ? { cursor } : {}),
        })
      const found = await all(page)
      expect(new Set(found.map(({ id }) => id)).size).toBe(count)
      expect(found).toHaveLength(count)
      const sorted = found.toSorted((a, b) => b.sentAt - a.sentAt || Number(b.id) - Number(a.id))
      expect(found.map(({ id }) => id)).toEqual(sorted.map(({ id }) => id))
    }
  })

  it('misses none of what was there while newer and older ones arrive', async () => {
    await pour(Array.from({ length: 100 }, (_, index) => from('u1', `m${index}`, 1_793_000_000 + index)))
    let extra = 0
    const found = await all(
      (cursor) =>
        office.desk.call('messages.page', {
          robotId: robot.id,
          peer: friend('u1'),
          limit: 9,
          ...(cursor ? { cursor } : {}),
        }),
      async () => {
        extra += 1
        await robot.deliver(from('u1', `new${extra}`, 1_793_100_000))
        await robot.deliver(from('u1', `old${extra}`, 1_793_000_050))
      },
    )
    const contents = found.map(({ content }) => content)
    expect(contents.filter((content) => content.startsWith('m'))).toHaveLength(100)
    expect(new Set(contents).size).toBe(contents.length)
    expect(contents.some((content) => content.startsWith('new'))).toBe(false)
  })

  it('of conversations keeps their order by the last message', async () => {
    await pour(
      Array.from({ length: 60 }, (_, index) => from(`u${index % 20}`, `m${index}`, 1_793_000_000 + ((index * 7) % 60))),
    )
    const found = await all((cursor) =>
      office.desk.call('conversations.list', { robotId: robot.id, limit: 6, ...(cursor ? { cursor } : {}) }),
    )
    expect(found).toHaveLength(20)
    const times = found.map(({ lastAt }) => lastAt ?? 0)
    expect(times).toEqual(times.toSorted((a, b) => b - a))
    for (const { peer, lastMessage } of found) expect((await robot.history(peer))[0]?.id).toBe(lastMessage?.id)
  })

  it.each(['x', '1', '1.2.3', '1.5', '-1e99', ' ', '99999999999999999999'])('refuses the cursor %j', async (cursor) => {
    for (const [entry, input] of [
      ['messages.page', { robotId: robot.id, peer: friend('u1') }],
      ['conversations.list', {}],
      ['operations.list', {}],
      ['friends.list', { robotId: robot.id }],
      ['groups.list', { robotId: robot.id }],
      ['messages.search', { query: 'x' }],
    ] as const) {
      const answer = await office.desk.engine.call(entry, { ...input, cursor }, { locale: 'en' })
      if (!answer.ok) expect(answer.error).toMatchObject({ code: 'invalid-input', params: { field: 'cursor' } })
    }
  })
})

describe('search', () => {
  const search = async (query: string, robotId: string | undefined = robot.id) =>
    (await office.desk.call('messages.search', { query, robotId, limit: 500 })).items

  it('finds every message by every two neighbouring Chinese characters in it', async () => {
    const character = fc.constantFrom(
      ...'的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严龙飞',
    )
    const text = fc
      .array(fc.oneof({ weight: 8, arbitrary: character }, fc.constantFrom('a', ' ', ',', '👍', '𠮷')), {
        minLength: 2,
        maxLength: 30,
      })
      .map((parts) => parts.join(''))
    const messages = fc.sample(text, long ? 500 : 60)
    await pour(messages.map((content, index) => from(`u${index % 5}`, content)))
    const pairs = new Map<string, Set<string>>()
    for (const message of messages) {
      const characters = [...message]
      for (const [index, first] of characters.entries()) {
        const pair = first + (characters[index + 1] ?? '')
        if (/^\p{Script=Han}{2}$/u.test(pair)) pairs.set(pair, (pairs.get(pair) ?? new Set()).add(message))
      }
    }
    const some = long ? [...pairs] : [...pairs].slice(0, 250)
    for (const [pair, expected] of some) {
      const found = new Set((await search(pair)).map(({ content }) => content))
      expect(found, pair).toEqual(expected)
    }
  }, 300_000)

  it('finds words by their beginning, emoji, one character and several pieces', async () => {
    await pour(
      [
        'iPhone 15 Pro手机壳',
        'Where is my ORDER 12345678?',
        '谢谢👍🏽',
        '🫠 new one',
        'Ⅷ full widthABC',
        '100%_sure',
        'สวัสดีครับ',
      ].map((text) => from('u1', text)),
    )
    const expected: [string, string | null][] = [
      ['iph', 'iPhone 15 Pro手机壳'],
      ['手机', 'iPhone 15 Pro手机壳'],
      ['壳', 'iPhone 15 Pro手机壳'],
      ['机', 'iPhone 15 Pro手机壳'],
      ['order 1234', 'Where is my ORDER 12345678?'],
      ['👍', '谢谢👍🏽'],
      ['谢谢👍', '谢谢👍🏽'],
      ['🫠', '🫠 new one'],
      ['widthabc', 'Ⅷ full widthABC'],
      ['%_', '100%_sure'],
      ['?', 'Where is my ORDER 12345678?'],
      ['หวัด', null],
      ['สวัส', 'สวัสดีครับ'],
      ['nothing of it', null],
      ['phone', null],
    ]
    for (const [query, content] of expected) {
      expect(
        (await search(query)).map((hit) => hit.content),
        query,
      ).toEqual(content === null ? [] : [content])
    }
    expect((await search('手机'))[0]).toMatchObject({ robotId: robot.id, peer: friend('u1') })
  })

  it('survives whatever is typed', async () => {
    await robot.deliver(from('u1', 'some text'))
    const queries = [
      '"',
      "'",
      '*',
      'a*',
      'NEAR(',
      'AND',
      'OR NOT',
      '-',
      '(',
      ')',
      '^',
      ':',
      'terms:x',
      '"a" b"',
      '\\',
      '\u0000',
      '\ud800',
      '%',
      ';--',
      'é',
      'İ',
      '\u0301',
    ]
    const random = fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), long ? 2000 : 150)
    for (const query of [...queries, ...random]) {
      const answer = await office.desk.engine.call('messages.search', { query }, { locale: 'en' })
      if (!answer.ok) expect(answer.error.code, JSON.stringify(query)).toBe('invalid-input')
    }
  }, 300_000)

  it('pages, newest first by arrival', async () => {
    await pour(Array.from({ length: 30 }, (_, index) => from('u1', `needle ${index}`, 1_793_000_000 - index)))
    const found = await all((cursor) =>
      office.desk.call('messages.search', {
        query: 'needle',
        robotId: robot.id,
        limit: 7,
        ...(cursor ? { cursor } : {}),
      }),
    )
    expect(found).toHaveLength(30)
    const ids = found.map(({ id }) => Number(id))
    expect(ids).toEqual(ids.toSorted((a, b) => b - a))
  })

  it('forgets what was removed', async () => {
    await robot.deliver(from('u1', '独一无二'))
    expect(await search('独一')).toHaveLength(1)
    await office.desk.call('robots.remove', { id: robot.id })
    expect((await office.desk.call('messages.search', { query: '独一无二' })).items).toEqual([])
  })
})

describe('names', () => {
  it('come as they are, whatever they hold, and are found by their own text', async () => {
    const names = [
      "Robert'); DROP TABLE friends;--",
      '<b>x</b>',
      '%',
      '_',
      '\\',
      '\u202eevil',
      '👨‍👩‍👧',
      'a\u0000b',
      ' spaces ',
      '"quoted"',
      'z'.repeat(500),
    ]
    await robot.deliver(
      robot.young(
        1003,
        names.map((vcUserName, index) => ({ vcUserId: `n${index}`, vcUserName })),
      ),
    )
    for (const [index, name] of names.entries()) {
      if (name.includes('\u0000') || name.length > 200) continue
      const { items } = await office.desk.call('friends.list', { robotId: robot.id, query: name.trim() })
      expect(
        items.map(({ id }) => id),
        name,
      ).toContain(`n${index}`)
      if (['%', '_', '\\'].includes(name)) expect(items.filter((item) => !item.name.includes(name))).toEqual([])
    }
    await robot.deliver(from('n1', 'hi'))
    await robot.deliver(robot.young(2003, [{ vcGroupId: 'g<1>', vcGroupName: '<g>' }]))
    const { items } = await office.desk.call('conversations.list', { robotId: robot.id, query: '<b>' })
    expect(items).toMatchObject([{ peer: { name: '<b>x</b>' } }])
    const { peer } = await office.desk.call('conversations.get', { robotId: robot.id, peer: group('g<1>') })
    expect(peer.name).toBe('<g>')
  })
})
