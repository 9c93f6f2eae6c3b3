/** States of the inbox that the real engine shows seldom, over values in memory. */
import { expect, test, type Page } from '@playwright/test'
import { findings } from '../support/accessibility.ts'
import type { FixtureControl } from '../support/fixture-bridge.ts'
import { openFixture } from '../support/fixture-page.ts'

declare const fixture: FixtureControl

const open = (page: Page, name: string) => page.getByRole('link', { name: new RegExp(`^${name}`) }).click()
const article = (page: Page, text: string) => page.getByRole('article').filter({ hasText: text })
const composer = (page: Page) => page.getByRole('textbox', { name: /^写给/ })
const callsOf = (page: Page, entry: string) =>
  page.evaluate((name) => fixture.calls.filter((call) => call.entry === name).map((call) => call.input), entry)

for (const [language, theme, width] of [
  ['zh-CN', 'light', 1440],
  ['en', 'dark', 1440],
  ['zh-CN', 'dark', 1024],
  ['en', 'light', 1024],
] as const) {
  test(`accessible and within the page's policy: ${language}, ${theme}, ${width} wide`, async ({ page }) => {
    await page.setViewportSize({ width, height: width === 1440 ? 900 : 700 })
    const complaints = await openFixture(page, { language, theme })
    await open(page, language === 'en' ? 'Misaki' : '佐藤')
    await expect(page.getByRole('article').first()).toBeVisible()
    expect(await findings(page)).toEqual([])
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
    expect(overflow).toBe(false)
    expect(complaints).toEqual([])
  })
}

test('a limited robot is one to look at, also where every other is online', async ({ page }) => {
  await openFixture(page, {
    change: (data) => {
      data.robots = data.robots.filter((robot) => robot.state === 'online' || robot.state === 'limited')
    },
  })
  const all = page.getByRole('navigation', { name: '机器人' }).getByRole('button', { name: /^全部机器人/ })
  await expect(all).toContainText('4 在线 · 1 需留意')
})

test('an unknown message says why and offers both choices right there', async ({ page }) => {
  await openFixture(page)
  await open(page, '佐藤')
  const message = article(page, '您看什么时候方便来取?')
  await expect(message).toContainText('网络中断，不知道对方是否收到')
  await message.getByRole('button', { name: '已经送达' }).click()
  await message.getByRole('button', { name: '再发一次' }).click()
  expect(await callsOf(page, 'messages.settle')).toMatchObject([{ as: 'arrived' }, { as: 'resend' }])
})

test('a failed message says why, in the list too, and can be tried again', async ({ page }) => {
  await openFixture(page)
  await expect(page.getByRole('link', { name: /^黄先生.*发送失败/ })).toBeVisible()
  await open(page, '黄先生')
  await expect(article(page, '地址发错了')).toContainText('平台拒绝：对方不是好友')
  await article(page, '地址发错了').getByRole('button', { name: '重试' }).click()
  expect(await callsOf(page, 'messages.settle')).toMatchObject([{ as: 'resend' }])
})

test('every state of a message has its words', async ({ page }) => {
  await openFixture(page)
  await open(page, '李思雨')
  await composer(page).fill('新消息')
  await composer(page).press('Enter')
  const message = article(page, '新消息')
  await expect(message).toContainText('排队中')
  for (const [status, words] of [
    ['sending', '发送中'],
    ['accepted', '平台已受理'],
    ['done', '已确认'],
    ['cancelled', '已取消'],
  ] as const) {
    await page.evaluate((next) => fixture.become(next), status)
    await expect(message).toContainText(words)
  }
  await expect(message).toHaveCount(1)
})

test('a broken picture shows its link', async ({ page }) => {
  await openFixture(page)
  await open(page, '李思雨')
  await page.getByRole('button', { name: '用链接发图片' }).click()
  await page.getByRole('textbox', { name: '图片链接' }).fill('https://pictures.example/gone.png')
  await page.getByRole('button', { name: '发送图片' }).click()
  await expect(page.getByRole('article').last()).toContainText('图片无法显示')
  await expect(page.getByRole('link', { name: 'https://pictures.example/gone.png' })).toBeVisible()
})

