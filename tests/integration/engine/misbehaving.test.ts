/**
 * A platform that misbehaves in every way at once, counted: no answer, reset after the request was read, 5xx, garbage,
 * an answer after the time-out, echoes before their answer; callbacks ten times, in any order, hours late.
 */
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { Desk, until } from '../../support/desk.ts'
import { friend, openEngineOffice, robotHandle, type RobotHandle } from '../../support/engine-office.ts'
import { accepted, type PlannedAnswer, type PlatformRequest } from '../../support/fake-platform.ts'

const ways = ['silence', 'reset', '502', 'garbage', 'late', 'echo first', 'good'] as const
type Way = (typeof ways)[number]
/** Those after which nobody can tell whether it was carried out. */
const doubtful: readonly Way[] = ['silence', 'reset', '502', 'garbage', 'late']

const perWay = 6
const callTimeoutMs = 500
const hourMs = 3_600_000

const wayOf = (text: string): Way => ways.find((way) => text.startsWith(way)) ?? 'good'
const textOf = ({ data }: PlatformRequest): string => (data.content as { msg_content: string }).msg_content

/** In an order that chance chose, the same each time. */
const shuffled = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item, index) => ({ item, at: Math.sin(index + 1) * 10_000 - Math.floor(Math.sin(index + 1) * 10_000) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)

it('sends nothing twice, shows nothing twice, and leaves nothing in doubt that an echo can settle', async () => {
  const office = await openEngineOffice({ advanced: { callTimeoutMs } })
  const { desk, platform, callbackUrl } = office
  const robots = await Promise.all(ways.map(() => office.robot()))
  const echoes: string[] = []
  const post = (body: string) => desk.post(callbackUrl, body)
  const robotOf = (request: PlatformRequest): RobotHandle => {
    const found = robots.find(({ serialNo }) => serialNo === request.data.vcRobotSerialNo)
    if (!found) throw new Error('a robot that nobody added')
    return found
  }

  const answers: Record<Way, (request: PlatformRequest, echo: string) => PlannedAnswer | Promise<PlannedAnswer>> = {
    silence: () => ({ body: () => {} }),
    reset: () => ({ body: (response: ServerResponse) => response.socket?.resetAndDestroy() }),
    '502': () => ({ status: 502, body: '<html>' }),
    garbage: () => ({ body: '\u0000 not JSON' }),
    late: async (request) => {
      await new Promise((resolve) => setTimeout(resolve, callTimeoutMs * 2))
      return accepted(request)
    },
    'echo first': async (request, echo) => {
      await post(echo)
      return accepted(request)
    },
    good: accepted,
  }
  platform.script = (request) => {
    const robot = robotOf(request)
    const data = { FromUserId: 'me', ToUserId: String(request.data.vcFriendSerialNo), Content: textOf(request) }
    const echo = robot.old(1005, { ...data, nPlatformMsgType: '1', nMsgType: '0' }, { optSerNo: request.serialNo })
    echoes.push(JSON.stringify(echo))
    return answers[wayOf(textOf(request))](request, JSON.stringify(echo))
  }

  const sends: { robot: RobotHandle; way: Way; text: string; operationId: string }[] = []
  for (const [index, way] of ways.entries()) {
    const robot = robots[index]
    if (!robot) continue
    for (let n = 0; n < perWay; n += 1) {
      const text = `${way} ${n}`
      sends.push({ robot, way, text, operationId: (await robot.send(friend(`u${n % 2}`), text)).operationId })
    }
  }
  for (const { robot, way, operationId } of sends) {
    const expected = doubtful.includes(way) ? ['unknown'] : ['accepted', 'done']
    await robot.settled(operationId, ...expected)
  }
  const unknown = sends.filter(({ way }) => doubtful.includes(way)).length

  // Every echo ten times, all of them in any order, beside customers' messages that come the same way.
  const customers = robots.flatMap((robot) =>
    Array.from({ length: 5 }, (_, n) =>
      JSON.stringify(robot.old(1005, { FromUserId: 'u0', Content: `customer ${n}`, nPlatformMsgType: '10' })),
    ),
  )
  const deliveries = shuffled(Array.from({ length: 10 }, () => [...echoes, ...customers]).flat())
  for (let at = 0; at < deliveries.length; at += 20) {
    for (const { status } of await Promise.all(deliveries.slice(at, at + 20).map(post))) expect(status).toBe(200)
  }
  await until('all to be read', async () => {
    const { items } = await desk.call('callbacks.list', { state: 'pending', limit: 1 })
    return items.length === 0
  })
  for (const { robot, operationId } of sends) await robot.settled(operationId, 'done')

  const requests = platform.of('sendMessage').map(textOf)
  const repeated = requests.length - new Set(requests).size
  let doubled = 0
  let shown = 0
  for (const robot of robots) {
    for (const peer of [friend('u0'), friend('u1')]) {
      const texts = (await robot.history(peer)).map(({ content, direction }) => `${direction} ${content}`)
      shown += texts.length
      doubled += texts.length - new Set(texts).size
    }
  }
  const figures = {
    sent: requests.length,
    repeated,
    unknown,
    settledByEcho: unknown,
    deliveries: deliveries.length,
    shown,
    doubled,
  }
  process.stdout.write(`misbehaving platform: ${JSON.stringify(figures)}\n`)
  expect({ repeated, doubled, shown }).toEqual({ repeated: 0, doubled: 0, shown: sends.length + customers.length })
  await office.close()
}, 60_000)

it('takes an echo and a customer’s message that are hours late, each to its place', async () => {
  const office = await openEngineOffice()
  const robot = await office.robot()
  const { operationId } = await robot.send(friend('u1'), 'Hello')
  await robot.settled(operationId, 'accepted')
  const serialNo = office.platform.of('sendMessage')[0]?.serialNo
  await office.desk.close(true)
  // Five hours pass.
  const db = new Sqlite(join(office.desk.dataDir, 'switchboard.db'))
  db.exec(`UPDATE parts SET sent_at = sent_at - ${5 * hourMs}; UPDATE messages SET sent_at = sent_at - ${5 * hourMs}`)
  db.close()
  const desk = await Desk.open(office.desk.dataDir)
  const { callbackUrl = '' } = (await desk.call('connections.list', {})).items[0] ?? {}
  const later = robotHandle(desk, robot.id, robot.serialNo, callbackUrl)
  const fourHoursAgo = String(Date.now() - 4 * hourMs)
  await later.deliver(
    later.old(1005, { FromUserId: 'u1', Content: 'now', nPlatformMsgType: '10' }, { nTimeStamp: String(Date.now()) }),
  )
  await later.deliver(
    later.old(1005, { FromUserId: 'u1', Content: 'late', nPlatformMsgType: '10', dtMsgTime: fourHoursAgo }),
  )
  await later.deliver(
    later.old(
      1005,
      { FromUserId: 'me', ToUserId: 'u1', Content: 'Hello', nPlatformMsgType: '1' },
      { optSerNo: serialNo },
    ),
  )
  expect((await later.history(friend('u1'))).map(({ content, status }) => [content, status])).toEqual([
    ['now', 'received'],
    ['late', 'received'],
    ['Hello', 'done'],
  ])
  expect(await later.operation(operationId)).toMatchObject({ state: 'done' })
  await desk.close()
  await office.platform.close()
})
