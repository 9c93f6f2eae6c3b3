/** What operators do with conversations: answer, resolve, follow up, tag, hide, pin; and the lists that show it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EntryInput } from '#shared/contract/index.ts'
import { until } from '../../support/desk.ts'
import { accepted, refused } from '../../support/fake-platform.ts'
import { friend, group, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'

let office: EngineOffice
let robot: RobotHandle
let clock = Date.UTC(2026, 10, 24)

beforeAll(async () => {
  office = await openEngineOffice()
})
beforeEach(async () => {
  office.platform.script = accepted
  robot = await office.robot()
})
afterAll(() => office.close())

/** A message of theirs, a second after the one before. */
const hear = (from: string, content = 'x', at = (clock += 1000)) =>
  robot.deliver(
    robot.old(1005, {
      FromUserId: from,
      ToUserId: 'me',
      Content: content,
      dtMsgTime: String(at),
      nPlatformMsgType: '10',
      nMsgType: '0',
    }),
  )

const list = async (query: Partial<EntryInput<'conversations.list'>> = {}) =>
  (await office.desk.call('conversations.list', { robotId: robot.id, ...query })).items

const names = async (query: Partial<EntryInput<'conversations.list'>> = {}) =>
  (await list(query)).map(({ peer }) => peer.id)

const one = (id: string) => office.desk.call('conversations.get', { robotId: robot.id, peer: friend(id) })

const update = (id: string, changes: Partial<EntryInput<'conversations.update'>>) =>
  office.desk.call('conversations.update', { robotId: robot.id, peer: friend(id), ...changes })

describe('who has the last word', () => {
  it('lists those who wait for an answer, the longest first, until one of ours follows', async () => {
    await hear('first')
    await hear('second')
    await hear('first', 'still there?')
    expect(await names({ needsAnswer: true })).toEqual(['first', 'second'])
    expect(await names()).toEqual(['first', 'second'])
    await robot.send(friend('first'), 'here I am')
    expect(await names({ needsAnswer: true })).toEqual(['second'])
    expect((await one('first')).waitingSince).toBeNull()
  })

  it('keeps the time of the first that was not answered', async () => {
    await hear('u', 'one')
    const since = clock
    await hear('u', 'two')
    expect((await one('u')).waitingSince).toBe(since)
  })

  it('counts a message that was taken back as no answer', async () => {
    await hear('u')
    const since = clock
    await robot.deliver(robot.old(1007, { nstate: 1, vcReason: 'asleep' }))
    const { operationId } = await robot.send(friend('u'), 'never mind')
    expect((await one('u')).waitingSince).toBeNull()
    await office.desk.call('operations.cancel', { id: operationId })
    expect((await one('u')).waitingSince).toBe(since)
  })

  it('is not misled by a message of theirs that comes hours late', async () => {
    await hear('u')
    await robot.send(friend('u'), 'answered')
    await hear('u', 'late', clock - 3_600_000)
    expect((await one('u')).waitingSince).toBeNull()
  })

  it('pages through all who wait without leaving one out', async () => {
    for (let n = 0; n < 7; n++) await hear(`u${n}`)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await office.desk.call('conversations.list', {
        robotId: robot.id,
        needsAnswer: true,
        limit: 2,
        ...(cursor === undefined ? {} : { cursor }),
      })
      seen.push(...page.items.map(({ peer }) => peer.id))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    expect(seen).toEqual(['u0', 'u1', 'u2', 'u3', 'u4', 'u5', 'u6'])
  })
})

describe('resolving', () => {
  it('takes it off the open ones, read and answered, until they write again', async () => {
    await hear('u')
    await update('u', { resolved: true, draft: 'kept' })
    expect(await names({ shelf: 'open' })).toEqual([])
    expect(await names({ needsAnswer: true })).toEqual([])
    expect(await list({ shelf: 'resolved' })).toMatchObject([{ unread: 0, draft: 'kept' }])
    expect((await robot.state()).unread).toBe(0)
    await hear('u', 'one more thing')
    expect(await list({ shelf: 'open' })).toMatchObject([{ unread: 1, resolvedAt: null, waitingSince: clock }])
  })

  it('can be taken back', async () => {
    await hear('u')
    await update('u', { resolved: true })
    await update('u', { resolved: false })
    expect(await names({ shelf: 'open' })).toEqual(['u'])
  })
})

