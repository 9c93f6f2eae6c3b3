/** Callbacks that come faster than they can be applied: kept at once, applied afterwards, each once and in its order. */
import Sqlite from 'better-sqlite3'
import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { burstCallbacks } from '#engine/store/burst.ts'
import { openStore } from '#engine/store/store.ts'
import { inProject, projectNode } from '../../../scripts/lib/project.mjs'
import { Lane, requestBytes } from '../../bench/lane.ts'
import { Desk, engineOptions, merchantNo, storeThread, temporaryFolder, until } from '../../support/desk.ts'
import { friend, robotHandle } from '../../support/engine-office.ts'
import { freePort } from '../../support/servers.ts'
import { startPlatform, type FakePlatform } from '../../support/fake-platform.ts'
import { follow } from '../../support/headless-host.ts'

/** So many that more wait than there is time for, however slow the machine is. */
const laneCount = 512

let folder: string
let platform: FakePlatform

beforeEach(async () => {
  folder = await temporaryFolder()
  platform = await startPlatform()
})
afterEach(async () => {
  await platform.close()
  await rm(folder, { recursive: true, force: true })
})

const peerOf = (lane: number): string => `u${lane}`
const body = (lane: number, n: number): string =>
  JSON.stringify({
    type: '1005',
    resultCode: '0',
    nTimeStamp: String(1_795_480_000_000 + n),
    optvcMerchantId: merchantNo,
    optvcRobotSerialNo: 'r1',
    data: { FromUserId: peerOf(lane), ToUserId: 'me', Content: String(n), nPlatformMsgType: '10', nMsgType: '0' },
  })

/** What is in the file, as another connection sees it. */
class Look {
  readonly #db = new Sqlite(join(folder, 'switchboard.db'), { readonly: true })
  readonly #pending = this.#db.prepare(`SELECT count(*) FROM callbacks WHERE state = 'pending'`).pluck()

  pending(): number {
    return this.#pending.get() as number
  }

  states(): Record<string, number> {
    const rows = this.#db.prepare('SELECT state, count(*) AS n FROM callbacks GROUP BY state').all()
    return Object.fromEntries((rows as { state: string; n: number }[]).map(({ state, n }) => [state, n]))
  }

  /** What a lane's conversation holds of others, in the order in which it was written. */
  heard(lane: number): number[] {
    const rows = this.#db.prepare(
      `SELECT content FROM messages m JOIN conversations c ON c.id = m.conversation_id
       WHERE c.peer_id = ? AND m.direction = 'in' ORDER BY m.id`,
    )
    return rows.pluck().all(peerOf(lane)).map(Number)
  }

  close(): void {
    this.#db.close()
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** Each lane sends its own conversation's messages, one after the other, until it is told to stop or cut off. */
class Flood {
  /** How many each lane was acknowledged. */
  readonly acknowledged = upTo(laneCount).map(() => 0)
  /** How many came a second time. */
  repeats = 0
  #stopped = false
  readonly #lanes: Promise<void>[]

  constructor(callbackUrl: string, each = Infinity) {
    const url = new URL(callbackUrl)
    this.#lanes = upTo(laneCount).map((lane) => this.#send(url, lane, each))
  }

  async #send(url: URL, lane: number, each: number): Promise<void> {
    const connection = await Lane.open(url)
    try {
      for (let n = 0; n < each && !this.#stopped; n += 1) {
        const request = requestBytes(url, body(lane, n))
        await connection.send(request)
        this.acknowledged[lane] = n + 1
        if (n % 25 !== 24) continue
        await connection.send(request)
        this.repeats += 1
      }
    } catch {
      // Cut off by the kill: what was not acknowledged is not counted.
    }
    connection.close()
  }

  async end(stop = false): Promise<void> {
    this.#stopped ||= stop
    await Promise.all(this.#lanes)
  }
}

it('are applied after the burst, each once and in its order, and whoever sends does not wait for that', async () => {
  const desk = await Desk.open(folder)
  const { id: connectionId, callbackUrl } = await desk.connect(platform)
  const { id } = await desk.call('robots.add', { connectionId, serialNo: 'r1' })
  const robot = robotHandle(desk, id, 'r1', callbackUrl)
  const look = new Look()
  const flood = new Flood(callbackUrl)
  const isHeldBack = (): boolean => look.pending() > 1000
  await until(
    'a message to be taken, and shown, while many are held back',
    async () => {
      await until('a thousand to be held back', isHeldBack, 30_000)
      const { messageId } = await robot.send(friend('u0'), 'Meanwhile')
      const history = await robot.history(friend('u0'))
      return isHeldBack() && history.some((message) => message.id === messageId)
    },
    30_000,
  )
  await flood.end(true)
  await until('all to be applied', () => look.pending() === 0, 30_000)
  const total = flood.acknowledged.reduce((sum, count) => sum + count, 0)
  expect(look.states()).toEqual({ applied: total, ...(flood.repeats > 0 && { repeat: flood.repeats }) })
  for (const [lane, count] of flood.acknowledged.entries()) expect(look.heard(lane)).toEqual(upTo(count))
  look.close()
  await desk.close(true)
}, 60_000)

/** Sends it as soon as anybody takes it. */
const insist = (url: URL, lane: number, n: number): Promise<unknown> =>
  until(
    'a callback to be taken',
    async () => {
      try {
        const connection = await Lane.open(url)
        await connection.send(requestBytes(url, body(lane, n))).finally(() => connection.close())
        return true
      } catch {
        return false
      }
    },
    30_000,
  )

it('are all there after a kill in the midst of it: none lost, none twice, none before another or a new one', async () => {
  const furnishing = await Desk.open(folder)
  const { id: connectionId } = await furnishing.connect(platform)
  await furnishing.call('robots.add', { connectionId, serialNo: 'r1' })
  await furnishing.close(true)
  const callbackPort = await freePort()
  const args = [inProject('electron/headless/main.ts'), '--data', folder, '--port', '0']
  args.push('--callback-port', String(callbackPort))
  const host = follow(spawn(projectNode, args))
  const { url: page, token } = await host.ready
  const answer = await fetch(`${new URL(page).origin}/api/connections.list`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{}',
  })
  const { result } = (await answer.json()) as { result: { items: { callbackUrl: string }[] } }
  const look = new Look()
  const url = new URL(result.items[0]?.callbackUrl ?? '')
  const flood = new Flood(url.href)
  await until('a thousand to be held back', () => look.pending() > 1000, 30_000)
  host.child.kill('SIGKILL')
  await host.ended
  await flood.end(true)
  expect(look.pending()).toBeGreaterThan(500)
  look.close()

  // Whoever was not answered comes again, while the host is not there yet.
  const lanes = upTo(32)
  const others = lanes.map(async (lane) => {
    for (let n = flood.acknowledged[lane] ?? 0, end = n + 3; n < end; n += 1) await insist(url, lane, n)
  })
  const desk = await Desk.open(folder, { callbackPort })
  const after = new Look()
  await Promise.all(others)
  for (const lane of lanes) flood.acknowledged[lane] = (flood.acknowledged[lane] ?? 0) + 3
  await until('all to be applied', () => after.pending() === 0, 30_000)
  const kept = upTo(laneCount).map((lane) => after.heard(lane))
  for (const [lane, heard] of kept.entries()) {
    const acknowledged = flood.acknowledged[lane] ?? 0
    // Its last one may have been kept without anybody hearing of it.
    expect(heard).toEqual(upTo(heard.length))
    expect(heard.length - acknowledged).toBeGreaterThanOrEqual(0)
    expect(heard.length - acknowledged).toBeLessThanOrEqual(1)
  }
  expect(after.states().applied).toBe(kept.reduce((sum, heard) => sum + heard.length, 0))
  after.close()
  await desk.close(true)
}, 90_000)

