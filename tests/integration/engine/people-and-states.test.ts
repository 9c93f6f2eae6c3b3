/** 1001 to 1004, 1006, 1007 and 2001 to 2003: people, groups, states of the account. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pause, until } from '../../support/desk.ts'
import {
  friend,
  nextStamp,
  openEngineOffice,
  type EngineOffice,
  type RobotHandle,
} from '../../support/engine-office.ts'

let office: EngineOffice
let robot: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice({ advanced: { withdrawnMethods: true } })
})
beforeEach(async () => {
  robot = await office.robot()
})
afterAll(() => office.close())

const friends = async (query?: string) => (await office.desk.call('friends.list', { robotId: robot.id, query })).items
const groups = async () => (await office.desk.call('groups.list', { robotId: robot.id })).items
const lastCall = (method: string) =>
  office.platform.of(method).findLast(({ data }) => data.vcRobotSerialNo === robot.serialNo)?.serialNo

/** Asks for a list and waits until the platform took the request. @returns operation and serial number */
async function asked(entry: 'friends.refresh' | 'groups.refresh', method: string) {
  const { operationId } = await office.desk.call(entry, { robotId: robot.id })
  await robot.settled(operationId, 'accepted')
  return { operationId, optvcSerNo: lastCall(method) }
}

describe('1003', () => {
  it.each(['old', 'young'] as const)('without a serial number only adds (%s headers)', async (generation) => {
    await robot.deliver(robot[generation](1003, [{ vcUserId: 'a', vcUserName: 'Anna' }, { vcUserId: 'b' }]))
    await robot.deliver(robot[generation](1003, [{ vcUserId: 'c', vcUserName: 'Cui' }]))
    const found = await friends()
    expect(found.map(({ id, goneAt }) => [id, goneAt])).toEqual(
      expect.arrayContaining([
        ['a', null],
        ['b', null],
        ['c', null],
      ]),
    )
    expect(await friends('ann')).toMatchObject([{ id: 'a', name: 'Anna' }])
  })

  it('in pieces of one serial number is the list: who is missing is gone, and may come back', async () => {
    await robot.deliver(
      robot.young(
        1003,
        ['a', 'b', 'c'].map((vcUserId) => ({ vcUserId, vcUserName: vcUserId })),
      ),
    )
    const first = await asked('friends.refresh', 'getFriendList')
    await robot.deliver(robot.young(1003, [{ vcUserId: 'a' }], first))
    await robot.settled(first.operationId, 'done')
    await robot.deliver(robot.young(1003, [{ vcUserId: 'c' }, { vcUserId: 'd' }], first))
    expect((await friends()).map(({ id, goneAt }) => [id, goneAt === null])).toEqual([
      ['d', true],
      ['a', true],
      ['c', true],
      ['b', false],
    ])
    const second = await asked('friends.refresh', 'getFriendList')
    await robot.deliver(
      robot.young(
        1003,
        ['a', 'b', 'c', 'd'].map((vcUserId) => ({ vcUserId })),
        second,
      ),
    )
    expect((await friends()).every(({ goneAt }) => goneAt === null)).toBe(true)
    expect((await friends('b'))[0]?.name).toBe('b')
  })

  it('that came before its answer settles it all the same', async () => {
    await robot.deliver(robot.young(1003, [{ vcUserId: 'old' }]))
    office.platform.script = async (request) => {
      await robot.deliver(robot.young(1003, [{ vcUserId: 'new' }], { optvcSerNo: request.serialNo }))
      return { body: { vcSerialNo: request.serialNo, vcSuccess: 'true' } }
    }
    const { operationId } = await office.desk.call('friends.refresh', { robotId: robot.id })
    const operation = await robot.settled(operationId, 'done', 'failed')
    expect(operation).toMatchObject({ state: 'done', callbackIds: [expect.any(String)], callIds: [expect.any(String)] })
    expect((await friends()).map(({ id, goneAt }) => [id, goneAt === null])).toEqual([
      ['new', true],
      ['old', false],
    ])
    office.platform.script = (request) => ({ body: { vcSerialNo: request.serialNo, vcSuccess: 'true' } })
  })

  it('does not take away whom the platform named after the list was asked for', async () => {
    const header = await asked('friends.refresh', 'getFriendList')
    await robot.deliver(robot.young(1002, { vcUserId: 'just-now' }))
    await pause(5)
    await robot.deliver(robot.young(1003, [{ vcUserId: 'a' }], header))
    expect((await friends()).every(({ goneAt }) => goneAt === null)).toBe(true)
  })

  it('that reports a failure settles by it, with the platform’s words, and takes nobody away', async () => {
    await robot.deliver(robot.young(1003, [{ vcUserId: 'a' }]))
    const header = await asked('friends.refresh', 'getFriendList')
    await robot.deliver(robot.young(1003, [], { ...header, nResultCode: 500, vcResultMsg: '系统繁忙' }))
    expect(await robot.settled(header.operationId, 'failed')).toMatchObject({
      error: { code: 'result-failed', params: { reason: '系统繁忙' } },
    })
    expect((await friends())[0]?.goneAt).toBeNull()
  })

  it('without a serial number settles the only one that waits; not one of two', async () => {
    const one = await asked('friends.refresh', 'getFriendList')
    await robot.deliver(robot.young(1003, [{ vcUserId: 'a' }]))
    await robot.settled(one.operationId, 'done')
    const two = [await asked('friends.refresh', 'getFriendList'), await asked('friends.refresh', 'getFriendList')]
    await robot.deliver(robot.young(1003, [{ vcUserId: 'b' }]))
    for (const { operationId } of two) expect((await robot.operation(operationId)).state).toBe('accepted')
  })

  it('takes names in base64 and one object where a list is declared', async () => {
    const vcBase64NickName = Buffer.from('张三 👋').toString('base64')
    await robot.deliver(robot.young(1003, { vcUserId: 1234567890, vcBase64NickName }))
    expect(await friends('张三')).toMatchObject([{ id: '1234567890', name: '张三 👋' }])
  })

  it('read again after a newer list does not bring back who has gone', async () => {
    const stranger = `${robot.serialNo}9`
    const old = await robot.deliver(robot.young(1003, [{ vcUserId: 'a' }], { optvcRobotSerialNo: stranger }))
    expect(old).toMatchObject({ state: 'quarantined', reason: 'unknown-robot' })
    const { id } = await office.desk.call('robots.add', { connectionId: office.connectionId, serialNo: stranger })
    await robot.deliver(robot.young(1003, [{ vcUserId: 'a' }, { vcUserId: 'b' }], { optvcRobotSerialNo: stranger }))
    await robot.deliver(robot.young(1003, [{ vcUserId: 'b' }], { optvcRobotSerialNo: stranger, optvcSerNo: 'list-2' }))
    await office.desk.call('callbacks.replay', { ids: [old.id] })
    await until(
      'it to be read',
      async () => (await office.desk.call('callbacks.get', { id: old.id })).state === 'applied',
    )
    const { items } = await office.desk.call('friends.list', { robotId: id })
    expect(items.map((item) => [item.id, item.goneAt === null])).toEqual([
      ['b', true],
      ['a', false],
    ])
  })
})

