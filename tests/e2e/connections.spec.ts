/** Connections over the real host: the form, its faults, what the platform is told, and removal. */
import AxeBuilder from '@axe-core/playwright'
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { openOffice, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial' })

let office: Office
let context: BrowserContext
let page: Page
const complaints: string[] = []

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
})
test.afterAll(async () => {
  await context.close()
  await office.close()
})

const field = (name: string | RegExp) => page.getByRole('textbox', { name })
const save = () => page.getByRole('button', { name: 'Save' })

test('the welcome leads to the form', async () => {
  await page.goto(office.ready.url)
  await page.getByRole('button', { name: 'Enter a connection' }).click()
  await expect(page).toHaveURL(/\/connections\?add/)
  await expect(page.getByRole('heading', { level: 2, name: 'New connection' })).toBeVisible()
})

test('what is missing is said at its field, and goes once it is mended', async () => {
  await save().click()
  await expect(field('Name')).toHaveAttribute('aria-invalid', 'true')
  await expect(field('Name')).toBeFocused()
  await expect(field('Name')).toHaveAccessibleDescription('Needed')
  await expect(field('Gateway URL')).toHaveAccessibleDescription(/begins with http/)
  await field('Name').fill('Merchant <b>one</b>')
  await expect(field('Name')).not.toHaveAttribute('aria-invalid', 'true')
  await field('Gateway URL').fill('ftp://platform.example')
  await expect(field('Gateway URL')).toHaveAttribute('aria-invalid', 'true')
  await field('Gateway URL').fill('https://platform.example/gateway')
  await field(/App id/).fill('2026110100093')
  await field(/Merchant number/).fill('M20260018')
  await field('Method prefix').fill('xx.xx.')
  expect((await office.api('connections.list', {})).items).toEqual([])
})

test('a key that cannot be used is refused at its field, and everything typed stays', async () => {
  await page.getByText('Paste one').click()
  await field(/Private key \(PEM/).fill('not a key')
  await save().click()
  await expect(field(/Private key \(PEM/)).toHaveAccessibleDescription(/This key cannot be used/)
  await expect(field(/Private key \(PEM/)).toHaveValue('not a key')
  await expect(field('Name')).toHaveValue('Merchant <b>one</b>')
})

test('a form that was left comes back as it was, but without the key', async () => {
  const rail = page.getByRole('navigation', { name: 'Sections' })
  await rail.getByRole('link', { name: 'Settings' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
  await page.goBack()
  await expect(field('Gateway URL')).toHaveValue('https://platform.example/gateway')
  await expect(field(/Private key \(PEM/)).toHaveValue('')
})

test('once saved it shows what the platform must be told', async () => {
  await page.getByText('Make a new one on this machine').click()
  await save().click()
  await expect(page).toHaveURL(/\/connections\/\d+$/)
  const [connection] = (await office.api('connections.list', {})).items
  expect(connection).toMatchObject({ name: 'Merchant <b>one</b>', methodPrefix: 'xx.xx', timeZone: 'Asia/Shanghai' })
  await expect(page.getByRole('textbox', { name: 'Public key', exact: true })).toContainText('BEGIN PUBLIC KEY')
  await expect(page.getByRole('textbox', { name: 'Callback URL' })).toHaveText(connection!.callbackUrl)
  await expect(page.getByText(connection!.publicKeyFingerprint)).toBeVisible()
})

test('advanced settings are kept, and their faults open them', async () => {
  await page.getByText('Advanced settings').click()
  await page.getByText('Enable the withdrawn methods').click()
  await field('Result codes that mean success').fill('0, success, 200')
  await field('Wait for an answer').fill('0.1')
  await page.getByText('Advanced settings').click()
  await save().click()
  await expect(field('Wait for an answer')).toHaveAccessibleDescription('0.5 s at least')
  await field('Wait for an answer').fill('20')
  await save().click()
  await expect(page.getByText('Saved', { exact: true })).toBeVisible()
  const [connection] = (await office.api('connections.list', {})).items
  expect(connection!.advanced).toMatchObject({
    withdrawnMethods: true,
    successCodes: ['0', 'success', '200'],
    callTimeoutMs: 20_000,
  })
})

test('what another window saves is shown, unless something is being typed', async () => {
  const [connection] = (await office.api('connections.list', {})).items
  const { id, gatewayUrl, appId, merchantNo, methodPrefix } = connection!
  await office.api('connections.save', { id, name: 'Elsewhere', gatewayUrl, appId, merchantNo, methodPrefix })
  await expect(field('Name')).toHaveValue('Elsewhere')
  await field('Name').fill('Being typed')
  await office.api('connections.save', { id, name: 'Elsewhere again', gatewayUrl, appId, merchantNo, methodPrefix })
  await expect(page.getByRole('heading', { level: 2, name: 'Elsewhere again' })).toBeVisible()
  await expect(field('Name')).toHaveValue('Being typed')
  await page.getByRole('button', { name: 'Discard changes' }).click()
  await expect(field('Name')).toHaveValue('Elsewhere again')
})

test('is accessible in both themes', async () => {
  for (const theme of ['light', 'dark'] as const) {
    await office.api('settings.set', { theme })
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map((violation) => [violation.id, violation.nodes.map((node) => node.html)])).toEqual([])
  }
})

test('removing asks first, names what goes, and leads to an empty screen with one action', async () => {
  const [connection] = (await office.api('connections.list', {})).items
  await office.api('robots.add', { connectionId: connection!.id, serialNo: '1048576002339771904', name: 'Night shift' })
  await page.getByRole('button', { name: 'Remove' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('Elsewhere again')
  await expect(dialog).toContainText('Night shift')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await expect(dialog).toHaveCount(0)
  expect((await office.api('connections.list', {})).items).toHaveLength(1)
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('No connections yet')).toBeVisible()
  expect((await office.api('connections.list', {})).items).toEqual([])
  await page.getByRole('main').getByRole('button', { name: 'Add a connection' }).click()
  await expect(field('Name')).toBeVisible()
  expect(complaints).toEqual([])
})
