/** Callbacks that come many at a time: each is kept as it came, in its order, and applied once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyCallbacks, type ApplyTools } from '#engine/callbacks/apply.ts'
import { ApplyQueue, heldBytes } from '#engine/store/apply-queue.ts'
import { keepAndApply, keepOnly, takeIn } from '#engine/store/arrivals.ts'
import { together } from '#engine/store/arrived.ts'
import { Burst, burstCallbacks } from '#engine/store/burst.ts'
import { callbackRow, type CallbackRow } from '#engine/store/callbacks.ts'
import { Changes } from '#engine/store/changes.ts'
import { getConnection, insertConnection } from '#engine/store/connections.ts'
import type { Database } from '#engine/store/database.ts'
import { openForWriting } from '#engine/store/opening.ts'
import { addRobot } from '#engine/store/robots.ts'

let dir: string
let db: Database
let tools: ApplyTools
let connectionId: number
const queue = new ApplyQueue()
/** There is time for all of them. */
const never = (): boolean => false

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchboard-arrivals-'))
  db = openForWriting(dir).db
  connectionId = insertConnection(
    db,
    {
      name: 'c',
      gatewayUrl: 'http://127.0.0.1:9/',
      appId: 'a',
      merchantNo: 'M1',
      methodPrefix: 'x',
      signType: 'RSA2',
      timeZone: 'UTC',
      publicKeyPem: '',
      publicKeyFingerprint: '',
      platformPublicKeyPem: null,
      advanced: {},
      callbackSecret: 's',
      sandbox: false,
    } as unknown as Parameters<typeof insertConnection>[1],
    1,
  )
  addRobot(db, new Changes(), { connectionId, serialNo: 'r1' })
  tools = {
    db,
    connection: (id) => getConnection(db, id),
    oldKeys: false,
    failed: () => undefined,
  }
})
afterEach(() => {
  db.close()
  rmSync(dir, { recursive: true, force: true })
})

let stamp = 1_795_480_000_000
const body = (Content: string): string =>
  JSON.stringify({
    type: '1005',
    resultCode: '0',
    nTimeStamp: String((stamp += 1)),
    optvcMerchantId: 'M1',
    optvcRobotSerialNo: 'r1',
    data: { FromUserId: 'u1', ToUserId: 'me', Content, nPlatformMsgType: '10', nMsgType: '0' },
  })
const arrived = (texts: readonly string[], of = connectionId) =>
  together(texts.map((text) => ({ connectionId: of, at: 1, contentType: null, raw: Buffer.from(text) })))

const rows = (): CallbackRow[] =>
  db
    .all<{ id: number }>('SELECT id FROM callbacks ORDER BY id')
    .map(({ id }) => callbackRow(db, id))
    .filter((row) => row !== undefined)
const contents = (): string[] =>
  db.all<{ content: string }>('SELECT content FROM messages ORDER BY id').map(({ content }) => content)

it('writes each with its outcome, as it came, and names it in what it changed', () => {
  const texts = [body('one'), 'no callback at all', body('two')]
  const changes = new Changes()
  const { left } = db.transaction(() => keepAndApply(tools, changes, queue, arrived(texts), never))
  expect(left).toEqual([])
  expect(rows().map(({ state, raw }) => [state, raw.toString()])).toEqual([
    ['applied', texts[0]],
    ['quarantined', texts[1]],
    ['applied', texts[2]],
  ])
  const [first, , third] = rows()
  expect(contents()).toEqual(['one', 'two'])
  expect(db.all('SELECT callback_id AS id FROM messages ORDER BY id')).toEqual([{ id: first?.id }, { id: third?.id }])
  expect([...changes.callbacksTouched.keys()]).toEqual(rows().map(({ id }) => id))
})

it('takes one for the repeat of another that came with it', () => {
  const same = body('once')
  db.transaction(() => keepAndApply(tools, new Changes(), queue, arrived([same, same]), never))
  expect(rows().map(({ state }) => state)).toEqual(['applied', 'repeat'])
  expect(contents()).toEqual(['once'])
})

it('keeps once what a stream gives out twice, read or not, together or one after the other', () => {
  const one = (text: string, delivery: string) => ({
    ...{ connectionId, at: 1, contentType: null, raw: Buffer.from(text), delivery: Buffer.from(delivery) },
  })
  const unread = one('no callback at all', 'first')
  const others = [unread, unread, one('no callback at all', 'second'), one(body('read'), 'third')]
  const first = db.transaction(() => keepAndApply(tools, new Changes(), queue, together(others), never))
  const again = db.transaction(() => keepAndApply(tools, new Changes(), queue, together(others), never))
  expect([first.left, again.left]).toEqual([[], []])
  expect(rows().map(({ state }) => state)).toEqual(['quarantined', 'quarantined', 'applied'])
  expect(contents()).toEqual(['read'])
})