describe('1002 and 1006', () => {
  it('a new friend settles the request, with success and without', async () => {
    const add = async (phone: string) => {
      const { operationId } = await office.desk.call('friends.add', { robotId: robot.id, phone })
      await robot.settled(operationId, 'accepted')
      return { operationId, optvcSerNo: lastCall('addFriend') }
    }
    const yes = await add('13800000001')
    await robot.deliver(robot.young(1002, { vcUserId: 'n1', vcUserName: 'New' }, yes))
    await robot.settled(yes.operationId, 'done')
    const no = await add('13800000002')
    await robot.deliver(
      robot.old(1002, { vcUserId: 'n2' }, { optSerNo: no.optvcSerNo, resultCode: '7', resultMsg: 'refused' }),
    )
    await robot.settled(no.operationId, 'failed')
    expect((await friends()).map(({ id }) => id)).toEqual(['n1'])
  })

  it('the address book adds and completes, and removes nobody', async () => {
    await robot.deliver(robot.young(1003, [{ vcUserId: 'a', vcUserName: 'Anna' }, { vcUserId: 'b' }]))
    await robot.deliver(
      robot.young(
        1006,
        [
          { vcUserId: 'a', nPhoneNumber: 13800000001 },
          { vcUserId: 'c', vcUserName: 'Cui' },
        ],
        { optvcSerNo: 'x' },
      ),
    )
    const found = await friends()
    expect(found.find(({ id }) => id === 'a')).toMatchObject({ name: 'Anna', phone: '13800000001' })
    expect(found.every(({ goneAt }) => goneAt === null)).toBe(true)
    expect(found).toHaveLength(3)
  })
})

