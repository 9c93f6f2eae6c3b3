/** The outbox before the application is replaced: what has begun is finished, nothing else begins, and it says when. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { unpaced } from '#shared/contract/entries/pace.ts'
import { until } from '../../support/desk.ts'
import { friend, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'
import { accepted, held } from '../../support/fake-platform.ts'

let office: EngineOffice
beforeAll(async () => {
  office = await openEngineOffice()
})
afterAll(() => office.close())

const contents = (): unknown[] => office.platform.of('sendMessage').map(({ data }) => JSON.stringify(data))
/** A text of three parts, known by its letter. */
const long = (letter: string): string => letter.repeat(600)
const partsOf = (letter: string): number => contents().filter((text) => String(text).includes(letter.repeat(40))).length
/** Why the rest of a message waits. */
const heldBy = async (robot: RobotHandle, operationId: string): Promise<string | undefined> =>
  (await robot.operation(operationId)).wait?.reason

it('waits for the last part of a message, lets nothing else begin, and rests until it is woken', async () => {
  const { desk, platform } = office
  const robot = await office.robot()
  const first = held()
  platform.script = first.script
  // Between the parts lies the robot's pace: nothing is on the wire then, and yet it is not done.
  await desk.call('settings.set', { pace: { ...unpaced, gapMs: 150 } })
  const message = await robot.send(friend('q1'), long('X'))
  await first.asked
  const told: number[] = []
  let rests: boolean | null = null
  const quiet = desk.engine.quiet(new AbortController().signal, (n) => told.push(n)).then((is) => (rests = is))
  const other = await robot.send(friend('q2'), long('Y'))
  const late = await office.robot()
  const request = await desk.call('friends.refresh', { robotId: late.id })
  first.release()
  platform.script = accepted
  await until('the second part', () => partsOf('X') === 2)
  expect(rests).toBeNull()
  expect(await quiet).toBe(true)
  expect(partsOf('X')).toBe(3)
  expect(await robot.operation(message.operationId)).toMatchObject({ state: 'accepted' })
  expect([partsOf('Y'), platform.of('getFriendList').length]).toEqual([0, 0])
  expect(told).toEqual([1, 0])
  for (const { operationId } of [other, request]) {
    expect(await robot.operation(operationId)).toMatchObject({ state: 'queued' })
  }
  // It rests: what is sent now waits as well.
  const last = await robot.send(friend('q3'), 'Z'.repeat(50))
  desk.engine.wake()
  await robot.settled(last.operationId, 'accepted')
  expect([partsOf('Y'), platform.of('getFriendList').length]).toEqual([3, 1])
})

it('is at once where nothing is under way', async () => {
  const { desk } = office
  const robot = await office.robot()
  const told: number[] = []
  expect(await desk.engine.quiet(new AbortController().signal, (n) => told.push(n))).toBe(true)
  expect(await desk.engine.quiet(AbortSignal.abort(), () => {})).toBe(false)
  expect(told).toEqual([0])
  const { operationId } = await robot.send(friend('i1'), 'after')
  await robot.settled(operationId, 'accepted')
})

it('goes on when it is called off, and when the machine sleeps meanwhile only with what has begun', async () => {
  const { desk, platform } = office
  await desk.call('settings.set', { pace: { ...unpaced, gapMs: 400 } })
  const robot = await office.robot()
  const other = await office.robot()
  const first = held()
  platform.script = first.script
  const message = await robot.send(friend('h1'), long('H'))
  await first.asked
  const off = new AbortController()
  const calledOff = desk.engine.quiet(off.signal, () => {})
  const { operationId } = await other.send(friend('h2'), 'W'.repeat(50))
  off.abort()
  expect(await calledOff).toBe(false)
  first.release()
  platform.script = accepted
  await other.settled(operationId, 'accepted')
  const quiet = desk.engine.quiet(new AbortController().signal, () => {})
  const waiting = await office.robot()
  const later = await waiting.send(friend('h3'), 'V'.repeat(50))
  await desk.engine.rest()
  desk.engine.wake()
  expect(await quiet).toBe(true)
  expect([partsOf('H'), partsOf('V')]).toEqual([3, 0])
  expect(await robot.operation(message.operationId)).toMatchObject({ state: 'accepted' })
  desk.engine.wake()
  await waiting.settled(later.operationId, 'accepted')
})

it('does not wait for the rest of a message that its robot cannot send now, nor for what the pace holds for long', async () => {
  const { desk } = office
  await desk.call('settings.set', { pace: { ...unpaced, gapMs: 120_000 } })
  const robot = await office.robot()
  const { operationId } = await robot.send(friend('o1'), long('O'))
  await until('its first part', async () => partsOf('O') === 1 && (await heldBy(robot, operationId)) === 'pace')
  const told: number[] = []
  let rests: boolean | null = null
  const quiet = desk.engine.quiet(new AbortController().signal, (n) => told.push(n)).then((is) => (rests = is))
  await until('it to be told', () => told.length > 0)
  expect([rests, told]).toEqual([null, [1]])
  await robot.deliver(robot.old(1004, { optvcRobotSerialNo: robot.serialNo, reason: 'gone' }))
  expect(await quiet).toBe(true)
  expect(told).toEqual([1, 0])
  expect(await robot.operation(operationId)).toMatchObject({ state: 'sending' })
  desk.engine.wake()

  const slow = await office.robot()
  await desk.call('settings.set', { pace: { ...unpaced, gapMs: 3_600_000 } })
  const rare = await slow.send(friend('o2'), long('R'))
  await until('its first part', async () => partsOf('R') === 1 && (await heldBy(slow, rare.operationId)) === 'pace')
  expect(await desk.engine.quiet(new AbortController().signal, (n) => told.push(n))).toBe(true)
  expect(told.at(-1)).toBe(0)
  expect([partsOf('O'), partsOf('R')]).toEqual([1, 1])
  desk.engine.wake()

  await desk.call('settings.set', { pace: unpaced })
  await slow.settled(rare.operationId, 'accepted')
  expect(partsOf('R')).toBe(3)
})
