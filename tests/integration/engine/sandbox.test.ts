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

it('sees that a robot which goes too fast is banned, holds what is left, and sends it when it is free again', async () => {
  const admin = async (path: string, body: object) => {
    const page = new URL((await desk.call('system.info', {})).sandbox.pageUrl ?? '')
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${page.searchParams.get('token') ?? ''}`,
    }
    const answer = await fetch(`${page.origin}/admin/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(answer.status).toBe(200)
  }
  const [, second] = (await desk.call('robots.list', {})).items
  const hasty = robotHandle(desk, second?.id ?? '', second?.serialNo ?? '', '')
  const [peer] = (await desk.call('friends.list', { robotId: hasty.id })).items
  const windowMs = 60_000
  await admin('settings', { rateLimit: { messages: 4, windowMs }, haste: 'limit-first', hasteLimitMs: 300 })
  const send = async (text: string) => (await hasty.send(friend(peer?.id ?? ''), text)).operationId
  // With four in a minute it may go on for ever.
  await desk.call('robots.update', { id: hasty.id, pace: { perMinute: 4 } })
  const careful: string[] = []
  for (const text of ['1', '2', '3', '4', '5']) careful.push(await send(text))
  await hasty.settled(careful[3] ?? '', 'done')
  await until('the pace', async () => (await hasty.operation(careful[4] ?? '')).wait?.reason === 'pace')
  expect((await hasty.state()).state).toBe('online')
  // Without: first limited, then banned.
  await desk.call('robots.update', { id: hasty.id, pace: null })
  expect(await hasty.settled(careful[4] ?? '', 'failed')).toMatchObject({ error: { code: 'platform-refused' } })
  await until('the limit', () =>
    desk.of('robot.changed').some(({ id, state }) => id === hasty.id && state === 'limited'),
  )
  const waiting = await send('6')
  await hasty.settled(waiting, 'done')
  const operations: string[] = []
  for (const text of ['7', '8', '9', '10', '11', '12']) operations.push(await send(text))
  await until('the ban', async () => (await hasty.state()).state === 'banned')
  const last = await send('13')
  await until('the hold', async () => (await hasty.operation(last)).wait?.reason === 'banned')
  await admin('settings', { rateLimit: { messages: 1000, windowMs } })
  await admin(`robots/${hasty.serialNo}`, { state: 'online' })
  await hasty.settled(last, 'done')
}, 60_000)

it('stays stopped at the next start when the operator stopped it', async () => {
  await desk.call('sandbox.stop', {})
  const stopped = (await desk.call('system.info', {})).sandbox
  expect(stopped.state).toBe('stopped')
  await desk.close(true)
  desk = await openOn(desk.dataDir)
  await pause(500)
  expect((await desk.call('system.info', {})).sandbox).toEqual(stopped)
})
