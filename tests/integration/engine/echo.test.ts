/** Echoes: what the robot itself sent lands on the message in the history, never beside it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pause, until } from '../../support/desk.ts'
import {
  addRobot,
  friend,
  group,
  openEngineOffice,
  type EngineOffice,
  type RobotHandle,
} from '../../support/engine-office.ts'
import { accepted, held, startPlatform } from '../../support/fake-platform.ts'

let office: EngineOffice
let robot: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice({ advanced: { echoWindowMs: 5000, callTimeoutMs: 3000 } })
})
beforeEach(async () => {
  office.platform.script = accepted
  robot = await office.robot()
})
afterAll(() => office.close())

const echo = (content: string, optSerNo?: string, more: object = {}) =>
  robot.deliver(
    robot.old(
      1005,
      { FromUserId: 'me', ToUserId: 'u1', Content: content, nPlatformMsgType: '1', nMsgType: '0', ...more },
      optSerNo === undefined ? {} : { optSerNo },
    ),
  )
const lastSerial = () =>
  office.platform.requests.findLast(({ data }) => data.vcRobotSerialNo === robot.serialNo)?.serialNo ?? ''
const statuses = async () => (await robot.history(friend('u1'))).map(({ content, status }) => [content, status])

describe('an echo', () => {
  it('by serial number settles message and operation, even with another text', async () => {
    const { operationId } = await robot.send(friend('u1'), 'Hello')
    await robot.settled(operationId, 'accepted')
    const callback = await echo('Hello (translated)', lastSerial())
    expect(callback).toMatchObject({ state: 'applied', operationId })
    expect(await statuses()).toEqual([['Hello', 'done']])
    expect(await robot.operation(operationId)).toMatchObject({ state: 'done', callbackIds: [callback.id] })
    // Another delivery, with another time, of what was echoed already.
    await echo('Hello (translated)', lastSerial())
    expect(await statuses()).toEqual([['Hello', 'done']])
  })

  it('that settled a send in doubt changes nothing when it is read again', async () => {
    office.platform.script = () => ({ status: 502, body: '' })
    const { operationId } = await robot.send(friend('u1'), 'In doubt')
    await robot.settled(operationId, 'unknown')
    const { id } = await echo('In doubt', 'nobody-knows-it')
    await robot.settled(operationId, 'done')
    await office.desk.call('callbacks.replay', { ids: [id] })
    expect(await statuses()).toEqual([['In doubt', 'done']])
    expect(await office.desk.call('callbacks.get', { id })).toMatchObject({ state: 'applied', operationId })
  })

  it('by serial number is ours even where nobody says who wrote', async () => {
    const { operationId } = await robot.send(friend('u1'), 'Whose?')
    await robot.settled(operationId, 'accepted')
    const more = { nPlatformMsgType: undefined }
    expect(await echo('Whose?', lastSerial(), more)).toMatchObject({ state: 'applied', operationId })
    expect(await statuses()).toEqual([['Whose?', 'done']])
  })

  it('that comes before the answer waits for it', async () => {
    const { script, release, asked } = held()
    let serialNo = ''
    office.platform.script = (request) => {
      serialNo = request.serialNo
      return script(request)
    }
    const { operationId } = await robot.send(friend('u1'), 'Early')
    await asked
    expect(await echo('Early', serialNo)).toMatchObject({ state: 'pending', reason: 'awaiting-answer' })
    expect(await statuses()).toEqual([['Early', 'sending']])
    release()
    await robot.settled(operationId, 'done')
    expect(await statuses()).toEqual([['Early', 'done']])
  })

  it('without a serial number before the answer settles it, and the answer does not take that back', async () => {
    const { script, release, asked } = held()
    office.platform.script = script
    const { operationId } = await robot.send(friend('u1'), 'Early')
    await asked
    await echo('Early')
    expect(await statuses()).toEqual([['Early', 'done']])
    release()
    await until('the answer', async () => (await robot.operation(operationId)).callIds.length > 0)
    expect(await statuses()).toEqual([['Early', 'done']])
  })

  it('of something else that came while a call was under way is read after it', async () => {
    const { script, release, asked } = held()
    office.platform.script = script
    await robot.send(friend('u1'), 'Mine')
    await asked
    expect(await echo('Phone', 'somebody-elses-serial')).toMatchObject({ state: 'pending' })
    release()
    await until('both', async () => (await robot.history(friend('u1'))).length === 2)
    expect(Object.fromEntries(await statuses())).toEqual({ Mine: 'accepted', Phone: 'done' })
  })

  it('without a serial number lands on the oldest that fits, one each', async () => {
    for (const text of ['same', 'other', 'same']) {
      await robot.settled((await robot.send(friend('u1'), text)).operationId, 'accepted')
    }
    await echo(' same\r\n'.replace('\r\n', ''))
    expect((await statuses()).reverse()).toEqual([
      ['same', 'done'],
      ['other', 'accepted'],
      ['same', 'accepted'],
    ])
    await echo('same')
    await echo('same')
    expect((await statuses()).filter(([content]) => content === 'same')).toEqual([
      ['same', 'done'],
      ['same', 'done'],
      ['same', 'done'],
    ])
  })

  it('without a serial number after the window was written on the phone', async () => {
    const { operationId } = await robot.send(friend('u1'), 'Slow')
    await robot.settled(operationId, 'accepted')
    await pause(5200)
    await echo('Slow')
    expect((await statuses()).map(([, status]) => status)).toEqual(expect.arrayContaining(['done', 'accepted']))
  })

  it('lands on a message that waited in the outbox for longer than the window', async () => {
    await robot.deliver(robot.old(1007, { nstate: 1 }))
    const { operationId } = await robot.send(friend('u1'), 'Held')
    await pause(5200)
    await robot.deliver(robot.old(1007, { nstate: 0 }))
    await robot.settled(operationId, 'accepted')
    await echo('Held')
    expect(await statuses()).toEqual([['Held', 'done']])
  })

  it('to another peer, or from a picture to a text, does not fit', async () => {
    const { operationId } = await robot.send(friend('u1'), 'Hi')
    await robot.settled(operationId, 'accepted')
    await echo('Hi', undefined, { ToUserId: 'u2' })
    await echo('Hi', undefined, { nMsgType: '1' })
    expect((await robot.operation(operationId)).state).toBe('accepted')
    expect(await robot.history(friend('u1'))).toHaveLength(2)
    expect(await robot.history(friend('u2'))).toHaveLength(1)
  })

  it('of a picture fits by kind, since links are rewritten', async () => {
    const { operationId } = await office.desk.call('messages.send', {
      robotId: robot.id,
      peer: friend('u1'),
      type: 'image',
      content: 'https://a.example/1.png',
    })
    await robot.settled(operationId, 'accepted')
    await echo('https://cdn.example/rewritten', undefined, { nMsgType: 1 })
    expect(await statuses()).toEqual([['https://a.example/1.png', 'done']])
  })

  it('settles a send whose answer was lost, with a serial number and without', async () => {
    for (const serialNo of [undefined, 'nobody-knows-this-one']) {
      office.platform.script = () => ({ status: 502, body: '' })
      const { operationId } = await robot.send(friend('u1'), `Lost ${serialNo ?? ''}`)
      await robot.settled(operationId, 'unknown')
      await echo(`Lost ${serialNo ?? ''}`, serialNo)
      await robot.settled(operationId, 'done')
    }
    expect(await robot.history(friend('u1'))).toHaveLength(2)
  })

  it('teaches the account’s own id', async () => {
    const { operationId } = await robot.send(friend('u1'), 'Hello')
    await robot.settled(operationId, 'accepted')
    const waiting = await robot.deliver(robot.old(1005, { FromUserId: 'u7', ToUserId: 'me', Content: 'who?' }))
    expect(waiting.reason).toBe('undecided-author')
    await echo('Hello', lastSerial())
    await until('it to be understood', async () => (await robot.history(friend('u7'))).length === 1)
    expect((await robot.history(friend('u7')))[0]?.direction).toBe('in')
  })

  it('in a group lands on our message by serial number, and on text alone when it is ours', async () => {
    const { operationId } = await robot.send(group('g1'), 'To all')
    await robot.settled(operationId, 'accepted')
    await robot.deliver(robot.old(2004, { groupId: 'g1', MsgData: { Content: 'To all' } }, { optSerNo: lastSerial() }))
    await robot.settled(operationId, 'done')
    await robot.deliver(robot.old(1001, { userId: 'me' }))
    const second = await robot.send(group('g1'), 'Again')
    await robot.settled(second.operationId, 'accepted')
    await robot.deliver(robot.old(2004, { groupId: 'g1', MsgData: { FromUserId: 'me', Content: 'Again' } }))
    await robot.settled(second.operationId, 'done')
    expect(await robot.history(group('g1'))).toHaveLength(2)
  })

  it('does not hold a customer’s words while the rest of a long text waits for the gateway', async () => {
    const going = await startPlatform()
    going.script = (request) => ({
      body: (response) => {
        response.writeHead(200, { connection: 'close' })
        response.once('close', () => void going.close())
        response.end(JSON.stringify(accepted(request).body))
      },
    })
    const { id, callbackUrl } = await office.desk.connect(going)
    const there = await addRobot(office.desk, id, callbackUrl)
    const { operationId } = await there.send(group('g1'), `${'a'.repeat(200)}. ${'b'.repeat(200)}.`)
    await until('the gateway to be gone', async () => {
      const { items } = await office.desk.call('calls.list', { operationId })
      return items.length === 2
    })
    const told = there.old(2004, { groupId: 'g1', MsgData: 'and now?' }, { optSerNo: 'theirs' })
    expect(await there.deliver(told)).toMatchObject({ state: 'applied' })
    expect((await there.operation(operationId)).state).toBe('sending')
  })
})
