/** The search over everything and the list of keys, by keys alone, over the real host and the sandbox's people. */
import { expect, test, type Page } from '@playwright/test'
import { findings } from '../support/accessibility.ts'
import { contactOf, openOffice, write, type Contact, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial' })

let office: Office
let page: Page
let one: Contact

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness({ liveliness: 'off', answers: false })
  const { items: robots } = await office.api('robots.list', {})
  const robot = robots.find((item) => item.name === '林先生门店')!
  const { items: friends } = await office.api('friends.list', { robotId: robot.id })
  one = await contactOf(office, robot.name, friends[0]!.name)
  await write(office, one, '青瓷杯子到了吗?订单 SF1099')
  await write(office, one, '<img src=x onerror=alert(1)> 也要一个')
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  await page.goto(office.ready.url)
  await expect(page.getByRole('region', { name: '会话列表' }).getByRole('link').first()).toBeVisible()
})
test.afterAll(async () => {
  await page.context().close()
  await office.close()
})

const dialog = () => page.getByRole('dialog', { name: '搜索人、群和消息' })
const field = () => dialog().getByRole('combobox')
const messages = () => dialog().getByRole('group', { name: '消息' }).getByRole('option')
const search = async (text: string) => {
  await field().fill(text)
}

test('opens by key with what was open last, and closes by key', async () => {
  await page.keyboard.press('Control+k')
  await expect(field()).toBeFocused()
  await expect(dialog().getByRole('group', { name: '最近的会话' }).getByRole('option').first()).toContainText(one.name)
  expect(await findings(page, '[role="dialog"]')).toEqual([])
  await page.keyboard.press('Escape')
  await expect(dialog()).toBeHidden()
})

test('finds messages by one Chinese character, by two, by the beginning of a word, and marks what matched', async () => {
  await page.keyboard.press('Control+k')
  for (const [query, marked] of [
    ['瓷', '瓷'],
    ['青瓷', '青瓷'],
    ['sf10', 'SF10'],
    ['杯子 1099', '杯子'],
  ] as const) {
    await search(query)
    await expect(messages()).toHaveCount(1)
    await expect(messages().locator('mark').first()).toHaveText(marked)
    await expect(messages()).toContainText(one.name)
  }
})

test('shows what is written as HTML as the text that it is', async () => {
  await search('onerror')
  await expect(messages()).toContainText('<img src=x onerror=alert(1)>')
})

test('finds people by name and by number, robots, and screens', async () => {
  await search(one.name)
  await expect(dialog().getByRole('group', { name: '好友' }).getByRole('option').first()).toContainText(one.name)
  await search(one.userId)
  await expect(dialog().getByRole('group', { name: '好友' }).getByRole('option')).toHaveCount(1)
  await search('林先生')
  await expect(dialog().getByRole('group', { name: '机器人' }).getByRole('option')).toContainText('林先生门店')
  await search('快捷')
  await expect(
    dialog()
      .getByRole('option', { name: /快捷回复/ })
      .first(),
  ).toBeVisible()
  await expect(dialog().getByRole('option', { selected: true })).toContainText('快捷回复')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: '快捷回复' })).toBeVisible()
})

test('opens a hit at its place in the conversation', async () => {
  const { items } = await office.api('messages.search', { query: '青瓷' })
  await page.keyboard.press('Control+k')
  await search('青瓷')
  await expect(messages()).toHaveCount(1)
  await expect(messages()).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Enter')
  await expect(dialog()).toBeHidden()
  await expect(page.getByRole('heading', { level: 1, name: one.name })).toBeVisible()
  await expect(page.getByRole('region', { name: '消息记录' }).getByText(items[0]!.content)).toBeInViewport()
})

test('what finds nothing is told', async () => {
  await page.keyboard.press('Control+k')
  await search('没有这样的东西')
  await expect(dialog()).toContainText('没有找到“没有这样的东西”')
  await page.keyboard.press('Escape')
})

test('the list of keys opens by ?, but not while writing', async () => {
  await page.getByRole('textbox', { name: /^写给/ }).fill('')
  await page.keyboard.type('?')
  await expect(page.getByRole('textbox', { name: /^写给/ })).toHaveValue('?')
  await page.getByRole('textbox', { name: /^写给/ }).fill('')
  await page.keyboard.press('Control+/')
  const keys = page.getByRole('dialog', { name: '快捷键' })
  await expect(keys).toContainText('Ctrl K')
  expect(await findings(page, '[role="dialog"]')).toEqual([])
  await page.keyboard.press('Escape')
  await expect(keys).toBeHidden()
})

test('a digit with Alt goes to the section of that place', async () => {
  await page.keyboard.press('Alt+2')
  await expect(page.getByRole('heading', { level: 1, name: '好友' })).toBeVisible()
  await page.keyboard.press('Shift+?')
  await expect(page.getByRole('dialog', { name: '快捷键' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await page.keyboard.press('Alt+1')
  await expect(page.getByRole('heading', { level: 1, name: one.name })).toBeVisible()
})
