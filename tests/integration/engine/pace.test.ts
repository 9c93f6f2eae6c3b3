/** The pace: what it holds back, until when, what it says of it; that neither a restart nor a clock that is set deceives it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { unpaced, type OwnPace } from '#shared/contract/entries/pace.ts'
import { Desk, pause, until } from '../../support/desk.ts'
import { addRobot, friend, robotHandle, type RobotHandle } from '../../support/engine-office.ts'
import { dayMs, fakeClock, minuteMs, yearMs, type FakeClock } from '../../support/fake-clock.ts'
import { startPlatform, type FakePlatform } from '../../support/fake-platform.ts'

let platform: FakePlatform
let clock: FakeClock
let desk: Desk
let robot: RobotHandle
let connection: { id: string; callbackUrl: string }

/** When the day ends in Shanghai, whose zone the connection has. */
const endOfDay = (at: number): number => Math.floor(at / dayMs + 1 / 3 + 1) * dayMs - dayMs / 3

beforeAll(async () => {
  platform = await startPlatform()
  // Noon in Shanghai.
  clock = fakeClock(endOfDay(Date.now()) - dayMs / 2)
  desk = await Desk.open(undefined, { clock })
  connection = await desk.connect(platform)
  // Here time passes in leaps; what waits too long meanwhile is another test's subject.
  await desk.call('settings.set', { lateSendMinutes: 0 })
})
beforeEach(async () => {
  robot = await addRobot(desk, connection.id, connection.callbackUrl)
})
afterAll(async () => {
  await desk.close()
  await platform.close()
})

const pace = (changes: OwnPace) => desk.call('settings.set', { pace: { ...unpaced, ...changes } })
/** The outbox looks again, as it does each minute by itself. */
const look = () => desk.call('settings.set', { density: 'compact' })
const sent = (who = robot) =>
  platform.requests
    .filter(({ data }) => data.vcRobotSerialNo === who.serialNo)
    .map(({ method, data }) => (data.content as { msg_content: string } | undefined)?.msg_content ?? method)
const sendAll = async (...texts: string[]) => {
  const operations: string[] = []
  for (const text of texts) operations.push((await robot.send(friend(`u${text.length}`), text)).operationId)
  return operations
}
const waits = (operationId: string, reason: string) =>
  until(`${operationId} to wait: ${reason}`, async () => {
    const { wait, state } = await robot.operation(operationId)
    return state === 'queued' && wait?.reason === reason && wait
  })
/** Looks, and sees that nothing more goes. */
const staysAt = async (count: number) => {
  await look()
  await pause(100)
  expect(sent()).toHaveLength(count)
}
const reopen = async (newClock: FakeClock) => {
  await desk.close(true)
  clock = newClock
  desk = await Desk.open(desk.dataDir, { clock })
  robot = robotHandle(desk, robot.id, robot.serialNo, connection.callbackUrl)
}

it('is a robot’s own where set, takes the rest from the settings, and changes at once', async () => {
  await pace({ perMinute: 1 })
  const other = await addRobot(desk, connection.id, connection.callbackUrl)
  await desk.call('robots.update', { id: other.id, pace: { perMinute: 0 } })
  const operations = await sendAll('1', '2', '3')
  await waits(operations[1] ?? '', 'pace')
  // Robots beside one another do not wait for each other.
  for (const text of ['a', 'b']) await other.settled((await other.send(friend('u1'), text)).operationId, 'accepted')
  await desk.call('robots.update', { id: robot.id, pace: { perMinute: 2 } })
  await robot.settled(operations[1] ?? '', 'accepted')
  await waits(operations[2] ?? '', 'pace')
  await desk.call('settings.set', { pace: { perMinute: 0 } })
  await waits(operations[2] ?? '', 'pace')
  await desk.call('robots.update', { id: robot.id, pace: null })
  await robot.settled(operations[2] ?? '', 'accepted')
  expect((await desk.call('settings.get', {})).pace).toEqual(unpaced)
})

it('what could not leave this machine does not count, and says that the platform cannot be reached', async () => {
  await pace({ perDay: 5 })
  const away = await desk.connect({ url: 'http://127.0.0.1:1/gateway' })
  const lost = await addRobot(desk, away.id, away.callbackUrl)
  const { operationId } = await lost.send(friend('u1'), 'x')
  await until('the reason', async () => (await lost.operation(operationId)).wait?.reason === 'unreachable')
  const state = await lost.state()
  expect(state).toMatchObject({ waiting: 1, held: { reason: 'unreachable', text: 'ECONNREFUSED' } })
  expect(state.today?.sent).toBe(0)
  expect(state.held?.until).toBeGreaterThan(clock.now() - 5000)
})

it('counts each piece of a long text, and waits between them', async () => {
  await pace({ perMinute: 2 })
  const text = ['a', 'b', 'c'].map((letter) => `${letter.repeat(200)}.`).join(' ')
  const [operation = ''] = await sendAll(text)
  await until('two pieces', () => sent().length === 2)
  const wait = await until('the wait', async () => (await robot.operation(operation)).wait)
  expect(wait.reason).toBe('pace')
  clock.pass(minuteMs)
  await look()
  await robot.settled(operation, 'accepted')
})

