/** Robots over the real host and the real sandbox: states, adding, every way to log in, removal. */
import { expect, test, type BrowserContext, type Locator, type Page } from '@playwright/test'
import { findings } from '../support/accessibility.ts'
import { accountOf, openOffice, type Account, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial', timeout: 180_000 })

let office: Office
let context: BrowserContext
let page: Page
let serialNo: string
let access: Account
const complaints: string[] = []

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness()
  // Nobody writes meanwhile: the machine is for the log-ins.
  await office.sandbox('settings', { liveliness: 'off' })
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(office.ready.url)
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Robots' }).click()
  serialNo = (await office.api('robots.list', {})).items[0]!.serialNo
  access = await accountOf(office, serialNo)
})
test.afterAll(async () => {
  await context.close()
  await office.close()
})

async function goOffline(): Promise<void> {
  await office.sandbox(`robots/${serialNo}`, { state: 'offline', reason: '', limits: [] })
  await expect(row('小雅客服')).toContainText('Offline')
}

/** The code is there to be scanned: one that is a link has come, too. */
const drawn = async (picture: Locator): Promise<void> => {
  await expect(picture).toBeVisible()
  await expect.poll(() => picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(50)
}
const phoneLink = () => dialog().getByRole('link', { name: /phone/ }).getAttribute('href')
const row = (name: string) => page.getByRole('row', { name: new RegExp(name) })
const dialog = () => page.getByRole('dialog')
const phone = (action: string) => office.sandbox(`logins/${serialNo}`, { action })
const current = () => dialog().getByRole('listitem').and(page.locator('[aria-current="step"]'))

test('states are shown with shape, word, and why', async () => {
  await expect(row('小雅客服')).toContainText('Online')
  await office.sandbox(`robots/${serialNo}`, { state: 'banned', reason: '违规营销', limits: [] })
  await expect(row('小雅客服')).toContainText('Banned')
  await expect(row('小雅客服')).toContainText('违规营销')
  await office.sandbox(`robots/${serialNo}`, { state: 'offline', reason: '', limits: [] })
  await expect(row('小雅客服')).toContainText('Offline')
})

test('a wrong password says why, what was typed stays, and the right one brings it online', async () => {
  await page.getByRole('button', { name: 'Log in 小雅客服' }).click()
  await dialog().getByRole('textbox', { name: 'Password' }).fill('wrong')
  await dialog().getByRole('button', { name: 'Log in', exact: true }).click()
  await expect(dialog()).toContainText(/did not let it in|is wrong/)
  await dialog().getByRole('button', { name: 'Try again' }).click()
  await expect(dialog().getByRole('textbox', { name: 'Password' })).toHaveValue('')
  await dialog().getByRole('textbox', { name: 'User name' }).fill(access.username)
  await dialog().getByRole('textbox', { name: 'Password' }).fill('wrong')
  await page.keyboard.press('Enter')
  await expect(dialog()).toContainText('User name or password is wrong')
  await expect(dialog()).toContainText('Check both and enter them again')
  await page.keyboard.press('Enter')
  await dialog().getByRole('textbox', { name: 'Password' }).fill(access.password)
  await dialog()
    .getByRole('checkbox', { name: /Remember the password/ })
    .click()
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await expect(dialog()).toContainText('It can send and receive now')
  await page.keyboard.press('Escape')
  await expect(dialog()).toHaveCount(0)
  await office.sandbox(`robots/${serialNo}`, { state: 'offline', reason: '', limits: [] })
  await expect(row('小雅客服')).toContainText('Offline')
})

test('a remembered password is offered as such, never shown, and is enough', async () => {
  await page.getByRole('button', { name: 'Log in 小雅客服' }).click()
  await expect(dialog()).toContainText('Use the remembered password')
  await expect(dialog().getByRole('textbox')).toHaveCount(0)
  await expect(page.locator('body')).not.toContainText(access.password)
  await dialog().getByRole('button', { name: 'Log in', exact: true }).click()
  await expect(dialog()).toContainText('It can send and receive now')
  await page.keyboard.press('Escape')
  await expect(dialog()).toHaveCount(0)
  await office.sandbox(`robots/${serialNo}`, { state: 'offline', reason: '', limits: [] })
  await expect(row('小雅客服')).toContainText('Offline')
})

test('the verification code is shown to be typed on the phone, and each step says when it was', async () => {
  await office.sandbox('settings', { loginCode: true })
  await page.getByRole('button', { name: /^Log in 小雅客服/ }).click()
  await dialog().getByText('QR code', { exact: true }).click()
  await dialog().getByRole('button', { name: 'Log in', exact: true }).click()
  await expect(current()).toContainText('Waiting for the scan')
  const phones = await context.newPage()
  await phones.goto((await phoneLink()) ?? '')
  const ringing = phones.getByRole('article', { name: 'Phone of 小雅客服' })
  await ringing.getByRole('button', { name: 'Scan the QR code' }).click()
  await expect(dialog()).toContainText('Confirm the log-in on the phone')
  await ringing.getByRole('button', { name: 'Confirm the log-in' }).click()
  await expect(dialog()).toContainText('Enter the code on the phone')
  const code = (
    (await dialog()
      .getByText(/^\d{6}$/)
      .textContent()) ?? ''
  ).trim()
  await ringing.getByRole('textbox', { name: 'Verification code' }).fill('000000')
  await ringing.getByRole('button', { name: 'Enter the code' }).click()
  await expect(ringing.getByRole('alert')).toContainText('Attempts left: 2')
  await ringing.getByRole('textbox', { name: 'Verification code' }).fill(code)
  await ringing.getByRole('button', { name: 'Enter the code' }).click()
  await expect(dialog()).toContainText('It can send and receive now')
  await expect(dialog().getByRole('listitem').filter({ hasText: 'Enter the code' })).toContainText(/\d\d:\d\d:\d\d/)
  await phones.close()
  await office.sandbox('settings', { loginCode: false })
  await page.keyboard.press('Escape')
  await expect(dialog()).toHaveCount(0)
  await office.sandbox(`robots/${serialNo}`, { state: 'offline', reason: '', limits: [] })
  await expect(row('小雅客服')).toContainText('Offline')
})

test('an empty password without a remembered one is said at the field', async () => {
  const { items } = await office.api('connections.list', {})
  await office.api('robots.add', { connectionId: items[0]!.id, serialNo: '555', name: 'Fresh' })
  await page.getByRole('button', { name: 'Log in Fresh' }).click()
  await dialog().getByRole('button', { name: 'Log in', exact: true }).click()
  await expect(dialog().getByRole('textbox', { name: 'Password' })).toHaveAccessibleDescription(/No password/)
  await page.keyboard.press('Escape')
  await expect(dialog()).toHaveCount(0)
})

for (const form of ['text', 'image', 'link'] as const) {
  test(`a QR code that comes as ${form} is shown, and scanning it brings the robot online`, async () => {
    await office.sandbox('settings', { qrForm: form })
    await page.getByRole('button', { name: /^Log in 小雅客服/ }).click()
    await dialog().getByText('QR code', { exact: true }).click()
    await dialog().getByRole('button', { name: 'Log in', exact: true }).click()
    const picture = dialog().getByRole('img', { name: 'QR code of the log-in' })
    await drawn(picture)
    await expect(current()).toContainText('Waiting for the scan')
    await expect(current()).toContainText(/0\d:\d\d left/)
    if (form === 'text') {
      // The dialog may be left, even by a reload, and finds the log-in again.
      await page.reload()
      await page.getByRole('button', { name: /^Log in 小雅客服/ }).click()
      await expect(picture).toBeVisible()
      expect(await findings(page, '[role=dialog]')).toEqual([])
    }
    await phone('scan')
    await phone('confirm')
    await expect(dialog()).toContainText('It can send and receive now')
    await dialog().getByRole('button', { name: 'Close' }).last().click()
    await expect(dialog()).toHaveCount(0)
    await expect(row('小雅客服')).toContainText('Online')
    await office.sandbox(`robots/${serialNo}`, { state: 'offline', reason: '', limits: [] })
    await expect(row('小雅客服')).toContainText('Offline')
  })
}

test('a log-in can be refused at the phone, begun anew with another code, and cancelled', async () => {
  await page.getByRole('button', { name: /^Log in 小雅客服/ }).click()
  await dialog().getByText('QR code', { exact: true }).click()
  await dialog().getByRole('button', { name: 'Log in', exact: true }).click()
  const picture = dialog().getByRole('img', { name: 'QR code of the log-in' })
  await drawn(picture)
  await phone('refuse')
  await expect(dialog()).toContainText('The log-in was refused on the phone')
  await expect(dialog()).toContainText('用户拒绝登录')
  await dialog().getByRole('button', { name: 'Try again' }).click()
  await drawn(picture)
  await phone('expire')
  await expect(dialog()).toContainText('The log-in expired')
  await dialog().getByRole('button', { name: 'Try again' }).click()
  await drawn(picture)
  await dialog().getByRole('button', { name: 'Cancel the log-in' }).click()
  await expect(dialog()).toContainText('The log-in was cancelled')
  await page.keyboard.press('Escape')
  await expect(dialog()).toHaveCount(0)
  await expect(row('小雅客服')).not.toContainText('Logging in')
})

test('a robot is added by its number; a number that is there already is said at the field', async () => {
  await page.getByRole('button', { name: 'Add a robot' }).click()
  const number = dialog().getByRole('textbox', { name: 'Robot number' })
  await number.fill(serialNo)
  await dialog().getByRole('button', { name: 'Add', exact: true }).click()
  await expect(number).toHaveAccessibleDescription(/has a robot of this number already/)
  await number.fill('9007199254740993001')
  await dialog().getByRole('textbox', { name: 'Name' }).fill('<img src=x onerror=alert(1)>')
  await dialog().getByRole('button', { name: 'Add', exact: true }).click()
  await expect(page.getByRole('heading', { name: /Log in “<img/ })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(dialog()).toHaveCount(0)
  await expect(row('9007199254740993001')).toContainText('<img src=x onerror=alert(1)>')
})

test('two log-ins at once do not mix: each window shows its own robot’s', async () => {
  const other = await context.newPage()
  await other.goto(new URL('/robots', page.url()).href)
  const begin = async (where: Page, name: RegExp) => {
    await where.getByRole('button', { name }).first().click()
    await where.getByRole('dialog').getByText('QR code', { exact: true }).click()
    await where.getByRole('dialog').getByRole('button', { name: 'Log in', exact: true }).click()
    const picture = where.getByRole('dialog').getByRole('img', { name: 'QR code of the log-in' })
    await expect(picture).toBeVisible()
    return picture.getAttribute('src')
  }
  // The last one may still wait at the platform: it was cancelled here only.
  await phone('refuse').catch(() => undefined)
  await office.sandbox('settings', { qrForm: 'text' })
  const first = await begin(page, /^Log in 小雅客服/)
  const second = await begin(other, /^Log in 林先生门店/)
  expect(first).not.toEqual(second)
  await phone('scan')
  await expect(dialog()).toContainText('Confirm the log-in on the phone')
  await expect(other.getByRole('dialog')).toContainText('Scan it with the account’s phone')
  await phone('confirm')
  await expect(dialog()).toContainText('It can send and receive now')
  await expect(other.getByRole('dialog').getByRole('img', { name: 'QR code of the log-in' })).toBeVisible()
  await page.keyboard.press('Escape')
  await other.getByRole('dialog').getByRole('button', { name: 'Cancel the log-in' }).click()
  await other.close()
  await expect(row('小雅客服')).toContainText('Online')
})

test('a pasted list says for each number what became of it', async () => {
  await page.getByRole('button', { name: 'Add a robot' }).click()
  await dialog().getByText('Paste a list').click()
  await dialog().getByRole('textbox', { name: 'List of robot numbers' }).fill(`7001 Night\n7002\n7002\n${serialNo}`)
  await expect(dialog()).toContainText('Numbers read: 3')
  await dialog().getByRole('button', { name: 'Add', exact: true }).click()
  const results = dialog().getByRole('list', { name: 'Result for each number' })
  await expect(results.getByRole('listitem')).toHaveText([/7001.*Added/, /7002.*Added/, /There already/])
  await expect(dialog()).toContainText('2 added, 1 there already, 0 not usable')
  await page.keyboard.press('Escape')
  await expect(dialog()).toHaveCount(0)
  await expect(row('Night')).toContainText('7001')
})

test('the side pane shows the states as a time line, and a pace of its own', async () => {
  await office.api('settings.set', { pace: { perDay: 600 } })
  await page.getByRole('button', { name: 'Details of 小雅客服' }).click()
  const pane = page.getByRole('complementary', { name: 'Robot details' })
  const line = pane.getByRole('list', { name: 'History of states' })
  await expect(line.getByRole('listitem').first()).toContainText('Online')
  await office.sandbox(`robots/${serialNo}`, {
    state: 'limited',
    reason: 'risk control',
    limits: [{ code: 77, text: 'odd' }],
  })
  await expect(line.getByRole('listitem').first()).toContainText('odd (77)')
  await expect(pane.getByRole('list', { name: 'Limits' })).toContainText('Unknown code: nothing is held back')
  const perDay = pane.getByRole('textbox', { name: 'Messages a day' })
  await expect(perDay).toHaveAccessibleDescription('Default 600')
  await perDay.fill('x')
  await expect(perDay).toHaveAccessibleDescription(/Enter a number/)
  await perDay.fill('50')
  await pane.getByRole('button', { name: 'Save the pace' }).click()
  await expect(row('小雅客服')).toContainText('/ 50')
  await pane.getByRole('button', { name: 'All as the default' }).click()
  await expect(row('小雅客服')).toContainText('/ 600')
  await pane.getByRole('switch', { name: /Log in again from the cache/ }).click()
  await expect
    .poll(async () => (await office.api('robots.list', {})).items.some((one) => one.reloginFromCache))
    .toBe(true)
})

test('what a risk code forbids is edited, holds, says so in the conversation, and goes on when lifted', async () => {
  const pane = page.getByRole('complementary', { name: 'Robot details' })
  await pane.getByRole('button', { name: 'Say what it forbids' }).click()
  const code = dialog().getByRole('group', { name: 'Risk code 77' })
  await code.getByRole('checkbox', { name: 'messages to friends' }).click()
  await expect(code.getByRole('checkbox', { name: 'messages to friends' })).toBeChecked()
  await page.keyboard.press('Escape')
  await expect(dialog()).toHaveCount(0)
  await expect(pane.getByRole('list', { name: 'Limits' })).toContainText('Held back: messages to friends')
  const { items: robots } = await office.api('robots.list', {})
  const robot = robots.find((item) => item.serialNo === serialNo)!
  const { items: friends } = await office.api('friends.list', { robotId: robot.id })
  const peer = { kind: 'friend' as const, id: friends[0]!.id }
  await office.api('messages.send', { robotId: robot.id, peer, type: 'text', content: 'held' })
  await expect(pane).toContainText('The platform has limited it')
  const inbox = await context.newPage()
  await inbox.goto(new URL(`/inbox/${robot.id}/friend/${encodeURIComponent(peer.id)}`, page.url()).href)
  await expect(inbox.getByRole('status').filter({ hasText: 'The platform has limited it' })).toContainText(
    'messages waiting: 1',
  )
  await office.sandbox(`robots/${serialNo}`, { state: 'online', reason: '', limits: [] })
  await expect(inbox.getByRole('status').filter({ hasText: 'The platform has limited it' })).toHaveCount(0)
  await inbox.close()
  await page.keyboard.press('Escape')
  await expect(pane).toHaveCount(0)
})

test('a password log-in that wants a verification code shows it, and its steps', async () => {
  await office.sandbox('settings', { loginCode: true })
  await goOffline()
  await page.getByRole('button', { name: /^Log in 小雅客服/ }).click()
  await dialog().getByText('Password', { exact: true }).first().click()
  await dialog().getByRole('button', { name: 'Log in', exact: true }).click()
  await expect(dialog()).toContainText('Enter the code on the phone')
  const steps = dialog().getByRole('list', { name: 'Steps of the log-in' }).getByRole('listitem')
  await expect(steps).toHaveText([/Request accepted/, /Enter the code.*0\d:\d\d left/, /Online/])
  const code =
    (await dialog()
      .getByText(/^\d{6}$/)
      .textContent()) ?? ''
  await office.sandbox(`logins/${serialNo}`, { action: 'code', code: code.trim() })
  await expect(dialog()).toContainText('It can send and receive now')
  await page.keyboard.press('Escape')
  await expect(dialog()).toHaveCount(0)
  await office.sandbox('settings', { loginCode: false })
})

test('removing names what goes', async () => {
  await page.getByRole('button', { name: /^Remove <img/ }).click()
  await expect(dialog()).toContainText('9007199254740993001')
  await dialog().getByRole('button', { name: 'Remove' }).click()
  await expect(row('9007199254740993001')).toHaveCount(0)
  await expect(dialog()).toHaveCount(0)
})

test('is accessible in both themes, and nothing was complained of', async () => {
  for (const theme of ['light', 'dark'] as const) {
    await office.api('settings.set', { theme })
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    expect(await findings(page)).toEqual([])
  }
  expect(complaints).toEqual([])
})
