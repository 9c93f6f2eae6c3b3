/** What operators do with conversations, in the real application with the sandbox's people. */
import { expect, test, type Page } from '@playwright/test'
import { findings } from '../support/accessibility.ts'
import { contactOf, openOffice, write, type Contact, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial' })

let office: Office
let page: Page
let one: Contact
let other: Contact

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness({ liveliness: 'off', answers: false })
  const { items: robots } = await office.api('robots.list', {})
  const robot = robots.find((item) => item.name === '林先生门店')!
  const { items: friends } = await office.api('friends.list', { robotId: robot.id })
  one = await contactOf(office, robot.name, friends[0]!.name)
  other = await contactOf(office, robot.name, friends[1]!.name)
  await write(office, one, '先来的')
  await write(office, other, '后来的')
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  await page.goto(office.ready.url)
  await page
    .getByRole('navigation', { name: '机器人' })
    .getByRole('button', { name: /林先生门店/ })
    .click()
})
test.afterAll(async () => {
  await page.context().close()
  await office.close()
})

const list = () => page.getByRole('region', { name: '会话列表' })
const row = (contact: Contact) => list().getByRole('link').filter({ hasText: contact.name })
/* Somebody else may have written before the sandbox was told to be quiet. */
const names = async () =>
  (await list().getByRole('link').allInnerTexts()).flatMap((text) =>
    text.includes(one.name) ? ['one'] : text.includes(other.name) ? ['other'] : [],
  )
const menu = () => page.getByRole('menu')
const away = () => page.mouse.move(1000, 450)

test('“to answer” puts who waits longest on top, and an answer takes them off', async () => {
  await away()
  await expect.poll(names).toEqual(['other', 'one'])
  await list().getByRole('button', { name: '待回复' }).click()
  await away()
  await expect.poll(names).toEqual(['one', 'other'])
  await row(one).click()
  await page.getByRole('textbox', { name: /^写给/ }).fill('马上看')
  await page.keyboard.press('Enter')
  await row(other).click()
  await away()
  await expect.poll(names).toEqual(['other'])
  await list().getByRole('button', { name: '全部', exact: true }).click()
})

test('a menu by right click or by key pins a conversation, above newer ones', async () => {
  await row(other).click({ button: 'right' })
  await expect(menu()).toBeVisible()
  await expect(menu().getByRole('menuitem').first()).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(menu()).toBeHidden()
  await row(one).click({ button: 'right' })
  await menu().getByRole('menuitem', { name: /^置顶/ }).click()
  await expect(row(one)).toHaveAccessibleName(/已置顶/)
  await away()
  await write(office, other, '更新的一句')
  await expect.poll(names).toEqual(['one', 'other'])
})

test('marked unread by key, counted at the robot, read again by opening', async () => {
  await row(one).click()
  await page.keyboard.press('Alt+u')
  await expect(row(one)).toHaveAccessibleName(/已标为未读/)
  const robot = page.getByRole('navigation', { name: '机器人' }).getByRole('button', { name: /林先生门店/ })
  await expect(robot).toContainText('1')
  await row(other).click()
  await expect(row(one)).toHaveAccessibleName(/已标为未读/)
  await row(one).click()
  await expect(row(one)).not.toHaveAccessibleName(/已标为未读/)
})

test('resolved it leaves the list, is found by search, and comes back when they write', async () => {
  await row(other).click()
  await page
    .getByRole('main')
    .getByRole('button', { name: /^标为已解决/ })
    .click()
  await expect(row(other)).toHaveAccessibleName(/已解决/)
  await row(one).click()
  await away()
  await expect.poll(names).toEqual(['one'])
  await list().getByRole('textbox').fill(other.name)
  await expect(row(other)).toBeVisible()
  await list().getByRole('textbox').fill('')
  await expect(row(other)).toBeHidden()
  await write(office, other, '还有一件事')
  await expect(row(other)).toBeVisible()
  await expect(row(other)).not.toHaveAccessibleName(/已解决/)
})

test('a tag is made, shown, found by, with the keyboard alone', async () => {
  await row(other).click()
  await page.getByRole('main').getByRole('button', { name: '更多操作' }).focus()
  await page.keyboard.press('Enter')
  await expect(menu().getByRole('menuitem').first()).toBeFocused()
  for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(menu().getByRole('menuitem', { name: '编辑标签…' })).toBeVisible()
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: '标签' })
  await dialog.getByRole('textbox', { name: '新标签的名称' }).fill('老客户')
  await page.keyboard.press('Enter')
  await expect(dialog.getByText('1 个会话')).toBeVisible()
  expect(await findings(page, '[role="dialog"]')).toEqual([])
  await page.keyboard.press('Escape')
  await expect(row(other)).toHaveAccessibleName(/老客户/)
  await list()
    .getByRole('button', { name: /^筛选会话/ })
    .click()
  await page.getByRole('group', { name: '筛选会话' }).getByRole('button', { name: '老客户' }).click()
  await page.keyboard.press('Escape')
  await expect.poll(names).toEqual(['other'])
  await list().getByRole('group', { name: '已选的筛选条件' }).getByRole('button').click()
  await expect.poll(async () => (await names()).length).toBe(2)
})

test('hidden it is nowhere but among the hidden', async () => {
  await row(one).click({ button: 'right' })
  await menu().getByRole('menuitem', { name: '隐藏会话' }).click()
  await away()
  await expect(row(one)).toBeHidden()
  await write(office, one, '有人吗')
  await list()
    .getByRole('button', { name: /^筛选会话/ })
    .click()
  await page.getByRole('button', { name: '已隐藏' }).click()
  await page.keyboard.press('Escape')
  await expect(row(one)).toBeVisible()
  await list().getByRole('group', { name: '已选的筛选条件' }).getByRole('button').click()
  await away()
  await expect(row(one)).toBeHidden()
})

test('a follow-up is set by calendar and shown, a time in the past is refused', async () => {
  await row(other).click()
  await page.getByRole('main').getByRole('button', { name: '稍后跟进' }).click()
  await menu().getByRole('menuitem', { name: '选择时间…' }).click()
  const dialog = page.getByRole('dialog', { name: '什么时候跟进' })
  await dialog.getByLabel('时间').fill('2020-01-01T09:00')
  await expect(dialog.getByRole('button', { name: '稍后跟进' })).toBeDisabled()
  await dialog.getByLabel('时间').fill('2099-01-01T09:00')
  await dialog.getByRole('button', { name: '稍后跟进' }).click()
  await expect(row(other)).toHaveAccessibleName(/跟进时间：2099/)
})

test('a draft is kept by the engine, also for another window', async ({ browser }) => {
  await row(other).click()
  await page.getByRole('textbox', { name: /^写给/ }).fill('写到一半')
  const peer = { kind: 'friend' as const, id: other.userId }
  await expect
    .poll(async () => (await office.api('conversations.get', { robotId: other.robotId, peer })).draft)
    .toBe('写到一半')
  const context = await browser.newContext({
    locale: 'zh-CN',
    storageState: { cookies: await page.context().cookies(), origins: [] },
  })
  const second = await context.newPage()
  await second.goto(new URL(office.ready.url).origin + new URL(page.url()).pathname)
  await expect(second.getByRole('textbox', { name: /^写给/ })).toHaveValue('写到一半')
  await context.close()
})
