/** Work in one conversation: messages for later, called back, taken out of the history; notes; who a person is. */
import Sqlite from 'better-sqlite3'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Desk, until } from '../../support/desk.ts'
import {
  addRobot,
  friend,
  group,
  openEngineOffice,
  robotHandle,
  type EngineOffice,
  type RobotHandle,
} from '../../support/engine-office.ts'

let office: EngineOffice
let robot: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice()
  robot = await office.robot()
})
afterAll(() => office.close())

const from = (userId: string, Content: string): object =>
  robot.old(1005, { FromUserId: userId, Content, nPlatformMsgType: '10', nMsgType: '0' })
const conversation = (id: string) => office.desk.call('conversations.get', { robotId: robot.id, peer: friend(id) })
const sends = () => office.platform.requests.filter(({ method }) => method.endsWith('sendMessage'))

describe('a message that is deleted here', () => {
  it('is gone from history and search; unread and last message follow, and no call is made', async () => {
    for (const text of ['first word', 'second word', 'third word']) await robot.deliver(from('d1', text))
    const before = sends().length
    const [third, second] = await robot.history(friend('d1'))
    await office.desk.call('messages.delete', { messageIds: [third!.id, second!.id, third!.id] })
    expect((await robot.history(friend('d1'))).map(({ content }) => content)).toEqual(['first word'])
    expect(await conversation('d1')).toMatchObject({ unread: 1, lastMessage: { content: 'first word' } })
    expect((await robot.state()).unread).toBe(1)
    expect((await office.desk.call('messages.search', { query: 'third word' })).items).toEqual([])
    await expect
      .poll(() => office.desk.of('messages.removed').at(-1))
      .toMatchObject({ robotId: robot.id, peer: friend('d1') })
    expect(sends()).toHaveLength(before)
    const [first] = await robot.history(friend('d1'))
    await office.desk.call('messages.delete', { messageIds: [first!.id] })
    expect(await conversation('d1')).toMatchObject({ unread: 0, lastMessage: null, waitingSince: null })
  })

  it('does not come back by its echo', async () => {
    const { messageId, operationId } = await robot.send(friend('d2'), 'to be forgotten')
    await robot.settled(operationId, 'accepted')
    const call = (await office.desk.call('calls.list', { operationId })).items[0]
    await office.desk.call('messages.delete', { messageIds: [messageId] })
    const echo = { FromUserId: 'me', ToUserId: 'd2', Content: 'to be forgotten', nPlatformMsgType: '1' }
    expect(await robot.deliver(robot.old(1005, echo, { optSerNo: call?.vcSerialNo }))).toMatchObject({
      state: 'applied',
    })
    expect(await robot.history(friend('d2'))).toEqual([])
    expect(await robot.operation(operationId)).toMatchObject({ messageId: null })
  })

  it('may not be one that waits; then none of them is deleted', async () => {
    await robot.deliver(from('d3', 'stays'))
    const { messageId } = await robot.send(friend('d3'), 'waits', { delayMs: 60_000 })
    const ids = (await robot.history(friend('d3'))).map(({ id }) => id)
    expect(ids).toContain(messageId)
    const refusal = await office.desk.refusal('messages.delete', { messageIds: ids })
    expect(refusal).toMatchObject({ code: 'not-allowed-now', params: { state: 'queued' } })
    expect(await robot.history(friend('d3'))).toHaveLength(2)
  })
})

describe('a message that can be called back', () => {
  it('waits, says so, and never goes once it was called back', async () => {
    const { messageId, operationId } = await robot.send(friend('r1'), 'a slip', { delayMs: 60_000 })
    const [waiting] = await robot.history(friend('r1'))
    expect(waiting).toMatchObject({ id: messageId, status: 'queued', wait: { reason: 'recall' } })
    await office.desk.call('operations.cancel', { id: operationId })
    const after = await robot.send(friend('r1'), 'meant')
    await robot.settled(after.operationId, 'accepted')
    expect(sends().some(({ data }) => JSON.stringify(data).includes('a slip'))).toBe(false)
  })

  it('goes by itself when the pause is over', async () => {
    const begun = Date.now()
    const { operationId } = await robot.send(friend('r2'), 'after a pause', { delayMs: 300 })
    await robot.settled(operationId, 'accepted')
    expect(Date.now() - begun).toBeGreaterThanOrEqual(290)
  })
})

describe('a message that can be called back, beside one that is held', () => {
  it('goes at its time all the same', async () => {
    await office.desk.call('limits.set', { connectionId: office.connectionId, code: '9', forbids: ['send-friend'] })
    const limited = await office.robot()
    const functional_limits = [{ risk_type_code: '9', risk_type_desc: 'no friends' }]
    await limited.deliver(limited.old(1007, { nstate: 3, vcReason: '', functional_limits }))
    const held = await limited.send(friend('h1'), 'held')
    const { operationId } = await limited.send(group('h2'), 'not held', { delayMs: 300 })
    await limited.settled(operationId, 'accepted')
    expect(await limited.operation(held.operationId)).toMatchObject({ state: 'queued' })
  })
})