describe('1007', () => {
  it.each([
    [0, 'online'],
    ['1', 'offline'],
    [2, 'banned'],
    ['3', 'limited'],
  ])('with nstate %j makes the robot %s', async (nstate, state) => {
    const limits = [{ risk_type_code: 12, risk_type_desc: '不能加好友' }]
    for (const generation of ['old', 'young'] as const) {
      await robot.deliver(robot[generation](1007, { nstate, vcReason: `why ${generation}`, functional_limits: limits }))
      expect(await robot.state()).toMatchObject({
        state,
        stateReason: `why ${generation}`,
        limits: [{ code: '12', text: '不能加好友' }],
      })
    }
  })

  it('keeps since when, and forgets limits that are over', async () => {
    await robot.deliver(robot.old(1007, { nstate: 3, functional_limits: { risk_type_code: 'a', risk_type_desc: 'b' } }))
    const { stateSince } = await robot.state()
    await robot.deliver(robot.old(1007, { nstate: 3, vcReason: 'still' }))
    expect(await robot.state()).toMatchObject({ state: 'limited', stateSince, limits: [], stateReason: 'still' })
  })

  it('that is older than the present state and comes late changes nothing', async () => {
    const stamp = nextStamp()
    const at = (nstate: number, seconds: number) =>
      robot.deliver(robot.old(1007, { nstate }, { nTimeStamp: String(stamp + seconds) }))
    await at(0, 10)
    await at(2, 5)
    expect((await robot.state()).state).toBe('online')
    // The same state again, newer: what lies between is late as well.
    await at(0, 30)
    await at(1, 20)
    expect((await robot.state()).state).toBe('online')
    await at(1, 40)
    expect((await robot.state()).state).toBe('offline')
  })

  it.each([undefined, 9, 'online', null])('with the unknown nstate %j is kept apart', async (nstate) => {
    expect(await robot.deliver(robot.old(1007, { nstate }))).toMatchObject({
      state: 'quarantined',
      reason: 'unknown-state',
    })
    expect((await robot.state()).state).toBe('unknown')
  })
})

describe('1001 and 1004 outside a log-in', () => {
  it('say that the account is up, or down', async () => {
    await robot.deliver(robot.old(1001, { userId: 'me', userName: 'Me' }))
    expect((await robot.state()).state).toBe('online')
    await robot.deliver(robot.young(1004, null))
    expect((await robot.state()).state).toBe('offline')
    await robot.deliver(robot.old(1001, { userId: 'me' }, { resultCode: '77', resultMsg: 'no' }))
    expect((await robot.state()).state).toBe('offline')
  })

  it.each([
    ['1004', 1004, null],
    ['1007 offline', 1007, { nstate: 1 }],
  ])('a log-out is settled by %s', async (_name, type, data) => {
    const { operationId } = await office.desk.call('robots.logout', { robotId: robot.id })
    await robot.settled(operationId, 'accepted')
    await robot.deliver(robot.old(type, data, { optSerNo: lastCall('logout') }))
    await robot.settled(operationId, 'done')
    expect((await robot.state()).state).toBe('offline')
  })

  it('keep no cached log-in', async () => {
    const callback = await robot.deliver(robot.old(1001, { userId: 'me', cache_info: 'CANARY-CACHED' }))
    expect(callback.raw).not.toContain('CANARY')
    expect(callback.state).toBe('applied')
  })
})

