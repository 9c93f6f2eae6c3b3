/** The way by a relay on its page: chosen, up, checked; a robot handed over and taken back; NATS gone and back. */
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { inProject, projectNode } from '../../scripts/lib/project.mjs'
import { findings } from '../support/accessibility.ts'
import { contactOf, openOffice, write, type Office } from '../support/office.ts'
import { NatsServer } from '../support/nats.ts'
import { findServer, freePort, systemServers } from '../support/servers.ts'

test.describe.configure({ mode: 'serial' })
test.skip(findServer(systemServers.nats) === undefined, 'there is no nats-server (Debian: apt-get install nats-server)')

let office: Office
let nats: NatsServer
let relay: ChildProcess
let relayUrl: string
let context: BrowserContext
let page: Page
let connectionId: string

test.beforeAll(async ({ browser }) => {
  nats = await NatsServer.start()
  const port = await freePort()
  relayUrl = `http://127.0.0.1:${port}`
  const built = inProject('out/main/relay.js')
  const child = spawn(projectNode, [built, '--port', String(port), '--nats', nats.url], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  relay = child
  await once(child.stdout, 'data')
  office = await openOffice()
  await office.openForBusiness({ liveliness: 'off', answers: false })
  connectionId = (await office.api('connections.list', {})).items[0]!.id
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  await page.goto(office.ready.url)
})
test.afterAll(async () => {
  await context?.close()
  await office?.close()
  relay?.kill()
  await nats?.close()
})

const state = () => page.getByRole('region', { name: 'Way in', exact: true })
const form = () => page.getByRole('form', { name: 'Choose the way in' })
const robots = () => page.getByRole('region', { name: 'Who fetches which robot' })
const field = (name: string | RegExp) => form().getByRole('textbox', { name, exact: true })

test('is chosen in the form, which says what is wrong', async () => {
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Connections' }).click()
  await page.getByRole('link', { name: 'Way in and check' }).click()
  await form().getByRole('combobox', { name: 'Way in' }).selectOption({ label: 'Relay (NATS)' })
  await form().getByRole('combobox', { name: 'Log-in' }).selectOption({ label: 'User name and password' })
  await field('NATS servers, one a line').fill('nats.example.com')
  await field('Public address').fill(relayUrl)
  await form().getByRole('button', { name: 'Save and connect' }).click()
  await expect(field('NATS servers, one a line')).toHaveAttribute('aria-invalid', 'true')
  await expect(field('User name')).toHaveAttribute('aria-invalid', 'true')
  await field('NATS servers, one a line').fill(nats.url)
  await form().getByRole('combobox', { name: 'Log-in' }).selectOption({ label: 'None' })
  await form().getByRole('button', { name: 'Save and connect' }).click()
  await expect(state()).toContainText('Up')
  await expect(robots()).toContainText('Fetched by this host')
  expect(await findings(page)).toEqual([])
})

test('works the whole way round, for the check and for a customer', async () => {
  await page.getByRole('button', { name: 'Check whether it works' }).click()
  await expect(page.getByText('It works: callbacks of the platform reach this computer')).toBeVisible()
  const { items } = await office.api('robots.list', {})
  const [robot] = items
  const [friend] = (await office.api('friends.list', { robotId: robot!.id })).items
  const contact = await contactOf(office, robot!.name, friend!.name)
  await write(office, contact, 'by the relay')
  await expect
    .poll(async () => {
      const peer = { kind: 'friend' as const, id: contact.userId }
      const history = await office.api('messages.page', { robotId: contact.robotId, peer })
      return history.items[0]?.content
    })
    .toBe('by the relay')
})

test('hands a robot over, and takes it back', async () => {
  const [robot] = (await office.api('relay.robots', { connectionId })).items
  const item = robots().getByRole('listitem').first()
  await item.getByRole('button', { name: /^Hand over / }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Hand over' }).click()
  await expect(item).toContainText('Handed over; waits for another host')
  await item.getByRole('button', { name: /^Take / }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take' }).click()
  await expect(item).toContainText('Fetched by this host')
  expect(robot?.standing).toBe('here')
})

test('is left while NATS is away: the page says so, and what is left can be given up, or is cleared', async () => {
  const left = page.getByRole('region', { name: 'Relays that were left' })
  await nats.kill()
  await expect(state()).toContainText('Down')
  const choose = async (label: string, save: string): Promise<void> => {
    await form().getByRole('combobox', { name: 'Way in' }).selectOption({ label })
    await form().getByRole('button', { name: save }).click()
  }
  await choose('None', 'Save')
  await expect(left).toContainText(nats.url)
  await expect(left).toContainText('cannot be reached')
  expect(await findings(page)).toEqual([])
  await left.getByRole('button', { name: /^Leave / }).click()
  await expect(page.getByRole('dialog')).toContainText('How many callbacks wait there is not known')
  await page.getByRole('dialog').getByRole('button', { name: 'Leave anyway' }).click()
  await expect(left).toBeHidden()
  // Chosen again and left once more, it is cleared as soon as NATS is back.
  const again = { way: 'relay' as const, publicUrl: relayUrl, servers: [nats.url] }
  await office.api('reach.save', { connectionId, settings: again })
  await expect(state()).toContainText('Down')
  await office.api('reach.save', { connectionId, settings: { way: 'off' } })
  await expect(left).toContainText('cannot be reached')
  await nats.open()
  // A relay may be handing something over for some eight seconds after its door was closed.
  await expect(left).toBeHidden({ timeout: 20_000 })
  await office.api('reach.save', { connectionId, settings: again })
  await expect(robots()).toContainText('Fetched by this host')
})

test('says that NATS is away, and is up again when it is back', async () => {
  await nats.kill()
  await expect(state()).toContainText('Down')
  await expect(state()).toContainText('cannot be reached')
  await expect(robots()).toContainText('Shown once the relay is connected')
  await nats.open()
  await expect(state()).toContainText('Up')
  await expect(robots()).toContainText('Fetched by this host')
})