describe('messages in a minute', () => {
  it('are not more than set; what waits says so until when, to message, operation, robot and events', async () => {
    await pace({ perMinute: 3 })
    const begun = clock.now()
    const operations = await sendAll('1', '2', '3', '4', '5')
    const wait = await waits(operations[3] ?? '', 'pace')
    expect(wait.until).toBeGreaterThanOrEqual(begun + minuteMs)
    expect(wait.until).toBeLessThan(begun + minuteMs + 10_000)
    expect(sent()).toEqual(['1', '2', '3'])
    const [newest] = await robot.history(friend('u1'))
    expect(newest).toMatchObject({ content: '5', status: 'queued', wait })
    expect(await robot.state()).toMatchObject({ waiting: 2, held: wait, today: { sent: 3 } })
    // What waits at once is told by its first event.
    await until('the events', () =>
      [...desk.of('message.added'), ...desk.of('message.changed')].some(({ wait: told }) => told?.reason === 'pace'),
    )
    await expect
      .poll(() => desk.of('operation.changed').some((operation) => operation.wait?.until === wait.until))
      .toBe(true)
    await expect.poll(() => desk.of('robot.changed').some(({ held }) => held?.until === wait.until)).toBe(true)
    clock.pass(minuteMs + 10_000)
    await look()
    await robot.settled(operations[4] ?? '', 'accepted')
    expect(sent()).toEqual(['1', '2', '3', '4', '5'])
    expect((await robot.operation(operations[4] ?? '')).wait).toBeUndefined()
    await until('nothing to wait', async () => (await robot.state()).held === null)
    expect(await robot.state()).toMatchObject({ waiting: 0 })
  })

  it.each([
    ['forward', yearMs],
    ['back', -yearMs],
  ])('neither burst nor stall when the clock is set %s a year', async (_name, ms) => {
    await pace({ perMinute: 2, perDay: 3 })
    const operations = await sendAll('1', '2', '3', '4')
    await waits(operations[2] ?? '', 'pace')
    clock.set(ms)
    await staysAt(2)
    const held = await until('the time by the new clock', async () => {
      const { wait } = await robot.operation(operations[2] ?? '')
      return wait?.until != null && Math.abs(wait.until - clock.now()) <= minuteMs && wait
    })
    expect(held.reason).toBe('pace')
    clock.pass(minuteMs)
    await look()
    await robot.settled(operations[2] ?? '', 'accepted')
    // The day's count was not forgotten, nor is the day a year long.
    await staysAt(3)
    const { until: end } = await waits(operations[3] ?? '', 'day-limit')
    expect((end ?? 0) - clock.now()).toBeLessThanOrEqual(dayMs)
    clock.pass(dayMs)
    await look()
    await robot.settled(operations[3] ?? '', 'accepted')
  })

  it('while the machine sleeps the time passes', async () => {
    await pace({ perDay: 1 })
    const operations = await sendAll('1', '2')
    await waits(operations[1] ?? '', 'day-limit')
    clock.pass(dayMs)
    await look()
    await robot.settled(operations[1] ?? '', 'accepted')
  })
})

describe('a day', () => {
  it('is one of the connection’s zone, and a restart does not begin it anew', async () => {
    await pace({ perDay: 2 })
    const operations = await sendAll('1', '2', '3')
    const wait = await waits(operations[2] ?? '', 'day-limit')
    expect(wait.until).toBe(endOfDay(clock.now()))
    await reopen(fakeClock(clock.now() + minuteMs))
    expect(await waits(operations[2] ?? '', 'day-limit')).toEqual(wait)
    await staysAt(2)
    await reopen(fakeClock((wait.until ?? 0) + 1000))
    await robot.settled(operations[2] ?? '', 'accepted')
    expect(sent()).toEqual(['1', '2', '3'])
  })

  it('does not last a year for whom the clock was set back while the application was closed', async () => {
    await pace({ perDay: 2, perMinute: 2, gapMs: 1000 })
    const [, , third = ''] = await sendAll('1', '2', '3')
    clock.pass(1000)
    await look()
    await until('two to be gone', () => sent().length === 2)
    await reopen(fakeClock(clock.now() - yearMs))
    const end = endOfDay(clock.now())
    await until('a day by the new clock', async () => (await robot.operation(third)).wait?.until === end)
    await staysAt(2)
    clock.pass(dayMs)
    await look()
    await robot.settled(third, 'accepted')
  })

  it('has so many friend requests; messages go past them', async () => {
    await pace({ friendRequestsPerDay: 1 })
    const add = async (phone: string) => (await desk.call('friends.add', { robotId: robot.id, phone })).operationId
    const [first, second] = [await add('13800000001'), await add('13800000002')]
    const [message = ''] = await sendAll('past')
    await robot.settled(first, 'accepted')
    await robot.settled(message, 'accepted')
    expect(await waits(second, 'friend-request-limit')).toMatchObject({ until: endOfDay(clock.now()) })
    expect(await robot.state()).toMatchObject({ waiting: 0, held: { reason: 'friend-request-limit' } })
    clock.pass(dayMs)
    await look()
    await robot.settled(second, 'accepted')
  })
})

it('quiet hours hold everything but questions, in the connection’s zone, over midnight', async () => {
  await pace({ quietHours: { from: '23:00', to: '08:00' } })
  clock.pass(endOfDay(clock.now()) - clock.now() - 30 * minuteMs)
  const morning = endOfDay(clock.now()) + 8 * 60 * minuteMs
  const [message = ''] = await sendAll('good night')
  expect(await waits(message, 'quiet-hours')).toMatchObject({ until: morning })
  const { operationId } = await desk.call('friends.refresh', { robotId: robot.id })
  await robot.settled(operationId, 'accepted')
  clock.pass(8 * 60 * minuteMs)
  await staysAt(1)
  clock.pass(0.6 * 60 * minuteMs)
  await look()
  await robot.settled(message, 'accepted')
  expect(await desk.refusal('settings.set', { pace: { quietHours: { from: '08:00', to: '08:00' } } })).toMatchObject({
    code: 'invalid-input',
  })
})