describe('groups', () => {
  const members = (...ids: string[]) => ids.map((vcUserId) => ({ vcUserId, nJoinTime: '1763942400' }))
  const detail = (groupId: string) => office.desk.call('groups.get', { robotId: robot.id, groupId })

  it('2001 adds the new group and settles', async () => {
    const { operationId } = await office.desk.call('groups.create', {
      robotId: robot.id,
      name: '新群',
      friendIds: ['a', 'b'],
    })
    await robot.settled(operationId, 'accepted')
    const data = {
      vcGroupId: 'g1',
      vcGroupName: '新群',
      vcOwnerUserId: 'me',
      nCreateTime: 1763942400,
      memberJoinTime: members('a', 'b', 'me'),
    }
    await robot.deliver(robot.young(2001, data, { optvcSerNo: lastCall('createGroup') }))
    await robot.settled(operationId, 'done')
    expect(await detail('g1')).toMatchObject({ name: '新群', ownerId: 'me', memberCount: 3, leftAt: null })
    expect((await detail('g1')).members.map(({ id, joinedAt }) => [id, joinedAt])).toContainEqual([
      'a',
      1_763_942_400_000,
    ])
  })

  it('2001 that failed makes none', async () => {
    const { operationId } = await office.desk.call('groups.create', { robotId: robot.id, name: 'x', friendIds: ['a'] })
    await robot.settled(operationId, 'accepted')
    const header = { optvcSerNo: lastCall('createGroup'), nResultCode: 3, vcResultMsg: 'too few' }
    await robot.deliver(robot.young(2001, { vcGroupId: 'g1', vcGroupName: 'x' }, header))
    expect(await robot.settled(operationId, 'failed')).toMatchObject({ error: { params: { reason: 'too few' } } })
    expect(await groups()).toEqual([])
  })

  it('2002 replaces the members that it names, and leaves the others alone', async () => {
    await robot.deliver(
      robot.young(2002, [
        { vcGroupId: 'g1', vcGroupName: 'One', memberJoinTime: members('a', 'b') },
        { vcGroupId: 'g2', vcGroupName: 'Two', memberJoinTime: members('x') },
      ]),
    )
    await robot.deliver(robot.old(2002, { vcGroupId: 'g1', memberJoinTime: members('b', 'c') }))
    expect((await detail('g1')).members.map(({ id }) => id)).toEqual(['b', 'c'])
    expect((await detail('g1')).name).toBe('One')
    await robot.deliver(robot.young(2002, [{ vcGroupId: 'g1', vcGroupName: 'One' }]))
    expect(await detail('g1')).toMatchObject({ memberCount: 2 })
    expect((await groups()).map(({ id, leftAt }) => [id, leftAt])).toEqual([
      ['g1', null],
      ['g2', null],
    ])
  })

  it('2003 of one serial number is the list: what is missing was left', async () => {
    await robot.deliver(
      robot.young(
        2003,
        ['g1', 'g2', 'g3'].map((vcGroupId) => ({ vcGroupId, nCreateTime: '1763942400' })),
      ),
    )
    const header = await asked('groups.refresh', 'getGroupList')
    await robot.deliver(robot.young(2003, [{ vcGroupId: 'g1' }], header))
    await robot.deliver(robot.young(2003, [{ vcGroupId: 'g3' }], header))
    await robot.settled(header.operationId, 'done')
    expect((await groups()).map(({ id, leftAt }) => [id, leftAt === null])).toEqual([
      ['g1', true],
      ['g3', true],
      ['g2', false],
    ])
  })

  it('2004 settles leaving by its serial number, whatever its content', async () => {
    await robot.deliver(robot.young(2003, [{ vcGroupId: 'g1', vcGroupName: 'One' }]))
    const { operationId } = await office.desk.call('groups.quit', { robotId: robot.id, groupId: 'g1' })
    await robot.settled(operationId, 'accepted')
    await robot.deliver(robot.young(2004, { groupId: 'g1' }, { optvcSerNo: lastCall('quitGroup') }))
    await robot.settled(operationId, 'done')
    expect((await groups())[0]?.leftAt).toBeTypeOf('number')
  })

  it('an invitation is done when accepted, and the group is asked for again', async () => {
    const { operationId } = await office.desk.call('groups.invite', {
      robotId: robot.id,
      groupId: 'g1',
      friendIds: ['a'],
    })
    await robot.settled(operationId, 'done')
    await until('the question', () => lastCall('getGroupInfo'))
    const invited = office.platform
      .of('inviteFriendsToGroup')
      .findLast(({ data }) => data.vcRobotSerialNo === robot.serialNo)
    expect(invited?.data).toMatchObject({ vcGroupSerialNo: 'g1', vcFriendSerialNo: 'a' })
    expect(invited?.data).not.toHaveProperty('vcFriendSerialNos')
    expect(office.platform.of('getGroupInfo').at(-1)?.data).toMatchObject({ vcGroupSerialNo: ['g1'] })
    await office.desk.call('groups.invite', { robotId: robot.id, groupId: 'g1', friendIds: ['a', 'b'] })
    const both = await until('the second', () =>
      office.platform.of('inviteFriendsToGroup').find(({ data }) => data.vcFriendSerialNos),
    )
    expect(both.data).toMatchObject({ vcFriendSerialNos: ['a', 'b'] })
  })
})

