/** The rail of robots, and the one number of what is unread, wherever it is shown. */
import { expect, test, type Locator, type Page } from '@playwright/test'
import { contactOf, openOffice, write, type Contact, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial' })

let office: Office
let page: Page
let contacts: Contact[]

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness({ liveliness: 'off', answers: false })
  const { items: robots } = await office.api('robots.list', {})
  contacts = []
  for (const robot of robots) {
    const { items } = await office.api('friends.list', { robotId: robot.id })
    contacts.push(await contactOf(office, robot.name, items[0]!.name))
  }
  // What the sandbox's people said before they were told to be quiet.
  const { items: said } = await office.api('conversations.list', { limit: 100 })
  for (const { robotId, peer } of said) {
    await office.api('conversations.read', { robotId, peer: { kind: peer.kind, id: peer.id } })
  }
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
  await context.grantPermissions(['notifications'])
  page = await context.newPage()
  await page.addInitScript(() => {
    const shown: { title: string; body: string; click: () => void }[] = []
    class Recorder {
      static permission = 'granted'
      onclick: (() => void) | null = null
      constructor(title: string, options: { body: string }) {
        shown.push({ title, body: options.body, click: () => this.onclick?.() })
      }
      close(): void {}
    }
    Object.assign(globalThis, { Notification: Recorder, shownNotifications: shown })
  })
  await page.goto(office.ready.url)
  await expect(rail().getByRole('button', { name: /^All robots/ })).toBeVisible()
})
test.afterAll(async () => {
  await page.context().close()
  await office.close()
})

const rail = () => page.getByRole('navigation', { name: 'Robots' })
const list = () => page.getByRole('region', { name: 'Conversations' })
const robotNames = async () =>
  (await rail().getByRole('listitem').allInnerTexts()).map((text) => text.split('\n').find((line) => line.length > 1))
/** The number that is said of what is unread, 0 where nothing is. */
const said = async (where: Locator): Promise<number> => {
  const [text] = await where.getByText(/^\d+ unread conversation/).allTextContents()
  return Number(/^\d+/.exec(text ?? '')?.[0] ?? 0)
}
/** The number in each place that shows it. */
const everywhere = async () => {
  const icon = (await page.locator('link[rel="icon"]').getAttribute('href')) ?? ''
  const { items } = await office.api('robots.list', {})
  return {
    rail: await said(rail().getByRole('button', { name: /^All robots/ })),
    section: await said(page.getByRole('link', { name: /Inbox/ })),
    title: Number(/^\((\d+)\)/.exec(await page.title())?.[1] ?? 0),
    icon: Number(/>(\d+)</.exec(decodeURIComponent(icon))?.[1] ?? 0),
    engine: items.reduce((sum, robot) => sum + (robot.muted ? 0 : robot.unread), 0),
  }
}
const all = (n: number) => ({ rail: n, section: n, title: n, icon: n, engine: n })

test('what is unread is one number in rail, section, title and icon, and survives a reload', async () => {
  await expect.poll(everywhere).toEqual(all(0))
  for (const contact of contacts) await write(office, contact, 'one')
  await write(office, contacts[0]!, 'two')
  await expect.poll(everywhere).toEqual(all(3))
  await page.reload()
  await expect.poll(everywhere).toEqual(all(3))
})

test('a call is shown for a message, and a click opens its conversation', async () => {
  const shown = () =>
    page.evaluate(() =>
      (globalThis as unknown as { shownNotifications: { title: string; body: string }[] }).shownNotifications.map(
        ({ title, body }) => `${title} | ${body}`,
      ),
    )
  await write(office, contacts[1]!, 'are you there')
  await expect.poll(shown).toContainEqual(expect.stringMatching(/are you there$/))
  await page.evaluate(() =>
    (globalThis as unknown as { shownNotifications: { click: () => void }[] }).shownNotifications.at(-1)?.click(),
  )
  await expect(page.getByRole('heading', { level: 1, name: contacts[1]!.name })).toBeVisible()
})

test('reading one conversation takes one away, and looking at another robot none', async () => {
  await expect.poll(everywhere).toEqual(all(2))
  await rail().getByRole('listitem').nth(0).getByRole('button').click()
  await expect.poll(everywhere).toEqual(all(2))
  await rail()
    .getByRole('button', { name: /^All robots/ })
    .click()
})

test('a muted robot keeps its count in grey, and is in no sum', async () => {
  const { items } = await office.api('robots.list', {})
  const other = items.find((robot) => robot.id === contacts[2]!.robotId)!
  const row = rail().getByRole('button', { name: new RegExp(other.name) })
  await row.click({ button: 'right' })
  await page.getByRole('menu').getByRole('menuitem', { name: 'Mute' }).click()
  await expect(row).toContainText('Muted')
  await expect(row).toContainText('1 unread conversation')
  await expect.poll(everywhere).toEqual(all(1))
  // A menu gives way to that of the next robot.
  await row.click({ button: 'right' })
  await expect(page.getByRole('menu').getByRole('menuitem', { name: 'Unmute' })).toBeVisible()
  await rail().getByRole('button', { name: /小雅/ }).click({ button: 'right' })
  await expect(page.getByRole('menu').getByRole('menuitem', { name: 'Mute', exact: true })).toBeFocused()
  await page.keyboard.press('Escape')
  await row.click({ button: 'right' })
  await page.getByRole('menu').getByRole('menuitem', { name: 'Unmute' }).click()
  await expect.poll(everywhere).toEqual(all(2))
})

test('robots are moved by key and by pointer, and stay there', async () => {
  const before = await robotNames()
  await rail().getByRole('listitem').first().getByRole('button').focus()
  await page.keyboard.press('Control+ArrowDown')
  await expect.poll(robotNames).toEqual([before[1], before[0], before[2]])
  await expect(rail().getByRole('listitem').nth(1).getByRole('button')).toBeFocused()
  await rail()
    .getByRole('listitem')
    .nth(2)
    .dragTo(rail().getByRole('listitem').first(), { targetPosition: { x: 40, y: 4 } })
  await expect.poll(robotNames).toEqual([before[2], before[1], before[0]])
  await page.reload()
  await expect.poll(robotNames).toEqual([before[2], before[1], before[0]])
})

test('a robot is put into a new folder, which closes and shows what is unread in it', async () => {
  await rail().getByRole('listitem').first().getByRole('button').click({ button: 'right' })
  await page.getByRole('menu').getByRole('menuitem', { name: 'Folder' }).click()
  await page.getByRole('menu').getByRole('menuitem', { name: 'New folder…' }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name of the folder' }).fill('Evening')
  await page.keyboard.press('Enter')
  const head = rail().getByRole('button', { name: /^Evening/ })
  await expect(head).toHaveAttribute('aria-expanded', 'true')
  await head.click()
  await expect(head).toHaveAttribute('aria-expanded', 'false')
  await expect(rail().getByRole('listitem')).toHaveCount(2)
  await expect(rail().getByRole('button', { name: /^Others/ })).toBeVisible()
  await head.click()
  await expect(rail().getByRole('listitem')).toHaveCount(3)
  await expect(list()).toBeVisible()
})
