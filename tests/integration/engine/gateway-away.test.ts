/**
 * The gateway is down for an hour with 10,000 messages queued: what the screens say, what is held back, what goes, in
 * which order. One robot's go in the end and the others' are dropped; with `SWITCHBOARD_LONG=1` all 10,000 go.
 */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { unpaced } from '#shared/contract/entries/pace.ts'
import { Changes } from '#engine/store/changes.ts'
import { Database } from '#engine/store/database.ts'
import { enqueueMessage } from '#engine/store/outbox.ts'
import { Desk, temporaryFolder, until } from '../../support/desk.ts'
import { addRobot, friend, type RobotHandle } from '../../support/engine-office.ts'
import { fakeClock, minuteMs } from '../../support/fake-clock.ts'
import { startPlatform } from '../../support/fake-platform.ts'

const robotCount = 20
const peers = 10
const messages = 10_000
const perRobot = messages / robotCount
const perMinute = 200
/** How many robots' messages are sent in the end. */
const senders = process.env.SWITCHBOARD_LONG ? robotCount : 1

it('an hour without the gateway and 10,000 messages: asked, in order, at the pace', async () => {
  const away = await startPlatform()
  await away.close()
  const folder = await temporaryFolder()
  const clock = fakeClock()
  let desk = await Desk.open(folder, { clock })
  await desk.call('settings.set', { pace: { ...unpaced, perMinute } })
  const { id: connectionId, callbackUrl } = await desk.connect(away)
  const robots: RobotHandle[] = []
  for (let n = 0; n < robotCount; n += 1) robots.push(await addRobot(desk, connectionId, callbackUrl))
  await desk.close(true)
  // As messages.send writes them, without ten thousand flushes.
  const db = new Database(join(folder, 'switchboard.db'), 'write')
  db.transaction(() => {
    for (let n = 0; n < messages; n += 1) {
      const robotId = Number(robots[n % robotCount]?.id)
      const peer = friend(`u${Math.floor(n / robotCount) % peers}`)
      const content = `message ${n}`
      enqueueMessage(db, new Changes(false), { robotId, peer, type: 'text', content, parts: [content] })
    }
  })
  db.close()

  desk = await Desk.open(folder, { clock })
  const robotsNow = async () => (await desk.call('robots.list', {})).items
  await until('every robot to say why it waits', async () =>
    (await robotsNow()).every(({ held, waiting }) => held?.reason === 'unreachable' && waiting === perRobot),
  )
  const notices = async () => (await desk.call('system.info', {})).notices.map(({ code }) => code)
  expect(await notices()).toContain('gateway-unreachable')

  clock.pass(60 * minuteMs)
  // The next try comes by itself, and holds back what has waited too long instead of sending it.
  const list = () => desk.call('late.list', { limit: 1 })
  await until('all to be held back', async () => (await list()).summary.messages === messages, 20_000)
  expect((await list()).summary.conversations).toBe(robotCount * peers)
  const back = await startPlatform(away.port)
  // A new conversation is nobody's past: it goes, and shows that the way is free.
  const [first] = robots
  const fresh = await desk.call('messages.send', {
    robotId: first?.id ?? '',
    peer: friend('new'),
    type: 'text',
    content: 'new',
  })
  await until('the new one to go', async () => {
    const { state } = await desk.call('operations.get', { id: fresh.operationId })
    return state === 'accepted'
  })
  await until('the notice to go', async () => !(await notices()).includes('gateway-unreachable'))
  expect(back.requests).toHaveLength(1)

  const begun = performance.now()
  for (const { id } of robots.slice(senders)) await desk.call('late.settle', { as: 'drop', robotId: id })
  const dropped = performance.now() - begun
  const all = senders * perRobot
  expect((await list()).summary).toMatchObject({ messages: all, conversations: senders * peers })
  expect(await desk.call('late.settle', { as: 'send' })).toEqual({ messages: all })

  const sent = () => back.of('sendMessage').slice(1)
  for (let minute = 1; sent().length < all; minute += 1) {
    // One of the first minute was the new message.
    const most = Math.min(perMinute * minute - 1, perRobot) + (senders - 1) * Math.min(perMinute * minute, perRobot)
    await until(`minute ${minute} to be sent`, () => sent().length >= most, 60_000)
    expect(sent()).toHaveLength(most)
    clock.pass(minuteMs)
    await desk.call('settings.set', { density: 'compact' })
  }
  const byConversation = Map.groupBy(sent(), ({ data }) =>
    [data.vcRobotSerialNo, data.vcFriendSerialNo].map(String).join(' '),
  )
  expect(byConversation.size).toBe(senders * peers)
  for (const requests of byConversation.values()) {
    const numbers = requests.map(({ data }) =>
      Number((data.content as { msg_content: string }).msg_content.split(' ')[1]),
    )
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    expect(new Set(numbers).size).toBe(perRobot / peers)
  }
  const figures = {
    queued: messages,
    dropped: messages - all,
    sent: sent().length,
    perMinute,
    dropMs: Math.round(dropped),
  }
  process.stdout.write(`gateway away: ${JSON.stringify(figures)}\n`)
  await desk.close()
  await back.close()
}, 120_000)
