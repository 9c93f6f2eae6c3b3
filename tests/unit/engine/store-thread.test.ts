/** What crosses to the writer and back, many at a time: in order, each with its own answer, told when it is on the disk. */
import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { StoreThread } from '#engine/store/store-thread.ts'
import { silentLog } from '../../support/fake-engine.ts'
import { storeThread, temporaryFolder } from '../../support/desk.ts'

let dataDir: string
let writer: StoreThread

beforeEach(async () => {
  dataDir = await temporaryFolder()
  writer = new StoreThread(storeThread, { role: 'writer', dataDir }, silentLog)
  await writer.ready
})
afterEach(async () => {
  await writer.close()
  await rm(dataDir, { recursive: true, force: true })
})

const turn = (robotId: number) => ({
  finished: null,
  input: { robotId, lane: 'activity', now: Date.now(), pace: {}, lateMs: 0, luck: 0.5 },
})
const send = (robotId: number) => ({
  robotId,
  peer: { kind: 'friend', id: 'u1' },
  type: 'text',
  content: 'x',
  parts: ['x'],
})

it('a request that stands between such as go together is answered in its turn', async () => {
  const order: string[] = []
  const note = (name: string) => () => order.push(name)
  await Promise.all([
    writer.call('outbox.turn', turn(1)).then(note('turn 1')),
    writer.call('outbox.turn', turn(2)).then(note('turn 2')),
    writer.call('values.set', { name: '.test', value: 1 }).then(note('between')),
    writer.call('outbox.turn', turn(3)).then(note('turn 3')),
  ])
  expect(order).toEqual(['turn 1', 'turn 2', 'between', 'turn 3'])
})

it('each of many has its own answer, whatever becomes of the others', async () => {
  const asked = Array.from({ length: 100 }, (_, n) =>
    n % 10 === 3 ? writer.call('messages.enqueue', send(n)) : writer.call('outbox.turn', turn(n)),
  )
  const answers = await Promise.allSettled(asked)
  answers.forEach((answer, n) => {
    if (n % 10 === 3) expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'not-found' } })
    else expect(answer).toEqual({ status: 'fulfilled', value: { claim: null, until: null } })
  })
})

it('a result waits for the disk, with one flush for all that came together; a refusal does not', async () => {
  let flushes = 0
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const flush = () => {
    flushes += 1
    return promise
  }
  let given = 0
  const asked = Array.from({ length: 8 }, (_, n) => writer.call('outbox.turn', turn(n), flush).then(() => (given += 1)))
  await expect(writer.call('messages.enqueue', send(1), flush)).rejects.toMatchObject({ code: 'not-found' })
  await writer.call('doubt', undefined)
  expect([given, flushes]).toEqual([0, 1])
  resolve(undefined)
  await Promise.all(asked)
  expect(given).toBe(8)
})

it('where the disk refuses, all that waited for it hear why', async () => {
  const flush = () => Promise.reject(new Error('no disk'))
  const asked = [1, 2].map((n) => writer.call('outbox.turn', turn(n), flush))
  for (const answer of await Promise.allSettled(asked)) {
    expect(answer).toMatchObject({ status: 'rejected', reason: { message: 'no disk' } })
  }
})

it('what cannot cross fails for those who asked, and the thread goes on', async () => {
  const odd = writer.call('outbox.turn', { odd: () => 1 })
  await expect(odd).rejects.toThrow(/clone/)
  expect(await writer.call('outbox.turn', turn(1))).toEqual({ claim: null, until: null })
})
