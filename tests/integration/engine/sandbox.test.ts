/** The engine against the real sandbox, which checks every signature and parameter with its own code. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { unpaced } from '#shared/contract/entries/pace.ts'
import { startSandboxProcess } from '../../../electron/headless/sandbox-process.ts'
import { inProject } from '../../../scripts/lib/project.mjs'
import { Desk, engineOptions, pause, temporaryFolder, until } from '../../support/desk.ts'
import { friend, robotHandle, type RobotHandle } from '../../support/engine-office.ts'

let desk: Desk
let robot: RobotHandle

const openOn = (folder: string): Promise<Desk> =>
  Desk.open(folder, {
    startSandbox: () =>
      startSandboxProcess(inProject('electron/sandbox/main.ts'), join(folder, 'sandbox'), engineOptions(folder).log),
  })

beforeAll(async () => {
  desk = await openOn(await temporaryFolder())
  await desk.call('settings.set', { pace: unpaced })
  await desk.call('sandbox.start', {})
  const first = await until(
    'three robots online',
    async () => {
      const { items } = await desk.call('robots.list', {})
      return items.length === 3 && items.every(({ state }) => state === 'online') && items[0]
    },
    20_000,
  )
  const [connection] = (await desk.call('connections.list', {})).items
  robot = robotHandle(desk, first.id, first.serialNo, connection?.callbackUrl ?? '')
  await until('friends', async () => (await desk.call('friends.list', { robotId: robot.id })).items.length > 0)
  await until('groups', async () => (await desk.call('groups.list', { robotId: robot.id })).items.length > 0)
}, 60_000)
afterAll(() => desk.close())

it('logs in, and every call that it made was taken', async () => {
  const { items } = await desk.call('calls.list', { limit: 500 })
  expect(items.filter(({ success }) => success !== true)).toEqual([])
  expect(new Set(items.map(({ method }) => method))).toEqual(new Set(['login', 'getFriendList', 'getGroupList']))
  const { items: operations } = await desk.call('operations.list', { limit: 500 })
  await until('all to be done', async () =>
    (await desk.call('operations.list', { limit: 500 })).items.every(({ state }) => state === 'done'),
  )
  expect(operations.length).toBeGreaterThanOrEqual(9)
})

it('sends a long text with every kind of writing, which is echoed piece by piece', async () => {
  const [peer] = (await desk.call('friends.list', { robotId: robot.id })).items
  const text = 'สวัสดีครับ 你好,世界! Hello 👨‍👩‍👧‍👦 & = + % "quoted" \\ \n'.repeat(12)
  const { operationId } = await robot.send(friend(peer?.id ?? ''), text)
  await robot.settled(operationId, 'done')
  const mine = (await robot.history(friend(peer?.id ?? ''))).filter(({ direction }) => direction === 'out')
  expect(mine).toHaveLength(1)
  expect(mine[0]?.parts.length).toBeGreaterThan(1)
  expect(mine[0]?.parts.every(({ status }) => status === 'done')).toBe(true)
})

it('makes a group, speaks in it, and leaves it', async () => {
  const { items } = await desk.call('friends.list', { robotId: robot.id })
  const friendIds = items.slice(0, 2).map(({ id }) => id)
  const made = await desk.call('groups.create', { robotId: robot.id, name: '新群 👋', friendIds })
  await robot.settled(made.operationId, 'done')
  const found = (await desk.call('groups.list', { robotId: robot.id })).items.find(({ name }) => name === '新群 👋')
  const groupId = found?.id ?? ''
  const said = await robot.send({ kind: 'group', id: groupId }, 'Welcome')
  await robot.settled(said.operationId, 'done')
  const more = await desk.call('groups.invite', { robotId: robot.id, groupId, friendIds: [items[2]?.id ?? ''] })
  await robot.settled(more.operationId, 'done')
  await until('the new member', async () => {
    const { members } = await desk.call('groups.get', { robotId: robot.id, groupId })
    return members.some(({ id }) => id === items[2]?.id)
  })
  const left = await desk.call('groups.quit', { robotId: robot.id, groupId })
  await robot.settled(left.operationId, 'done')
  expect((await desk.call('groups.get', { robotId: robot.id, groupId })).leftAt).toBeTypeOf('number')
})

it('is refused in words that can be understood: an unknown friend', async () => {
  const { operationId } = await robot.send(friend('nobody'), 'x')
  const operation = await robot.settled(operationId, 'failed')
  expect(operation.error).toMatchObject({ code: 'platform-refused' })
  expect(operation.error?.message).not.toBe('')
})

it('signs by either type', async () => {
  const [connection] = (await desk.call('connections.list', {})).items
  if (!connection) throw new Error('no connection')
  const { id, name, gatewayUrl, appId, merchantNo, methodPrefix } = connection
  for (const signType of ['RSA', 'RSA2'] as const) {
    await desk.call('connections.save', { id, name, gatewayUrl, appId, merchantNo, methodPrefix, signType })
    const answer = await desk.call('platform.getGroupList', { connectionId: id, vcRobotSerialNo: robot.serialNo })
    expect(answer).toMatchObject({ success: true })
  }
})

it('stays stopped at the next start when the operator stopped it', async () => {
  await desk.call('sandbox.stop', {})
  const stopped = (await desk.call('system.info', {})).sandbox
  expect(stopped.state).toBe('stopped')
  await desk.close(true)
  desk = await openOn(desk.dataDir)
  await pause(500)
  expect((await desk.call('system.info', {})).sandbox).toEqual(stopped)
})
