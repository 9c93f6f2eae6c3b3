/** The watch in a running engine: raised, told, posted to a real HTTP server, over; kept over a restart. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '#engine/types.ts'
import { Desk, until } from '../../support/desk.ts'
import { friend, openEngineOffice, robotHandle, type EngineOffice } from '../../support/engine-office.ts'

interface Posted {
  headers: IncomingHttpHeaders
  body: string
  parsed: { phase: string; alarm: { kind: string; robot: { serialNo: string; name: string } | null } | null }
}
const secret = 'between us two only'
let posted: Posted[] = []
/** The receiver's answers; without one 200. */
let answers: number[] = []
let receiver: Server
let url = ''
beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      posted.push({ headers: request.headers, body, parsed: JSON.parse(body) as Posted['parsed'] })
      response.writeHead(answers.shift() ?? 200, { location: `${url}/elsewhere` }).end('ok')
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
})
afterAll(() => receiver.close())

let office: EngineOffice
/** What the machine seems to be like. */
let freeBytes = 50 * 1024 ** 3
const offset = { wall: 0, steady: 0 }
const clock: Clock = {
  now: () => Date.now() + offset.wall,
  steady: () => Math.round(performance.now()) + offset.steady,
}
const machine = { freeBytes: () => Promise.resolve(freeBytes), clock }
beforeEach(async () => {
  posted = []
  answers = []
  freeBytes = 50 * 1024 ** 3
  offset.wall = offset.steady = 0
  office = await openEngineOffice({}, machine)
})
afterEach(() => office.close())

const kinds = async (desk = office.desk): Promise<string[]> =>
  (await desk.call('watch.get', {})).alarms.map(({ kind }) => kind).sort()
/** Makes the watch look, which otherwise takes its time. */
const look = (desk = office.desk) => desk.call('watch.set', {})
const phases = (desk = office.desk): string[] =>
  desk.of('watch.told').map(({ phase, alarm }) => `${alarm.kind} ${phase}`)

describe('alarms', () => {
  it('are raised by what the platform says of a robot, and say when it is over', async () => {
    const robot = await office.robot()
    await robot.deliver(robot.old(1007, { nstate: 0 }))
    await look()
    expect(await kinds()).toEqual([])
    await robot.deliver(robot.old(1007, { nstate: 2, vcReason: 'spam' }))
    const banned = await until('an alarm by itself', async () => (await kinds()).includes('robot-banned'))
    expect(banned).toBe(true)
    const [alarm] = (await office.desk.call('watch.get', {})).alarms
    expect(alarm).toMatchObject({ robot: { id: robot.id, serialNo: robot.serialNo }, endedAt: null })
    await office.desk.call('watch.seen', { ids: [alarm!.id] })
    expect((await office.desk.call('watch.get', {})).alarms[0]?.seenAt).not.toBeNull()
    await robot.deliver(robot.old(1007, { nstate: 0 }))
    await until('it to be over', async () => (await kinds()).length === 0)
    await expect.poll(() => phases()).toEqual(['robot-banned raised', 'robot-banned over'])
    expect((await office.desk.call('watch.alarms', {})).items[0]?.endedAt).not.toBeNull()
  })

  it('come of a full disk, can be switched off, and are neither raised again nor forgotten at a restart', async () => {
    freeBytes = 1024 ** 2
    await look()
    expect(await kinds()).toEqual(['disk-low'])
    await office.desk.engine.stop()
    const again = await Desk.open(office.desk.dataDir, machine)
    await look(again)
    expect(await kinds(again)).toEqual(['disk-low'])
    expect(phases(again)).toEqual([])
    freeBytes = 50 * 1024 ** 3
    await look(again)
    expect(phases(again)).toEqual(['disk-low over'])
    freeBytes = 1024 ** 2
    await again.call('watch.set', { kinds: { 'disk-low': false } })
    expect(await kinds(again)).toEqual([])
    await again.call('watch.set', { kinds: { 'disk-low': true } })
    expect(await kinds(again)).toEqual(['disk-low'])
    await again.call('watch.set', { kinds: { 'disk-low': false } })
    expect(phases(again)).toEqual(['disk-low over', 'disk-low raised'])
    await again.close(true)
  })

  it('are not raised by a machine that slept or a clock that was set', async () => {
    const robot = await office.robot()
    await robot.deliver(robot.old(1007, { nstate: 0 }))
    await robot.deliver(robot.old(1005, { FromUserId: 'u1', Content: 'x', nPlatformMsgType: '10' }))
    await look()
    offset.wall += 9 * 3_600_000
    await look()
    offset.wall += 9 * 3_600_000
    offset.steady += 9 * 3_600_000
    await look()
    offset.wall -= 24 * 3_600_000
    await look()
    expect(await kinds()).toEqual([])
  })

  it('go with their robot', async () => {
    const robot = await office.robot()
    await robot.deliver(robot.old(1007, { nstate: 2 }))
    await until('an alarm', async () => (await kinds()).length === 1)
    await office.desk.call('robots.remove', { id: robot.id })
    expect(await kinds()).toEqual([])
  })
})