describe('following up', () => {
  it('brings a conversation back at its time, unread, and says so', async () => {
    await hear('u')
    await office.desk.call('conversations.read', { robotId: robot.id, peer: friend('u') })
    await update('u', { resolved: true })
    await update('u', { followUpAt: Date.now() + 400 })
    expect(await list({ shelf: 'follow-up' })).toMatchObject([{ markedUnread: false, resolvedAt: null }])
    await until('its time', async () => (await one('u')).markedUnread)
    expect((await robot.state()).unread).toBe(1)
    await until('the news of it', () => office.desk.of('conversation.changed').at(-1)?.markedUnread)
    await office.desk.call('conversations.read', { robotId: robot.id, peer: friend('u') })
    expect(await list({ shelf: 'follow-up' })).toMatchObject([{ markedUnread: false }])
    await update('u', { followUpAt: null })
    expect(await names({ shelf: 'follow-up' })).toEqual([])
  })

  it('does not come back twice, nor when it was ended before', async () => {
    await hear('a')
    await hear('b')
    for (const id of ['a', 'b']) {
      await update(id, { resolved: true })
      await update(id, { followUpAt: Date.now() + 300 })
    }
    await update('b', { followUpAt: null })
    await until('its time', async () => (await one('a')).markedUnread)
    await update('a', { markedUnread: false })
    await hear('c')
    expect(await one('a')).toMatchObject({ markedUnread: false })
    expect(await one('b')).toMatchObject({ markedUnread: false })
  })
})

describe('what is seen', () => {
  it('puts pinned ones first and pages across the border', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await hear(id)
    await update('a', { pinned: true })
    expect(await names()).toEqual(['a', 'd', 'c', 'b'])
    const first = await office.desk.call('conversations.list', { robotId: robot.id, limit: 2 })
    expect(first.items.map(({ peer }) => peer.id)).toEqual(['a', 'd'])
    expect(await names({ limit: 2, cursor: first.nextCursor ?? '' })).toEqual(['c', 'b'])
    expect(await names({ pinnedOnly: true })).toEqual(['a'])
  })

  it('leaves a hidden one out of lists and counts, whatever comes, but loses nothing', async () => {
    await hear('u')
    await update('u', { hidden: true })
    await hear('u', 'psst')
    expect(await names()).toEqual([])
    expect(await names({ shelf: 'hidden' })).toEqual(['u'])
    expect((await robot.state()).unread).toBe(0)
    expect(await robot.history(friend('u'))).toHaveLength(2)
    await update('u', { hidden: false })
    expect((await robot.state()).unread).toBe(1)
  })

  it('counts one that was marked unread, once, and until it is read', async () => {
    await hear('u')
    await office.desk.call('conversations.read', { robotId: robot.id, peer: friend('u') })
    await update('u', { markedUnread: true })
    expect(await names({ unreadOnly: true })).toEqual(['u'])
    expect((await robot.state()).unread).toBe(1)
    await hear('u')
    expect((await robot.state()).unread).toBe(1)
    await office.desk.call('conversations.read', { robotId: robot.id, peer: friend('u') })
    expect(await one('u')).toMatchObject({ unread: 0, markedUnread: false })
    expect((await robot.state()).unread).toBe(0)
  })

  it('does not count a muted one', async () => {
    await hear('u')
    await update('u', { muted: true })
    expect((await robot.state()).unread).toBe(0)
    expect(await one('u')).toMatchObject({ unread: 1, muted: true })
  })

  it('narrows by kind and by trouble, and both at once', async () => {
    await hear('u')
    office.platform.script = refused(500, 'no')
    await robot.send(friend('u'), 'to a friend')
    await robot.send(group('g'), 'to a group')
    await until('both to fail', async () => (await names({ trouble: true })).length === 2)
    expect(await names({ trouble: true, kind: 'group' })).toEqual(['g'])
    expect(await list({ kind: 'friend' })).toMatchObject([{ trouble: true }])
  })
})

describe('tags', () => {
  it('are made, put on, found by, renamed and removed', async () => {
    await hear('u')
    await hear('v')
    const { id } = await office.desk.call('tags.save', { name: `VIP ${robot.id}` })
    await update('u', { tagIds: [id, id] })
    expect(await list({ tagId: id })).toMatchObject([{ peer: friend('u'), tagIds: [id] }])
    const mine = async () => (await office.desk.call('tags.list', {})).items.find((tag) => tag.id === id)
    expect(await mine()).toMatchObject({ conversations: 1 })
    await office.desk.call('tags.save', { id, name: `Regular ${robot.id}`, color: 7 })
    expect(await mine()).toMatchObject({ name: `Regular ${robot.id}`, color: 7 })
    await expect.poll(() => office.desk.of('tags.changed').at(-1)?.items).toContainEqual(await mine())
    await office.desk.call('tags.remove', { id })
    expect(await one('u')).toMatchObject({ tagIds: [] })
    await expect
      .poll(() => office.desk.of('conversation.changed').at(-1))
      .toMatchObject({ peer: friend('u'), tagIds: [] })
  })

  it('are refused when the name is taken or the tag does not exist', async () => {
    const { id } = await office.desk.call('tags.save', { name: `One ${robot.id}` })
    expect(await office.desk.refusal('tags.save', { name: `One ${robot.id}` })).toMatchObject({ code: 'conflict' })
    expect(await office.desk.call('tags.save', { id, name: `One ${robot.id}`, color: 3 })).toEqual({ id })
    await hear('u')
    const wrong = { robotId: robot.id, peer: friend('u'), tagIds: ['999999'], pinned: true }
    expect(await office.desk.refusal('conversations.update', wrong)).toMatchObject({ code: 'not-found' })
    expect((await one('u')).pinned).toBe(false)
  })
})
