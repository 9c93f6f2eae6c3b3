/** “Way in and check”: a way in is chosen, connects, is checked the whole way round, breaks and comes back. */
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { fileURLToPath } from 'node:url'
import { findings } from '../support/accessibility.ts'
import { openOffice, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial' })

const standIn = fileURLToPath(new URL('../support/stand-in-tunnel.mjs', import.meta.url))

let office: Office
let context: BrowserContext
let page: Page
let connectionId: string
const complaints: string[] = []

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness({ liveliness: 'off', answers: false })
  connectionId = (await office.api('connections.list', {})).items[0]!.id
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(office.ready.url)
})
test.afterAll(async () => {
  await context.close()
  await office.close()
})

const state = () => page.getByRole('region', { name: 'Way in', exact: true })
const check = () => page.getByRole('region', { name: 'Check', exact: true })
const form = () => page.getByRole('form', { name: 'Choose the way in' })
const field = (name: string | RegExp) => form().getByRole('textbox', { name, exact: true })
const choose = (way: string | RegExp) =>
  form()
    .getByRole('combobox', { name: 'Way in' })
    .selectOption({ label: way as string })
const save = () => form().getByRole('button', { name: /^Save/ }).click()
const runCheck = () => check().getByRole('button', { name: 'Check whether it works' }).click()

test('the connection leads to it, and it says that no way is chosen', async () => {
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Connections' }).click()
  await expect(page.getByText('Way in: None · No way in')).toBeVisible()
  await page.getByRole('link', { name: 'Way in and check' }).click()
  await expect(page).toHaveURL(new RegExp(`/connections/${connectionId}/reach$`))
  await expect(state()).toContainText('No way in')
  await expect(state()).toContainText('This address works on this computer alone.')
  await runCheck()
  await expect(check().getByText('It does not work', { exact: true })).toBeVisible()
  await expect(check()).toContainText('No way in is chosen')
  await expect(state()).toContainText('less than')
})

test('what cannot be is said at its field', async () => {
  await choose('Direct (public address or reverse proxy)')
  await field('Public address').fill('call.example.com')
  await save()
  await expect(field('Public address')).toHaveAttribute('aria-invalid', 'true')
  await expect(field('Public address')).toHaveAccessibleDescription(/begins with http/)
  await choose('SSH reverse tunnel')
  await save()
  await expect(field('Server')).toBeFocused()
  await field('Server').fill('127.0.0.1')
  await field('SSH port').fill('1')
  await field('User name').fill('op')
  await field('Port on the server').fill('8301')
  await field('Public address').fill('https://call.example.com')
  await field(/^Private key/)
    .first()
    .fill('no key')
  await save()
  await expect(field(/^Private key/).first()).toHaveAccessibleDescription(/cannot be used/)
})

test('a way that does not open says why, and when it is tried again', async () => {
  await form().getByRole('combobox', { name: 'Log-in' }).selectOption({ label: 'Password' })
  await field('Password').fill('hunter2hunter2')
  await save()
  await expect(state().getByText('Down', { exact: true })).toBeVisible()
  await expect(state()).toContainText('127.0.0.1:1 cannot be reached: it refuses connections')
  await expect(state()).toContainText(/tried again at \d\d:\d\d/)
  await expect(field('Password')).toHaveValue('')
  await expect(field('Password')).toHaveAccessibleDescription(/Kept in the vault/)
  await runCheck()
  await expect(check()).toContainText('The way in is not up')
  expect(await findings(page)).toEqual([])
})

test('a secret that is forgotten takes nothing along of what was typed', async () => {
  await field('User name').fill('somebody')
  await field('Public address').fill('https://other.example.com')
  await form().getByRole('button', { name: 'Delete what is kept' }).click()
  await expect(form().getByRole('status')).toHaveText('Deleted: Password')
  await expect(field('Password')).toHaveAccessibleDescription(/Stored encrypted/)
  await expect(field('User name')).toHaveValue('somebody')
  await expect(field('Public address')).toHaveValue('https://other.example.com')
  expect(await office.api('reach.get', { connectionId })).toMatchObject({
    kept: [],
    settings: { username: 'op', publicUrl: 'https://call.example.com' },
  })
})

test('a command leads here, the sandbox calls by it, and the check goes all the way round', async () => {
  await choose('Command (cloudflared, frpc and others)')
  await field('Program and arguments, one a line').fill([process.execPath, standIn, '{port}'].join('\n'))
  await field(/^Regular expression/).fill(String.raw`http://[^\s|]+`)
  await field('Public address').fill('')
  await save()
  await expect(state().getByText('Up', { exact: true })).toBeVisible()
  const url = state().getByRole('textbox', { name: 'Public address' })
  await expect(url).toHaveText(/^http:\/\/127\.0\.0\.1:\d+$/)
  const publicUrl = (await url.textContent()) ?? ''
  await expect(state().getByRole('textbox', { name: /^Callback URL/ })).toContainText(`${publicUrl}/callback/`)
  await runCheck()
  await expect(check().getByText('It works: callbacks of the platform reach this computer')).toBeVisible()
  for (const found of [
    'a private address',
    'takes connections',
    'This machine answered',
    'secret in the address is right',
  ]) {
    await expect(check()).toContainText(found)
  }
  expect(await findings(page)).toEqual([])
  // What the sandbox calls now comes by the tunnel; the page hears of it.
  const before = (await office.api('reach.get', { connectionId })).lastCallbackAt ?? 0
  const [robot] = (await office.api('robots.list', {})).items
  await office.api('friends.refresh', { robotId: robot!.id })
  await expect
    .poll(async () => (await office.api('reach.get', { connectionId })).lastCallbackAt)
    .toBeGreaterThan(before)
  await expect(state()).not.toContainText('None yet')
})

test('none is chosen again, and nothing complained', async () => {
  await choose('None')
  await save()
  await expect(state().getByText('No way in', { exact: true })).toBeVisible()
  await expect(form().getByText('Saved', { exact: true })).toBeVisible()
  expect(complaints).toEqual([])
})
