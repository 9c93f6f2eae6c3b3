/** The documents inside the application: found by key and by button, in the operator's language, without a network. */
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { openOffice, type Office } from '../support/office.ts'

let office: Office
let context: BrowserContext
let page: Page

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness({ liveliness: 'off', answers: false })
  context = await browser.newContext({ locale: 'en-GB' })
  page = await context.newPage()
  await page.goto(office.ready.url)
  await expect(page.getByRole('navigation', { name: 'Sections' })).toBeVisible()
})
test.afterAll(async () => {
  await context.close()
  await office.close()
})
test.beforeEach(async () => {
  await office.api('settings.set', { language: 'auto' })
  await page.goto(new URL('/settings', office.ready.url).href)
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible()
})

const documents = () => page.getByRole('navigation', { name: 'Documents' })

test('F1 opens the user guide, also while something is written', async () => {
  await page.getByRole('textbox', { name: 'Find a setting' }).fill('lock')
  await page.keyboard.press('F1')
  await expect(page.getByRole('heading', { name: 'User guide', level: 1 })).toBeVisible()
  const picture = page.getByRole('img', { name: /^The inbox/ })
  await picture.scrollIntoViewIfNeeded()
  await expect
    .poll(() => picture.evaluate((img) => (img as { naturalWidth?: number }).naturalWidth))
    .toBeGreaterThan(1000)
})

test('its parts are named at its side and lead there, and a reload stays', async () => {
  await page.getByRole('button', { name: 'Help' }).click()
  const heading = page.getByRole('heading', { name: 'When something is wrong' })
  await expect(heading).not.toBeInViewport()
  await documents().getByRole('link', { name: 'When something is wrong' }).click()
  await expect(heading).toBeInViewport()
  await page.reload()
  await expect(heading).toBeInViewport()
})

test('a link of a document opens the other one within the application', async () => {
  await page.goto(new URL('/help/guide', office.ready.url).href)
  await page.getByRole('region', { name: 'User guide' }).getByRole('link', { name: 'administrator’s guide' }).click()
  await expect(page.getByRole('heading', { name: 'Administrator’s guide', level: 1 })).toBeVisible()
  await expect(documents().getByRole('link', { name: 'Administrator’s guide' })).toHaveAttribute('aria-current', 'page')
  await page.goBack()
  await expect(page.getByRole('heading', { name: 'User guide', level: 1 })).toBeVisible()
})

test('it follows the language, and says what there is in English only', async () => {
  await page.goto(new URL('/help/guide', office.ready.url).href)
  await office.api('settings.set', { language: 'zh-CN' })
  await expect(page.getByRole('heading', { name: '使用手册', level: 1 })).toBeVisible()
  const list = page.getByRole('navigation', { name: '文档' })
  await expect(list.getByRole('link', { name: '安全 英文' })).toBeVisible()
  await expect(list.getByRole('link', { name: '使用手册', exact: true })).toBeVisible()
})

test('a document whose file is missing says so and comes when it is there again', async () => {
  await page.route(/\/help\/reliability-/, (route) => route.abort())
  await page.goto(new URL('/help/reliability', office.ready.url).href)
  await expect(page.getByText('The document could not be loaded')).toBeVisible()
  await documents().getByRole('link', { name: 'The watch' }).click()
  await expect(page.getByRole('heading', { name: 'The watch', level: 1 })).toBeVisible()
  await documents().getByRole('link', { name: 'Reliability' }).click()
  await page.unroute(/\/help\/reliability-/)
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('heading', { name: 'Reliability', level: 1 })).toBeVisible()
})
