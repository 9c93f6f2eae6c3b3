/** The application lock over the real host: while it is locked, the page holds nothing of customers. */
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { findings } from '../support/accessibility.ts'
import { contactOf, openOffice, write, type Contact, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial', timeout: 120_000 })

let office: Office
let context: BrowserContext
let page: Page
let customer: Contact
const secret = '订单号 88123 的杯子'
const late = '锁着的时候写的'
const passphrase = '开门 sesame'
/** Everything that came over the page's link. */
let heard = ''

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness({ liveliness: 'off', answers: false })
  const { items: robots } = await office.api('robots.list', {})
  const robot = robots.find((item) => item.name === '林先生门店')!
  const { items: friends } = await office.api('friends.list', { robotId: robot.id })
  customer = await contactOf(office, robot.name, friends[0]!.name)
  await write(office, customer, secret)
  context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } })
  page = await openPage()
  await page.goto(office.ready.url)
  await page.goto(conversation())
  await expect(page.getByRole('region', { name: '消息' }).getByText(secret)).toBeVisible()
})
test.afterAll(async () => {
  await context.close()
  await office.close()
})

async function openPage(): Promise<Page> {
  const opened = await context.newPage()
  opened.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => (heard += payload.toString()))
  })
  return opened
}
const conversation = (): string =>
  `${new URL(office.ready.url).origin}/inbox/${customer.robotId}/friend/${encodeURIComponent(customer.userId)}`
const lockScreen = (on = page) => on.getByRole('main', { name: '总机已锁定' })
const field = (on = page) => on.getByRole('textbox', { name: '锁定口令' })
const unlock = async (words = passphrase): Promise<void> => {
  await field().fill(words)
  await page.getByRole('button', { name: '解锁' }).click()
}
/** Whatever a reader of the page's document could find. */
const everything = (on = page): Promise<string> =>
  on.evaluate(() => `${document.documentElement.outerHTML} ${document.title} ${document.body.innerText}`)
async function expectNothingOfCustomers(on = page): Promise<void> {
  // The page starts over, which takes a slow machine its time.
  await expect(lockScreen(on)).toBeVisible({ timeout: 30_000 })
  let found = ''
  // While it starts over there is no page that could be looked at.
  await expect(async () => {
    found = await everything(on)
  }).toPass({ timeout: 30_000 })
  for (const word of [secret, late, customer.name, '林先生门店', '小雅客服']) expect(found).not.toContain(word)
  await expect(on).toHaveTitle('总机')
}

