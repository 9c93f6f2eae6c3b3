/** The application lock at the engine's border: who sits where it is closed learns nothing, whatever is asked. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { contract } from '#shared/contract/index.ts'
import { AppLock, pauseAfter } from '#engine/lock/lock.ts'
import { Desk } from '../../support/desk.ts'
import { friend, openEngineOffice, type EngineOffice, type RobotHandle } from '../../support/engine-office.ts'

let office: EngineOffice
let robot: RobotHandle
beforeAll(async () => {
  office = await openEngineOffice()
  robot = await office.robot()
})
afterAll(() => office.close())

const at = async (seat: string | undefined, entry: string, input: unknown = {}, touchId?: boolean): Promise<string> => {
  const answer = await office.desk.engine.call(entry, input, {
    locale: 'en',
    ...(seat === undefined ? {} : { seat }),
    ...(touchId === undefined
      ? {}
      : { touchId: { isAvailable: () => true, recognise: () => Promise.resolve(touchId) } }),
  })
  return answer.ok ? 'ok' : answer.error.code
}

it('closes every seat but the one where it was set, refuses all but itself there, and keeps nothing of the passphrase', async () => {
  expect(await at('a', 'lock.close')).toBe('lock-not-set')
  expect(await at('a', 'lock.set', { next: 'open sesame' })).toBe('ok')
  expect(office.desk.engine.isLocked('a')).toBe(false)
  expect(office.desk.engine.isLocked('b')).toBe(true)
  expect(await at('a', 'robots.list')).toBe('ok')
  for (const name of [...Object.keys(contract), 'no.such', '__proto__']) {
    if (name !== 'lock.get' && name !== 'lock.open') expect(await at('b', name, null), name).toBe('locked')
  }
  expect(await at('b', 'lock.get')).toBe('ok')
  // Scripts with the token have no seat.
  expect(await at(undefined, 'robots.list')).toBe('ok')
})

it('opens one seat by the passphrase, lets callbacks arrive meanwhile, and closes again', async () => {
  await robot.deliver(robot.old(1005, { FromUserId: 'u1', Content: 'while locked', nPlatformMsgType: '10' }))
  expect((await robot.history(friend('u1')))[0]?.content).toBe('while locked')
  expect(await at('b', 'lock.open', { passphrase: 'open sesame' })).toBe('ok')
  expect(await at('b', 'robots.list')).toBe('ok')
  expect(await at('b', 'lock.close')).toBe('ok')
  expect(await at('b', 'robots.list')).toBe('locked')
  expect(await at('c', 'robots.list')).toBe('locked')
})

it('opens by the system’s recognition where there is one', async () => {
  expect(await at('b', 'lock.open', { touchId: true })).toBe('not-available')
  expect(await at('b', 'lock.open', { touchId: true }, false)).toBe('wrong-passphrase')
  expect(await at('b', 'robots.list')).toBe('locked')
  expect(await at('b', 'lock.open', { touchId: true }, true)).toBe('ok')
  expect(await at('b', 'robots.list')).toBe('ok')
})

it('is changed by who knows the present passphrase only', async () => {
  expect(await at('a', 'lock.set', { next: null })).toBe('wrong-passphrase')
  expect(await at(undefined, 'lock.set', { current: 'x', next: 'other one' })).toBe('wrong-passphrase')
  expect(await at('a', 'lock.set', { current: 'open sesame', next: 'other one' })).toBe('ok')
  expect(await at('b', 'lock.open', { passphrase: 'other one' })).toBe('ok')
})

it('pauses after three wrong attempts, even for many at once, and over a restart; and stays closed over one', async () => {
  const tries = await Promise.all(Array.from({ length: 10 }, () => at('d', 'lock.open', { passphrase: 'guess' })))
  expect(tries.filter((code) => code === 'wrong-passphrase')).toHaveLength(3)
  expect(tries.filter((code) => code === 'lock-wait')).toHaveLength(7)
  expect(await at('d', 'lock.open', { passphrase: 'other one' })).toBe('lock-wait')

  await office.desk.engine.stop()
  const next = await Desk.open(office.desk.dataDir)
  const open = { passphrase: 'other one' }
  expect(await next.engine.call('lock.open', open, { locale: 'en', seat: 'a' })).toMatchObject({
    ok: false,
    error: { code: 'lock-wait' },
  })
  expect(next.engine.isLocked('a')).toBe(true)
  await next.close(true)
  // What the operator does who forgot it.
  const freed = await Desk.open(office.desk.dataDir, { removeLock: true })
  expect(freed.engine.isLocked('a')).toBe(false)
  await freed.close(true)
})

it('grows its pauses to a quarter of an hour, and forgets wrong attempts after a right one', async () => {
  expect([0, 2, 3, 4, 5, 20].map(pauseAfter)).toEqual([0, 0, 5000, 10_000, 20_000, 900_000])
  let now = 1_000_000
  let kept: unknown = null
  const keep = {
    read: () => Promise.resolve(kept),
    write: (value: unknown) => {
      kept = value
      return Promise.resolve()
    },
  }
  const lock = new AppLock(
    keep,
    () => {},
    () => now,
  )
  await lock.load()
  await lock.set('a', undefined, 'pass')
  expect(JSON.stringify(kept)).not.toContain('pass"')
  for (let n = 0; n < 3; n++) await expect(lock.open('b', 'no')).rejects.toMatchObject({ code: 'wrong-passphrase' })
  now += 4_999
  await expect(lock.open('b', 'pass')).rejects.toMatchObject({ code: 'lock-wait' })
  now += 1
  await lock.open('b', 'pass')
  expect(lock.waitMs).toBe(0)
  // A clock that was set back cannot make the pause longer than it is.
  for (let n = 0; n < 3; n++) await lock.open('b', 'no').catch(() => undefined)
  now -= 3_600_000
  expect(lock.waitMs).toBe(5000)
})

it('closes a seat that nobody touches, also when the clock was set back, and lets one that is touched be', async () => {
  let now = 1_000_000
  const keep = { read: () => Promise.resolve(null), write: () => Promise.resolve() }
  const changed: string[] = []
  const lock = new AppLock(
    keep,
    () => changed.push('changed'),
    () => now,
  )
  await lock.load()
  lock.closeIdle(10)
  await lock.set('a', undefined, 'pass')
  await lock.open('b', 'pass')
  changed.length = 0
  now += 10 * 60_000 - 1
  lock.closeIdle(10)
  lock.closeIdle(0)
  expect(changed).toEqual([])
  lock.touch('b')
  lock.touch('c')
  now += 1
  lock.closeIdle(10)
  expect([lock.isClosed('a'), lock.isClosed('b'), lock.isClosed('c')]).toEqual([true, false, true])
  expect(changed).toHaveLength(1)
  // Set back by an hour, while the steady clock went on.
  const steady = performance.now()
  vi.spyOn(performance, 'now').mockReturnValue(steady + 10 * 60_000)
  now -= 3_600_000
  lock.closeIdle(10)
  expect(lock.isClosed('b')).toBe(true)
})
