/** Whatever is posted: acknowledged, kept as it came, never half applied, and never in the way of what follows. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../support/desk.ts'
import { friend, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'

const runs = process.env.SWITCHBOARD_LONG ? 5000 : 250

let office: EngineOffice
let robot: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice()
  robot = await office.robot()
})
afterAll(() => office.close())

const peopleData = [{ vcUserId: 'a', vcUserName: 'Anna', vcPreviewParm: 'x' }]
const groupData = {
  vcGroupId: 'g',
  vcGroupName: 'G',
  nCreateTime: 1,
  memberJoinTime: [{ vcUserId: 'a', nJoinTime: 2 }],
}
const goodData: Record<number, unknown> = {
  1001: { userId: 'me', userName: 'Me', cache_info: 'secret', phone: '1' },
  1002: peopleData[0],
  1003: peopleData,
  1004: null,
  1005: { FromUserId: 'a', ToUserId: 'b', Content: 'hello', dtMsgTime: '1', nPlatformMsgType: '10', nMsgType: '0' },
  1006: peopleData,
  1007: { nstate: 3, vcReason: 'r', functional_limits: [{ risk_type_code: 1, risk_type_desc: 'd' }] },
  2001: groupData,
  2002: [groupData],
  2003: [groupData],
  2004: {
    groupId: 'g',
    MsgData: { FromUserId: 'a', Content: 'x' },
    msgContentb: 'eA==',
    dtMsgTime: '1',
    nMsgType: '0',
  },
}

/** A good body in which one value, anywhere, is exchanged for any other. */
const mutated = fc
  .record({
    type: fc.constantFrom(...Object.keys(goodData).map(Number)),
    old: fc.boolean(),
    where: fc.nat(),
    value: fc.jsonValue({ maxDepth: 3 }),
  })
  .map(({ type, old, where, value }) => {
    const body = structuredClone(old ? robot.old(type, goodData[type]) : robot.young(type, goodData[type]))
    const places: [Record<string, unknown>, string][] = []
    const walk = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return
      for (const [name, inner] of Object.entries(node)) {
        places.push([node as Record<string, unknown>, name])
        walk(inner)
      }
    }
    walk(body)
    const place = places[where % places.length]
    if (place) place[0][place[1]] = value
    return Buffer.from(JSON.stringify(body))
  })

const damaged = fc.tuple(mutated, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([body, where, byte]) => {
  body[where % body.length] = byte
  return body
})
const cut = fc.tuple(mutated, fc.nat()).map(([body, where]) => body.subarray(0, where % body.length))
const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))

it('any bytes and any mutation of a good body', async () => {
  const bodies = fc.sample(fc.oneof({ weight: 4, arbitrary: mutated }, damaged, cut, noise), runs)
  let last = ''
  for (const body of bodies) {
    const { status, text } = await office.desk.post(office.callbackUrl, body)
    expect([status, text]).toEqual([200, 'success'])
  }
  const ids: string[] = []
  const kept: { raw: string; state: string }[] = []
  await until('all to be read', async () => {
    const { items } = await office.desk.call('callbacks.list', { state: 'pending', limit: 500 })
    return items.every(({ reason }) => reason !== null)
  })
  for (let cursor: string | undefined; ;) {
    const page = await office.desk.call('callbacks.list', { limit: 500, ...(cursor ? { cursor } : {}) })
    for (const { id, raw, state } of page.items) {
      ids.push(id)
      kept.push({ raw, state })
    }
    if (page.nextCursor === null) break
    cursor = page.nextCursor
  }
  expect(kept).toHaveLength(bodies.length)
  process.stdout.write(`hostile bodies: ${bodies.length}\n`)
  kept.reverse().forEach(({ raw }, index) => {
    const body = bodies[index]?.toString('utf8') ?? ''
    if (!body.includes('cache_info')) expect(raw).toBe(body)
  })
  // An effect that throws would be a defect of ours, even if it is contained.
  expect(kept.filter(({ state }) => state === 'failed')).toEqual([])
  expect(office.desk.log.filter(({ level }) => level === 'error')).toEqual([])
  // And life goes on.
  last = `after ${ids.length}`
  await robot.deliver(robot.old(1005, { FromUserId: 'last', Content: last, nPlatformMsgType: '10' }))
  expect(await robot.history(friend('last'))).toMatchObject([{ content: last }])
}, 300_000)

it('what is nested without end', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  for (const body of [
    deep,
    `{"nType":1005,"optvcRobotSerialNo":"${robot.serialNo}","data":${deep}}`,
    `{"data":${'{"a":'.repeat(50_000)}1234567890123456789${'}'.repeat(50_000)}}`,
  ]) {
    const callback = await office.desk.deliver(office.callbackUrl, body)
    expect(['quarantined', 'failed', 'pending']).toContain(callback.state)
  }
  await robot.deliver(robot.old(1005, { FromUserId: 'deep', Content: 'x', nPlatformMsgType: '10' }))
  expect(await robot.history(friend('deep'))).toHaveLength(1)
})

it('an effect that fails leaves nothing of itself behind', async () => {
  // A list whose last person has a name that SQLite cannot take would show half of it.
  const people = [
    ...Array.from({ length: 50 }, (_, index) => ({ vcUserId: `p${index}` })),
    { vcUserId: 'p50', vcUserName: '\ud800 \u0000' },
  ]
  const callback = await robot.deliver(robot.young(1003, people))
  const { items } = await office.desk.call('friends.list', { robotId: robot.id, query: 'p', limit: 500 })
  const found = items.filter(({ id }) => /^p\d+$/.test(id)).length
  expect(found).toBe(callback.state === 'applied' ? 51 : 0)
})
