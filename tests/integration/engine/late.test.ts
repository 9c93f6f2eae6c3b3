/** Replies that could not go for long: held back, shown, and sent or dropped as the operator decides. */
import Sqlite from 'better-sqlite3'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { unpaced } from '#shared/contract/entries/pace.ts'
import type { EntryInput } from '#shared/contract/index.ts'
import { Desk, pause, until } from '../../support/desk.ts'
import { addRobot, friend, group, robotHandle, type RobotHandle } from '../../support/engine-office.ts'
import { fakeClock, minuteMs, yearMs, type FakeClock } from '../../support/fake-clock.ts'
import { startPlatform, type FakePlatform } from '../../support/fake-platform.ts'

let platform: FakePlatform
let clock: FakeClock
let desk: Desk
let robot: RobotHandle
let connection: { id: string; callbackUrl: string }

beforeAll(async () => {
  platform = await startPlatform()
  clock = fakeClock()
  desk = await Desk.open(undefined, { clock })
  connection = await desk.connect(platform)
})
beforeEach(async () => {
  await desk.call('settings.set', { pace: unpaced, lateSendMinutes: 30 })
  robot = await addRobot(desk, connection.id, connection.callbackUrl)
})
afterAll(async () => {
  await desk.close()
  await platform.close()
})

const state = (nstate: number, who = robot) => who.deliver(who.old(1007, { nstate }))
const sent = (who = robot) =>
  platform.requests
    .filter(({ data, method }) => data.vcRobotSerialNo === who.serialNo && /^send/.test(method))
    .map(({ data }) => (data.content as { msg_content: string }).msg_content)
const waitOf = async (operationId: string) => (await robot.operation(operationId)).wait?.reason
const waits = (operationId: string, reason: string) =>
  until(`${operationId} to wait: ${reason}`, async () => (await waitOf(operationId)) === reason)
const held = async (which: EntryInput<'late.list'> = { robotId: robot.id }) => desk.call('late.list', which)
/** The outbox looks again, as it does each minute by itself. */
const look = () => desk.call('settings.set', { density: 'compact' })

/** How many of the robot's wait without the outbox having noted since when. */
function unlooked(): number {
  const db = new Sqlite(join(desk.dataDir, 'switchboard.db'), { readonly: true })
  const found = db
    .prepare(
      `SELECT count(*) AS n FROM operations
      WHERE robot_id = ? AND kind = 'send' AND state = 'queued' AND queued_at IS NULL`,
    )
    .get(robot.id) as { n: number }
  db.close()
  return found.n
}

/** The robot is away while replies are written, and for long after. */
async function away(ms: number, ...replies: [peer: Parameters<RobotHandle['send']>[0], text: string][]) {
  await state(1)
  const operations: string[] = []
  for (const [peer, text] of replies) operations.push((await robot.send(peer, text)).operationId)
  for (const operation of operations) await waits(operation, 'offline')
  const { lateSendMinutes } = await desk.call('settings.get', {})
  await until('the outbox to have looked at all of them', () => lateSendMinutes === 0 || unlooked() === 0)
  clock.pass(ms)
  return operations
}

