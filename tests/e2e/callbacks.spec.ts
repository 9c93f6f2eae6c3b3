/** Callbacks and calls: read in words, found by their text, picked and read again, followed both ways, exported. */
import { readFile } from 'node:fs/promises'
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { findings } from '../support/accessibility.ts'
import { contactOf, openOffice, write, type Contact, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial' })

let office: Office
let context: BrowserContext
let page: Page
let contact: Contact
const complaints: string[] = []
/** The robot's number that is added only later. */
const lateRobot = '990000000000000042'

const rows = (name: string) => page.getByRole('table', { name }).locator('[data-row]')
const pane = (name: string) => page.getByRole('complementary', { name })
const section = (name: string) => page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name })

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness()
  const robot = (await office.api('robots.list', {})).items[0]!
  const friend = (await office.api('friends.list', { robotId: robot.id })).items.find((item) => item.name)!
  contact = await contactOf(office, robot.name, friend.name)
  const { items } = await office.api('connections.list', {})
  const { callbackUrl, merchantNo } = items[0]!
  for (const number of [1, 2, 3]) {
    const body = {
      nResultCode: 0,
      nType: number === 3 ? 1999 : 1003,
      nTimeStamp: 1_795_484_591 + number,
      optvcMerchantId: merchantNo,
      optvcRobotSerialNo: lateRobot,
      DATA: [{ vcUserId: `late-${number}`, vcUserName: '迟到的好友' }],
    }
    await fetch(callbackUrl, { method: 'POST', body: JSON.stringify(body) })
  }
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(office.ready.url)
  await section('Callbacks').click()
})
test.afterAll(async () => {
  await context.close()
  await office.close()
})

test('a message’s callback says what it changed, and leads to the conversation', async () => {
  await write(office, contact, 'Where is my parcel?')
  await page.mouse.move(5, 5)
  await expect(rows('Callbacks').first()).toContainText('1005 Message')
  await rows('Callbacks').first().click()
  await expect(pane('Callback').getByRole('region', { name: 'What it changed' })).toContainText('Message added')
  expect(await findings(page)).toEqual([])
  await pane('Callback').getByRole('link', { name: 'Open the conversation' }).click()
  await expect(page.getByText('Where is my parcel?').last()).toBeVisible()
  await section('Callbacks').click()
})

test('signs of an English sentence are as narrow as its letters', async () => {
  const sentence = pane('Callback').getByText('Exactly as the platform’s document describes')
  await rows('Callbacks').first().click()
  const share = await sentence.evaluate((element) => {
    const range = document.createRange()
    const [text] = element.childNodes
    const at = text!.textContent!.indexOf('’')
    range.setStart(text!, at)
    range.setEnd(text!, at + 1)
    return range.getBoundingClientRect().width / parseFloat(getComputedStyle(element).fontSize)
  })
  expect(share).toBeLessThan(0.5)
})

test('text of a body is found, and the filters combine', async () => {
  await page.getByRole('textbox', { name: 'Search in the bodies' }).fill('迟到的好友')
  await expect(rows('Callbacks')).toHaveCount(3)
  await page.getByRole('combobox', { name: 'Type' }).selectOption('1003')
  await expect(rows('Callbacks')).toHaveCount(2)
  await page.getByRole('textbox', { name: 'Search in the bodies' }).fill('nothing of the kind')
  await expect(page.getByText('No callback fits')).toBeVisible()
  await page.getByRole('button', { name: 'Show all' }).click()
  await expect(rows('Callbacks').first()).toBeVisible()
})

