/** The main job, end to end: browser, headless host, engine and sandbox are the real ones. */
import { expect, test, type Page } from '@playwright/test'
import { openOffice, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial' })

let office: Office
let page: Page
const complaints: string[] = []

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  page = await browser.newPage({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } })
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
})
test.afterAll(async () => {
  await page.close()
  await office.close()
})

const rows = () => page.getByRole('region', { name: '会话列表' }).getByRole('link')
const robots = () => page.getByRole('navigation', { name: '机器人' })
const composer = () => page.getByRole('textbox', { name: /^写给/ })

test('one click on the welcome brings three robots online', async () => {
  await page.goto(office.ready.url)
  await page.getByRole('button', { name: '启动沙箱' }).click()
  await expect(page).toHaveURL(/\/inbox/)
  for (const name of ['小雅客服', '林先生门店', 'ร้านดอกไม้ กรุงเทพ']) {
    await expect(robots().getByRole('button', { name: new RegExp(`${name}.*在线`) })).toBeVisible()
  }
  await expect(robots().getByRole('button', { name: /全部机器人.*全部在线/ })).toBeVisible()
})

test('a customer who writes first appears live, counted and named in the title', async () => {
  await expect(rows().first()).toBeVisible()
  await expect(rows().first()).toHaveAccessibleName(/1 条未读消息/)
  await expect(page).toHaveTitle(/^\(\d+\) 总机$/)
})

test('opening reads, answering is confirmed by the platform, and a person answers back', async () => {
  const before = await office.api('conversations.list', {})
  const first = before.items.find((item) => item.peer.kind === 'friend')!
  const row = page.getByRole('region', { name: '会话列表' }).locator(`a[href$="${encodeURIComponent(first.peer.id)}"]`)
  await row.click()
  await page.mouse.move(900, 300)
  await expect(row).not.toHaveAccessibleName(/未读消息/)
  await expect(page.getByText('以下为新消息')).toBeVisible()
  await expect(page.getByRole('main').getByText('将以此账号回复')).toBeVisible()

  await composer().fill('您好,我在的')
  await composer().press('Enter')
  const sent = page.getByRole('article').filter({ hasText: '您好,我在的' })
  await expect(sent).toHaveCount(1)
  await expect(sent).toContainText('已确认')
  await expect(composer()).toHaveValue('')
  // The simulated person answers within a few seconds.
  await expect(page.getByRole('article').last()).not.toContainText('您好,我在的')
  await expect.poll(async () => (await office.api('conversations.list', {})).items[0]?.unread).toBe(0)
})

test('the history survives a reload, in place', async () => {
  await page.reload()
  await expect(page.getByRole('article').filter({ hasText: '您好,我在的' })).toHaveCount(1)
  await expect(composer()).toBeVisible()
})

test('Shift+Enter breaks the line, Enter sends it as one message', async () => {
  await composer().pressSequentially('第一行')
  await composer().press('Shift+Enter')
  await composer().pressSequentially('第二行')
  await expect(composer()).toHaveValue('第一行\n第二行')
  await composer().press('Enter')
  await expect(page.getByRole('article').filter({ hasText: '第一行\n第二行' })).toHaveCount(1)
})

test('Enter that ends a composition belongs to the input method', async () => {
  const session = await page.context().newCDPSession(page)
  await composer().pressSequentially('写好的')
  await session.send('Input.imeSetComposition', { text: 'ni', selectionStart: 2, selectionEnd: 2 })
  // What browsers send for a key that the input method takes.
  await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', windowsVirtualKeyCode: 229, key: 'Process' })
  await composer().dispatchEvent('keydown', { key: 'Enter', isComposing: true })
  await composer().dispatchEvent('keydown', { key: 'Enter', keyCode: 229 })
  await session.send('Input.insertText', { text: '你好' })
  await expect(composer()).toHaveValue('写好的你好')
  await expect(page.getByRole('article').filter({ hasText: '写好的' })).toHaveCount(0)
  await composer().press('Enter')
  await expect(page.getByRole('article').filter({ hasText: '写好的你好' })).toHaveCount(1)
})

test('a draft stays with its conversation', async () => {
  await composer().fill('写到一半')
  await rows().last().click()
  await expect(composer()).toHaveValue('')
  await expect(rows().filter({ hasText: '草稿：写到一半' })).toHaveCount(1)
  await page.reload()
  await rows().filter({ hasText: '草稿：写到一半' }).click()
  await expect(composer()).toHaveValue('写到一半')
  await composer().fill('')
})

test('a picture goes out by its link and is shown through the host', async () => {
  // A person's reaction must not come between the picture and its state.
  await office.sandbox('settings', { liveliness: 'off', answers: false })
  const info = await office.api('system.info', {})
  const link = `${new URL(info.sandbox.pageUrl!).origin}/pictures/3.png`
  await page.getByRole('button', { name: '用链接发图片' }).click()
  const field = page.getByRole('textbox', { name: '图片链接' })
  await field.fill('ftp://example.com/a.png')
  await expect(page.getByRole('button', { name: '发送图片' })).toBeDisabled()
  await field.fill(link)
  await expect(page.getByRole('img', { name: '图片预览' })).toBeVisible()
  await page.getByRole('button', { name: '发送图片' }).click()
  const picture = page.getByRole('img', { name: '您发出的图片' }).last()
  await expect(picture).toBeVisible()
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(640)
  await expect(picture).toHaveAttribute('src', /^\/media\?/)
  await picture.click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(page.getByRole('article').filter({ has: picture })).toContainText('已确认')
})

test('language and theme follow the settings at once', async () => {
  await office.api('settings.set', { language: 'en', theme: 'dark' })
  await expect(page.getByRole('navigation', { name: 'Sections' })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await expect(page.getByRole('article').filter({ hasText: 'Confirmed' }).last()).toBeVisible()
  await office.api('settings.set', { language: 'zh-CN', theme: 'light' })
  await expect(page.getByRole('navigation', { name: '主导航' })).toBeVisible()
})

test('nothing of the page broke its policy or failed in silence', () => {
  expect(complaints).toEqual([])
})
