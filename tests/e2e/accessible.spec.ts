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
  'connections/1/reach',
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
  await write(office, contact, 'hello https://example.com/cups')
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

/** Dialogs that no other spec asks about: how each is opened, and what it is called. */
const dialogs: readonly { name: string; open: () => Promise<void> }[] = [
  {
    name: 'Open this link?',
    open: async () => {
      await show(paths()[0]!)
      await page.getByRole('article').getByRole('link', { name: 'https://example.com/cups' }).click()
    },
  },
  {
    name: 'Delete 1 message from the history?',
    open: async () => {
      await show(paths()[0]!)
      await page.getByRole('article').first().click({ button: 'right' })
      await page.getByRole('menuitem', { name: 'Delete here only' }).click()
    },
  },
  {
    name: 'Export a conversation',
    open: async () => {
      await show(paths()[0]!)
      await page.getByRole('main').getByRole('button', { name: 'More actions' }).click()
      await page.getByRole('menuitem', { name: /^Export/ }).click()
    },
  },
  ...(['Export everything', 'Import an archive'] as const).map((name) => ({
    name,
    open: async () => {
      await show('settings')
      await page.getByRole('region', { name: 'To another machine' }).getByRole('button', { name }).click()
    },
  })),
]
for (const theme of ['light', 'dark'] as const) {
  test(`dialogs have no serious finding in ${theme}`, async () => {
    await office.api('settings.set', { theme })
    await page.setViewportSize({ width: 1440, height: 900 })
    for (const { name, open } of dialogs) {
      await open()
      const dialog = page.getByRole('dialog', { name })
      await expect(dialog).toBeVisible()
      // It is looked at when it has faded in.
      await expect(dialog).toHaveCSS('opacity', '1')
      expect(await findings(page, '[role="dialog"]'), name).toEqual([])
      // Words of a library's own, which are not ours.
      await expect(dialog.getByPlaceholder('Please Input')).toHaveCount(0)
      await page.keyboard.press('Escape')
      await expect(dialog).toHaveCount(0)
    }
  })
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

test('at 200 % zoom every section is in view, and a table is read to its last column', async () => {
  await page.setViewportSize({ width: 640, height: 450 })
  await show('calls')
  const sections = page.getByRole('navigation', { name: 'Sections' }).getByRole('link')
  await expect(sections).toHaveCount(10)
  for (const section of await sections.all()) await expect(section).toBeInViewport({ ratio: 1 })
  const last = page.getByRole('columnheader', { name: 'Took' })
  await expect(last).not.toBeInViewport({ ratio: 1 })
  await page.getByRole('table', { name: 'Calls' }).hover()
  await page.mouse.wheel(400, 0)
  await expect(last).toBeInViewport({ ratio: 1 })
})
