/** What windows are told of a message that goes: its states, as far as they last; nothing that did not change. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { until } from '../../support/desk.ts'
import { friend, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'
import { accepted, held, refused } from '../../support/fake-platform.ts'

let office: EngineOffice
let robot: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice()
})
beforeEach(async () => {
  office.platform.script = accepted
  robot = await office.robot()
})
afterAll(() => office.close())

/** Statuses of a message in the order in which they were told. */
const statuses = (messageId: string): string[] =>
  office.desk.events.flatMap(({ event, data }) =>
    (event === 'message.added' || event === 'message.changed') && data.id === messageId ? [data.status] : [],
  )
const states = (operationId: string): string[] =>
  office.desk.of('operation.changed').flatMap(({ id, state }) => (id === operationId ? [state] : []))
/** What a conversation was told to show last, in order: message and its status. */
const lasts = (peerId: string): string[] =>
  office.desk
    .of('conversation.changed')
    .flatMap(({ robotId, peer, lastMessage }) =>
      robotId === robot.id && peer.id === peerId && lastMessage ? [`${lastMessage.content} ${lastMessage.status}`] : [],
    )

it('a message that the platform takes its time for is told as being sent, and then as accepted', async () => {
  const { script, release, asked } = held()
  office.platform.script = script
  const { messageId, operationId } = await robot.send(friend('u1'), 'slow')
  await asked
  await until('the window to see it go', () => statuses(messageId).includes('sending'))
  await until('its conversation to show it', () => lasts('u1').includes('slow sending'))
  expect(states(operationId).at(-1)).toBe('sending')
  release()
  await until('the window to see it accepted', () => statuses(messageId).at(-1) === 'accepted')
  await until('its conversation to show it', () => lasts('u1').at(-1) === 'slow accepted')
  expect(states(operationId).at(-1)).toBe('accepted')
  // Each state once, and in order.
  const order = ['queued', 'sending', 'accepted']
  expect(statuses(messageId).map((status) => order.indexOf(status))).toEqual(
    statuses(messageId)
      .map((status) => order.indexOf(status))
      .toSorted((a, b) => a - b),
  )
})

it('of two messages the older one goes without a word of their conversation, the newer one shows there', async () => {
  const { script, release, asked } = held()
  office.platform.script = script
  const first = await robot.send(friend('u1'), 'first')
  await asked
  const second = await robot.send(friend('u1'), 'second')
  await until('both to be told', () => lasts('u1').includes('second queued'))
  await until('the first to be told as it goes', () => statuses(first.messageId).includes('sending'))
  const before = lasts('u1').length
  const next = held()
  office.platform.script = next.script
  release()
  await until('the first to be told as accepted', () => statuses(first.messageId).at(-1) === 'accepted')
  expect(
    lasts('u1')
      .slice(before)
      .filter((last) => last.startsWith('first')),
  ).toEqual([])
  next.release()
  await until('the second to show', () => lasts('u1').at(-1) === 'second accepted')
  expect(statuses(second.messageId).at(-1)).toBe('accepted')
})

it('an older message that fails is told with its conversation, which then asks for a decision', async () => {
  const { script, release, asked } = held(refused(7, 'no'))
  office.platform.script = script
  const first = await robot.send(friend('u1'), 'first')
  await asked
  office.platform.script = accepted
  await robot.send(friend('u1'), 'second')
  release()
  await until('the first to be told as failed', () => statuses(first.messageId).at(-1) === 'failed')
  await until('its conversation to ask for a decision', () =>
    office.desk.of('conversation.changed').some(({ robotId, trouble }) => robotId === robot.id && trouble),
  )
})

it('a hundred messages that go at once all end as accepted where they are told', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => robot.send(friend(`u${n % 7}`), `text ${n}`)))
  await until('all to be told', () =>
    answers.every(
      ({ messageId, operationId }) =>
        statuses(messageId).at(-1) === 'accepted' && states(operationId).at(-1) === 'accepted',
    ),
  )
  for (let peer = 0; peer < 7; peer += 1) {
    const last = peer < 2 ? 98 + peer : 91 + peer
    await until(`u${peer} to show its last`, () => lasts(`u${peer}`).at(-1) === `text ${last} accepted`)
  }
})
