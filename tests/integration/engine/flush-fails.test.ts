/**
 * A disk that takes a commit and then fails to flush it, and does not let it be brought there in another way either: the
 * store says no to what is in the file all the same. What the outbox took so goes on without a new start, once.
 */
import type * as Fs from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { until } from '../../support/desk.ts'
import { friend, openEngineOffice, type EngineOffice } from '../../support/engine-office.ts'
import { accepted, held } from '../../support/fake-platform.ts'

const disk = vi.hoisted(() => ({ fails: false }))
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>()
  const fdatasync: typeof fs.fdatasync = Object.assign(
    (descriptor: number, done: Fs.NoParamCallback) => {
      if (disk.fails) done(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }))
      else fs.fdatasync(descriptor, done)
    },
    { __promisify__: fs.fdatasync.__promisify__ },
  )
  return { ...fs, fdatasync, default: { ...fs, fdatasync } }
})

let office: EngineOffice
beforeAll(async () => {
  office = await openEngineOffice()
})
afterAll(() => office.close())

it('what was taken in vain is sent once it works again, once, and is in the record once', async () => {
  const { desk, platform } = office
  const robot = await office.robot()
  const first = held()
  platform.script = first.script
  const one = await robot.send(friend('u1'), 'one')
  await first.asked
  const two = await robot.send(friend('u1'), 'two')
  // Whoever reads an old state keeps the log from being copied, which is the other way to the disk.
  const reader = new Sqlite(join(desk.dataDir, 'switchboard.db'), { readonly: true })
  reader.prepare('BEGIN').run()
  reader.prepare('SELECT count(*) FROM messages').get()
  disk.fails = true
  first.release()
  platform.script = accepted
  const stuck = (): boolean => desk.log.some(({ message }) => message === 'the outbox cannot get on')
  await until('a refusal', stuck, 20_000)
  expect(platform.of('sendMessage')).toHaveLength(1)
  reader.prepare('COMMIT').run()
  reader.close()
  disk.fails = false
  await until(
    'the second to be sent',
    async () => (await robot.operation(two.operationId)).state === 'accepted',
    20_000,
  )
  expect(await robot.operation(one.operationId)).toMatchObject({ state: 'accepted', callIds: [expect.any(String)] })
  expect(await robot.operation(two.operationId)).toMatchObject({ callIds: [expect.any(String)] })
  expect(platform.of('sendMessage').map(({ data }) => JSON.stringify(data).includes('two'))).toEqual([false, true])
}, 60_000)