it('lets nothing overtake what takes long: it is kept, and waits with all behind it', () => {
  const long = body('x'.repeat(20_000))
  const { left } = db.transaction(() =>
    keepAndApply(tools, new Changes(), queue, arrived([body('before'), long, body('behind')]), never),
  )
  expect(contents()).toEqual(['before'])
  expect(rows().map(({ state }) => state)).toEqual(['applied', 'pending', 'pending'])
  expect(left.map(({ id, raw }) => [id, raw.byteLength])).toEqual(
    rows()
      .slice(1)
      .map(({ id, raw }) => [id, raw.byteLength]),
  )
})

it('keeps what there is no time for, to be applied later', () => {
  const texts = ['one', 'two', 'three', 'four'].map(body)
  let asked = 0
  const { left } = db.transaction(() =>
    keepAndApply(tools, new Changes(), queue, arrived(texts), () => (asked += 1) > 1),
  )
  expect(contents()).toEqual(['one'])
  expect(rows().map(({ state }) => state)).toEqual(['applied', 'pending', 'pending', 'pending'])
  expect(rows().map(({ raw }) => raw.toString())).toEqual(texts)
  const later = new ApplyQueue()
  later.add(left)
  db.transaction(() => keepAndApply(tools, new Changes(), later, arrived([]), never))
  expect(contents()).toEqual(['one', 'two', 'three', 'four'])
  expect(rows().every(({ state }) => state === 'applied')).toBe(true)
})

it('applies those that waited first, and what came since only after all of them', () => {
  const waiting = new ApplyQueue()
  waiting.add(db.transaction(() => keepOnly(tools, new Changes(), arrived([body('first'), body('second')]))).left)
  const arrival = db.transaction(() => keepAndApply(tools, new Changes(), waiting, arrived([body('third')]), never))
  expect(arrival).toEqual({ applied: 2, left: [] })
  expect(contents()).toEqual(['first', 'second', 'third'])

  const long = new ApplyQueue()
  long.add(db.transaction(() => keepOnly(tools, new Changes(), arrived([body('y'.repeat(20_000))]))).left)
  const behind = db.transaction(() => keepAndApply(tools, new Changes(), long, arrived([body('fourth')]), never))
  expect(behind).toMatchObject({ applied: 0, left: [{ state: 'pending' }] })
  expect(contents()).toHaveLength(3)
})

it('leaves nothing of a transaction that an effect ended, and the same bodies can be kept alone', () => {
  db.script(`CREATE TRIGGER meddling BEFORE INSERT ON messages WHEN NEW.content = 'bad'
    BEGIN SELECT RAISE(ABORT, 'no'); END`)
  const all = arrived([body('good'), body('bad')])
  expect(() => db.transaction(() => keepAndApply(tools, new Changes(), queue, all, never))).toThrow('no')
  expect(rows()).toEqual([])
  expect(contents()).toEqual([])
  const { left } = db.transaction(() => keepOnly(tools, new Changes(), all))
  expect(left).toHaveLength(2)
  expect(rows().map(({ id, state }) => [id, state])).toEqual(left.map(({ id }) => [id, 'pending']))
})

it('keeps nothing of a connection that is gone, and gives no number twice', () => {
  db.transaction(() => keepAndApply(tools, new Changes(), queue, arrived([body('one')]), never))
  const [first] = rows()
  db.run('DELETE FROM callbacks WHERE id = ?', first?.id ?? 0)
  const both = together([
    { connectionId: 999, at: 1, contentType: null, raw: Buffer.from(body('gone')) },
    { connectionId, at: 1, contentType: null, raw: Buffer.from(body('two')) },
  ])
  db.transaction(() => keepAndApply(tools, new Changes(), queue, both, never))
  expect(rows().map(({ id }) => id)).toEqual([(first?.id ?? 0) + 1])
})