it('wait up to a bound; beyond it more is applied than arrives, for as long as the load lasts', async () => {
  const furnishing = await Desk.open(folder)
  const { id: connectionId } = await furnishing.connect(platform)
  await furnishing.call('robots.add', { connectionId, serialNo: 'r1' })
  await furnishing.close(true)
  const store = await openStore(storeThread, folder, engineOptions(folder).log, {
    changed: () => undefined,
    wake: () => undefined,
    trouble: () => undefined,
  })
  const look = new Look()
  // As many as the listener keeps in a commit, fewer where the store says so, and two commits under way.
  const batch = 512
  let together = batch
  let fewest = batch
  const waiting: number[] = []
  let n = 0
  let total = 0
  const keepNext = async (): Promise<void> => {
    const first = total
    n += 1
    total += together
    const arrived = upTo(together).map((index) => ({
      connectionId: Number(connectionId),
      at: Date.now(),
      contentType: null,
      raw: Buffer.from(body(index, first + index)),
    }))
    together = await store.keep(arrived)
    fewest = Math.min(fewest, together)
    waiting.push(look.pending())
    // Whatever else is written meanwhile, such as that the computer is awake, leaves it so.
    if (n % 10 === 0) await store.write('values.set', { name: '.meanwhile', value: n })
  }
  const most = (): number => Math.max(...waiting)
  const keepOn = (isEnough: () => boolean): Promise<unknown> =>
    Promise.all(
      upTo(2).map(async () => {
        while (!isEnough()) await keepNext()
      }),
    )
  // As fast as it can, until much less waits than did before: the bound was reached, and is left behind.
  await keepOn(() => total >= 150 * batch || (waiting.at(-1) ?? 0) < most() - 2 * batch)
  const highest = most()
  expect(highest).toBeGreaterThan(2000)
  expect(highest).toBeLessThanOrEqual(burstCallbacks + 2 * batch)
  // A commit that has to apply as many as it keeps is a short one: whatever is asked meanwhile stands behind it.
  expect(fewest).toBeLessThan(batch)
  // No second burst while the load lasts.
  const end = n + 10
  await keepOn(() => n >= end)
  expect(most()).toBe(highest)
  await until('all to be applied', () => look.pending() === 0, 30_000)
  expect(look.states()).toEqual({ applied: total })
  for (const lane of [0, 1, laneCount - 1]) {
    const heard = look.heard(lane)
    expect(heard).toEqual([...heard].sort((a, b) => a - b))
  }
  look.close()
  await store.close()
}, 90_000)
