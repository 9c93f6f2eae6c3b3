/** What is kept for log-ins: a remembered password and the platform's cached log-in, until they are forgotten. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CachedLogins } from '#engine/callbacks/cached-logins.ts'
import type { ContractEvent } from '#shared/contract/events.ts'
import { until } from '../../support/desk.ts'
import { openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'
import { silentLog } from '../../support/fake-engine.ts'

let office: EngineOffice
let robot: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice()
})
beforeEach(async () => {
  robot = await office.robot()
})
afterAll(() => office.close())

const kept = () => office.desk.call('robots.remembered', { robotId: robot.id })
const forget = (what: 'password' | 'cached') => office.desk.call('robots.forget', { robotId: robot.id, what })

describe('a remembered password', () => {
  it('is used without being typed, and asked for again once it was forgotten', async () => {
    const again = { robotId: robot.id, method: 'password' } as const
    const given = { ...again, username: 'me', password: 'sesame', remember: true }
    for (const input of [given, again]) {
      const { operationId } = await office.desk.call('robots.login', input)
      await robot.settled(operationId, 'accepted')
      await office.desk.call('operations.cancel', { id: operationId })
    }
    expect(office.platform.of('login').map(({ data }) => data.password)).toEqual(['sesame', 'sesame'])
    await forget('cached')
    expect(await kept()).toMatchObject({ username: 'me', password: true })
    await forget('password')
    expect(await kept()).toEqual({ username: 'me', password: false, cachedAt: null })
    expect(await office.desk.refusal('robots.login', again)).toMatchObject({ code: 'invalid-input' })
  })
})

describe('a cached log-in', () => {
  it('goes from the body into the vault, and is gone once it was forgotten', async () => {
    const before = Date.now()
    const callback = await robot.deliver(robot.old(1001, { userId: 'me', cache_info: 'CANARY-CACHED' }))
    expect(callback.raw).not.toContain('CANARY')
    const found = await until('the cached log-in', async () => (await kept()).cachedAt)
    expect(found).toBeGreaterThanOrEqual(before)
    await forget('password')
    expect((await kept()).cachedAt).toBe(found)
    await forget('cached')
    expect((await kept()).cachedAt).toBeNull()
  })

  it('of another merchant is not kept', async () => {
    const foreign = robot.old(1001, { cache_info: 'FOREIGN' }, { optvcMerchantId: 'other', optSerNo: 's1' })
    expect((await robot.deliver(foreign)).state).toBe('quarantined')
    // Whatever was kept of it would be there by now.
    await robot.deliver(robot.old(1001, { userId: 'me', cache_info: '' }, { optSerNo: 's2' }))
    expect((await kept()).cachedAt).toBeNull()
  })

  it.each([
    ['as text', 'secret', 'secret'],
    ['as an object', { a: ['b'] }, '{"a":["b"]}'],
  ])('%s is sealed for the robot that it was given to, when it was applied', async (_form, value, sealed) => {
    const put: [string, string][] = []
    const told: ContractEvent[] = []
    const logins = new CachedLogins(
      { read: () => Promise.resolve({ serialNo: 'r7' }) as never },
      { put: (...secret) => Promise.resolve(void put.push(secret)) },
      silentLog,
      (events) => told.push(...events),
    )
    const body = (robotSerialNo: string): Uint8Array =>
      Buffer.from(
        JSON.stringify({ type: 1001, optSerNo: 's', optvcRobotSerialNo: robotSerialNo, data: { cache_info: value } }),
      )
    const arrived = { connectionId: 3, at: 1, contentType: null }
    logins.note([
      { ...arrived, raw: body('r7') },
      { ...arrived, raw: body('r8') },
    ])
    const about = { robotId: '7', serialNo: 's', operationId: null, effects: [] }
    const news = { id: '1', at: 1, type: '1001', reason: null, ...about }
    const tell = (state: 'pending' | 'quarantined' | 'applied', connectionId = '3'): void =>
      logins.heed([{ event: 'callback.changed', data: { ...news, state, connectionId } } satisfies ContractEvent])
    tell('pending')
    tell('quarantined')
    tell('applied', '4')
    expect(put).toEqual([])
    tell('applied')
    await until('it to be sealed', () => told.length > 0)
    expect(told).toEqual([{ event: 'robot.keptLogins', data: { robotId: '7' } }])
    expect(put).toEqual([['robot/7/cached-login', sealed]])
  })
})
