/** What is kept for a time: which calls and callbacks go, which stay, and that one that is gone still has no second effect. */
import Sqlite from 'better-sqlite3'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Database } from '#engine/store/database.ts'
import { migrate } from '#engine/store/migrations/index.ts'
import { keyDays, recordKinds, Retention } from '#engine/store/retention.ts'
import { RoomBack } from '#engine/store/room-back.ts'
import { Desk, until } from '../../support/desk.ts'
import {
  friend,
  openEngineOffice,
  robotHandle,
  type EngineOffice,
  type RobotHandle,
} from '../../support/engine-office.ts'

const dayMs = 86_400_000

describe('a record that has grown old', () => {
  let office: EngineOffice
  let desk: Desk
  let robot: RobotHandle

  beforeEach(async () => {
    office = await openEngineOffice()
    desk = office.desk
    robot = await office.robot()
  })
  afterEach(async () => {
    await desk.close()
    await office.platform.close()
  })

  /** Stops, changes the file by hand, and starts again on it. */
  async function meanwhile(...statements: string[]): Promise<void> {
    await desk.close(true)
    const db = new Sqlite(join(desk.dataDir, 'switchboard.db'))
    for (const sql of statements) db.exec(sql)
    db.close()
    desk = await Desk.open(desk.dataDir)
    const url = (await desk.call('connections.list', {})).items[0]?.callbackUrl ?? ''
    robot = robotHandle(desk, robot.id, robot.serialNo, url)
  }
  const callbacks = async () => (await desk.call('callbacks.list', { limit: 500 })).items
  const ago = (ms: number): string => `${Date.now() - ms}`
  const gone = (id: string) =>
    until('it to be gone', async () => (await callbacks()).every((one) => one.id !== id), 20_000)

  it('loses what is older than was set, but not what it meant, and a repeat changes nothing', async () => {
    const body = robot.old(1005, { FromUserId: 'anna', Content: 'hello', nPlatformMsgType: '10' })
    const old = await robot.deliver(body)
    const { operationId } = await desk.call('friends.refresh', { robotId: robot.id })
    await robot.settled(operationId, 'accepted')
    const young = await robot.deliver(robot.old(1005, { FromUserId: 'ben', Content: 'new', nPlatformMsgType: '10' }))
    await meanwhile(
      `UPDATE callbacks SET at = ${ago(91 * dayMs)} WHERE id = ${old.id}`,
      `UPDATE calls SET at = ${ago(91 * dayMs)}`,
    )
    await gone(old.id)
    await until('the call to be gone', async () => (await desk.call('calls.list', {})).items.length === 0)
    expect((await callbacks()).map(({ id }) => id)).toEqual([young.id])
    expect(await robot.history(friend('anna'))).toMatchObject([{ content: 'hello' }])
    expect((await robot.operation(operationId)).callIds).toEqual([])

    expect((await robot.deliver(body)).state).toBe('repeat')
    expect(await robot.history(friend('anna'))).toHaveLength(1)
  }, 40_000)

  it('keeps what waits or failed however old it is; what was in quarantine gets another chance when sent again', async () => {
    const waiting = await robot.deliver(robot.old(1005, { FromUserId: 'x', ToUserId: 'y', Content: 'whose' }))
    expect(waiting.state).toBe('pending')
    const failed = await robot.deliver(robot.old(1007, { nstate: 0 }))
    const later = robot.old(1007, { nstate: 2 }, { optvcRobotSerialNo: 'added-later' })
    const foreign = await robot.deliver(later)
    expect(foreign.reason).toBe('unknown-robot')
    await meanwhile(
      `UPDATE callbacks SET at = ${ago(5000 * dayMs)}`,
      `UPDATE callbacks SET state = 'failed', reason = 'effect-failed' WHERE id = ${failed.id}`,
    )
    await gone(foreign.id)
    expect((await callbacks()).map(({ id }) => id)).toEqual([failed.id, waiting.id])
    const connectionId = (await desk.call('connections.list', {})).items[0]?.id ?? ''
    const { id } = await desk.call('robots.add', { connectionId, serialNo: 'added-later' })
    expect((await robot.deliver(later)).state).toBe('applied')
    expect((await desk.call('robots.list', {})).items.find((one) => one.id === id)?.state).toBe('banned')
  }, 40_000)

  it('gives room when it takes more than was set, the oldest first, none younger than an hour', async () => {
    await meanwhile(
      `INSERT INTO callbacks (connection_id, at, raw, state)
       WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 300)
       SELECT 1, ${ago(30 * dayMs)} + value, zeroblob(100000), 'applied' FROM n`,
      `UPDATE callbacks SET at = ${ago(60_000)} WHERE id > (SELECT max(id) - 50 FROM callbacks)`,
    )
    expect((await desk.call('settings.get', {})).recordMegabytes).toBe(1024)
    const [newest] = await callbacks()
    const count = async () => (await callbacks()).length
    expect(await count()).toBe(300)
    await desk.call('settings.set', { recordMegabytes: 10 })
    // A hundred and four of a hundred kilobytes are ten megabytes.
    await until('the oldest to go', async () => (await count()) <= 105, 20_000)
    await desk.call('settings.set', { recordMegabytes: 1 })
    await until('all but the young to go', async () => (await count()) === 50, 20_000)
    await desk.call('settings.set', { recordMegabytes: 1, recordDays: 1 })
    expect((await callbacks())[0]?.id).toBe(newest?.id)
    expect(await count()).toBe(50)
  }, 60_000)
})

