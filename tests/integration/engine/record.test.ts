/** The record: how callbacks were read, what they changed, what belongs together, what is found again, what is never in it. */
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { friend, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'
import { until } from '../../support/desk.ts'

let office: EngineOffice
let robot: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice()
  robot = await office.robot()
})
afterAll(() => office.close())

const read = async (id: string) => office.desk.call('callbacks.get', { id })
const delivered = async (body: object) => read((await robot.deliver(body)).id)
/** Delivers a body of any form, and gives the callback that it became. */
async function posted(body: string) {
  const before = (await office.desk.call('callbacks.list', { limit: 1 })).items[0]?.id ?? null
  expect((await office.desk.post(office.callbackUrl, body)).status).toBe(200)
  return until('the callback to be read', async () => {
    const [newest] = (await office.desk.call('callbacks.list', { limit: 1 })).items
    return newest && newest.id !== before && newest.state !== 'pending' ? read(newest.id) : null
  })
}

describe('how a callback was read', () => {
  it('needs no tolerance for what the document describes, in either generation', async () => {
    const person = { FromUserId: 'p1', ToUserId: 'me', Content: 'hi', nPlatformMsgType: '10', nMsgType: '0' }
    expect((await delivered(robot.old(1005, person, { optSerNo: 's1' }))).tolerances).toEqual([])
    expect((await delivered(robot.young(1003, [{ vcUserId: 'p1', vcUserName: 'P' }]))).tolerances).toEqual([])
  })

  const list = [{ vcUserId: 'p2', vcUserName: 'Q' }]
  it.each<[string, () => string]>([
    ['byte-order-mark', () => `\uFEFF${JSON.stringify(robot.young(1003, list))}`],
    ['html-escaped', () => JSON.stringify(robot.young(1003, list)).replaceAll('"', '&quot;')],
    ['json-in-text', () => JSON.stringify(JSON.stringify(robot.young(1003, list)))],
    ['list-of-one', () => JSON.stringify([robot.young(1003, list)])],
    ['form-strContext', () => new URLSearchParams({ strContext: JSON.stringify(robot.young(1003, list)) }).toString()],
    [
      'form-fields',
      () => {
        const fields = robot.young(1003, JSON.stringify(list))
        return new URLSearchParams(
          Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)] as const)),
        ).toString()
      },
    ],
    ['data-in-text', () => JSON.stringify(robot.young(1003, JSON.stringify(list)))],
    ['data-missing', () => JSON.stringify(robot.young(1003, null))],
    [
      'field-in-text',
      () => JSON.stringify(robot.old(1007, { nstate: 0, functional_limits: '[{"risk_type_code":"7"}]' })),
    ],
    ['odd-names', () => JSON.stringify(robot.young(1003, list)).replace('"data"', '"Data"')],
    ['odd-names', () => JSON.stringify(robot.young(1003, list)).replace('"vcUserId"', '" VCUSERID "')],
    ['mixed-generations', () => JSON.stringify(robot.young(1003, list, { optSerNo: 'mixed' }))],
    ['object-for-list', () => JSON.stringify(robot.young(1003, list[0]))],
    ['list-for-object', () => JSON.stringify(robot.young(1002, list))],
    ['base64-name', () => JSON.stringify(robot.young(1003, [{ vcUserId: 'p3', vcBase64NickName: '5bCP5piO' }]))],
    ['long-number', () => JSON.stringify(robot.young(1003, list)).replace('"p2"', '1849000000000000123')],
    ['number-for-text', () => JSON.stringify(robot.young(1003, [{ vcUserId: 77 }]))],
    ['text-for-number', () => JSON.stringify(robot.young(1003, list, { nType: '1003' }))],
    ['written-time', () => JSON.stringify(robot.young(1003, list, { nTimeStamp: '2026-11-24 10:00:00' }))],
    ['merchant-missing', () => JSON.stringify(robot.young(1003, list, { optvcMerchantId: undefined }))],
    [
      'author-inferred',
      () => JSON.stringify(robot.old(1005, { FromUserId: 'p1', ToUserId: 'me', Content: 'x', nMsgType: '0' })),
    ],
  ])('names %s', async (word, body) => {
    const callback = await posted(body())
    expect(callback.tolerances).toContain(word)
    expect(callback.state).toBe('applied')
  })
})