test('a row that is pressed while the list still scrolls is opened', async ({ page }) => {
  await openFixture(page)
  const row = page.getByRole('link', { name: /^Anna Müller/ })
  const box = await row.boundingBox()
  if (!box) throw new Error('the row is not there')
  await page.mouse.move(box.x + 40, box.y + 20)
  await page.mouse.wheel(0, 20)
  // As fast as a hand that has found its row: the list has not come to rest.
  await expect.poll(async () => (await row.boundingBox())?.y).toBe(box.y - 20)
  await page.mouse.click(box.x + 40, box.y + 10)
  await expect(composer(page)).toHaveAccessibleName(/Anna Müller/)
})

test('every message of a long history can be reached, and none moves while older ones come', async ({ page }) => {
  await openFixture(page)
  await open(page, '长聊天')
  const history = page.getByRole('region', { name: '消息记录' })
  await expect(article(page, '600: ')).toBeInViewport()
  await history.hover()
  await watchHistory(page)
  for (let turn = 0; turn < 400 && !(await seen(page)).has(1); turn++) {
    const before = await visible(page)
    const anchor = before[Math.floor(before.length / 2)]
    await page.mouse.wheel(0, -400)
    await page.waitForTimeout(30)
    const after = (await visible(page)).find((item) => item.number === anchor?.number)
    // The message in the middle moved by what was scrolled, not by what was loaded above it.
    if (anchor && after) expect(Math.abs(after.top - anchor.top)).toBeLessThanOrEqual(420)
  }
  const all = await seen(page)
  expect([...Array(600).keys()].map((index) => index + 1).filter((number) => !all.has(number))).toEqual([])
  await expect(history.getByRole('button', { name: '回到最新消息' })).toBeVisible()
  await history.getByRole('button', { name: '回到最新消息' }).click()
  await expect(article(page, '600: ')).toBeInViewport()
})

/** Notes in each frame which messages are in view: what an operator sees, however fast the wheel turns. */
const watchHistory = (page: Page) =>
  page.getByRole('region', { name: '消息记录' }).evaluate((region) => {
    const numbers = new Set<number>()
    Object.assign(globalThis, { seenNumbers: numbers })
    const look = (): void => {
      for (const element of region.querySelectorAll('article')) {
        const { top, bottom } = element.getBoundingClientRect()
        if (bottom > 60 && top < 740) numbers.add(Number(/(\d+): /.exec(element.textContent ?? '')?.[1]))
      }
      requestAnimationFrame(look)
    }
    look()
  })
const seen = async (page: Page): Promise<Set<number>> =>
  new Set(await page.evaluate(() => [...(globalThis as unknown as { seenNumbers: Set<number> }).seenNumbers]))

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

test('who reads older messages stays there when new ones come, and is told', async ({ page }) => {
  await openFixture(page)
  await open(page, '长聊天')
  await expect(article(page, '600: ')).toBeInViewport()
  const history = page.getByRole('region', { name: '消息记录' })
  await history.hover()
  // While rows are still being measured the history holds on to its end.
  await expect(async () => {
    await page.mouse.wheel(0, -1500)
    await expect(history.getByRole('button', { name: '回到最新消息' })).toBeVisible({ timeout: 500 })
  }).toPass()
  await page.waitForTimeout(300)
  const before = await visible(page)
  await page.evaluate(() => fixture.receive('4', { kind: 'friend', id: 'u-long' }, '刚到的'))
  await expect(history.getByRole('button', { name: '1 条新消息' })).toBeVisible()
  expect(await visible(page)).toEqual(before)
  expect(await callsOf(page, 'conversations.read')).toEqual([])
  await history.getByRole('button', { name: '1 条新消息' }).click()
  await expect(article(page, '刚到的')).toBeInViewport()
  await expect(page.getByText('以下为新消息')).toBeVisible()
  await expect.poll(() => callsOf(page, 'conversations.read')).toHaveLength(1)
})