describe('pruning', () => {
  let folder: string
  let db: Database
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'switchboard-retention-'))
    db = new Database(join(folder, 'switchboard.db'), 'write')
    migrate(db)
    db.run(
      `INSERT INTO connections (name, gateway_url, app_id, merchant_no, method_prefix, sign_type, time_zone, public_key_pem,
         public_key_fingerprint, advanced, callback_secret, created_at) VALUES ('', '', '', '', '', '', '', '', '', '{}', '', 0)`,
    )
  })
  afterEach(() => {
    db.close()
    rmSync(folder, { recursive: true })
  })

  const fill = (rows: number, at: number, state = 'applied'): void => {
    db.transaction(() => {
      for (let n = 0; n < rows; n += 1) {
        db.run(
          'INSERT INTO callbacks (connection_id, at, raw, state, key) VALUES (1, ?, ?, ?, ?)',
          at + n,
          Buffer.alloc(1000),
          state,
          Buffer.from(`${state} ${at + n}`),
        )
      }
    })
  }
  const count = (table: string): number => db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n ?? 0
  const step = (retention: Retention, limits: object = {}, isEnough = () => false): boolean =>
    db.transaction(() => retention.step({ days: 90, megabytes: 0, ...limits }, now, isEnough))
  const now = Date.now()

  it('goes in steps that end when told, and comes to an end', () => {
    fill(1000, now - 100 * dayMs)
    const retention = new Retention(db, recordKinds)
    expect(step(retention, {}, () => true)).toBe(true)
    expect(count('callbacks')).toBe(999)
    let steps = 0
    while (step(retention)) {
      steps += 1
      expect(count('callbacks')).toBeGreaterThanOrEqual(999 - 64 * steps)
    }
    expect(count('callbacks')).toBe(0)
    expect(count('pruned_keys')).toBe(1000)
    expect(step(retention)).toBe(false)
  })

  it('passes by thousands that must stay without reading them again each time', () => {
    fill(5000, now - 200 * dayMs, 'failed')
    fill(100, now - 100 * dayMs)
    const retention = new Retention(db, recordKinds)
    while (step(retention)) expect(count('callbacks')).toBeGreaterThanOrEqual(5000)
    expect(count('callbacks')).toBe(5000)
  })

  it('does nothing where nothing is limited', () => {
    fill(10, 1000)
    expect(step(new Retention(db, recordKinds), { days: 0 })).toBe(false)
    expect(count('callbacks')).toBe(10)
  })

  it('knows the size after rows came, went and were measured before', () => {
    fill(3000, now - 10 * dayMs)
    const limits = { days: 0, megabytes: 1 }
    const left = (): number => Math.floor((1024 * 1024) / 1200)
    for (let round = 0; round < 3; round += 1) {
      const retention = new Retention(db, recordKinds)
      while (step(retention, limits));
      expect(count('callbacks')).toBe(left())
      fill(700, now - 9 * dayMs + round * 1000)
    }
    // Segments of which nothing is left are forgotten.
    expect(count('kept_sizes')).toBeLessThan(8)
  })

  it('remembers keys for half a year', () => {
    db.run('INSERT INTO pruned_keys (key, at) VALUES (?, ?)', Buffer.from('old'), now - (keyDays + 1) * dayMs)
    db.run('INSERT INTO pruned_keys (key, at) VALUES (?, ?)', Buffer.from('young'), now - (keyDays - 1) * dayMs)
    step(new Retention(db, recordKinds))
    expect(db.all<{ key: Buffer }>('SELECT key FROM pruned_keys').map(({ key }) => String(key))).toEqual(['young'])
  })
})