describe('a message for later', () => {
  const save = (id: string, at: number, content = 'later') =>
    office.desk.call('scheduled.save', { robotId: robot.id, peer: friend(id), type: 'text', content, at })
  const waiting = async () => (await office.desk.call('scheduled.list', {})).items

  it('is listed, changed, taken back', async () => {
    const { id } = await save('s1', Date.now() + 3_600_000)
    expect(await waiting()).toMatchObject([{ id, content: 'later', missed: false }])
    const at = Date.now() + 7_200_000
    await office.desk.call('scheduled.save', {
      id,
      robotId: robot.id,
      peer: friend('s1'),
      type: 'text',
      content: 'B',
      at,
    })
    expect(await waiting()).toMatchObject([{ id, content: 'B', at }])
    await office.desk.call('scheduled.remove', { id })
    expect(await waiting()).toEqual([])
    expect(await office.desk.refusal('scheduled.remove', { id })).toMatchObject({ code: 'not-found' })
  })

  it('goes at its time, once', async () => {
    await save('s2', Date.now() + 200, 'at its time')
    const sent = await until('the message', async () => (await robot.history(friend('s2')))[0])
    expect(sent).toMatchObject({ content: 'at its time', direction: 'out' })
    expect(await waiting()).toEqual([])
    await expect.poll(() => office.desk.of('scheduled.changed').at(-1)).toEqual({ items: [] })
  })

  it(
    'that came due while nothing ran goes if it is not too late, else waits for the operator',
    { timeout: 60_000 },
    async () => {
      const desk = await Desk.open()
      const connection = await desk.connect(office.platform)
      const later = await addRobot(desk, connection.id, connection.callbackUrl)
      const write = (content: string) =>
        desk.call('scheduled.save', {
          robotId: later.id,
          peer: friend('x'),
          type: 'text',
          content,
          at: Date.now() + 3_600_000,
        })
      await write('just now')
      await write('long ago')
      await desk.close(true)
      const file = new Sqlite(join(desk.dataDir, 'switchboard.db'))
      const wentBy = file.prepare('UPDATE scheduled SET at = ? WHERE content = ?')
      wentBy.run(Date.now() - 60_000, 'just now')
      wentBy.run(Date.now() - 11 * 60_000, 'long ago')
      file.close()

      const again = await Desk.open(desk.dataDir)
      const same = robotHandle(again, later.id, later.serialNo, connection.callbackUrl)
      const texts = async () => (await same.history(friend('x'))).map(({ content }) => content)
      const missed = await until('it to be marked', async () => {
        const { items } = await again.call('scheduled.list', {})
        return items.length === 1 && items[0]!.missed && items[0]
      })
      expect(missed).toMatchObject({ content: 'long ago' })
      expect(await texts()).toEqual(['just now'])
      await again.call('scheduled.save', { ...missed, at: Date.now() })
      await until('it to go', async () => (await texts()).length === 2)
      await again.close()
    },
  )
})

describe('what is known', () => {
  it('of a conversation: the note', async () => {
    await office.desk.call('conversations.update', { robotId: robot.id, peer: friend('n1'), note: 'likes celadon' })
    expect(await conversation('n1')).toMatchObject({ note: 'likes celadon' })
  })

  it('of a person: names, groups, other robots, what the platform told', async () => {
    const other = await office.robot()
    await robot.deliver(robot.young(1003, [{ vcUserId: 'p1', vcUserName: 'Misaki' }]))
    await other.deliver(other.young(1003, [{ vcUserId: 'p1', vcUserName: 'Misaki S.' }]))
    await robot.deliver(
      robot.young(2003, [
        {
          vcGroupId: 'pg',
          vcGroupName: 'Pottery',
          nCreateTime: '1790000000',
          memberJoinTime: [{ vcUserId: 'p1' }, { vcUserId: 'p2' }],
        },
      ]),
    )
    const person = await office.desk.call('people.get', { robotId: robot.id, id: 'p1' })
    expect(person).toMatchObject({ name: 'Misaki', isFriend: true, groups: [{ id: 'pg', name: 'Pottery' }] })
    expect(person.knownTo).toMatchObject([{ robotId: other.id }])
    expect(person.raw).toContain('Misaki')
    expect(person.firstSeenAt).toBeGreaterThan(0)
    expect(await office.desk.call('people.get', { robotId: robot.id, id: 'p2' })).toMatchObject({ isFriend: false })
    expect(await office.desk.refusal('people.get', { robotId: robot.id, id: 'nobody' })).toMatchObject({
      code: 'not-found',
    })
    const pottery = await office.desk.call('groups.get', { robotId: robot.id, groupId: 'pg' })
    expect(pottery).toMatchObject({ createdAt: 1_790_000_000_000 })
    expect(pottery.raw).toContain('Pottery')
  })

  it('of a message: the callback that brought it', async () => {
    await robot.deliver({ ...from('m1', 'raw') })
    const [message] = await robot.history(friend('m1'))
    const origin = await office.desk.call('messages.get', { messageId: message!.id })
    const callback = await office.desk.call('callbacks.get', { id: origin.callbackId! })
    expect(callback.raw).toContain('"raw"')
    const { messageId } = await robot.send(group('pg'), 'ours')
    expect(await office.desk.call('messages.get', { messageId })).toMatchObject({ callbackId: null })
    expect(await office.desk.refusal('messages.get', { messageId: '1' })).toMatchObject({ code: 'not-found' })
  })
})