describe('the webhook', () => {
  it('gets alarms signed, without a word of a customer, in order', async () => {
    await office.desk.call('watch.set', { webhook: { url, secret } })
    const robot = await office.robot()
    await robot.deliver(
      robot.old(1005, { FromUserId: 'u1', FromName: 'Misaki', Content: 'secret words', nPlatformMsgType: '10' }),
    )
    expect(await robot.history(friend('u1'))).toHaveLength(1)
    await robot.deliver(robot.old(1007, { nstate: 2, vcReason: 'because of Misaki' }))
    await until('a post', () => posted.length > 0)
    await robot.deliver(robot.old(1007, { nstate: 0 }))
    await until('two posts', () => posted.length === 2)
    expect(posted.map(({ parsed }) => parsed.phase)).toEqual(['raised', 'over'])
    for (const { headers, body } of posted) {
      const timestamp = String(headers['x-switchboard-timestamp'])
      expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(60)
      const hmac = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
      expect(headers['x-switchboard-signature']).toBe(`v1=${hmac}`)
      expect(headers['content-type']).toContain('application/json')
      expect(body).not.toMatch(/Misaki|secret words|Test/)
      expect(body).not.toContain(secret)
    }
    expect(posted[0]?.parsed.alarm).toMatchObject({ kind: 'robot-banned', robot: { serialNo: robot.serialNo } })
    await until('it noted', async () =>
      (await office.desk.call('watch.deliveries', {})).items.every(({ state }) => state === 'delivered'),
    )
    expect(
      JSON.stringify([await office.desk.call('watch.get', {}), office.desk.events, office.desk.log]),
    ).not.toContain(secret)
  })

  it('is tried again after a failure, also by the next start, and follows nobody elsewhere', async () => {
    await office.desk.call('watch.set', { webhook: { url, secret } })
    answers = [302]
    freeBytes = 0
    await look()
    const failed = await until('a failure noted', async () =>
      (await office.desk.call('watch.deliveries', {})).items.find(({ attempts }) => attempts === 1),
    )
    expect(failed).toMatchObject({ state: 'queued', status: 302, phase: 'raised' })
    expect(failed.nextAt! - Date.now()).toBeGreaterThan(5000)
    expect(posted).toHaveLength(1)
    // That it is over waits until it was told that it began.
    freeBytes = 50 * 1024 ** 3
    await look()
    await office.desk.engine.stop()
    const again = await Desk.open(office.desk.dataDir, machine)
    const settled = await until(
      'both delivered',
      async () => {
        const { items } = await again.call('watch.deliveries', {})
        return items.every(({ state }) => state === 'delivered') && items
      },
      40_000,
    )
    expect(settled.map(({ phase, attempts }) => `${phase} ${attempts}`)).toEqual(['over 1', 'raised 2'])
    expect(posted.map(({ parsed }) => parsed.phase)).toEqual(['raised', 'raised', 'over'])
    await again.close(true)
  }, 60_000)

  it('is tested once, and the outcome told', async () => {
    expect((await office.desk.refusal('watch.test', {})).code).toBe('not-found')
    await office.desk.call('watch.set', { webhook: { url, secret } })
    expect(await office.desk.call('watch.test', {})).toMatchObject({ phase: 'test', state: 'delivered', status: 200 })
    answers = [500]
    expect(await office.desk.call('watch.test', {})).toMatchObject({ state: 'failed', status: 500, nextAt: null })
    await office.desk.call('watch.set', { webhook: { url: 'http://127.0.0.1:9/' } })
    expect(await office.desk.call('watch.test', {})).toMatchObject({
      state: 'failed',
      status: null,
      problem: 'ECONNREFUSED',
    })
    await expect.poll(() => office.desk.of('watch.delivered')).toHaveLength(3)
  })

  it('takes http and https only, no password in the address, and a secret of some length at first', async () => {
    for (const wrong of ['ftp://x/', 'file:///etc/passwd', 'javascript:alert(1)', 'nonsense', 'http://a:b@x/']) {
      const refused = await office.desk.refusal('watch.set', { webhook: { url: wrong, secret } })
      expect(refused, wrong).toMatchObject({ code: 'invalid-input', params: { field: 'webhook.url' } })
    }
    expect(await office.desk.refusal('watch.set', { webhook: { url, secret: 'short' } })).toMatchObject({
      code: 'invalid-input',
    })
    expect(await office.desk.refusal('watch.set', { webhook: { url } })).toMatchObject({
      params: { field: 'webhook.secret' },
    })
    await office.desk.call('watch.set', { webhook: { url, secret } })
    await office.desk.call('watch.set', { webhook: { url: `${url}/other` } })
    await office.desk.call('watch.set', { webhook: null })
    expect((await office.desk.call('watch.get', {})).webhook).toBeNull()
  })
})