describe('in a burst', () => {
  /** Applies what waits. */
  const workOff = (waiting: ApplyQueue): void => {
    while (waiting.length > 0) {
      waiting.done(db.transaction(() => applyCallbacks(tools, new Changes(), waiting.next(), {})))
    }
    expect(waiting.held).toBe(0)
  }
  /** One that says what the test says. */
  const burstThat = (takes: () => boolean, waiting: ApplyQueue): Burst =>
    Object.assign(new Burst(waiting), { takes }) as Burst

  it('only keeps them, and what comes after it is applied after all of them', () => {
    const waiting = new ApplyQueue()
    let isBurst = true
    const burst = burstThat(() => isBurst, waiting)
    const take = (...texts: string[]) =>
      takeIn({ tools: { ...tools, db }, queue: waiting, burst, keepOnly: false }, arrived(texts.map(body)))
    expect(take('one', 'two')).toBeNull()
    expect(take('three')).toBeNull()
    expect(rows().map(({ state }) => state)).toEqual(['pending', 'pending', 'pending'])
    expect(contents()).toEqual([])
    isBurst = false
    expect(take('four')?.messagesTouched.size).toBeGreaterThan(0)
    // How many there was time for is the machine's matter; their order is not.
    workOff(waiting)
    expect(contents()).toEqual(['one', 'two', 'three', 'four'])
    expect(rows().map(({ state }) => state)).toEqual(['applied', 'applied', 'applied', 'applied'])
  })

  it('tells of what is not to be applied at all', () => {
    const waiting = new ApplyQueue()
    const refused = {
      connectionId,
      at: 1,
      contentType: null,
      raw: Buffer.from(body('x')),
      quarantine: 'source-not-allowed' as const,
    }
    const changes = takeIn(
      { tools: { ...tools, db }, queue: waiting, burst: burstThat(() => true, waiting), keepOnly: false },
      together([refused]),
    )
    expect(changes?.callbacksTouched.size).toBe(1)
    expect(waiting.length).toBe(0)
  })

  it('holds no more bodies in memory than it may, and applies those of the file in their place', () => {
    const waiting = new ApplyQueue()
    const burst = burstThat(() => true, waiting)
    const filler = 'x'.repeat(15_000)
    const total = Math.ceil((heldBytes * 1.2) / 15_000)
    for (let n = 0; n < total; n += 100) {
      const texts = Array.from({ length: Math.min(100, total - n) }, (_, index) => body(`${n + index} ${filler}`))
      takeIn({ tools: { ...tools, db }, queue: waiting, burst, keepOnly: false }, arrived(texts))
      expect(waiting.held).toBeLessThanOrEqual(heldBytes)
    }
    expect(waiting.held).toBeGreaterThan(heldBytes * 0.9)
    expect(waiting.length).toBe(total)
    workOff(waiting)
    expect(contents().map((content) => Number.parseInt(content, 10))).toEqual(
      Array.from({ length: total }, (_, n) => n),
    )
  })

  it('takes nothing beyond ten times its bound, which the platform then sends again', () => {
    const waiting = new ApplyQueue()
    waiting.add(Array.from({ length: 10 * burstCallbacks - 1 }, (_, index) => index + 1))
    const take = (...texts: string[]) =>
      takeIn(
        { tools: { ...tools, db }, queue: waiting, burst: burstThat(() => true, waiting), keepOnly: false },
        arrived(texts),
      )
    take(body('one'))
    expect(() => take(body('two'))).toThrow(expect.objectContaining({ code: 'storage-failed' }))
    expect(rows()).toHaveLength(1)
  })

  it('that came to its bound applies at least as many as arrive, however long that takes', () => {
    const waiting = new ApplyQueue()
    waiting.add(db.transaction(() => keepOnly(tools, new Changes(), arrived(['a', 'b', 'c', 'd', 'e'].map(body)))).left)
    /** The time is over at once, but for the longest that anybody may wait. */
    const isOver = (ms: number): boolean => ms < 50
    const next = arrived(['f', 'g', 'h'].map(body))
    const arrival = db.transaction(() => keepAndApply(tools, new Changes(), waiting, next, isOver, true))
    expect(arrival.applied).toBe(3)
    expect(contents()).toEqual(['a', 'b', 'c'])
    waiting.done(3)
    const usual = db.transaction(() => keepAndApply(tools, new Changes(), waiting, arrived([body('i')]), isOver, false))
    expect(usual.applied).toBe(1)
  })

  it('that came to its bound is worked off though bodies are in the file alone, and though some take long', () => {
    const waiting = new ApplyQueue()
    const texts = ['a', 'b', 'y'.repeat(20_000), 'c', 'd']
    waiting.add(db.transaction(() => keepOnly(tools, new Changes(), arrived(texts.map(body)))).left)
    waiting.release()
    const isOver = (ms: number): boolean => ms < 50
    const next = arrived(['f', 'g', 'h'].map(body))
    const arrival = db.transaction(() => keepAndApply(tools, new Changes(), waiting, next, isOver, true))
    expect(arrival.applied).toBe(3)
    expect(contents()).toEqual(texts.slice(0, 3))
  })

  it('is applied from the file in the transaction of what arrives, up to the first that takes long', () => {
    const waiting = new ApplyQueue()
    const texts = ['a', 'b', 'y'.repeat(20_000), 'c']
    waiting.add(db.transaction(() => keepOnly(tools, new Changes(), arrived(texts.map(body)))).left)
    waiting.release()
    const arrival = db.transaction(() => keepAndApply(tools, new Changes(), waiting, arrived([body('d')]), never))
    expect(arrival).toMatchObject({ applied: 2, left: [{ state: 'pending' }] })
    expect(contents()).toEqual(['a', 'b'])
  })
})
