/** Settings over the real host: what is chosen is shown at once, kept, and what runs is told as it is. */
import { expect, test, type BrowserContext, type Page, type WebSocketRoute } from '@playwright/test'
import { findings } from '../support/accessibility.ts'
import { openOffice, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial' })

let office: Office
let context: BrowserContext
let page: Page
let refusesSettings = false
const complaints: string[] = []

interface Frame {
  type: string
  id: number
  entry: string
}

/** Refuses the settings while asked to, as a full disk would. */
function between(route: WebSocketRoute): void {
  const server = route.connectToServer()
  route.onMessage((message) => {
    const frame = JSON.parse(message.toString()) as Frame
    if (!refusesSettings || frame.entry !== 'settings.set') return server.send(message)
    const error = { code: 'disk-full', message: 'no space', hint: '' }
    route.send(JSON.stringify({ type: 'error', id: frame.id, ok: false, error }))
  })
}

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness()
  context = await browser.newContext({ locale: 'zh-CN', colorScheme: 'light', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.routeWebSocket(/\/ws$/, between)
  await page.goto(office.ready.url)
  await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '设置' }).click()
  await expect(page.getByRole('heading', { level: 1, name: '设置' })).toBeVisible()
})
test.afterAll(async () => {
  await context.close()
  await office.close()
})

const option = (group: string, name: string) =>
  page.getByRole('radiogroup', { name: group, exact: true }).getByLabel(name)
const choose = (group: string, name: string) =>
  page.getByRole('radiogroup', { name: group, exact: true }).getByText(name).click()
const root = () => page.locator('html')

test('how long the record is kept is said with its default, and chosen', async () => {
  await expect(option('保留时间', '90 天')).toBeChecked()
  await expect(option('最多占用', '1 GB')).toBeChecked()
  await expect(page.getByText('默认：90 天，1 GB')).toBeVisible()
  await choose('保留时间', '365 天')
  await choose('最多占用', '不限')
  await expect(option('最多占用', '不限')).toBeChecked()
  await expect.poll(() => office.api('settings.get', {})).toMatchObject({ recordDays: 365, recordMegabytes: 0 })
})

test('the system’s language and theme are followed until another is chosen', async () => {
  await expect(option('语言', '跟随系统')).toBeChecked()
  await expect(option('外观', '跟随系统')).toBeChecked()
  await expect(root()).toHaveAttribute('data-theme', 'light')
  await page.emulateMedia({ colorScheme: 'dark' })
  await expect(root()).toHaveAttribute('data-theme', 'dark')
  await page.emulateMedia({ colorScheme: 'light' })
})

test('theme, density and language change at once and are still so after a reload', async () => {
  await choose('外观', '深色')
  await expect(root()).toHaveAttribute('data-theme', 'dark')
  await choose('行距', '紧凑')
  await expect(root()).toHaveAttribute('data-density', 'compact')
  await choose('语言', 'English')
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
  await expect(root()).toHaveAttribute('lang', 'en')
  await expect
    .poll(() => office.api('settings.get', {}))
    .toMatchObject({ language: 'en', theme: 'dark', density: 'compact' })

  await page.reload()
  await expect(page).toHaveURL(/\/settings$/)
  await expect(option('Theme', 'Dark')).toBeChecked()
  await expect(option('Rows', 'Compact')).toBeChecked()
  await expect(option('Language', 'English')).toBeChecked()
})

test('arrow keys choose among the values of one setting', async () => {
  await option('Theme', 'Dark').focus()
  await page.keyboard.press('ArrowLeft')
  await expect(option('Theme', 'Light')).toBeChecked()
  await expect(root()).toHaveAttribute('data-theme', 'light')
  await expect(option('Theme', 'Light')).toBeFocused()
})

test('a setting that another window changes is followed', async () => {
  await office.api('settings.set', { density: 'roomy' })
  await expect(option('Rows', 'Roomy')).toBeChecked()
  await expect(root()).toHaveAttribute('data-density', 'roomy')
})

test('a choice that cannot be saved springs back and says why', async () => {
  refusesSettings = true
  await option('Theme', 'Dark')
    .check({ force: true })
    .catch(() => {})
  await expect(page.getByRole('alert')).toContainText('The setting was not saved. The disk is full')
  await expect(option('Theme', 'Light')).toBeChecked()
  await expect(root()).toHaveAttribute('data-theme', 'light')
  refusesSettings = false
  await choose('Rows', 'Compact')
  await expect(page.getByRole('alert')).toHaveCount(0)
})

test('what runs here is told as the engine has it', async () => {
  const info = await office.api('system.info', {})
  const region = page.getByRole('region', { name: 'What runs here' })
  await expect(region).toContainText(info.version)
  await expect(region).toContainText(info.dataDir)
  await expect(region).toContainText(info.listener.url!)
  await expect(region).toContainText('Protected by a key file in the data folder')
  await expect(region).toContainText('Headless host')
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await region.getByRole('button', { name: 'Copy: Data folder' }).click()
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(info.dataDir)
})

test('the sandbox is stopped and started, its page opens, its robots stay', async () => {
  const region = page.getByRole('region', { name: 'Sandbox' })
  const state = region.getByRole('status')
  await expect(state).toContainText('Running')
  await expect(state).toContainText('3 of 3 robots online')
  const link = region.getByRole('link', { name: 'Open the sandbox’s page' })
  const [opened] = await Promise.all([context.waitForEvent('page'), link.click()])
  await opened.waitForLoadState()
  expect(new URL(opened.url()).origin).toBe(new URL((await office.api('system.info', {})).sandbox.pageUrl!).origin)
  await expect(opened.getByRole('heading').first()).toBeVisible()
  await opened.close()

  await region.getByRole('button', { name: 'Stop the sandbox' }).click()
  await expect(state).toContainText('Not running')
  await expect(link).toHaveCount(0)
  expect((await office.api('robots.list', {})).items).toHaveLength(3)

  await region.getByRole('button', { name: 'Start the sandbox' }).click()
  await expect(state).toContainText('Running')
  await expect(link).toBeVisible()
  expect((await office.api('robots.list', {})).items).toHaveLength(3)
  expect((await office.api('connections.list', {})).items).toHaveLength(1)
})

test('is accessible in both themes and languages, and nothing was complained of', async () => {
  for (const theme of ['light', 'dark'] as const) {
    for (const language of ['zh-CN', 'en'] as const) {
      await office.api('settings.set', { theme, language })
      await expect(root()).toHaveAttribute('data-theme', theme)
      await expect(root()).toHaveAttribute('lang', language)
      expect(await findings(page)).toEqual([])
    }
  }
  expect(complaints).toEqual([])
})