describe('a reply that waited too long because its robot was away', () => {
  it('is held back and shown; younger ones go, but none past it in its conversation', async () => {
    const [old = '', other = ''] = await away(31 * minuteMs, [friend('u1'), 'old'], [group('g1'), 'old in a group'])
    const young = await robot.send(friend('u1'), 'behind it')
    const free = await robot.send(friend('u2'), 'elsewhere')
    await state(0)
    await robot.settled(free.operationId, 'accepted')
    await waits(old, 'late')
    await waits(other, 'late')
    await waits(young.operationId, 'behind-late')
    expect(sent()).toEqual(['elsewhere'])
    const { items, summary } = await held()
    expect(items.map(({ content, peer }) => [content, peer.id])).toEqual([
      ['old', 'u1'],
      ['old in a group', 'g1'],
    ])
    expect(summary).toMatchObject({ messages: 2, conversations: 2 })
    expect((await held({ robotId: robot.id, peer: friend('u1') })).summary.messages).toBe(1)
    expect(await robot.state()).toMatchObject({ waiting: 3, held: { reason: 'late' } })
    await expect.poll(() => desk.of('late.changed').at(-1)?.messages).toBeGreaterThanOrEqual(2)

    // Sent: it goes before what stood behind it. Dropped: it never goes.
    expect(await desk.call('late.settle', { as: 'send', robotId: robot.id, peer: friend('u1') })).toEqual({
      messages: 1,
    })
    await robot.settled(young.operationId, 'accepted')
    expect(sent()).toEqual(['elsewhere', 'old', 'behind it'])
    const messageId = (await held()).items[0]?.messageId ?? ''
    expect(await desk.call('late.settle', { as: 'drop', messageIds: [messageId] })).toEqual({ messages: 1 })
    expect(await robot.operation(other)).toMatchObject({ state: 'cancelled' })
    expect((await robot.history(group('g1')))[0]).toMatchObject({ status: 'cancelled' })
    expect((await held()).summary.messages).toBe(0)
    expect(await desk.call('late.settle', { as: 'drop', messageIds: [messageId] })).toEqual({ messages: 0 })
    expect(await desk.refusal('late.settle', { as: 'send', peer: friend('u1') })).toMatchObject({
      code: 'invalid-input',
    })
  })

  it('goes as ever where it waited less, or where the setting is off', async () => {
    const [soon = ''] = await away(29 * minuteMs, [friend('u1'), 'soon'])
    await state(0)
    await robot.settled(soon, 'accepted')
    await desk.call('settings.set', { lateSendMinutes: 0 })
    const [later = ''] = await away(300 * minuteMs, [friend('u1'), 'later'])
    await state(0)
    await robot.settled(later, 'accepted')
  })

  it('is held back once more where it is let go and cannot go for as long again', async () => {
    const [operation = ''] = await away(31 * minuteMs, [friend('u1'), 'twice'])
    await state(0)
    await waits(operation, 'late')
    await state(1)
    await desk.call('late.settle', { as: 'send' })
    await waits(operation, 'offline')
    clock.pass(20 * minuteMs)
    await look()
    await pause(20)
    expect(await waitOf(operation)).toBe('offline')
    clock.pass(11 * minuteMs)
    await state(0)
    await waits(operation, 'late')
    expect(sent()).toEqual([])
  })

  it('can be cancelled like any other, and lets go what stood behind it', async () => {
    const [old = ''] = await away(31 * minuteMs, [friend('u1'), 'old'])
    const { operationId } = await robot.send(friend('u1'), 'new')
    await state(0)
    await waits(operationId, 'behind-late')
    await desk.call('operations.cancel', { id: old })
    await robot.settled(operationId, 'accepted')
    expect(sent()).toEqual(['new'])
  })
})

describe('what is not late', () => {
  it('is what only its pace holds back, however long', async () => {
    await desk.call('settings.set', { pace: { perDay: 1 } })
    const first = await robot.send(friend('u1'), 'today')
    await robot.settled(first.operationId, 'accepted')
    const { operationId } = await robot.send(friend('u1'), 'tomorrow')
    await waits(operationId, 'day-limit')
    const { wait } = await robot.operation(operationId)
    clock.pass((wait?.until ?? 0) - clock.now() + minuteMs)
    await look()
    await robot.settled(operationId, 'accepted')
  })

  it.each([
    ['forward', yearMs],
    ['back', -yearMs],
  ])('is what seems to have waited because the clock was set %s a year', async (_name, ms) => {
    const [operation = ''] = await away(minuteMs, [friend('u1'), 'by the clock'])
    clock.set(ms)
    await look()
    await state(0)
    await robot.settled(operation, 'accepted')
    clock.set(-ms)
    await look()
  })
})

it('an application that was closed for an hour, or slept, asks before it sends', async () => {
  const [operation = ''] = await away(0, [friend('u1'), 'before the night'])
  await desk.close(true)
  clock = fakeClock(clock.now() + 61 * minuteMs)
  desk = await Desk.open(desk.dataDir, { clock })
  const { callbackUrl } = (await desk.call('connections.list', {})).items[0] ?? connection
  robot = robotHandle(desk, robot.id, robot.serialNo, callbackUrl)
  await state(0)
  await waits(operation, 'late')
  expect(sent()).toEqual([])
  await desk.call('late.settle', { as: 'send' })
  await robot.settled(operation, 'accepted')
})
