/** What a robot's state and its limits hold back, what they say of it, and how it goes on when they are lifted. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pause, until } from '../../support/desk.ts'
import { friend, group, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'

let office: EngineOffice
let robot: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice()
  await office.desk.call('limits.set', {
    connectionId: office.connectionId,
    code: '7179548013217700063',
    forbids: ['send-friend', 'invite'],
  })
})
beforeEach(async () => {
  robot = await office.robot()
})
afterAll(() => office.close())

const sent = () =>
  office.platform.requests
    .filter(({ data }) => data.vcRobotSerialNo === robot.serialNo)
    .map(({ method, data }) => (data.content as { msg_content: string } | undefined)?.msg_content ?? method)
const become = (nstate: number, vcReason: string, ...codes: [code: string, text: string][]) => {
  const functional_limits = codes.map(([risk_type_code, risk_type_desc]) => ({ risk_type_code, risk_type_desc }))
  return robot.deliver(robot.old(1007, { nstate, vcReason, functional_limits }))
}
const waits = (operationId: string, reason: string, who = robot) =>
  until(`${operationId} to wait: ${reason}`, async () => {
    const { wait, state } = await who.operation(operationId)
    return state === 'queued' && wait?.reason === reason && wait
  })
const notices = async () => (await office.desk.call('system.info', {})).notices

describe('a state', () => {
  it.each([
    ['offline', 1, '手机下线'],
    ['banned', 2, '违规营销'],
  ])(
    '%s holds all, says so with the platform’s words, and lets go in order when it is over',
    async (reason, nstate, words) => {
      await become(nstate, words)
      const texts = ['1', '2', '3', '4']
      const operations: string[] = []
      for (const text of texts)
        operations.push((await robot.send(Number(text) % 2 ? friend('u1') : group('g1'), text)).operationId)
      for (const id of operations) expect(await waits(id, reason)).toEqual({ reason, until: null, text: words })
      expect(await robot.state()).toMatchObject({ waiting: 4, held: { reason, text: words } })
      expect((await robot.history(friend('u1')))[0]?.wait).toEqual({ reason, until: null, text: words })
      await pause(50)
      expect(sent()).toEqual([])
      await become(0, '')
      await robot.settled(operations[3] ?? '', 'accepted')
      expect(sent()).toEqual(texts)
      await until('the robot to be free', async () => (await robot.state()).held === null)
    },
  )

  it('that comes while messages wait for another reason takes its place', async () => {
    await become(1, 'gone')
    const { operationId } = await robot.send(friend('u1'), 'x')
    await waits(operationId, 'offline')
    // What changes before its first event has left is told by that one.
    await until('the message to be told', () =>
      office.desk.of('message.added').some((message) => message.operationId === operationId),
    )
    await become(2, 'for good')
    expect(await waits(operationId, 'banned')).toMatchObject({ text: 'for good' })
    await until('the event', () =>
      office.desk.of('message.changed').some(({ wait }) => wait?.reason === 'banned' && wait.text === 'for good'),
    )
  })
})

describe('a limit', () => {
  it('holds what the table says that it forbids, lets the rest go, and is lifted while messages wait', async () => {
    await become(3, '风控', ['7179548013217700063', '禁止私聊'])
    expect((await robot.state()).limits).toEqual([
      { code: '7179548013217700063', text: '禁止私聊', forbids: ['send-friend', 'invite'] },
    ])
    const first = await robot.send(friend('u1'), 'f1')
    const second = await robot.send(friend('u1'), 'f2')
    const invite = await office.desk.call('groups.invite', { robotId: robot.id, groupId: 'g1', friendIds: ['u1'] })
    const free = await robot.send(group('g1'), 'g1')
    await robot.settled(free.operationId, 'accepted')
    for (const id of [first.operationId, second.operationId, invite.operationId])
      expect(await waits(id, 'limited')).toEqual({ reason: 'limited', until: null, text: '禁止私聊' })
    expect(sent()).toEqual(['g1'])
    expect(await notices()).toEqual([])
    await become(0, '')
    await robot.settled(invite.operationId, 'done')
    expect(sent().slice(0, 4)).toEqual(['g1', 'f1', 'f2', 'inviteFriendsToGroup'])
  })

  it('that the table does not know holds nothing and warns, until the operator says what it forbids', async () => {
    await become(3, '风控', ['x9', '不明限制'])
    await robot.settled((await robot.send(friend('u1'), 'goes')).operationId, 'accepted')
    const warning = await until('the warning', async () =>
      (await notices()).find(({ code }) => code === 'limit-unknown'),
    )
    expect(warning.params).toEqual({ robot: (await robot.state()).name, robotId: robot.id, codes: 'x9 (不明限制)' })
    const { connectionId } = office
    const { items } = await office.desk.call('limits.list', { connectionId })
    expect(items).toContainEqual({ code: 'x9', text: '不明限制', forbids: null, robots: 1 })
    await office.desk.call('limits.set', { connectionId, code: 'x9', forbids: ['send-friend'] })
    const { operationId } = await robot.send(friend('u1'), 'stays')
    await waits(operationId, 'limited')
    await until('no warning', async () => (await notices()).length === 0)
    // Out of the table again: it goes by itself.
    await office.desk.call('limits.set', { connectionId, code: 'x9', forbids: null })
    await robot.settled(operationId, 'accepted')
    await become(0, '')
    await until('no warning', async () => (await notices()).length === 0)
  })
})

describe('the list of robots', () => {
  it('takes many numbers at once, keeps every digit, and says of each what became of it', async () => {
    const { connectionId } = office
    const given = ['7179548013217700065', ' 7179548013217700066 ', '7179548013217700065', '', 'a b', 'x'.repeat(257)]
    const { items } = await office.desk.call('robots.addMany', { connectionId, serialNos: given })
    expect(items.map(({ serialNo, outcome }) => [serialNo.slice(0, 20), outcome])).toEqual([
      ['7179548013217700065', 'added'],
      ['7179548013217700066', 'added'],
      ['7179548013217700065', 'present'],
      ['', 'invalid'],
      ['a b', 'invalid'],
      ['x'.repeat(20), 'invalid'],
    ])
    expect(items[2]?.id).toBe(items[0]?.id)
    const again = await office.desk.call('robots.addMany', { connectionId, serialNos: given.slice(0, 2) })
    expect(again.items).toEqual(items.slice(0, 2).map((item) => ({ ...item, outcome: 'present' })))
    const serialNos = (await office.desk.call('robots.list', {})).items.map(({ serialNo }) => serialNo)
    expect(serialNos.filter((serialNo) => serialNo.startsWith('71795480132177'))).toHaveLength(2)
  })

  it('is arranged in folders and places', async () => {
    const [a, b, c] = [await office.robot(), await office.robot(), await office.robot()]
    for (const { id } of [a, b, c]) await office.desk.call('robots.update', { id, folder: '门店' })
    const names = async () =>
      (await office.desk.call('robots.list', {})).items.filter(({ folder }) => folder === '门店').map(({ id }) => id)
    expect(await names()).toEqual([a.id, b.id, c.id])
    await office.desk.call('robots.update', { id: c.id, position: 0 })
    expect(await names()).toEqual([c.id, a.id, b.id])
    await office.desk.call('robots.update', { id: a.id, folder: '', name: '新名', color: 3 })
    expect(await names()).toEqual([c.id, b.id])
    expect(await a.state()).toMatchObject({ name: '新名', color: 3, folder: '' })
    const { position } = await b.state()
    await until('events for those that moved', () => {
      const told = office.desk.of('robot.changed').findLast(({ id }) => id === b.id)
      return told?.folder === '门店' && told.position === position
    })
  })

  it('tells when a message last came and went, and keeps the history of states by pages', async () => {
    const before = Date.now()
    await robot.deliver(robot.old(1005, { FromUserId: 'u1', Content: 'x', nPlatformMsgType: '10' }))
    expect((await robot.state()).lastInAt).toBeGreaterThanOrEqual(before)
    expect((await robot.state()).lastOutAt).toBeNull()
    await robot.settled((await robot.send(friend('u1'), 'y')).operationId, 'accepted')
    expect((await robot.state()).lastOutAt).toBeGreaterThanOrEqual(before)
    const told = await become(3, 'why', ['x9', 'words'])
    const { operationId } = await office.desk.call('robots.login', { robotId: robot.id, method: 'qr' })
    await robot.settled(operationId, 'accepted')
    const optSerNo = office.platform.of('login').at(-1)?.serialNo
    const done = await robot.deliver(robot.old(1001, { userId: 'me' }, { optSerNo }))
    const first = await office.desk.call('robots.states', { robotId: robot.id, limit: 2 })
    expect(first.items).toMatchObject([
      { state: 'online', callbackId: done.id, operationId },
      { state: 'logging-in', callbackId: null, operationId },
    ])
    const { items } = await office.desk.call('robots.states', { robotId: robot.id, cursor: first.nextCursor ?? '' })
    expect(items).toMatchObject([
      {
        state: 'limited',
        reason: 'why',
        limits: [{ code: 'x9', text: 'words' }],
        callbackId: told.id,
        operationId: null,
      },
    ])
  })
})
