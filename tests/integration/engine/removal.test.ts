/** A connection that is removed in the middle of its traffic disturbs nobody else. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addRobot, friend, openEngineOffice, type EngineOffice } from '../../support/engine-office.ts'
import { accepted, held } from '../../support/fake-platform.ts'

let office: EngineOffice

beforeAll(async () => {
  office = await openEngineOffice()
})
afterAll(() => office.close())

it('keeps what arrives for others together with callbacks of the removed one', async () => {
  const { id, callbackUrl } = await office.desk.connect(office.platform, { name: 'Goes' })
  const stays = await office.robot()
  const body = (n: number) =>
    JSON.stringify(stays.old(1005, { FromUserId: 'a', Content: `m${n}`, nPlatformMsgType: '10' }))
  const posts = Array.from({ length: 200 }, (_, n) =>
    office.desk.post(n % 2 ? office.callbackUrl : callbackUrl, body(n)),
  )
  const [answers] = await Promise.all([Promise.all(posts), office.desk.call('connections.remove', { id })])
  expect(answers.filter(({ status }) => status !== 200 && status !== 404)).toEqual([])
  expect(office.desk.log.filter(({ level }) => level === 'error')).toEqual([])
})

it('takes an answer that comes after the removal for nothing', async () => {
  const { id, callbackUrl } = await office.desk.connect(office.platform, { name: 'Goes too' })
  const robot = await addRobot(office.desk, id, callbackUrl)
  const { script, release, asked } = held()
  office.platform.script = script
  await robot.send(friend('u1'), 'On its way')
  await asked
  await office.desk.call('connections.remove', { id })
  release()
  office.platform.script = accepted
  const other = await office.robot()
  const { operationId } = await other.send(friend('u1'), 'Goes on')
  await other.settled(operationId, 'accepted')
  expect(office.desk.log.filter(({ level }) => level === 'error')).toEqual([])
})