describe('what a callback changed', () => {
  it('names the message, its conversation and the robot that came up', async () => {
    const own = await office.robot()
    const hi = await read(
      (await own.deliver(own.old(1005, { FromUserId: 'c', Content: 'hi', nPlatformMsgType: '10' }))).id,
    )
    const [message] = await own.history(friend('c'))
    expect(hi.effects).toEqual([{ what: 'message-added', count: 1, ids: [message?.id], peer: friend('c') }])
    const up = await read((await own.deliver(own.old(1007, { nstate: 0 }))).id)
    expect(up.effects).toEqual([{ what: 'robot-state', count: 1, ids: [own.id], from: 'unknown', to: 'online' }])
  })

  it('counts people that came, were renamed and went, and says nothing where nothing changed', async () => {
    const own = await office.robot()
    const deliver = async (data: object[], serial?: string) =>
      read((await own.deliver(own.young(1003, data, serial === undefined ? {} : { optvcSerNo: serial }))).id)
    const many = Array.from({ length: 30 }, (_, index) => ({ vcUserId: `m${index}`, vcUserName: `N${index}` }))
    const [added, ...none] = (await deliver(many)).effects
    expect(added).toMatchObject({ what: 'friend-added', count: 30 })
    expect(added?.ids).toHaveLength(20)
    expect(none).toEqual([])
    expect((await deliver(many)).effects).toEqual([])
    const renamed = [{ vcUserId: 'm3', vcUserName: 'Renamed' }]
    expect((await deliver(renamed)).effects).toEqual([{ what: 'friend-changed', count: 1, ids: ['m3'] }])
    await new Promise((resolve) => setTimeout(resolve, 5))
    const whole = await deliver(
      many.slice(1).map((one) => (one.vcUserId === 'm3' ? renamed[0] : one)) as object[],
      'L1',
    )
    expect(whole.effects).toEqual([{ what: 'friend-gone', count: 1, ids: ['m0'] }])
  })

  it('names a group that came, its members that came and went, and that it was left', async () => {
    const own = await office.robot()
    const group = (...members: string[]) => ({
      vcGroupId: 'g',
      vcGroupName: 'G',
      memberJoinTime: members.map((vcUserId) => ({ vcUserId })),
    })
    const of = async (type: number, data: unknown) =>
      (await read((await own.deliver(own.young(type, data))).id)).effects
    const peer = { kind: 'group', id: 'g' }
    expect(await of(2002, [group('a', 'b')])).toEqual([
      { what: 'group-added', count: 1, ids: ['g'] },
      { what: 'member-joined', count: 2, ids: ['a', 'b'], peer },
    ])
    expect(await of(2002, [group('b', 'c')])).toEqual([
      { what: 'member-joined', count: 1, ids: ['c'], peer },
      { what: 'member-gone', count: 1, ids: ['a'], peer },
    ])
    expect(await of(2004, { vcGroupId: 'g', vcGroupName: 'G' })).toEqual([{ what: 'group-left', count: 1, ids: ['g'] }])
  })

  it('names the message on which an echo landed, and the operation that it settled; both ways', async () => {
    const own = await office.robot()
    const { messageId, operationId } = await own.send(friend('c'), 'out')
    await own.settled(operationId, 'accepted')
    const [call] = (await office.desk.call('calls.list', { operationId })).items
    const data = { FromUserId: 'me', ToUserId: 'c', Content: 'out', nPlatformMsgType: '1' }
    const echo = await read((await own.deliver(own.old(1005, data, { optSerNo: call?.vcSerialNo }))).id)
    expect(echo.effects).toContainEqual({ what: 'message-echoed', count: 1, ids: [messageId], peer: friend('c') })
    expect(echo.effects).toContainEqual({
      what: 'operation-state',
      count: 1,
      ids: [operationId],
      from: 'accepted',
      to: 'done',
    })
    expect(echo).toMatchObject({ operationId, callId: call?.id, result: { success: true } })
    const operation = await own.operation(operationId)
    expect(operation).toMatchObject({ callIds: [call?.id], callbackIds: [echo.id] })
    expect(await office.desk.call('calls.get', { id: call?.id ?? '' })).toMatchObject({
      operationId,
      robotId: own.id,
      callbackIds: [echo.id],
    })
  })

  it('ties a callback to a call that no operation made', async () => {
    const input = { connectionId: office.connectionId, vcRobotSerialNo: robot.serialNo }
    const { callId, vcSerialNo } = await office.desk.call('platform.getFriendList', input)
    const callback = await delivered(robot.young(1003, [{ vcUserId: 'z' }], { optvcSerNo: vcSerialNo }))
    expect(callback).toMatchObject({ callId, operationId: null })
    const call = await office.desk.call('calls.get', { id: callId })
    expect(call).toMatchObject({ operationId: null, robotId: robot.id, callbackIds: [callback.id] })
  })
})

