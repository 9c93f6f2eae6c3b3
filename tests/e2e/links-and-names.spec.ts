/** What may go wrong around the window: the link, the sign-in, hostile names. Over the real host. */
import { expect, test, type BrowserContext, type Page, type WebSocketRoute } from '@playwright/test'
import { contactOf, openOffice, write, type Contact, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial' })

let office: Office
let context: BrowserContext
let page: Page
let hostile: Contact
let socket: WebSocketRoute | undefined
let isCut = false

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness()
  hostile = await contactOf(office, '小雅客服', '<b>')
  context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  await page.routeWebSocket(/\/ws$/, async (route) => {
    if (isCut) return route.close({ code: 1001 })
    socket = route
    route.connectToServer()
  })
  await page.goto(office.ready.url)
})
test.afterAll(async () => {
  await context.close()
  await office.close()
})

const list = () => page.getByRole('region', { name: '会话列表' })
const composer = () => page.getByRole('textbox', { name: /^写给/ })

test('a name and a text of markup are shown as they are', async () => {
  await write(office, hostile, '<img src=x onerror=alert(1)> javascript:alert(1) https://example.com/a')
  await list().getByRole('link').filter({ hasText: '<b>王</b>' }).click()
  await expect(page.getByRole('heading', { level: 1, name: '<b>王</b>' })).toBeVisible()
  const said = page.getByRole('article').filter({ hasText: '<img src=x onerror=alert(1)>' })
  await expect(said).toHaveCount(1)
  await expect(said.locator('img')).toHaveCount(0)
  await expect(said.getByRole('link')).toHaveCount(1)
  await expect(said.getByRole('link')).toHaveAttribute('href', 'https://example.com/a')
  await expect(page.locator('main b')).toHaveCount(0)
})

test('while the link is lost the text waits, and goes out once when it is back', async () => {
  isCut = true
  await socket?.close({ code: 1001 })
  await expect(page.getByText('与引擎的连接已断开')).toBeVisible()
  await composer().fill('断线时写的')
  await composer().press('Enter')
  const bubble = page.getByRole('article').filter({ hasText: '断线时写的' })
  await expect(bubble).toContainText('等待重新连接')
  // What comes meanwhile is there afterwards.
  await write(office, hostile, '断线时来的')
  isCut = false
  await expect(page.getByText('与引擎的连接已断开')).toBeHidden({ timeout: 15_000 })
  await expect(bubble).toHaveCount(1)
  await expect(bubble).toContainText('已确认')
  await expect(page.getByRole('article').filter({ hasText: '断线时来的' })).toHaveCount(1)
  const history = await office.api('messages.page', {
    robotId: hostile.robotId,
    peer: { kind: 'friend', id: hostile.userId },
  })
  expect(history.items.filter((message) => message.content === '断线时写的')).toHaveLength(1)
})

test('a submission whose answer was lost is not sent twice', async () => {
  // The page asks, the engine takes it, and the link breaks before the answer comes.
  await page.evaluate(() => {
    const { send } = WebSocket.prototype
    WebSocket.prototype.send = function (data) {
      send.call(this, data)
      if (typeof data === 'string' && data.includes('"messages.send"')) {
        WebSocket.prototype.send = send
        this.close()
      }
    }
  })
  await composer().fill('只发一次')
  await composer().press('Enter')
  const bubble = page.getByRole('article').filter({ hasText: '只发一次' })
  await expect(bubble).toContainText('已确认', { timeout: 20_000 })
  await expect(bubble).toHaveCount(1)
  const history = await office.api('messages.page', {
    robotId: hostile.robotId,
    peer: { kind: 'friend', id: hostile.userId },
  })
  expect(history.items.filter((message) => message.content === '只发一次')).toHaveLength(1)
})

test('who is not signed in is told how', async ({ browser }) => {
  const stranger = await browser.newPage({ locale: 'en-GB' })
  await stranger.goto(new URL(office.ready.url).origin)
  await expect(stranger.getByRole('heading', { name: 'Sign in first' })).toBeVisible()
  await stranger.close()
})

test('a banned robot keeps its queue and says so; the text is not lost', async () => {
  await office.sandbox(`robots/${hostile.robotSerialNo}`, { state: 'banned', reason: '频繁发送' })
  await expect(page.getByText('已封禁，消息会排队，恢复后发送')).toBeVisible()
  await expect(page.getByRole('button', { name: /小雅客服.*已封禁.*频繁发送/ })).toBeVisible()
  await composer().fill('封禁时写的')
  await composer().press('Enter')
  const bubble = page.getByRole('article').filter({ hasText: '封禁时写的' })
  await expect(bubble).toContainText('机器人被封禁：频繁发送')
  await bubble.getByRole('button', { name: '撤回' }).click()
  await expect(composer()).toHaveValue('封禁时写的')
  await expect(bubble).toHaveCount(0)
})