describe('silence', () => {
  it('is learned from what came, and raised when it is longer than usual', async () => {
    const { desk, connectionId } = office
    const robot = await office.robot()
    await robot.deliver(robot.old(1007, { nstate: 0 }))
    await look()
    expect((await desk.call('watch.get', {})).usual).toEqual([{ connectionId, days: 0, usualMs: null }])
    // Weeks go by in which somebody writes at least every ten minutes: as the watch itself would have noted them.
    await desk.engine.stop()
    const { Database } = await import('#engine/store/database.ts')
    const db = new Database(`${desk.dataDir}/switchboard.db`, 'write')
    const day = 86_400_000
    const now = Date.now()
    db.run('DELETE FROM watch_runs')
    db.run('INSERT INTO watch_runs VALUES (?, ?)', now - 30 * day, now)
    db.run('UPDATE robots SET state_since = ?', now - day)
    for (let at = now - 29 * day; at < now - 60_000; at += 600_000) {
      db.run('INSERT INTO quiet_times VALUES (?, ?, ?)', Number(connectionId), at, at + 600_000)
    }
    db.close()

    const again = await Desk.open(desk.dataDir, machine)
    const [known] = (await again.call('watch.get', {})).usual
    expect(known?.usualMs).toBe(600_000)
    // Twenty minutes, of which every look sees a little.
    for (let looks = 0; looks < 20; looks += 1) {
      offset.wall += 60_000
      offset.steady += 60_000
      await look(again)
    }
    expect(await kinds(again)).toEqual(['callbacks-silent'])
    await expect
      .poll(() => again.of('watch.told')[0]?.alarm)
      .toMatchObject({ connection: { id: connectionId }, robot: null })
    offset.wall = offset.steady = 0
    const [{ callbackUrl } = { callbackUrl: '' }] = (await again.call('connections.list', {})).items
    const back = robotHandle(again, robot.id, robot.serialNo, callbackUrl)
    await back.deliver(back.old(1005, { FromUserId: 'u1', Content: 'there you are', nPlatformMsgType: '10' }))
    await look(again)
    await until('it to be over', async () => {
      await look(again)
      return (await kinds(again)).length === 0
    })
    await again.close(true)
  }, 60_000)
})