test('without a passphrase the key leads to where one is set', async () => {
  await page.keyboard.press('Control+Shift+L')
  await expect(page).toHaveURL(/\/settings#lock$/)
  const region = page.getByRole('region', { name: '应用锁' })
  await expect(region).toContainText('未设置')
  await region.getByRole('button', { name: '设置口令' }).click()
  const dialog = page.getByRole('dialog', { name: '设置锁定口令' })
  await dialog.getByRole('textbox', { name: '新口令' }).fill(passphrase)
  await dialog.getByRole('textbox', { name: '再输入一次' }).fill('另一个')
  await dialog.getByRole('button', { name: '设置' }).click()
  await expect(dialog.getByRole('alert')).toContainText('两次输入不一致')
  await dialog.getByRole('textbox', { name: '再输入一次' }).fill(passphrase)
  await page.keyboard.press('Enter')
  await expect(dialog).toHaveCount(0)
  await expect(region).toContainText('已设置口令')
  await expect(region).toContainText('Ctrl Shift L')
})

test('the key locks every tab at once; none holds anything of customers, and none is told anything', async () => {
  const other = await openPage()
  await other.goto(`${new URL(office.ready.url).origin}/inbox`)
  await expect(other.getByRole('region', { name: '会话列表' }).getByText(secret)).toBeVisible()
  await page.goto(conversation())
  await expect(page.getByRole('region', { name: '消息' }).getByText(secret)).toBeVisible()
  await page.getByRole('textbox', { name: /^写给/ }).fill('还没写完')
  await page.keyboard.press('Control+Shift+L')
  await expectNothingOfCustomers()
  await expectNothingOfCustomers(other)

  heard = ''
  await write(office, customer, late)
  const arrived = async () => (await office.api('messages.search', { query: late })).items.map(({ content }) => content)
  await expect.poll(arrived).toEqual([late])
  await office.api('settings.set', { density: 'compact' })
  await office.api('settings.set', { density: 'roomy' })
  await expectNothingOfCustomers()
  expect(heard).not.toContain(late)
  expect(heard).not.toContain('"events"')
  await other.close()
})

test('a reload of a locked page shows the lock, and asks the engine for nothing that it would not get', async () => {
  heard = ''
  await page.reload()
  await expectNothingOfCustomers()
  expect(heard).not.toMatch(/serialNo|lastMessage/)
})

test('the locked screen speaks the operator’s language, in the operator’s theme, and is accessible', async () => {
  for (const theme of ['light', 'dark'] as const) {
    await office.api('settings.set', { theme, language: 'en' })
    await page.reload()
    await expect(page.getByRole('main', { name: 'Switchboard is locked' })).toBeVisible()
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    expect(await findings(page)).toEqual([])
  }
  await office.api('settings.set', { theme: 'system', language: 'zh-CN' })
  await page.reload()
  await expect(lockScreen()).toBeVisible()
})

test('the right passphrase leads back to the same conversation, with the draft and what came meanwhile', async () => {
  await unlock('falsch')
  await expect(page.getByRole('alert')).toContainText('口令不正确')
  await expectNothingOfCustomers()
  await expect(field()).toBeFocused()
  await unlock()
  const messages = page.getByRole('region', { name: '消息' })
  await expect(messages.getByText(secret)).toBeVisible()
  await expect(messages.getByText(late)).toBeVisible()
  await expect(page).toHaveURL(conversation())
  await expect(page.getByRole('textbox', { name: /^写给/ })).toHaveValue('还没写完')
})

test('nobody at the screen for the set time locks it; who works in one tab keeps the others open', async () => {
  await office.api('settings.set', { lockAfterMinutes: 10 })
  const other = await openPage()
  // One clock for all pages of the browser.
  await context.clock.install()
  for (const on of [page, other]) {
    await on.goto(conversation())
    await expect(on.getByRole('region', { name: '消息' }).getByText(secret)).toBeVisible({ timeout: 30_000 })
  }
  await page.mouse.move(700, 400)
  await context.clock.fastForward('08:00')
  await page.mouse.move(710, 410)
  await context.clock.fastForward('08:00')
  await expect(page.getByRole('region', { name: '消息' }).getByText(secret)).toBeVisible()
  await expect(other.getByRole('region', { name: '消息' }).getByText(secret)).toBeVisible()
  await other.close()
  await context.clock.fastForward('10:00')
  await expectNothingOfCustomers()
})

test('after wrong attempts the pause is told, and counted down', async () => {
  // The page’s time stands still, so that the pause is seen on a slow machine, too.
  await context.clock.pauseAt(Date.now() + 3_600_000)
  for (let n = 0; n < 3; n += 1) {
    await unlock(`falsch ${n}`)
    await expect(page.getByRole('alert')).toBeVisible()
    await expect(field()).toHaveValue('')
  }
  await expect(page.getByRole('alert')).toContainText(/请等待 [1-5] 秒/)
  await field().fill(passphrase)
  await expect(page.getByRole('button', { name: '解锁' })).toBeDisabled()
  await context.clock.resume()
  await context.clock.fastForward('00:06')
  // The engine’s own clock is the one that counts.
  await expect.poll(async () => (await office.api('lock.get', {})).waitMs, { timeout: 15_000 }).toBe(0)
  await unlock()
  await expect(page.getByRole('region', { name: '消息' }).getByText(secret)).toBeVisible()
})

test('the passphrase is changed and removed by who knows it', async () => {
  await page.goto(`${new URL(office.ready.url).origin}/settings#lock`)
  const region = page.getByRole('region', { name: '应用锁' })
  await region.getByRole('button', { name: '更改口令' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: '当前口令' }).fill('falsch')
  await dialog.getByRole('textbox', { name: '新口令' }).fill('neu neu')
  await dialog.getByRole('textbox', { name: '再输入一次' }).fill('neu neu')
  await dialog.getByRole('button', { name: '更改' }).click()
  await expect(dialog.getByRole('alert')).toContainText('口令不正确')
  await dialog.getByRole('textbox', { name: '当前口令' }).fill(passphrase)
  await dialog.getByRole('button', { name: '更改' }).click()
  await expect(dialog).toHaveCount(0)
  await region.getByRole('button', { name: '立即锁定' }).click()
  await unlock('neu neu')
  await expect(region.getByRole('button', { name: '去掉锁' })).toBeVisible()
  await region.getByRole('button', { name: '去掉锁' }).click()
  await dialog.getByRole('textbox', { name: '当前口令' }).fill('neu neu')
  await dialog.getByRole('button', { name: '去掉' }).click()
  await expect(region).toContainText('未设置')
})