describe('room that is no longer used', () => {
  let dir: string
  let db: Database

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'switchboard-room-'))
    db = new Database(join(dir, 'switchboard.db'), 'write')
    migrate(db)
    db.script(`INSERT INTO connections (id, name, gateway_url, app_id, merchant_no, method_prefix, sign_type, time_zone,
      public_key_pem, public_key_fingerprint, advanced, callback_secret, created_at)
      VALUES (1, '', '', '', '', '', '', 'UTC', '', '', '{}', '', 0)`)
  })
  afterEach(() => {
    db.close()
    rmSync(dir, { recursive: true, force: true })
  })

  const bytes = (): number => statSync(join(dir, 'switchboard.db')).size
  /** Fills, and takes away all but every n-th. */
  function fill(rows: number, kept: number): void {
    db.transaction(() => {
      const body = Buffer.alloc(3000, 'x')
      for (let n = 0; n < rows; n += 1)
        db.run('INSERT INTO callbacks (connection_id, at, raw) VALUES (1, ?, ?)', n, body)
    })
    db.run('DELETE FROM callbacks WHERE at % ? <> 0', kept)
    db.checkpoint()
  }

  it('goes back to the disk in steps that end when told, and the rest is whole', () => {
    fill(20_000, 10)
    const before = bytes()
    expect(before).toBeGreaterThan(60_000_000)
    const room = new RoomBack(db)
    let steps = 0
    while (db.transaction(() => room.step(() => true))) steps += 1
    // Each ended after a few pages.
    expect(steps).toBeGreaterThan(500)
    db.checkpoint()
    expect(bytes()).toBeLessThan(before / 5)
    expect(db.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' })
    expect(db.get('SELECT count(*) AS n, sum(length(raw)) AS bytes FROM callbacks')).toEqual({
      n: 2000,
      bytes: 6_000_000,
    })
  })

  it('is given back after a backup, not under it: a copy of more pages than there are would never end', async () => {
    fill(20_000, 10)
    const room = new RoomBack(db)
    const give = (): boolean => db.transaction(() => room.step(() => true))
    let given = 0
    const copy = join(dir, 'copy.db')
    await db.backup(copy, (part) => {
      if (part > 0.5) while (give()) given += 1
    })
    expect(given).toBe(0)
    expect(statSync(copy).size).toBe(bytes())
    expect(give()).toBe(true)
  })

  it('stays where it is little, since what comes next needs it', () => {
    fill(20_000, 1)
    db.run('DELETE FROM callbacks WHERE at < 2000')
    db.checkpoint()
    const before = bytes()
    expect(db.transaction(() => new RoomBack(db).step(() => false))).toBe(false)
    db.checkpoint()
    expect(bytes()).toBe(before)
  })
})

describe('messages that have grown old', () => {
  it('go for their age, but what is unread, undecided or the last of its conversation stays', async () => {
    const office = await openEngineOffice()
    const robot = await office.robot()
    const told = (who: string, text: string) =>
      robot.deliver(robot.old(1005, { FromUserId: who, Content: text, nPlatformMsgType: '10' }))
    for (const text of ['one', 'two', 'three']) await told('anna', text)
    await office.desk.call('conversations.read', { robotId: robot.id, peer: friend('anna') })
    await told('ben', 'unread')
    await told('ben', 'unread too')
    office.platform.script = () => ({ status: 502, body: '' })
    const doubtful = await robot.send(friend('anna'), 'in doubt')
    await robot.settled(doubtful.operationId, 'unknown')
    await told('anna', 'last')
    await office.desk.close(true)
    const db = new Sqlite(join(office.desk.dataDir, 'switchboard.db'))
    db.exec(`UPDATE messages SET arrived_at = ${Date.now() - 40 * dayMs}`)
    db.close()
    const desk = await Desk.open(office.desk.dataDir)
    const again = robotHandle(desk, robot.id, robot.serialNo, '')
    await desk.call('settings.set', { messageDays: 30 })
    const texts = async (who: string) => (await again.history(friend(who))).map(({ content }) => content)
    await until('the old ones to go', async () => (await texts('anna')).length === 2, 15_000)
    expect(new Set(await texts('anna'))).toEqual(new Set(['last', 'in doubt']))
    expect(new Set(await texts('ben'))).toEqual(new Set(['unread', 'unread too']))
    expect((await desk.call('messages.search', { query: 'two' })).items).toEqual([])
    const [anna] = (await desk.call('conversations.list', { query: 'anna' })).items
    expect(anna).toMatchObject({ lastMessage: { content: 'in doubt' } })
    const { messages, databaseBytes } = await desk.call('system.storage', {})
    expect(messages).toBe(4)
    expect(databaseBytes).toBeGreaterThan(100_000)
    await desk.close()
    await office.platform.close()
  }, 60_000)
})
