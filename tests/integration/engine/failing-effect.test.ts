/** An effect that fails takes no other callback with it, leaves nothing half done, and can be tried again. */
import Sqlite from 'better-sqlite3'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { until } from '../../support/desk.ts'
import { friend, openEngineOffice, type EngineOffice } from '../../support/engine-office.ts'

let office: EngineOffice
beforeEach(async () => {
  office = await openEngineOffice()
})
afterEach(() => office.close())

/** Changes the database behind the engine's back. */
function meddle(sql: string): void {
  const db = new Sqlite(join(office.desk.dataDir, 'switchboard.db'))
  db.exec(sql)
  db.close()
}

it('among many that came at once', async () => {
  const robot = await office.robot()
  meddle(`CREATE TRIGGER meddling BEFORE INSERT ON messages WHEN NEW.content = 'bad'
    BEGIN SELECT RAISE(ABORT, 'no'); END`)
  const peer = friend('u1')
  const texts = Array.from({ length: 60 }, (_, n) => (n === 31 ? 'bad' : `good ${n}`))
  await Promise.all(
    texts.map((Content) =>
      fetch(office.callbackUrl, {
        method: 'POST',
        body: JSON.stringify(robot.old(1005, { FromUserId: 'u1', Content, nPlatformMsgType: '10' })),
      }),
    ),
  )
  const history = async () => (await office.desk.call('messages.page', { robotId: robot.id, peer, limit: 100 })).items
  const failed = async () => (await office.desk.call('callbacks.list', { state: 'failed' })).items
  await until('the failed one', async () => (await failed()).length === 1)
  await until('the history', async () => (await history()).length === 59)
  const shown = (await history()).map(({ id, content }) => `${id} ${content}`)
  expect(shown.some((text) => text.endsWith('bad'))).toBe(false)
  // What was told is what is there: nobody heard of a message that was undone.
  const told = office.desk.events.flatMap((one) =>
    one.event === 'message.added' ? [`${one.data.id} ${one.data.content}`] : [],
  )
  expect(told.sort()).toEqual(shown.sort())
  expect((await office.desk.call('messages.search', { query: 'good 30' })).items).toHaveLength(1)
  expect(office.desk.log.filter(({ level }) => level === 'error')).toHaveLength(1)

  meddle('DROP TRIGGER meddling')
  await office.desk.call('callbacks.replay', { ids: (await failed()).map(({ id }) => id) })
  await until('the history', async () => (await history()).length === 60)
  expect((await history()).filter(({ content }) => content === 'bad')).toHaveLength(1)
})
