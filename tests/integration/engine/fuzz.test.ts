/**
 * Whatever is posted and whatever is called, many at a time: nothing crashes, nothing is left unhandled, no answer is an
 * internal error. A few thousand of each; `SWITCHBOARD_LONG=1` makes 100,000 together.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { contract, type EntryName } from '#shared/contract/index.ts'
import { friend, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'
import { until } from '../../support/desk.ts'

const runs = process.env.SWITCHBOARD_LONG ? 50_000 : 1500
/** How many go at a time. */
const abreast = 16

let office: EngineOffice
let robot: RobotHandle
const unhandled: unknown[] = []
const note = (error: unknown): void => void unhandled.push(error)

beforeAll(async () => {
  process.on('unhandledRejection', note)
  office = await openEngineOffice()
  robot = await office.robot()
  await robot.deliver(robot.old(1005, { FromUserId: 'u1', Content: 'x', nPlatformMsgType: '10' }))
})
afterAll(async () => {
  process.off('unhandledRejection', note)
  await office.close()
})

async function all<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]()
  await Promise.all(
    Array.from({ length: abreast }, async () => {
      for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value)
    }),
  )
}

/** Names that mean something to the reader, so that what is inside them is looked at. */
const fields = fc.constantFrom(
  ...[
    'nType',
    'type',
    'data',
    'Data',
    'optSerNo',
    'optvcSerNo',
    'optvcMerchantId',
    'optvcRobotSerialNo',
    'nResultCode',
  ],
  ...[
    'resultCode',
    'nTimeStamp',
    'FromUserId',
    'ToUserId',
    'Content',
    'MsgData',
    'msgContentb',
    'nMsgType',
    'dtMsgTime',
  ],
  ...['vcUserId', 'vcUserName', 'vcGroupId', 'groupId', 'memberJoinTime', 'nstate', 'functional_limits', '__proto__'],
)
const types = fc.constantFrom(
  1001,
  1002,
  1003,
  1004,
  1005,
  1006,
  1007,
  2001,
  2002,
  2003,
  2004,
  '2004',
  ' 1005 ',
  -1,
  1e99,
)
const leaf = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  types,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('9223372036854775808', '1e400', '\ud800', '2026-02-30 25:61:61', '-0', '{"a":', 'u1'),
)
const body = fc
  .record({
    type: types,
    data: fc.oneof(leaf, fc.dictionary(fields, leaf), fc.array(fc.dictionary(fields, leaf))),
    more: fc.dictionary(fields, leaf),
  })
  .map(({ type, data, more }) =>
    JSON.stringify({ nType: type, optvcRobotSerialNo: robot.serialNo, nTimeStamp: 1, data, ...more }),
  )
const contentType = fc.constantFrom(
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain; charset=gbk',
  '',
)

it('callbacks', async () => {
  const deliveries = fc.sample(
    fc.record({ body: fc.oneof({ weight: 5, arbitrary: body }, fc.string({ unit: 'binary' })), contentType }),
    runs,
  )
  const refused: number[] = []
  await all(deliveries, async ({ body, contentType }) => {
    const { status } = await office.desk.post(office.callbackUrl, body, contentType)
    if (status !== 200) refused.push(status)
  })
  expect(refused).toEqual([])
  await until(
    'all to be read',
    async () => {
      const { items } = await office.desk.call('callbacks.list', { state: 'pending', limit: 500 })
      return items.every(({ reason }) => reason !== null)
    },
    120_000,
  )
  // An effect that throws would be a defect of ours, even though it is contained.
  expect((await office.desk.call('callbacks.list', { state: 'failed', limit: 5 })).items).toEqual([])
}, 600_000)

/** Calls that would end the run, or write outside of it. */
const left: readonly EntryName[] = [
  'backups.restore',
  'system.salvage',
  'system.backup',
  'vault.change',
  'sandbox.start',
]
const names = (Object.keys(contract) as EntryName[]).filter(
  (name) => !left.includes(name) && !/^(lock|connections)\./.test(name),
)
const value = (): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.constantFrom<unknown>(robot.id, office.connectionId, friend('u1'), null, 'x', 1, true, []),
    fc.anything({ maxDepth: 2 }),
    leaf,
  )

it('calls', async () => {
  const inputs = fc.oneof(
    ...names.map((name) => {
      const shape = 'shape' in contract[name].input ? Object.keys(contract[name].input.shape as object) : []
      const known = Object.fromEntries(shape.map((field) => [field, value()]))
      return fc.record({ name: fc.constant(name), input: fc.record(known, { requiredKeys: [] }) })
    }),
    fc.record({ name: fc.string() as fc.Arbitrary<EntryName>, input: fc.anything() as fc.Arbitrary<object> }),
  )
  const internal: string[] = []
  await all(fc.sample(inputs, runs), async ({ name, input }) => {
    const answer = await office.desk.engine.call(name, input, { locale: 'en' })
    if (!answer.ok && /^(internal|storage-failed)$/.test(answer.error.code))
      internal.push(`${name} ${JSON.stringify(input)}`)
  })
  expect(internal).toEqual([])
}, 600_000)

it('and life goes on', async () => {
  expect(unhandled).toEqual([])
  expect(office.desk.log.filter(({ level }) => level === 'error')).toEqual([])
  // The one of before may have been removed by a call.
  robot = await office.robot()
  await robot.deliver(robot.old(1005, { FromUserId: 'after', Content: 'after', nPlatformMsgType: '10' }))
  expect((await robot.history(friend('after'))).at(0)).toMatchObject({ content: 'after' })
  process.stdout.write(`fuzzed: ${runs} callbacks, ${runs} calls\n`)
})
