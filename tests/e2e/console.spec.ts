/** The API console against the real host and the real sandbox: what is shown before, what is sent, what comes back. */
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { findings } from '../support/accessibility.ts'
import { contactOf, openOffice, type Contact, type Office } from '../support/office.ts'

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
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Console' }).click()
})
test.afterAll(async () => {
  await context.close()
  await office.close()
})

const method = (name: string) => page.getByRole('navigation', { name: 'Methods' }).getByRole('button', { name }).click()
const field = (name: string) => page.getByRole('textbox', { name }).or(page.getByRole('combobox', { name }))
const result = () => page.getByRole('region', { name: 'Result' })

test('a list is asked for, and its callback arrives by itself, with how it was read', async () => {
  await method('getFriendList')
  const signing = page.getByRole('textbox', { name: 'Signing string' })
  await expect(signing).toContainText('getFriendList')
  await expect(signing).toContainText(contact.robotSerialNo)
  await expect(page.getByText('comes as callback 1003')).toBeVisible()
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(result()).toContainText('Accepted by the platform')
  await expect(result()).toContainText('1003 Friend list')
  await expect(result()).toContainText('Applied')
  expect(await findings(page)).toEqual([])
})

test('what is required and what is too long is said at its field, before anything is sent', async () => {
  await method('sendMessage')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(page.getByRole('alert')).toHaveCount(2)
  const content = field('Message content content')
  await content.fill('字'.repeat(256))
  await expect(page.getByText('256 / 256 characters')).toBeVisible()
  await content.fill('😀'.repeat(257))
  await expect(page.getByRole('alert').filter({ hasText: '257 / 256 characters' })).toBeVisible()
})

test('a message asks first, then goes out as shown, and its echo is watched', async () => {
  await field('Friend vcFriendSerialNo').fill(contact.userId)
  await expect(page.getByRole('paragraph').filter({ hasText: contact.name })).toBeVisible()
  await field('Message content content').fill('你好 & "goodbye" = 1+1 😀')
  await expect(page.getByRole('textbox', { name: 'Signing string' })).toContainText('你好 & \\"goodbye\\" = 1+1 😀')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
  await expect(result()).toContainText('Accepted by the platform')
  await expect(result()).toContainText('1005 Message')
  const { items } = await office.api('calls.list', { direct: true, method: 'sendMessage' })
  expect(items).toHaveLength(1)
  expect(items[0]).toMatchObject({ operationId: null, success: true })
})

test('alternatives are a choice, lists take pasted numbers', async () => {
  await method('inviteFriendsToGroup')
  const choice = page.getByRole('group', { name: 'Exactly one of them must be given' })
  await choice.getByText('Friends vcFriendSerialNos').click()
  const friends = field('Friends vcFriendSerialNos')
  await friends.fill('u1')
  await friends.press('Enter')
  await friends.fill('u2,u3')
  await expect(page.getByRole('button', { name: 'Remove u3' })).toBeVisible()
  await page.getByRole('button', { name: 'Remove u2' }).click()
  await field('Group vcGroupSerialNo').fill('g1')
  const signing = page.getByRole('textbox', { name: 'Signing string' })
  await expect(signing).toContainText('"vcFriendSerialNos":["u1","u3"]')
  await expect(signing).not.toContainText('"vcFriendSerialNo":')
  await choice.getByText('Friend vcFriendSerialNo', { exact: true }).click()
  await expect(page.getByText('Fill in vcFriendSerialNo to see')).toBeVisible()
})

test('a password is never shown, and the curl command says what it is', async () => {
  await method('login')
  await field('User name username').fill('someone')
  await page.getByLabel('Password password').fill('hunter22')
  await expect(page.getByRole('textbox', { name: 'Signing string' })).toContainText('"password":"***"')
  await page.getByRole('button', { name: 'Make a signed curl command' }).click()
  const curl = page.getByRole('textbox', { name: 'curl command' })
  await expect(curl).toContainText('sign=')
  expect(await page.locator('body').innerText()).not.toContain('hunter22')
  await expect(page.getByText('Its signature is real')).toBeInViewport()
})

test('withdrawn methods say that they are off, and where to allow them', async () => {
  await method('logout')
  await expect(page.getByText('marks this method as withdrawn')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeDisabled()
  await expect(page.getByRole('link', { name: /advanced settings/ })).toBeVisible()
})

test('an earlier call is looked at again by its address, and used again', async () => {
  await page
    .getByRole('region', { name: 'Latest direct calls' })
    .getByRole('button', { name: /Send message/ })
    .click()
  await expect(result()).toContainText('1005 Message')
  await page.reload()
  await expect(result()).toContainText('1005 Message')
  await page.getByRole('button', { name: 'Use again' }).click()
  await expect(field('Message content content')).toHaveValue('你好 & "goodbye" = 1+1 😀')
  await expect(field('Friend vcFriendSerialNo')).toHaveValue(contact.userId)
})

test('in a narrow window the result comes into view below the form', async () => {
  await page.setViewportSize({ width: 1024, height: 700 })
  await method('getGroupList')
  await expect(result()).toHaveCount(0)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await expect(result().getByText('Accepted by the platform')).toBeInViewport()
})

test('it is accessible in dark and narrow too, and nothing was complained of', async () => {
  await office.api('settings.set', { theme: 'dark' })
  await page.setViewportSize({ width: 1024, height: 700 })
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  expect(await findings(page)).toEqual([])
  expect(complaints).toEqual([])
})
