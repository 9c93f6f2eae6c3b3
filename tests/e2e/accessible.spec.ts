/** Every screen: no serious finding of axe in either theme, and nothing cut off at 200 % zoom. */
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { findings } from '../support/accessibility.ts'
import { contactOf, openOffice, write, type Contact, type Office } from '../support/office.ts'

test.describe.configure({ timeout: 120_000 })

let office: Office
let context: BrowserContext
let page: Page
let contact: Contact

const screens = [
  'friends',
  'groups',
  'quick-replies',
  'robots',
  'connections',
  'activity',
  'calls',
  'callbacks',
  'console',
  'settings',
]

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness({ liveliness: 'off', answers: false })
  const [robot] = (await office.api('robots.list', {})).items
  const [friend] = (await office.api('friends.list', { robotId: robot!.id })).items
  contact = await contactOf(office, robot!.name, friend!.name)
  await write(office, contact, 'hello')
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  await page.goto(office.ready.url)
  await expect(page.getByRole('navigation', { name: 'Sections' })).toBeVisible()
})
test.afterAll(async () => {
  await context.close()
  await office.close()
})

const paths = () => [`inbox/${contact.robotId}/friend/${encodeURIComponent(contact.userId)}`, ...screens]
const show = async (path: string) => {
  await page.goto(new URL(`/${path}`, office.ready.url).href)
  await expect(page.getByRole('main').first()).toBeVisible()
  await expect(page.getByRole('main').getByRole('heading').first()).toBeVisible()
}

for (const theme of ['light', 'dark'] as const) {
  for (const screen of ['inbox', ...screens]) {
    test(`${screen} has no serious finding in ${theme}`, async () => {
      await office.api('settings.set', { theme })
      await show(screen === 'inbox' ? paths()[0]! : screen)
      await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
      expect(await findings(page)).toEqual([])
    })
  }
}

test('at 200 % zoom of a small window every screen fits its width', async () => {
  await page.setViewportSize({ width: 640, height: 450 })
  const wide: string[] = []
  for (const path of paths()) {
    await show(path)
    const over = await page.evaluate(() => {
      const main = document.querySelector('main')?.getBoundingClientRect()
      return main ? Math.round(main.right - window.innerWidth) : 0
    })
    if (over > 0) wide.push(`${path}: ${over}`)
  }
  expect(wide).toEqual([])
})

test('at 200 % zoom the conversation has the room, and a way back to the list', async () => {
  await page.setViewportSize({ width: 640, height: 450 })
  await show(paths()[0]!)
  const list = page.getByRole('region', { name: 'Conversations' })
  await expect(list).toBeHidden()
  await expect(page.getByRole('textbox', { name: /^Message to/ })).toBeInViewport()
  await page.getByRole('link', { name: 'Back to the list' }).click()
  await expect(list).toBeVisible()
  await list.getByRole('link').first().click()
  await expect(list).toBeHidden()
})
