/** Activity and callbacks over the real host and the real sandbox: live, with the course of each task. */
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { findings } from '../support/accessibility.ts'
import { contactOf, openOffice, write, type Contact, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial' })

let office: Office
let context: BrowserContext
let page: Page
let contact: Contact
const complaints: string[] = []

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness()
  const robot = (await office.api('robots.list', {})).items[0]!
  const friend = (await office.api('friends.list', { robotId: robot.id })).items.find((item) => item.name)!
  contact = await contactOf(office, robot.name, friend.name)
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(office.ready.url)
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Activity' }).click()
})
test.afterAll(async () => {
  await context.close()
  await office.close()
})

const rows = (name: string) => page.getByRole('table', { name }).locator('[data-row]')
const pane = () => page.getByRole('complementary', { name: 'Course of the task' })
const send = (content: string) =>
  office.api('messages.send', {
    robotId: contact.robotId,
    peer: { kind: 'friend', id: contact.userId },
    type: 'text',
    content,
  })

test('a send appears on top by itself, with its course to the echo', async () => {
  await expect(rows('Activity').first()).toBeVisible()
  await page.mouse.move(5, 5)
  await send('Good morning')
  await expect(rows('Activity').first()).toContainText('Send message')
  await expect(rows('Activity').first()).toContainText(contact.name)
  await expect(rows('Activity').first()).toContainText('Confirmed')
  await rows('Activity').first().click()
  await expect(pane()).toContainText('Written to the outbox')
  await expect(pane()).toContainText('Call sendMessage')
  await expect(pane()).toContainText('Callback 1005')
  const signed = await pane().getByRole('textbox', { name: 'Signing string' }).innerText()
  expect(signed).toMatch(/^Merchantid=/)
  expect(signed).toContain('Good morning')
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await pane().getByRole('button', { name: 'Copy Signing string' }).click()
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(signed)
  await pane().locator('summary', { hasText: 'Answer' }).click()
  await expect(pane().getByRole('textbox', { name: 'Answer' })).toContainText('"vcSuccess"')
  expect(await findings(page)).toEqual([])
  await page.reload()
  await expect(pane()).toContainText('Call sendMessage')
  await page.keyboard.press('Escape')
  await expect(pane()).toHaveCount(0)
})

test('nothing moves under the pointer: what comes is counted and shown when it leaves', async () => {
  await rows('Activity').nth(1).hover()
  const before = await rows('Activity').first().innerText()
  await send('One more')
  await expect(page.getByRole('button', { name: /new entr/ })).toBeVisible()
  expect(await rows('Activity').first().innerText()).toBe(before)
  await page.mouse.move(5, 5)
  await expect(page.getByRole('button', { name: /new entr/ })).toHaveCount(0)
  await expect(rows('Activity').first()).toContainText('Send message')
})

test('filters are in the address and can be taken back', async () => {
  await page.getByRole('combobox', { name: 'Task' }).selectOption('login')
  await expect(rows('Activity')).toHaveCount(3)
  await page.getByRole('combobox', { name: 'State' }).selectOption('failed')
  await expect(page.getByText('No task fits')).toBeVisible()
  await page.reload()
  await expect(page.getByRole('combobox', { name: 'State' })).toHaveValue('failed')
  await page.getByRole('button', { name: 'Show all' }).click()
  await expect(rows('Activity').first()).toBeVisible()
})

test('a task that waits can be cancelled', async () => {
  await office.sandbox(`robots/${contact.robotSerialNo}`, { state: 'offline', reason: '', limits: [] })
  await expect
    .poll(async () => (await office.api('robots.list', {})).items.find((item) => item.id === contact.robotId)!.state)
    .toBe('offline')
  await send('Waits')
  await expect(rows('Activity').first()).toContainText('Queued')
  await rows('Activity').first().click()
  await expect(pane()).toContainText('goes out once the robot is back')
  await pane().getByRole('button', { name: 'Cancel the task' }).click()
  await expect(pane().getByRole('heading')).toBeVisible()
  await expect(rows('Activity').first()).toContainText('Cancelled')
  await expect(pane().getByRole('button', { name: 'Cancel the task' })).toHaveCount(0)
  await office.sandbox(`robots/${contact.robotSerialNo}`, { state: 'online', reason: '', limits: [] })
})

