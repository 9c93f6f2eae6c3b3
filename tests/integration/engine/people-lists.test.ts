/** Friends and groups over one robot and over all, many conversations changed at once, and the search's pages. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { friend, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'

let office: EngineOffice
let one: RobotHandle
let other: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice()
  one = await office.robot()
  other = await office.robot()
  const person = (vcUserId: string, vcUserName: string) => ({ vcUserId, vcUserName })
  await one.deliver(one.young(1003, [person('a1', 'Anna'), person('b1', 'Bert'), person('c1', 'Carla')]))
  await other.deliver(other.young(1003, [person('a2', 'Anna'), person('d2', 'Dora')]))
  const members = [{ vcUserId: 'a1' }, { vcUserId: 'b1' }]
  await one.deliver(one.young(2003, [{ vcGroupId: 'g1', vcGroupName: '周末团购', memberJoinTime: members }]))
  await other.deliver(other.young(2003, [{ vcGroupId: 'g2', vcGroupName: 'Managers', memberJoinTime: [] }]))
})
afterAll(() => office.close())

const say = (robot: RobotHandle, userId: string, Content: string) =>
  robot.deliver(robot.old(1005, { FromUserId: userId, Content, nPlatformMsgType: '10', nMsgType: '0' }))
const ids = (found: { items: { id: string }[] }) => found.items.map((item) => item.id)

describe('lists of people', () => {
  it('go over all robots, and say whose friend each is', async () => {
    const found = await office.desk.call('friends.list', { query: 'anna' })
    expect(found.items.map((item) => [item.robotId, item.id])).toEqual([
      [one.id, 'a1'],
      [other.id, 'a2'],
    ])
    const { items } = await office.desk.call('friends.list', { limit: 2 })
    expect(items).toHaveLength(2)
  })

  it('know the last contact and the tags of a friend, and sort and narrow by them', async () => {
    await say(one, 'b1', 'hello')
    await say(one, 'c1', 'later')
    const { id } = await office.desk.call('tags.save', { name: 'regular' })
    await office.desk.call('conversations.update', { robotId: one.id, peer: friend('c1'), tagIds: [id] })
    const byContact = await office.desk.call('friends.list', { robotId: one.id, order: 'last-contact' })
    expect(ids(byContact)).toEqual(['c1', 'b1', 'a1'])
    expect(byContact.items.map((item) => item.lastAt !== null)).toEqual([true, true, false])
    const tagged = await office.desk.call('friends.list', { tagId: id })
    expect(tagged.items.map((item) => [item.id, item.tagIds])).toEqual([['c1', [id]]])
  })

  it('leave out who is in a group already', async () => {
    const found = await office.desk.call('friends.list', { robotId: one.id, notInGroup: 'g1', presentOnly: true })
    expect(ids(found)).toEqual(['c1'])
  })

  it('find groups by name and number', async () => {
    expect(ids(await office.desk.call('groups.list', { query: '团购' }))).toEqual(['g1'])
    expect(ids(await office.desk.call('groups.list', { query: 'g2' }))).toEqual(['g2'])
    expect(ids(await office.desk.call('groups.list', { robotId: one.id, query: 'manag' }))).toEqual([])
  })
})

it('asks each of several numbers once, in their order, with an operation each', async () => {
  office.platform.script = (request) => ({
    body: { vcSerialNo: request.serialNo, vcSuccess: 'true', data: { code: '12' } },
  })
  const { items } = await office.desk.call('friends.addMany', { robotId: one.id, phones: ['1', '2', '1', '3'] })
  expect(items.map((item) => item.phone)).toEqual(['1', '2', '3'])
  for (const { operationId } of items) await one.settled(operationId, 'accepted')
  const calls = await office.desk.call('calls.list', { method: 'addFriend' })
  expect(calls.items).toHaveLength(3)
})

describe('many conversations at once', () => {
  const places = () => [
    { robotId: one.id, peer: friend('b1') },
    { robotId: other.id, peer: friend('d2') },
  ]
  const get = (at: 0 | 1) => office.desk.call('conversations.get', places()[at]!)

  it('are read, pinned and tagged beside the tags they have', async () => {
    await say(one, 'b1', 'one')
    await say(other, 'd2', 'two')
    const first = await office.desk.call('tags.save', { name: 'first' })
    const second = await office.desk.call('tags.save', { name: 'second' })
    await office.desk.call('conversations.update', { ...places()[0]!, tagIds: [first.id] })
    await office.desk.call('conversations.updateMany', {
      places: places(),
      read: true,
      pinned: true,
      addTagIds: [second.id],
    })
    expect(await get(0)).toMatchObject({ unread: 0, pinned: true, tagIds: [first.id, second.id] })
    expect(await get(1)).toMatchObject({ unread: 0, pinned: true, tagIds: [second.id] })
    await office.desk.call('conversations.updateMany', { places: places(), removeTagIds: [first.id] })
    expect((await get(0)).tagIds).toEqual([second.id])
  })

  it('are changed all or none', async () => {
    const refused = await office.desk.refusal('conversations.updateMany', {
      places: [...places(), { robotId: '999999', peer: friend('x') }],
      pinned: false,
    })
    expect(refused.code).toBe('not-found')
    expect((await get(0)).pinned).toBe(true)
  })
})

describe('the search', () => {
  it('pages through what one character finds, among the newest and beyond, each once', async () => {
    for (let n = 0; n < 7; n++) await say(one, 'b1', n % 2 === 0 ? `第${n}句有货` : `第${n}句`)
    const found: string[] = []
    for (let cursor: string | undefined; ;) {
      const page = await office.desk.call('messages.search', { query: '货', limit: 2, ...(cursor ? { cursor } : {}) })
      found.push(...page.items.map((item) => item.content))
      expect(page.lookedBackTo).toBeNull()
      if (page.nextCursor === null) break
      cursor = page.nextCursor
    }
    expect(found).toEqual(['第6句有货', '第4句有货', '第2句有货', '第0句有货'])
  })

  it('names whose conversation a message is from, and keeps to a robot', async () => {
    await say(other, 'd2', 'order 4711')
    await one.deliver(one.old(2005, { FromUserId: 'a1', GroupId: 'g1', Content: 'order 4712', nMsgType: '0' }))
    const { items } = await office.desk.call('messages.search', { query: 'order 47' })
    expect(items.map((item) => item.peer)).toContainEqual({ ...friend('d2'), name: 'Dora' })
    const own = await office.desk.call('messages.search', { query: '471', robotId: other.id })
    expect(own.items.map((item) => item.content)).toEqual(['order 4711'])
  })
})