test('the list keeps its order under the pointer', async ({ page }) => {
  await openFixture(page)
  const list = page.getByRole('region', { name: '会话列表' })
  // Above it stands only what is pinned.
  const first = list.getByRole('link').nth(1)
  await expect(first).toHaveAccessibleName(/^佐藤/)
  await list.getByRole('link', { name: /^陈建国/ }).hover()
  await page.evaluate(() => fixture.receive('4', { kind: 'friend', id: 'u-li' }, '在吗?'))
  await expect(list.getByRole('link', { name: /^李思雨.*在吗?.*1 条未读消息/ })).toBeVisible()
  await expect(first).toHaveAccessibleName(/^佐藤/)
  await expect(list.getByRole('button', { name: '有新动态，更新顺序' })).toBeVisible()
  await page.mouse.move(1000, 400)
  await expect(first).toHaveAccessibleName(/^李思雨/)
})

test('robots filter the list and never change who answers', async ({ page }) => {
  await openFixture(page)
  await open(page, '佐藤')
  await expect(page.getByRole('main')).toContainText('林先生门店 将以此账号回复', { useInnerText: true })
  const robots = page.getByRole('navigation', { name: '机器人' })
  await robots.getByRole('button', { name: /售后二号/ }).click()
  const list = page.getByRole('region', { name: '会话列表' })
  await expect(list.getByRole('link')).toHaveCount(3)
  await expect(page.getByRole('main')).toContainText('将以此账号回复')
  await expect(page.getByRole('main').locator('.as')).toContainText('林先生门店')
})

test('keys: search, next and previous conversation', async ({ page }) => {
  await openFixture(page)
  const list = page.getByRole('region', { name: '会话列表' })
  await expect(list.getByRole('link').first()).toBeVisible()
  await page.keyboard.press('Alt+ArrowDown')
  await expect(page.getByRole('heading', { level: 1, name: '店长交流' })).toBeVisible()
  await page.keyboard.press('Alt+ArrowDown')
  await expect(page.getByRole('heading', { level: 1, name: '佐藤 美咲' })).toBeVisible()
  await page.keyboard.press('Alt+ArrowDown')
  await expect(page.getByRole('heading', { level: 1, name: '陈建国' })).toBeVisible()
  await page.keyboard.press('Alt+ArrowUp')
  await expect(page.getByRole('heading', { level: 1, name: '佐藤 美咲' })).toBeVisible()
  await page.keyboard.press('Alt+k')
  await page.keyboard.type('anna')
  await expect(list.getByRole('link')).toHaveCount(1)
  await page.keyboard.type('zzz')
  await expect(list).toContainText('没有找到“annazzz”')
  await page.keyboard.press('Escape')
  await expect(list.getByRole('link').nth(3)).toBeVisible()
})

test('only unread ones, and the one that is read stays until the pointer leaves', async ({ page }) => {
  await openFixture(page)
  const list = page.getByRole('region', { name: '会话列表' })
  await list.getByRole('button', { name: '未读 3' }).click()
  await expect(list.getByRole('link')).toHaveCount(4)
  await list.getByRole('link').first().click()
  await expect(list.getByRole('link').first()).not.toHaveAccessibleName(/未读消息/)
  await expect(list.getByRole('link')).toHaveCount(4)
})

test('empty, failing and loading are told apart', async ({ browser }) => {
  const empty = await browser.newPage()
  await openFixture(empty, { change: (data) => (data.conversations = []) })
  await expect(empty.getByText('还没有会话')).toBeVisible()
  await empty.close()

  const failing = await browser.newPage()
  await openFixture(failing, { change: (data) => data.failing.push('conversations.list') })
  await expect(failing.getByRole('alert')).toContainText('数据库读写失败：EIO')
  await expect(failing.getByRole('button', { name: '重试' })).toBeVisible()
  await failing.close()

  const loading = await browser.newPage()
  await openFixture(loading, { change: (data) => data.silent.push('conversations.list') })
  await expect(loading.getByRole('status').filter({ hasText: '正在载入' }).first()).toBeAttached()
  await loading.close()
})

test('a text over the limit says in how many parts it goes', async ({ page }) => {
  await openFixture(page)
  await open(page, '李思雨')
  await composer(page).fill('字'.repeat(250))
  await expect(page.getByText('250 / 256')).toBeVisible()
  await composer(page).fill('😀'.repeat(300))
  await expect(page.getByText('300 / 256 · 将分 2 段发送')).toBeVisible()
})