test('picked ones are read again, then all of a reason, with what became of them', async () => {
  await page.getByRole('combobox', { name: 'State' }).selectOption('quarantined')
  await page.getByRole('combobox', { name: 'Why' }).selectOption('unknown-robot')
  await expect(rows('Callbacks')).toHaveCount(3)
  const result = page.getByRole('main').getByRole('status')
  await rows('Callbacks').first().getByRole('checkbox').check()
  await page.getByRole('button', { name: 'Read the 1 picked again' }).click()
  await expect(result).toContainText('1 Quarantined – No robot of this number was added')
  const { items } = await office.api('connections.list', {})
  await office.api('robots.add', { connectionId: items[0]!.id, serialNo: lateRobot, name: 'Late' })
  await page.getByRole('button', { name: 'Read all of this filter again' }).click()
  await expect(result).toContainText('2 Applied')
  await expect(result).toContainText('1 Quarantined – A type that the platform’s document does not know')
  await page.getByRole('combobox', { name: 'Why' }).selectOption('')
  await page.getByRole('combobox', { name: 'State' }).selectOption('')
  await page.getByRole('textbox', { name: 'Search in the bodies' }).fill('late-1')
  await expect(rows('Callbacks')).toHaveCount(1)
  await rows('Callbacks').first().click()
  await expect(pane('Callback').getByRole('region', { name: 'What it changed' })).toContainText('Friend added late-1')
  await expect(pane('Callback')).toContainText('0: success')
  await expect(pane('Callback').getByRole('region', { name: 'How it was read' })).toContainText(
    'Names differ from the document',
  )
  await page.keyboard.press('Escape')
  await page.getByRole('textbox', { name: 'Search in the bodies' }).fill('')
})

test('a call leads to its task and its callbacks, and these back to it', async () => {
  await office.api('messages.send', {
    robotId: contact.robotId,
    peer: { kind: 'friend', id: contact.userId },
    type: 'text',
    content: 'It is on its way',
  })
  await section('Activity').click()
  await page.getByRole('link', { name: 'Calls' }).click()
  await page.getByRole('combobox', { name: 'Method' }).selectOption('sendMessage')
  await expect(rows('Calls')).toHaveCount(1)
  await rows('Calls').first().click()
  await expect(pane('Call')).toContainText('Callback 1005')
  await expect(pane('Call').getByRole('textbox', { name: 'Signing string' })).toContainText('It is on its way')
  expect(await findings(page)).toEqual([])
  await pane('Call').getByRole('link', { name: 'Show the callback' }).click()
  await expect(pane('Callback').getByRole('region', { name: 'What it changed' })).toContainText('Confirmed a message')
  await expect(pane('Callback')).toContainText('Accepted by the platform → Confirmed')
  await pane('Callback').getByRole('link', { name: 'Show the call', exact: true }).click()
  await pane('Call').getByRole('link', { name: 'Show the task' }).click()
  await expect(pane('Course of the task')).toContainText('Call sendMessage')
  await pane('Course of the task').getByRole('link', { name: 'Show the call', exact: true }).click()
  await expect(pane('Call')).toBeVisible()
})

test('what the filter shows is saved as JSON lines, after saying that customers stand in it', async () => {
  await section('Callbacks').click()
  await page.getByRole('textbox', { name: 'Search in the bodies' }).fill('迟到的好友')
  await expect(rows('Callbacks')).toHaveCount(3)
  await page.getByRole('button', { name: 'Export' }).click()
  await expect(page.getByRole('dialog')).toContainText('customers')
  expect(await findings(page)).toEqual([])
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('dialog').getByRole('button', { name: 'Export' }).click(),
  ])
  expect(download.suggestedFilename()).toMatch(/^switchboard-callbacks-.*\.jsonl$/)
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n')
  const things = lines.map((line) => JSON.parse(line) as { kind: string; raw: string })
  expect(things.map((thing) => thing.kind)).toEqual(['callback', 'callback', 'callback'])
  expect(things.every((thing) => thing.raw.includes('迟到的好友'))).toBe(true)
})

test('a task is saved with its calls and callbacks', async () => {
  await section('Activity').click()
  await page.getByRole('navigation', { name: 'Tasks and calls' }).getByRole('link', { name: 'Activity' }).click()
  await page.getByRole('combobox', { name: 'Task' }).selectOption('send')
  await expect(rows('Activity')).toHaveCount(1)
  await page.getByRole('button', { name: 'Export' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('dialog').getByRole('button', { name: 'Export' }).click(),
  ])
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n')
  const kinds = lines.map((line) => (JSON.parse(line) as { kind: string }).kind)
  expect(kinds.slice(0, 2)).toEqual(['operation', 'call'])
  expect(kinds.slice(2)).toContain('callback')
})

test('nothing was complained of', () => {
  expect(complaints).toEqual([])
})
