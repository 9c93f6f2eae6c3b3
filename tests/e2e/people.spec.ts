/** Friends and groups over the real host and the real sandbox. */
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { findings } from '../support/accessibility.ts'
import { openOffice, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial' })

let office: Office
let context: BrowserContext
let page: Page
const complaints: string[] = []

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness()
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(office.ready.url)
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Friends' }).click()
})
test.afterAll(async () => {
  await context.close()
  await office.close()
})

const table = (name: string) => page.getByRole('table', { name })
const dialog = () => page.getByRole('dialog')
const robots = async () => (await office.api('robots.list', {})).items

test('shows one robot’s friends as text, and another’s when it is chosen', async () => {
  const [first, second] = await robots()
  const theirs = await office.api('friends.list', { robotId: second!.id })
  await expect(table('Friends').getByRole('row')).not.toHaveCount(0)
  await expect(page.getByText('<b>', { exact: false }).first()).toBeVisible()
  const robot = page.getByRole('combobox', { name: 'Robot' })
  await expect(robot).toHaveValue(first!.id)
  await robot.selectOption(second!.id)
  await expect(table('Friends')).toContainText(theirs.items[0]!.name)
  await page.reload()
  await expect(robot).toHaveValue(second!.id)
})

test('search narrows the list, and what finds nothing offers the way back', async () => {
  const search = page.getByRole('textbox', { name: /^Name, remark/ })
  const [, second] = await robots()
  const { items } = await office.api('friends.list', { robotId: second!.id })
  await search.fill(items[2]!.id)
  await expect(table('Friends').getByRole('row')).toHaveCount(2)
  await search.fill('nobody at all')
  await expect(page.getByText('Nothing found for “nobody at all”')).toBeVisible()
  await page.getByRole('main').getByRole('button', { name: 'Clear the search' }).last().click()
  await expect(table('Friends')).toContainText(items[0]!.name)
})

test('refresh is followed to its end', async () => {
  await page.getByRole('button', { name: 'Refresh' }).click()
  await expect(page.getByText('The friend list is up to date')).toBeVisible()
})

test('friend requests go to a pasted list, each number with its own result', async () => {
  await page.getByRole('button', { name: 'Add friend' }).click()
  const phones = dialog().getByRole('textbox', { name: 'Phone numbers' })
  await dialog().getByRole('button', { name: 'Send the request' }).click()
  await expect(phones).toHaveAccessibleDescription('Needed')
  await phones.fill('138001380001234')
  await dialog().getByRole('button', { name: 'Send the request' }).click()
  await expect(phones).toHaveAccessibleDescription(/11 digits: 138001380001234/)
  await phones.fill('Name,Phone\nWang,138 0013 8000\nLi,13900139000\nWang,13800138000')
  await expect(dialog()).toContainText('2 numbers, 1 named twice')
  await dialog().getByRole('button', { name: 'Send 2 requests' }).click()
  const results = dialog().getByRole('list', { name: 'Results' }).getByRole('listitem')
  await expect(results).toHaveCount(2)
  await expect(results.first()).toContainText('13800138000')
  await expect(dialog()).toContainText(/2 of 2 done/, { timeout: 20_000 })
  expect(await findings(page, '[role="dialog"]')).toEqual([])
  await page.keyboard.press('Escape')
  await expect(dialog()).toHaveCount(0)
})

test('over all robots each friend is shown with its robot, and sorted by last contact', async () => {
  const robot = page.getByRole('combobox', { name: 'Robot' })
  const before = await robot.inputValue()
  await robot.selectOption('All robots')
  await expect(table('Friends').getByRole('columnheader', { name: 'Robot' })).toBeVisible()
  await page.getByRole('combobox', { name: 'Order' }).selectOption('Last contact first')
  const { items } = await office.api('friends.list', { order: 'last-contact', limit: 1 })
  await expect(table('Friends').getByRole('row').nth(1)).toContainText(items[0]!.name)
  await expect(page.getByRole('button', { name: 'Add friend' })).toBeDisabled()
  await page.getByRole('button', { name: 'Refresh' }).click()
  await expect(page.getByText('The friend list is up to date')).toBeVisible()
  await robot.selectOption(before)
})

test('a conversation is opened from a friend', async () => {
  const [, second] = await robots()
  const { items } = await office.api('friends.list', { robotId: second!.id })
  await page.getByRole('button', { name: `Open the conversation with ${items[0]!.name}` }).click()
  await expect(page).toHaveURL(new RegExp(`/inbox/${second!.id}/friend/`))
  await expect(page.getByRole('textbox', { name: `Message to ${items[0]!.name}` })).toBeVisible()
})

test('groups show their members; a group is created, invited to, and left', async () => {
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Groups' }).click()
  const rows = table('Groups').locator('.opens-row')
  await rows.first().click()
  const pane = page.getByRole('complementary', { name: 'Group' })
  await expect(pane.getByRole('list', { name: 'Members' }).getByRole('listitem')).not.toHaveCount(0)
  await rows.first().press('ArrowDown')
  await expect(rows.nth(1)).toBeFocused()
  await expect(rows.nth(1)).toHaveAttribute('aria-current', 'true')
  await page.keyboard.press('Escape')
  await expect(pane).toHaveCount(0)

  await page.getByRole('button', { name: 'Create group' }).click()
  await dialog().getByRole('button', { name: 'Create group' }).click()
  await expect(dialog()).toContainText('Choose one friend at least')
  await dialog().getByRole('textbox', { name: 'Name', exact: true }).fill('Evening shift')
  await dialog().getByRole('checkbox').nth(0).check()
  await dialog().getByRole('checkbox').nth(1).check()
  await dialog().getByRole('button', { name: 'Create with 2 friends' }).click()
  await expect(dialog()).toHaveCount(0)
  await expect(table('Groups')).toContainText('Evening shift')

  await table('Groups').getByRole('button', { name: 'Evening shift' }).click()
  await pane.getByRole('button', { name: 'Invite friends' }).click()
  await dialog().getByRole('checkbox').first().check()
  await dialog().getByRole('button', { name: 'Invite 1' }).click()
  await expect(dialog()).toHaveCount(0)
  expect(await findings(page)).toEqual([])

  await pane.getByRole('button', { name: 'Leave' }).click()
  await expect(dialog()).toContainText('Evening shift')
  await dialog().getByRole('button', { name: 'Leave' }).click()
  await expect(pane).toContainText('Not in it since')
})

test('friends and groups are accessible in dark too, and nothing was complained of', async () => {
  await office.api('settings.set', { theme: 'dark' })
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  expect(await findings(page)).toEqual([])
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Friends' }).click()
  await expect(table('Friends')).toBeVisible()
  expect(await findings(page)).toEqual([])
  expect(complaints).toEqual([])
})