test('an unknown send says why, and the operator decides, here too', async () => {
  await office.sandbox('faults', { dropAnswer: 2, echo: 'off' })
  for (const as of ['It arrived', 'Send again']) {
    await send(`Did this arrive? ${as}`)
    await expect(rows('Activity').first()).toContainText('Unknown')
    await rows('Activity').first().click()
    await expect(pane()).toContainText('it may or may not have arrived')
    await expect(pane()).toContainText('No answer came')
    await pane().getByRole('button', { name: as }).click()
    await expect(pane()).toContainText(as === 'It arrived' ? 'Confirmed' : 'Accepted by the platform')
    await expect(pane().getByRole('button', { name: as })).toHaveCount(0)
    await page.keyboard.press('Escape')
    await page.mouse.move(5, 5)
  }
  await office.sandbox('faults', { dropAnswer: 0, echo: 'on' })
})

test('a refused send can be tried again, and is not said to have arrived', async () => {
  await office.sandbox('faults', { refuse: { method: 'sendMessage', code: 50006, message: 'no friend', times: 1 } })
  await send('Refused')
  await expect(rows('Activity').first()).toContainText('The platform refused: no friend')
  await rows('Activity').first().click()
  await expect(pane().getByRole('button', { name: 'It arrived' })).toHaveCount(0)
  await pane().getByRole('button', { name: 'Try again' }).click()
  await expect(pane()).toContainText('Confirmed')
  await page.keyboard.press('Escape')
  await page.mouse.move(5, 5)
})

test('callbacks appear live, with type and state in words and the body laid out', async () => {
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Callbacks' }).click()
  await expect(rows('Callbacks').first()).toBeVisible()
  await page.mouse.move(5, 5)
  await write(office, contact, 'Is the cup there?')
  await expect(rows('Callbacks').first()).toContainText('1005 Message')
  await expect(rows('Callbacks').first()).toContainText('Applied')
  await expect(rows('Callbacks').first()).toContainText(`${contact.name} · Message added`)
  await rows('Callbacks').first().click()
  await expect(page.getByRole('complementary', { name: 'Callback' })).toContainText('reading it again would change')
  const body = page.getByRole('textbox', { name: 'Body' })
  await expect(body).toContainText('Is the cup there?')
  expect((await body.innerText()).split('\n').length).toBeGreaterThan(5)
  await page.getByRole('checkbox', { name: /as it came/ }).check()
  expect((await body.innerText()).split('\n')).toHaveLength(1)
  expect(await findings(page)).toEqual([])
})

test('what cannot be applied is in quarantine, says why, keeps its long numbers and can be read again', async () => {
  const { items } = await office.api('connections.list', {})
  const { callbackUrl, merchantNo } = items[0]!
  const raw = `{"nType":9001,"nTimeStamp":1795484591259,"optvcSerNo":9007199254740993001,"optvcMerchantId":"${merchantNo}","optvcRobotSerialNo":"${contact.robotSerialNo}","data":{}}`
  await fetch(callbackUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body: raw })
  await page.getByRole('combobox', { name: 'State' }).selectOption('quarantined')
  await expect(rows('Callbacks')).toHaveCount(1)
  await expect(rows('Callbacks').first()).toContainText('9001')
  await expect(rows('Callbacks').first()).toContainText('does not know')
  await rows('Callbacks').first().click()
  await expect(page.getByRole('textbox', { name: 'Body' })).toContainText('9007199254740993001')
  await page.getByRole('button', { name: 'Read again', exact: true }).click()
  await expect(page.getByRole('complementary').getByRole('status')).toContainText('1 Quarantined – A type')
  await page.getByRole('button', { name: 'Read all of this filter again' }).click()
  await expect(page.getByRole('main').getByRole('status')).toContainText('1 Quarantined – A type')
  await expect(rows('Callbacks')).toHaveCount(1)
})

test('both are accessible in dark too, and nothing was complained of', async () => {
  await office.api('settings.set', { theme: 'dark' })
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  expect(await findings(page)).toEqual([])
  expect(complaints).toEqual([])
})