describe('what is found again', () => {
  it('narrows callbacks by state, reason, robot and part of the body, however that is written', async () => {
    const own = await office.robot()
    const text = { FromUserId: 'c', Content: '明天发货 100%_"x"', nPlatformMsgType: '10' }
    const plain = await own.deliver(own.old(1005, text))
    const escaped = JSON.stringify(own.old(1005, text)).replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    const other = await posted(escaped)
    const find = async (filter: object) =>
      (await office.desk.call('callbacks.list', { robotId: own.id, ...filter })).items.map(({ id }) => id)
    expect(await find({ query: '明天发货' })).toEqual([other.id, plain.id])
    expect(await find({ query: '100%_"x"' })).toEqual([other.id, plain.id])
    expect(await find({ query: '100%%' })).toEqual([])
    expect(await find({ state: 'quarantined' })).toEqual([])
    const odd = await own.deliver(own.old(1888, {}))
    expect(await find({ reason: 'unknown-type' })).toEqual([odd.id])
  })

  it('narrows calls by robot, method and outcome', async () => {
    const own = await office.robot()
    const input = { connectionId: office.connectionId, vcRobotSerialNo: own.serialNo }
    const good = await office.desk.call('platform.getFriendList', input)
    office.platform.script = () => ({ body: { vcSuccess: 'false', nErrorCode: 9, vcErrorMsg: 'no' } })
    const bad = await office.desk.call('platform.getGroupList', input)
    office.platform.script = undefined as never
    const find = async (filter: object) =>
      (await office.desk.call('calls.list', { robotId: own.id, ...filter })).items.map(({ id }) => id)
    expect(await find({})).toEqual([bad.callId, good.callId])
    expect(await find({ success: false })).toEqual([bad.callId])
    expect(await find({ success: true })).toEqual([good.callId])
    expect(await find({ method: 'getFriendList' })).toEqual([good.callId])
  })
})

describe('reading again', () => {
  it('says how many were applied and why the others were not', async () => {
    const serialNo = '770000000000000001'
    const body = (type: number) => ({ ...robot.young(type, [{ vcUserId: 'late' }]), optvcRobotSerialNo: serialNo })
    const ids = [(await robot.deliver(body(1003))).id, (await robot.deliver(body(1006))).id]
    const odd = (await robot.deliver(body(1777))).id
    const replay = async () => (await office.desk.call('callbacks.replay', { ids: [...ids, odd] })).outcomes
    expect(await replay()).toEqual([{ state: 'quarantined', reason: 'unknown-robot', count: 3 }])
    await office.desk.call('robots.add', { connectionId: office.connectionId, serialNo })
    expect(await replay()).toEqual([
      { state: 'applied', reason: null, count: 2 },
      { state: 'quarantined', reason: 'unknown-type', count: 1 },
    ])
    expect((await read(ids[0] ?? '')).effects).toEqual([{ what: 'friend-added', count: 1, ids: ['late'] }])
  })
})

describe('secrets', () => {
  it('are in no file of the data folder that the record is kept in, and in no answer', async () => {
    const canaries = { password: 'canary-Pässword-4711', cache: 'canary-cache-0815' }
    const own = await office.robot()
    // A platform that repeats what it was asked, in several wrappings.
    office.platform.script = (request) => ({
      body: {
        vcSerialNo: request.serialNo,
        vcSuccess: 'true',
        vcErrorMsg: `you said ${canaries.password}`,
        data: { echo: JSON.stringify({ password: canaries.password }), url: encodeURIComponent(canaries.password) },
      },
    })
    const login = { robotId: own.id, method: 'password' as const, username: 'shop', password: canaries.password }
    const { operationId } = await office.desk.call('robots.login', login)
    await own.settled(operationId, 'accepted')
    office.platform.script = undefined as never
    await own.deliver(own.old(1001, { userId: 'acc', cache_info: canaries.cache }))
    await posted(
      new URLSearchParams({
        strContext: JSON.stringify(own.old(1001, JSON.stringify({ userId: 'acc', cache_info: canaries.cache }))),
      }).toString(),
    )
    const calls = await office.desk.call('calls.list', { limit: 500 })
    const callbacks = await office.desk.call('callbacks.list', { limit: 500 })
    const answers = JSON.stringify([calls, callbacks, office.desk.events, office.desk.log])
    expect(answers.includes('password')).toBe(true)
    expect(answers.includes('canary-')).toBe(false)
    const files = readdirSync(office.desk.dataDir, { recursive: true, encoding: 'utf8' })
      .map((name) => join(office.desk.dataDir, name))
      .filter((file) => statSync(file).isFile())
    expect(files.some((file) => file.endsWith('.db-wal'))).toBe(true)
    for (const file of files) {
      const content = readFileSync(file)
      for (const form of [canaries.password, encodeURIComponent(canaries.password), canaries.cache]) {
        expect(content.includes(form), `${file} holds ${form}`).toBe(false)
      }
    }
  })
})
