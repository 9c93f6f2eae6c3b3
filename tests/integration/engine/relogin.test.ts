/** Robots that are logged in again by themselves after they dropped: when, how often, and when never. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { pause, until } from '../../support/desk.ts'
import { openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'
import { accepted, refused } from '../../support/fake-platform.ts'

let office: EngineOffice
let robot: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice({ advanced: { withdrawnMethods: true } })
  await office.desk.call('settings.set', { relogin: { firstPauseMs: 20, attempts: 3 } })
})
beforeEach(async () => {
  office.platform.script = accepted
  robot = await office.robot()
  await robot.deliver(robot.old(1007, { nstate: 0 }))
})
afterAll(() => office.close())

const switchOn = () => office.desk.call('robots.update', { id: robot.id, reloginFromCache: true })
const drop = (nstate = 1) => robot.deliver(robot.old(1007, { nstate, vcReason: 'dropped' }))
const asked = () => office.platform.of('login').filter(({ data }) => data.vcRobotSerialNo === robot.serialNo)
const succeed = async () => robot.deliver(robot.old(1001, { userId: 'me' }, { optSerNo: asked().at(-1)?.serialNo }))
const never = async () => {
  await pause(150)
  expect(asked()).toEqual([])
}

it('from the cache, seen in the record, in the states and on the robot', async () => {
  await switchOn()
  await drop()
  await until('the log-in', () => asked().length === 1)
  expect(asked()[0]?.data).toMatchObject({ is_cache_login: true })
  const [operation] = (await office.desk.call('operations.list', { robotId: robot.id, kind: 'login' })).items
  expect(operation).toMatchObject({ automatic: true })
  expect(await robot.state()).toMatchObject({ loginMethod: 'cached', relogin: { attempts: 1, nextAt: null } })
  await robot.settled(operation?.id ?? '', 'accepted')
  await succeed()
  expect(await robot.state()).toMatchObject({ state: 'online', relogin: null })
  const { items } = await office.desk.call('robots.states', { robotId: robot.id })
  expect(items.map(({ state, operationId }) => [state, operationId])).toEqual([
    ['online', operation?.id],
    ['logging-in', operation?.id],
    ['offline', null],
    ['online', null],
  ])
})

it('with growing pauses, and after some attempts no more', async () => {
  office.platform.script = refused(50010, 'never logged in')
  await switchOn()
  await drop()
  await until('three attempts', () => asked().length === 3)
  await until('it to be given up', async () => {
    const { state, relogin } = await robot.state()
    return state === 'offline' && relogin?.attempts === 3 && relogin.nextAt === null
  })
  await pause(300)
  expect(asked()).toHaveLength(3)
  // Whoever logs it in by hand begins the count anew.
  office.platform.script = accepted
  await office.desk.call('robots.login', { robotId: robot.id, method: 'qr' })
  await until('it', () => asked().length === 4)
  expect((await robot.state()).relogin).toBeNull()
})

it('not where it is off, which it is at first', async () => {
  await drop()
  await never()
  await switchOn()
  await never()
})

it('never after a ban, also one that comes before the attempt', async () => {
  await switchOn()
  await drop(2)
  await drop(1)
  await never()
  await office.desk.call('settings.set', { relogin: { firstPauseMs: 200 } })
  await robot.deliver(robot.old(1007, { nstate: 0 }))
  await drop(1)
  expect((await robot.state()).relogin?.nextAt).toBeGreaterThan(0)
  await drop(2)
  expect((await robot.state()).relogin).toBeNull()
  await pause(150)
  await never()
  await office.desk.call('settings.set', { relogin: { firstPauseMs: 20 } })
})

it('never after the operator logged it out, or cancelled the attempt', async () => {
  await switchOn()
  await office.desk.call('robots.logout', { robotId: robot.id })
  await drop()
  await never()
  await robot.deliver(robot.old(1007, { nstate: 0 }))
  await drop()
  await until('the log-in', () => asked().length === 1)
  const [operation] = (await office.desk.call('operations.list', { robotId: robot.id, kind: 'login' })).items
  await robot.settled(operation?.id ?? '', 'accepted')
  await office.desk.call('operations.cancel', { id: operation?.id ?? '' })
  await pause(150)
  expect(asked()).toHaveLength(1)
})
