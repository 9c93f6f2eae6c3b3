/** Reading a history: where it opens, how it is walked through, where one can go at once. */
import { expect, test, type Page } from '@playwright/test'
import type { FixtureControl } from '../support/fixture-bridge.ts'
import type { FixtureData } from '../support/fixture-data.ts'
import { openFixture } from '../support/fixture-page.ts'

declare const fixture: FixtureControl

const longKey = '4:friend:u-long'
const inList = (page: Page, name: string) => page.getByRole('link', { name: new RegExp(`^${name}`) })
const open = (page: Page, name: string) => inList(page, name).click()
const history = (page: Page) => page.getByRole('region', { name: '消息记录' })
const article = (page: Page, number: number) =>
  page.getByRole('article').filter({ hasText: new RegExp(`(^|[^0-9])${number}: `) })
const callsOf = (page: Page, entry: string) =>
  page.evaluate((name) => fixture.calls.filter((call) => call.entry === name).length, entry)

/** The long talk with its last messages unread. */
const withUnread = (count: number) => (data: FixtureData) => {
  const messages = data.messages[longKey]!
  const conversation = data.conversations.find((item) => item.peer.id === 'u-long')!
  conversation.readUpTo = messages.at(-count - 1)!.id
  conversation.unread = messages.slice(-count).filter((message) => message.direction === 'in').length
}

/** Numbers of the messages in view, with where they stand. */
const visible = (page: Page) =>
  page.getByRole('article').evaluateAll((elements) =>
    elements
      .map((element) => ({
        number: Number(/(\d+): /.exec(element.textContent ?? '')?.[1]),
        top: element.getBoundingClientRect().top,
        bottom: element.getBoundingClientRect().bottom,
      }))
      .filter(({ top, bottom }) => bottom > 60 && top < 740),
  )

test('opens at the first unread message, however far back it is, and reads only at the end', async ({ page }) => {
  await openFixture(page, { change: withUnread(300) })
  await open(page, '长聊天')
  await expect(page.getByText('以下为新消息')).toBeInViewport()
  // 301 is ours and needs no reading.
  await expect(article(page, 302)).toBeInViewport()
  await expect(article(page, 600)).toHaveCount(0)
  expect(await callsOf(page, 'conversations.read')).toBe(0)
  const end = history(page).getByRole('button', { name: '200 条新消息' })
  await end.click()
  await expect(article(page, 600)).toBeInViewport()
  await expect.poll(() => callsOf(page, 'conversations.read')).toBe(1)
  await expect(history(page).getByRole('button', { name: /新消息/ })).toHaveCount(0)
})

interface Walk {
  seen: number[]
  /** How far what was in the middle moved beyond what was scrolled, at most, in pixels. */
  jump: number
}

/** Scrolls, in the page itself and by its frames, until a message was seen. */
const walk = (page: Page, by: number, to: number): Promise<Walk> =>
  page.evaluate(
    async ({ by, to }) => {
      const frame = () => new Promise((done) => requestAnimationFrame(done))
      const shown = (): { number: number; top: number }[] =>
        [...document.querySelectorAll('article')]
          .map((element) => ({ text: element.textContent ?? '', box: element.getBoundingClientRect() }))
          .filter(({ box }) => box.bottom > 52 && box.top < 700)
          .map(({ text, box }) => ({ number: Number(/(\d+): /.exec(text)?.[1]), top: box.top }))
      let scroller = document.querySelector('article')?.parentElement ?? null
      while (scroller && scroller.scrollHeight - scroller.clientHeight < 500) scroller = scroller.parentElement
      const seen = new Set<number>()
      let jump = 0
      for (let turn = 0; turn < 400 && scroller; turn++) {
        const before = shown()
        for (const { number } of before) seen.add(number)
        if (seen.has(to)) break
        const anchor = before[Math.floor(before.length / 2)]
        scroller.scrollBy({ top: by, behavior: 'instant' })
        await frame()
        const after = shown().find(({ number }) => number === anchor?.number)
        // Less at the ends, where there is nothing more to scroll.
        if (after && anchor) jump = Math.max(jump, Math.abs(after.top - anchor.top) - Math.abs(by))
      }
      return { seen: [...seen], jump }
    },
    { by, to },
  )

test('every message between the first unread one and both ends can be reached, none moves', async ({ page }) => {
  test.setTimeout(240_000)
  await openFixture(page, { change: withUnread(300) })
  await open(page, '长聊天')
  await expect(article(page, 302)).toBeInViewport()
  const down = await walk(page, 540, 600)
  const up = await walk(page, -540, 1)
  // Down again: what was let go at the bottom comes back.
  const again = await walk(page, 540, 600)
  const missing = (seen: number[], from: number) =>
    [...Array(601 - from).keys()].map((index) => index + from).filter((number) => !seen.includes(number))
  expect(missing(down.seen, 303)).toEqual([])
  expect(missing(up.seen, 1)).toEqual([])
  expect(missing(again.seen, 1)).toEqual([])
  expect(Math.max(down.jump, up.jump, again.jump)).toBeLessThan(3)
})

test('a hit of the search opens the history at its place, marked, and the way on goes both ways', async ({ page }) => {
  let messageId = ''
  await openFixture(page, { change: (data) => (messageId = data.messages[longKey]![199]!.id) })
  await expect(inList(page, '长聊天')).toBeVisible()
  await page.evaluate((id) => {
    window.history.pushState({}, '', `/inbox/4/friend/u-long?message=${id}`)
    dispatchEvent(new PopStateEvent('popstate', { state: {} }))
  }, messageId)
  await expect(article(page, 200)).toBeInViewport()
  await expect(article(page, 600)).toHaveCount(0)
  await expect(page).toHaveURL(/u-long$/)
  await history(page).hover()
  await page.mouse.wheel(0, 6000)
  await expect.poll(async () => (await visible(page)).some(({ number }) => number > 235)).toBe(true)
})

test('a day leads to its first message; one that is gone says so', async ({ page }) => {
  let day = ''
  let number = 0
  await openFixture(page, {
    change: (data) => {
      const messages = data.messages[longKey]!
      const date = new Date(messages[300]!.sentAt)
      day = new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
      const start = new Date(date).setHours(0, 0, 0, 0)
      number = messages.findIndex((message) => message.sentAt >= start) + 1
    },
  })
  await open(page, '长聊天')
  await page.getByRole('button', { name: '跳到某一天' }).click()
  await page.getByLabel('日期').fill(day)
  await page.getByRole('button', { name: '前往' }).click()
  await expect(article(page, number)).toBeInViewport()
  await page.evaluate(() => {
    window.history.pushState({}, '', '/inbox/4/friend/u-long?message=999999')
    dispatchEvent(new PopStateEvent('popstate', { state: {} }))
  })
  await expect(page.getByText('这条消息已不在记录中')).toBeVisible()
  await expect(article(page, number)).toBeInViewport()
})

test('what is sent from the midst of the history shows at its end', async ({ page }) => {
  await openFixture(page, { change: withUnread(300) })
  await open(page, '长聊天')
  await expect(article(page, 302)).toBeInViewport()
  await page.getByRole('textbox', { name: /^写给/ }).fill('在的')
  await page.getByRole('textbox', { name: /^写给/ }).press('Enter')
  await expect(page.getByRole('article').filter({ hasText: '在的' })).toBeInViewport()
  await expect(article(page, 600)).toBeInViewport()
})
