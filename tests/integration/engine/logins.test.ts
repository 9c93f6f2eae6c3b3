/** Log-ins: by password, QR code and cache; what ends them, and that no password is found anywhere. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../support/desk.ts'
import { addRobot, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'
import { accepted, held, merchantKeys, refused } from '../../support/fake-platform.ts'

const canary = 'Canary"Pa\\ss&wörd=密码+%41'
let office: EngineOffice
let robot: RobotHandle

beforeAll(async () => {
  office = await openEngineOffice({ advanced: { loginTimeoutMs: 4000, callTimeoutMs: 3000 } })
})
beforeEach(async () => {
  office.platform.script = accepted
  robot = await office.robot()
})
afterAll(() => office.close())

type Method = 'password' | 'qr' | 'cached'
const login = async (method: Method = 'password', who = robot) => {
  const secrets = method === 'password' ? { username: 'me@example.com', password: canary } : {}
  const { operationId } = await office.desk.call('robots.login', { robotId: who.id, method, ...secrets })
  return operationId
}
const request = (who = robot) =>
  office.platform.of('login').findLast(({ data }) => data.vcRobotSerialNo === who.serialNo)
const serial = (who = robot) => ({ optSerNo: request(who)?.serialNo })

describe('a log-in', () => {
  it('by password sends what the document names, and ends with 1001', async () => {
    const operationId = await login()
    expect((await robot.state()).state).toBe('logging-in')
    const underWay = await robot.settled(operationId, 'accepted')
    expect(underWay.login).toMatchObject({ step: 'accepted', expiresAt: expect.any(Number) as number })
    expect(request()?.data).toEqual({
      vcRobotSerialNo: robot.serialNo,
      username: 'me@example.com',
      password: canary,
      is_cache_login: false,
      login_type: '0',
      vcRobotSerialNo_type: '0',
    })
    await robot.deliver(robot.old(1001, { userId: 'me' }, serial()))
    expect(await robot.operation(operationId)).toMatchObject({ state: 'done', login: { step: 'online' } })
    expect((await robot.state()).state).toBe('online')
    // Events come by a way of their own, perhaps after what a reader answers.
    const steps = await until('the last step', () => {
      const mine = office.desk.of('login.progress').filter((event) => event.operationId === operationId)
      return mine.at(-1)?.login.step === 'online' ? mine : undefined
    })
    expect(steps.map(({ login: { step } }) => step)).toEqual(['accepted', 'online'])
  })

  it('from the cache and by QR code says so', async () => {
    await robot.settled(await login('cached'), 'accepted')
    expect(request()?.data).toMatchObject({ is_cache_login: true, login_type: '0' })
    const other = await office.robot()
    await other.settled(await login('qr', other), 'accepted')
    expect(request(other)?.data).toMatchObject({ is_cache_login: false, login_type: '1' })
    expect(request(other)?.data).not.toHaveProperty('password')
  })

  it.each([
    ['1007 online without a serial number', 1007, { nstate: 0 }, 'online'],
    ['1007 limited', 1007, { nstate: 3, functional_limits: [{ risk_type_code: 1, risk_type_desc: 'x' }] }, 'limited'],
  ] as const)('ends well with %s', async (_name, type, data, state) => {
    const operationId = await login()
    await robot.settled(operationId, 'accepted')
    await robot.deliver(robot.old(type, data))
    expect((await robot.operation(operationId)).state).toBe('done')
    expect((await robot.state()).state).toBe(state)
  })

  it.each([
    [
      '1001 with a wrong password',
      1001,
      null,
      { resultCode: '500', resultMsg: '密码错误' },
      '密码错误',
      'The log-in failed: 密码错误 (result code 500)',
    ],
    [
      '1007 banned with its serial number',
      1007,
      { nstate: 2, vcReason: '封号' },
      {},
      '封号',
      'The log-in failed: the platform banned the account 封号',
    ],
    [
      '1007 offline with its serial number',
      1007,
      { nstate: 1, vcReason: 'no' },
      {},
      'no',
      'The log-in failed: the platform reports the account offline no',
    ],
  ])('fails by %s', async (_name, type, data, header, reason, message) => {
    const operationId = await login()
    await robot.settled(operationId, 'accepted')
    await robot.deliver(robot.old(type, data, { ...header, ...serial() }))
    expect(await robot.operation(operationId)).toMatchObject({
      state: 'failed',
      login: { step: 'failed' },
      error: { code: 'login-failed', message, params: { reason } },
    })
    expect((await robot.state()).state).not.toBe('logging-in')
  })

  it('does not fail by news without its serial number', async () => {
    const operationId = await login()
    await robot.settled(operationId, 'accepted')
    await robot.deliver(robot.old(1001, null, { resultCode: '500' }))
    expect((await robot.operation(operationId)).state).toBe('accepted')
  })

  it('that the platform refuses at once leaves the robot as it was', async () => {
    await robot.deliver(robot.old(1007, { nstate: 1 }))
    office.platform.script = refused(40001, `bad request: ${JSON.stringify({ password: canary })} ${canary}`)
    const operation = await robot.settled(await login(), 'failed')
    expect(operation.error?.code).toBe('platform-refused')
    expect((await robot.state()).state).toBe('offline')
  })

  it('that nobody answers fails after its time, and a late 1001 mends it', async () => {
    const operationId = await login()
    await robot.settled(operationId, 'failed')
    expect(await robot.operation(operationId)).toMatchObject({
      error: { code: 'timed-out' },
      login: { step: 'failed' },
    })
    expect((await robot.state()).state).toBe('unknown')
    await robot.deliver(robot.old(1001, { userId: 'me' }, serial()))
    expect(await robot.operation(operationId)).toMatchObject({ state: 'done', login: { step: 'online' }, error: null })
    expect((await robot.state()).state).toBe('online')
  })

  it('says when its QR code was scanned and which code the phone wants, and when each was', async () => {
    const operationId = await login('qr')
    await robot.settled(operationId, 'accepted')
    const step = async (data: object) => {
      await robot.deliver(robot.young(1025, data, { ...serial(), optvcSerNo: request()?.serialNo }))
      return (await robot.operation(operationId)).login
    }
    expect(await step({ vcCodeUrl: 'https://qr.example/1' })).toMatchObject({ step: 'scan', qr: { kind: 'text' } })
    expect(await step({ nScanState: 0 })).toMatchObject({ step: 'scan' })
    expect(await step({ nScanState: 1 })).toMatchObject({ step: 'scanned', qr: { value: 'https://qr.example/1' } })
    expect(await step({ vcVerifyCode: '042713' })).toMatchObject({ step: 'code', verificationCode: '042713' })
    expect(await step({ nScanState: '1', again: true })).toMatchObject({ step: 'code' })
    await robot.deliver(robot.old(1001, { userId: 'me' }, serial()))
    const { login: end, createdAt } = await robot.operation(operationId)
    expect(end?.method).toBe('qr')
    expect(end?.steps?.map((one) => one.step)).toEqual(['accepted', 'scan', 'scanned', 'code', 'online'])
    const times = end?.steps?.map(({ at }) => at) ?? []
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times[0]).toBeGreaterThanOrEqual(createdAt)
  })

  it('asks for the verification code only where the deployment serves that, and only while a log-in waits', async () => {
    const ask = { robotId: robot.id }
    const operationId = await login()
    await robot.settled(operationId, 'accepted')
    expect(await office.desk.refusal('robots.verificationCode', ask)).toMatchObject({ code: 'method-withdrawn' })
    const { id, callbackUrl } = await office.desk.connect(office.platform, {
      merchantNo: 'm-codes',
      advanced: { withdrawnMethods: true },
    })
    const served = await addRobot(office.desk, id, callbackUrl)
    const askServed = { robotId: served.id }
    expect(await office.desk.refusal('robots.verificationCode', askServed)).toMatchObject({ code: 'not-allowed-now' })
    const waiting = await office.desk.call('robots.login', { robotId: served.id, method: 'qr' })
    await served.settled(waiting.operationId, 'accepted')
    office.platform.script = refused(50011, 'no log-in waits for a verification code')
    expect(await office.desk.refusal('robots.verificationCode', askServed)).toMatchObject({ code: 'platform-refused' })
    office.platform.script = (asked) => ({
      body: { vcSerialNo: asked.serialNo, vcSuccess: 'true', data: { code: 42713 } },
    })
    expect(await office.desk.call('robots.verificationCode', askServed)).toEqual({ code: '42713' })
    const { login: shown, callIds } = await served.operation(waiting.operationId)
    expect(shown).toMatchObject({ step: 'code', verificationCode: '42713' })
    expect(callIds).toHaveLength(3)
  })

  it('says whether a password is remembered and for whom, never which', async () => {
    const ask = { robotId: robot.id }
    expect(await office.desk.call('robots.remembered', ask)).toEqual({
      username: null,
      password: false,
      cachedAt: null,
    })
    const given = { ...ask, method: 'password', username: 'me@example.com', password: canary, remember: true } as const
    const first = await office.desk.call('robots.login', given)
    await robot.settled(first.operationId, 'accepted')
    await office.desk.call('operations.cancel', { id: first.operationId })
    expect(await office.desk.call('robots.remembered', ask)).toEqual({
      username: 'me@example.com',
      password: true,
      cachedAt: null,
    })
    const second = await office.desk.call('robots.login', { ...ask, method: 'password' })
    await robot.settled(second.operationId, 'accepted')
    expect(request()?.data).toMatchObject({ username: 'me@example.com', password: canary })
  })

  it('that failed late does not take down the one under way', async () => {
    const first = await login()
    await robot.settled(first, 'failed')
    const early = serial()
    const second = await login()
    await robot.settled(second, 'accepted')
    await robot.deliver(robot.old(1001, null, { resultCode: '500', ...early }))
    expect((await robot.state()).state).toBe('logging-in')
    await robot.deliver(robot.old(1001, { userId: 'me' }, serial()))
    expect((await robot.operation(second)).state).toBe('done')
  })

  it('whose callback comes before its answer is done all the same', async () => {
    const { script, release, asked } = held()
    office.platform.script = script
    const operationId = await login()
    await asked
    await robot.deliver(robot.old(1001, { userId: 'me' }, serial()))
    release()
    await robot.settled(operationId, 'done')
  })

  it('can be cancelled, and the robot is as before', async () => {
    const operationId = await login()
    await robot.settled(operationId, 'accepted')
    expect(await office.desk.refusal('robots.login', { robotId: robot.id, method: 'qr' })).toMatchObject({
      code: 'not-allowed-now',
    })
    await office.desk.call('operations.cancel', { id: operationId })
    expect(await robot.operation(operationId)).toMatchObject({ state: 'cancelled', login: { step: 'cancelled' } })
    expect((await robot.state()).state).toBe('unknown')
    await login('qr')
  })

  it('that the platform refuses leaves why and since when the robot is banned', async () => {
    await robot.deliver(robot.old(1007, { nstate: 2, vcReason: 'unusual activity' }))
    const before = await robot.state()
    expect(before).toMatchObject({ state: 'banned', stateReason: 'unusual activity' })
    const operationId = await login()
    await robot.settled(operationId, 'accepted')
    await office.desk.call('operations.cancel', { id: operationId })
    expect(await robot.state()).toEqual({ ...before, loginMethod: 'password' })
  })

  it('of two robots at once does not mix', async () => {
    const other = await office.robot()
    const [one, two] = [await login(), await login('password', other)]
    await robot.settled(one, 'accepted')
    await other.settled(two, 'accepted')
    await other.deliver(other.old(1007, { nstate: 0 }))
    expect((await robot.operation(one)).state).toBe('accepted')
    expect((await other.operation(two)).state).toBe('done')
    await robot.deliver(robot.old(1001, null, { resultCode: '1', resultMsg: 'no', ...serial() }))
    expect((await robot.operation(one)).state).toBe('failed')
    expect((await other.state()).state).toBe('online')
  })

  it('keeps its password until it could be sent', async () => {
    let tries = 0
    const away = { url: 'http://127.0.0.1:1/gateway' }
    const { id, callbackUrl } = await office.desk.connect(away)
    const { id: robotId } = await office.desk.call('robots.add', { connectionId: id, serialNo: 'later' })
    const { operationId } = await office.desk.call('robots.login', { robotId, method: 'password', password: canary })
    await until('a try', async () => (tries = (await office.desk.call('calls.list', { operationId })).items.length) > 0)
    await office.desk.connect(office.platform, { id, privateKeyPem: merchantKeys.privateKey })
    await robot.settled(operationId, 'accepted')
    expect(tries).toBeGreaterThan(0)
    expect(callbackUrl).toContain('/callback/')
    const sent = office.platform.of('login').find(({ data }) => data.vcRobotSerialNo === 'later')
    expect(sent?.data.password).toBe(canary)
  })

  it('needs a password where none is remembered', async () => {
    const input = { robotId: robot.id, method: 'password', username: 'me' }
    expect(await office.desk.refusal('robots.login', input)).toMatchObject({
      code: 'invalid-input',
      params: { field: 'password' },
    })
    const { operationId } = await office.desk.call('robots.login', {
      robotId: robot.id,
      method: 'password',
      password: canary,
      remember: true,
    })
    await robot.settled(operationId, 'accepted')
    await office.desk.call('operations.cancel', { id: operationId })
    const again = await office.desk.call('robots.login', { robotId: robot.id, method: 'password' })
    await robot.settled(again.operationId, 'accepted')
    expect(request()?.data.password).toBe(canary)
  })
})

describe('a QR code', () => {
  const png = 'iVBORw0KGgoAAAANSUhEUg=='

  it('in the answer is shown', async () => {
    office.platform.script = (call) => ({
      body: { vcSerialNo: call.serialNo, vcSuccess: 'true', data: { qrCode: 'https://line.example/abc' } },
    })
    const operation = await robot.settled(await login('qr'), 'accepted')
    expect(operation.login).toMatchObject({ step: 'scan', qr: { kind: 'text', value: 'https://line.example/abc' } })
  })

  it.each([
    ['a type of its own', 1025],
    ['a known type', 1001],
  ])('in a callback of %s is shown, and a newer one replaces it', async (_name, type) => {
    const operationId = await login('qr')
    await robot.settled(operationId, 'accepted')
    const header = type === 1001 ? { resultCode: '0' } : {}
    if (type === 1001) {
      await robot.deliver(robot.old(1006, [{ vcUserId: 'x', vcCodeUrl: 'https://x.example/1.png' }], serial()))
    } else {
      const callback = await robot.deliver(robot.old(type, { vcCodeUrl: 'https://x.example/1.png' }, header))
      expect(callback).toMatchObject({ state: 'applied', operationId })
    }
    expect((await robot.operation(operationId)).login).toMatchObject({
      step: 'scan',
      qr: { kind: 'link', value: 'https://x.example/1.png' },
    })
    await robot.deliver(robot.old(1025, { img: png }, serial()))
    expect((await robot.operation(operationId)).login?.qr).toEqual({
      kind: 'image',
      value: `data:image/png;base64,${png}`,
    })
  })

  it('is looked for only while a log-in waits', async () => {
    const callback = await robot.deliver(robot.old(1025, { vcCodeUrl: 'https://x.example/1.png' }))
    expect(callback).toMatchObject({ state: 'quarantined', reason: 'unknown-type' })
  })
})

it('no password stands anywhere: not in the record, not in the log, not in a file', async () => {
  const { items } = await office.desk.call('calls.list', { limit: 500 })
  expect(items.some(({ method, request: sent }) => method === 'login' && sent.includes('***'))).toBe(true)
  const forms = [canary, JSON.stringify(canary).slice(1, -1), encodeURIComponent(canary), 'Canary']
  const told = JSON.stringify([items, office.desk.events, office.desk.log])
  for (const form of forms) expect(told).not.toContain(form)
  const files = await readdir(office.desk.dataDir, { recursive: true, withFileTypes: true })
  let looked = 0
  for (const file of files) {
    if (!file.isFile()) continue
    const bytes = await readFile(join(file.parentPath, file.name))
    looked += 1
    for (const form of forms) expect(bytes.includes(form), `${file.name} holds ${form}`).toBe(false)
  }
  expect(looked).toBeGreaterThan(3)
})