describe('what cannot be placed', () => {
  const data = { FromUserId: 'u1', Content: 'x', nPlatformMsgType: '10' }

  it.each([
    ['a foreign merchant', { optvcMerchantId: 'somebody else' }, 'unknown-merchant'],
    ['an unknown robot', { optvcRobotSerialNo: 'nobody' }, 'unknown-robot'],
    ['no robot', { optvcRobotSerialNo: undefined }, 'unknown-robot'],
    ['an unknown type', { type: '1999' }, 'unknown-type'],
    ['no type', { type: undefined }, 'unknown-type'],
  ])('%s is kept, shown and not applied', async (_name, header, reason) => {
    const callback = await robot.deliver(robot.old(1005, data, header))
    expect(callback).toMatchObject({ state: 'quarantined', reason })
    expect(await robot.history(friend('u1'))).toEqual([])
  })

  it('a missing merchant number is tolerated', async () => {
    expect((await robot.deliver(robot.old(1005, data, { optvcMerchantId: undefined }))).state).toBe('applied')
  })

  it('is applied when it is read again after the cause was mended', async () => {
    const serialNo = `${robot.serialNo}7`
    const kept = await robot.deliver(robot.old(1005, data, { optvcRobotSerialNo: serialNo }))
    const { id } = await office.desk.call('robots.add', { connectionId: office.connectionId, serialNo })
    await office.desk.call('callbacks.replay', { ids: [kept.id] })
    await until(
      'it to be applied',
      async () => (await office.desk.call('callbacks.get', { id: kept.id })).state === 'applied',
    )
    const { items } = await office.desk.call('messages.page', { robotId: id, peer: friend('u1') })
    expect(items).toHaveLength(1)
    await office.desk.call('callbacks.replay', { ids: [kept.id] })
    expect((await office.desk.call('messages.page', { robotId: id, peer: friend('u1') })).items).toHaveLength(1)
    expect(await office.desk.refusal('callbacks.replay', { ids: ['1'] })).toMatchObject({ code: 'not-found' })
  })
})
