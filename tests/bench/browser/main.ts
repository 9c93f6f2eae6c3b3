/**
 * What an operator feels: the built headless host with a long history, in a real browser. A program of its own, since
 * its types are a browser's; prints its rows as JSON. `--quick` takes fewer rounds.
 */
import { chromium, type CDPSession, type Page } from '@playwright/test'
import Sqlite from 'better-sqlite3'
import { constants, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { indexQuery } from '#engine/store/search-terms.ts'
import { ensureBuilt } from '../../../scripts/lib/build.mjs'
import { chromiumArgs, findChromium } from '../../support/chromium.ts'
import { startHost, type HostProcess } from '../../support/headless-host.ts'
import { million, seededFolder } from '../history.ts'
import { ask, scrollFrames, switchConversations, watchBubbles, watchFirstPaint, watchTyping } from './probe.ts'
import { median, percentile, row, type Row } from '../rows.ts'
import { databaseFile } from '../seed.ts'

const size = { ...million, calls: 1000, callbacks: 1000, conversations: 5000 }
const deep = '/inbox/1/friend/u0'
const view = { locale: 'en-GB', viewport: { width: 1440, height: 900 } }

interface Desk {
  host: HostProcess
  page: Page
  origin: string
  /** Posts a callback of a customer. @returns when it was acknowledged, milliseconds UTC */
  customer(robot: number, user: string, content: string): Promise<number>
  close(): Promise<void>
}

/** Starts the host on a copy of a folder, or on an empty one, and signs a page in. */
async function openDesk(from?: string): Promise<Desk> {
  const dir = mkdtempSync(join(tmpdir(), 'switchboard-screen-'))
  mkdirSync(join(dir, 'data'))
  if (from) copyFileSync(databaseFile(from), databaseFile(dir), constants.COPYFILE_FICLONE)
  const host = startHost(['--data', join(dir, 'data'), '--port', '0', '--callback-port', '0'])
  const { url, callbackUrl } = await host.ready
  const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs() })
  const page = await (await browser.newContext(view)).newPage()
  await page.goto(url)
  await page.locator('main').first().waitFor()
  const address = `${new URL(callbackUrl).origin}/callback/bench-secret`
  let stamp = 1_900_000_000_000
  return {
    host,
    page,
    origin: new URL(url).origin,
    async customer(robot, user, content) {
      stamp += 1
      const body = {
        nResultCode: 0,
        nType: 1005,
        nTimeStamp: stamp,
        optvcSerNo: '',
        optvcMerchantId: 'M1',
        optvcRobotSerialNo: String(1_000_000_000_000_000_001n + BigInt(robot)),
        data: { FromUserId: user, Content: content, nPlatformMsgType: '10', dtMsgTime: String(Date.now()) },
      }
      const answer = await fetch(address, { method: 'POST', body: JSON.stringify(body) })
      if ((await answer.text()) !== 'success') throw new Error(`callback: ${answer.status}`)
      return Date.now()
    },
    async close() {
      await browser.close()
      host.child.kill('SIGTERM')
      await host.ended
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Loads the first screen again and again. @returns milliseconds to its paint, the one in the middle */
async function firstPaint({ page, origin }: Desk, selector: string, rounds: number): Promise<number> {
  const times: number[] = []
  await page.addInitScript(watchFirstPaint, selector)
  for (let round = 0; round < rounds; round += 1) {
    await page.goto(origin)
    const html = page.locator('html[data-painted-at]')
    await html.waitFor()
    times.push(Number(await html.getAttribute('data-painted-at')))
  }
  return median(times)
}

async function goTo({ page, origin }: Desk, path: string): Promise<void> {
  await page.goto(new URL(path, origin).href)
  await page.locator('.history article').first().waitFor()
  await pause(500)
}

async function bubbles(desk: Desk, count: number): Promise<number> {
  const mark = 'bubble-'
  await goTo(desk, deep)
  await desk.page.evaluate(watchBubbles, mark)
  const acknowledged: number[] = []
  for (let n = 0; n < count; n += 1) {
    acknowledged.push(await desk.customer(0, 'u0', `${mark}${n};`))
    await pause(120)
  }
  const painted = await desk.page.evaluate(() => (globalThis as unknown as { painted: Record<string, number> }).painted)
  return percentile(
    acknowledged.map((at, n) => (painted[`${mark}${n};`] ?? Number.POSITIVE_INFINITY) - at),
    0.95,
  )
}

/** Lets customers of all robots write at a steady rate while `work` goes on. @param rate messages a second */
async function underLoad(desk: Desk, rate: number, work: () => Promise<void>): Promise<void> {
  let going = true
  const load = (async () => {
    const begun = Date.now()
    for (let n = 0; going; n += 1) {
      void desk.customer(n % size.robots, `u${n % size.conversations}`, `Where is my parcel? No ${n}`)
      const ahead = begun + (n / rate) * 1000 - Date.now()
      if (ahead > 1) await pause(ahead)
    }
  })()
  await work()
  going = false
  await load
}

async function typing(desk: Desk): Promise<number> {
  await goTo(desk, deep)
  await desk.page.evaluate(watchTyping)
  await desk.page.locator('main textarea').first().click()
  await underLoad(desk, 200, () => desk.page.keyboard.type('The parcel left yesterday. '.repeat(4), { delay: 60 }))
  const presses = await desk.page.evaluate(() => (globalThis as unknown as { presses: number[] }).presses)
  return percentile(presses, 0.95)
}

async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = (await session.send('Runtime.getHeapUsage')) as { usedSize: number }
  return usedSize / 1e6
}

/** @returns megabytes of the page before and after so many messages came */
async function memory(desk: Desk, messages: number): Promise<[number, number]> {
  await goTo(desk, deep)
  const session = await desk.page.context().newCDPSession(desk.page)
  // The first minutes fill what is kept by number.
  await underLoad(desk, 400, () => pause(5000))
  await pause(1000)
  const before = await heap(session)
  await underLoad(desk, 400, () => pause((messages / 400) * 1000))
  await pause(2000)
  return [before, await heap(session)]
}

const words = ['库存', '发货', '发票', '退换', '优惠', '快递', '尺码', '耳机', '茶叶', '急用']

async function search(desk: Desk, folder: string): Promise<{ page: number; bare: number }> {
  const db = new Sqlite(databaseFile(folder), { readonly: true })
  const found = db.prepare(`SELECT * FROM messages WHERE id IN
    (SELECT rowid FROM message_terms WHERE message_terms MATCH ? ORDER BY rowid DESC LIMIT 51) ORDER BY id DESC`)
  const queries = Array.from({ length: 40 }, (_, n) => words[n % words.length] ?? '')
  const bare = queries.map((query) => {
    const begun = performance.now()
    found.all(indexQuery(query))
    return performance.now() - begun
  })
  db.close()
  const inputs = queries.map((query) => ({ query }))
  const times = await desk.page.evaluate(ask, { entry: 'messages.search', inputs })
  return { page: percentile(times, 0.95), bare: percentile(bare, 0.95) }
}

/** @param long more rounds, and an hour's worth of messages instead of some minutes' */
async function screen(long: boolean): Promise<Row[]> {
  await ensureBuilt(process.stderr)
  const folder = seededFolder(size)
  const rounds = long ? 15 : 7
  const none = await openDesk()
  const emptyMs = await firstPaint(none, 'main h1', rounds).finally(() => none.close())
  const desk = await openDesk(folder)
  try {
    const listMs = await firstPaint(desk, 'section.conversations a[href^="/inbox/"]', rounds)
    await goTo(desk, deep)
    const switches = await desk.page.evaluate(switchConversations, long ? 100 : 40)
    const bubbleMs = await bubbles(desk, long ? 100 : 30)
    const still = await desk.page.evaluate(scrollFrames, { seconds: 2, pixels: 0 })
    const frames = await desk.page.evaluate(scrollFrames, { seconds: long ? 30 : 10, pixels: -400 })
    const typedMs = await typing(desk)
    const found = await search(desk, folder)
    // Five messages a second, for an hour or for five minutes.
    const [before, after] = await memory(desk, long ? 18_000 : 1500)
    return [
      row('list of conversations painted, ms', 'an empty page of the same build', listMs, emptyMs, '<= 1.5'),
      row('conversation opened and painted, ms p95', '50 ms', percentile(switches, 0.95), 50, '<= 1'),
      row('bubble after the acknowledgement, ms p95', 'three frames', bubbleMs, 50, '<= 1'),
      row('frame while scrolling 100,000, ms p99', '34 ms', percentile(frames, 0.99), 34, '<= 1'),
      row('the same', 'frame while nothing moves', percentile(frames, 0.99), percentile(still, 0.99), ''),
      row('key to screen while 200/s arrive, ms p95', '50 ms', typedMs, 50, '<= 1'),
      row('search through the page, ms p95', 'bare index query', found.page, found.bare, '<= 10'),
      row("memory of the page, MB, after the messages' coming", 'before', after, before, '<= 1.2'),
    ]
  } finally {
    await desk.close()
  }
}

console.log(JSON.stringify(await screen(!process.argv.includes('--quick'))))
