/** Several conversations changed at once, and the way back for what was hidden by mistake. */
import { expect, test, type Page } from '@playwright/test'
import { contactOf, openOffice, write, type Contact, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial', timeout: 120_000 })

let office: Office
let page: Page
let one: Contact
let other: Contact

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness({ liveliness: 'off', answers: false })
  const [robot] = (await office.api('robots.list', {})).items
  const { items: friends } = await office.api('friends.list', { robotId: robot!.id })
  one = await contactOf(office, robot!.name, friends[0]!.name)
  other = await contactOf(office, robot!.name, friends[1]!.name)
  await write(office, one, '先来的')
  await write(office, other, '后来的')
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  await page.goto(office.ready.url)
  await expect(row(one)).toBeVisible()
})
test.afterAll(async () => {
  await page.context().close()
  await office.close()
})

const list = () => page.getByRole('region', { name: '会话列表' })
const row = (contact: Contact) => list().getByRole('link').filter({ hasText: contact.name })
const away = () => page.mouse.move(1000, 450)

test('several are picked by box and by Shift, and changed at once', async () => {
  await page.keyboard.press('Alt+s')
  const bar = list().getByRole('toolbar', { name: '对所选会话的操作' })
  await expect(bar).toContainText('已选 0 个')
  await row(one).click()
  await row(other).click({ modifiers: ['Shift'] })
  await expect(bar).not.toContainText('已选 1 个')
  await bar.getByRole('button', { name: '置顶' }).click()
  await expect(bar).toBeHidden()
  await expect(row(one)).toHaveAccessibleName(/已置顶/)
  await expect(row(other)).toHaveAccessibleName(/已置顶/)
})

test('what was hidden by mistake comes back at once', async () => {
  await row(one).click({ modifiers: ['Control'] })
  await list().getByRole('button', { name: '隐藏会话' }).click()
  await away()
  await expect(row(one)).toBeHidden()
  await list().getByRole('button', { name: '撤销' }).click()
  await expect(row(one)).toBeVisible()
})
