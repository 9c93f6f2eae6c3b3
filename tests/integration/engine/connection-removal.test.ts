/** A connection that goes while something of it is under way. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { held } from '../../support/fake-platform.ts'
import { openEngineOffice, type EngineOffice } from '../../support/engine-office.ts'

let office: EngineOffice
beforeAll(async () => {
  office = await openEngineOffice()
})
afterAll(() => office.close())

it('is not found by the call whose answer comes after it was removed', async () => {
  const { id } = await office.desk.connect(office.platform)
  const answer = held()
  office.platform.script = answer.script
  const refusal = office.desk.refusal('platform.getFriendList', { connectionId: id, vcRobotSerialNo: 'r' })
  await answer.asked
  await office.desk.call('connections.remove', { id })
  answer.release()
  expect(await refusal).toMatchObject({ code: 'not-found' })
  expect(office.desk.log.filter(({ level }) => level === 'error')).toEqual([])
})
