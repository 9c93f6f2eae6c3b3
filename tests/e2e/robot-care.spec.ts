/** Robots over the real host and the real sandbox: what is kept for their log-ins, their pace, many of them, none. */
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { paceSchema } from '#shared/contract/entries/pace.ts'
import { accountOf, openOffice, type Account, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial', timeout: 90_000 })

let office: Office
let context: BrowserContext
let page: Page
let serialNo: string
let access: Account

test.beforeAll(async ({ browser }) => {
  office = await openOffice()
  await office.openForBusiness({ liveliness: 'off', answers: false })
  const robot = (await office.api('robots.list', {})).items.find(({ name }) => name === '小雅客服')!
  serialNo = robot.serialNo
  access = await accountOf(office, serialNo)
  await goOffline()
  const { username, password } = access
  const given = { robotId: robot.id, method: 'password', username, password, remember: true } as const
  await office.api('robots.login', given)
  await expect.poll(async () => (await ours()).state).toBe('online')
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  await page.goto(office.ready.url)
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Robots' }).click()
})
test.afterAll(async () => {
  await context.close()
  await office.close()
})

const row = (name: string) => page.getByRole('row', { name: new RegExp(name) })
const dialog = () => page.getByRole('dialog')
const ours = async () => (await office.api('robots.list', {})).items.find((item) => item.serialNo === serialNo)!
async function goOffline(): Promise<void> {
  await office.sandbox(`robots/${serialNo}`, { state: 'offline', reason: '', limits: [] })
  await expect.poll(async () => (await ours()).state).toBe('offline')
}

test('from the cache it comes online without anybody, and where the deployment serves it, it is logged out', async () => {
  await goOffline()
  await page.getByRole('button', { name: /^Log in 小雅客服/ }).click()
  await dialog().getByText('Cached', { exact: true }).click()
  await expect(dialog()).toContainText('no phone is needed')
  await dialog().getByRole('button', { name: 'Log in', exact: true }).click()
  await expect(dialog()).toContainText('It can send and receive now')
  await page.keyboard.press('Escape')
  await expect(dialog()).toHaveCount(0)
  await expect(row('小雅客服')).toContainText('Online')
  await expect(row('小雅客服')).toContainText('Cached')
  // Nothing is offered that the deployment does not serve.
  await expect(page.getByRole('button', { name: 'Log out 小雅客服' })).toHaveCount(0)
  const { items } = await office.api('connections.list', {})
  const { id, name, gatewayUrl, appId, merchantNo, methodPrefix } = items[0]!
  await office.sandbox(`merchants/${merchantNo}`, { withdrawnMethods: true }, 'PATCH')
  const fields = { id, name, gatewayUrl, appId, merchantNo, methodPrefix }
  await office.api('connections.save', { ...fields, advanced: { withdrawnMethods: true } })
  await page.getByRole('button', { name: 'Log out 小雅客服' }).click()
  await expect(dialog()).toContainText('No message of it arrives after that')
  await dialog().getByRole('button', { name: 'Log out' }).click()
  await expect(dialog()).toHaveCount(0)
  await expect(row('小雅客服')).toContainText('Offline')
  await expect(row('小雅客服')).toContainText('主动退出登录')
})

test('what is kept for log-ins is named, and forgotten when that is wanted', async () => {
  await page.getByRole('button', { name: 'Details of 小雅客服' }).click()
  const pane = page.getByRole('complementary', { name: 'Robot details' })
  const kept = pane.getByRole('list', { name: 'Kept for log-ins' }).getByRole('listitem')
  await expect(kept).toContainText([`The password of “${access.username}”`, 'The cached log-in that the platform gave'])
  await expect(page.locator('body')).not.toContainText(access.password)
  await pane.getByRole('button', { name: 'Forget the cached log-in' }).click()
  await expect(dialog()).toContainText('The platform keeps its own')
  await dialog().getByRole('button', { name: 'Forget' }).click()
  await expect(kept).toHaveCount(1)
  await expect(dialog()).toHaveCount(0)
  await pane.getByRole('button', { name: 'Log in', exact: true }).click()
  await dialog().getByText('Password', { exact: true }).first().click()
  await dialog().getByRole('button', { name: 'Forget the password' }).click()
  await expect(dialog().getByRole('textbox', { name: 'Password' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(dialog()).toHaveCount(0)
  await expect(pane).toContainText('No password and no cached log-in are kept')
})

test('the default pace is a careful one: what was sent counts against it, and what is over it waits and says until when', async () => {
  await office.api('settings.set', { pace: paceSchema.parse({}) })
  await office.sandbox(`robots/${serialNo}`, { state: 'online', reason: '', limits: [] })
  await expect(row('小雅客服')).toContainText('Online')
  const pane = page.getByRole('complementary', { name: 'Robot details' })
  for (const [field, value] of [
    ['Messages a minute', '20'],
    ['Messages a day', '600'],
    ['Least gap, seconds', '1'],
    ['Friend requests a day', '20'],
  ] as const) {
    await expect(pane.getByRole('textbox', { name: field })).toHaveAccessibleDescription(`Default ${value}`)
  }
  const { id: robotId, today } = await ours()
  const sent = today?.sent ?? 0
  const { items: friends } = await office.api('friends.list', { robotId })
  const peer = { kind: 'friend' as const, id: friends[0]!.id }
  const say = (content: string) => office.api('messages.send', { robotId, peer, type: 'text', content })
  await say('one')
  await expect(row('小雅客服')).toContainText(`${sent + 1} / 600`)
  await office.api('robots.update', { id: robotId, pace: { perDay: sent + 1 } })
  await say('two')
  await expect(row('小雅客服')).toContainText(`${sent + 1} / ${sent + 1}`)
  await expect(pane.getByRole('status').first()).toContainText(
    /Today’s limit of messages is reached; goes on after .*messages waiting: 1/,
  )
  const inbox = await context.newPage()
  await inbox.goto(new URL(`/inbox/${robotId}/friend/${encodeURIComponent(peer.id)}`, page.url()).href)
  await expect(inbox.getByRole('status').filter({ hasText: /Today’s limit .* goes on after/ })).toBeVisible()
  await inbox.close()
  await office.api('robots.update', { id: robotId, pace: null })
  await expect(row('小雅客服')).toContainText(`${sent + 2} / 600`)
  await page.keyboard.press('Escape')
  await expect(pane).toHaveCount(0)
})

test('a hundred robots are listed at once, and one of them is found by its number', async () => {
  const { items } = await office.api('connections.list', {})
  const serialNos = Array.from({ length: 100 }, (_, index) => String(7_300_000_000_000_000 + index))
  await office.api('robots.addMany', { connectionId: items[0]!.id, serialNos })
  const rows = page.getByRole('table', { name: 'Robots' }).locator('tbody').getByRole('row')
  await expect.poll(() => rows.count()).toBeGreaterThan(100)
  await page.getByRole('textbox', { name: 'Find by name or number' }).fill('0000000099')
  await expect(rows).toHaveCount(1)
  await expect(rows).toContainText('7300000000000099')
  await page.getByRole('textbox', { name: 'Find by name or number' }).fill('')
})

test('a list that cannot be loaded says so, and is there when it is asked for again', async () => {
  let isFailing = true
  const error = { code: 'storage-failed', message: 'The data cannot be read', hint: 'Look at the disk' }
  const failing = await context.newPage()
  await failing.routeWebSocket(/\/ws$/, (socket) => {
    const server = socket.connectToServer()
    socket.onMessage((text) => {
      const frame = JSON.parse(text.toString()) as { type: string; id: number; entry?: string }
      const fails = isFailing && frame.entry === 'robots.list'
      if (fails) socket.send(JSON.stringify({ type: 'error', id: frame.id, ok: false, error }))
      else server.send(text)
    })
  })
  await failing.goto(new URL('/robots', page.url()).href)
  await expect(failing.getByRole('alert')).toBeVisible()
  await expect(failing.getByRole('table', { name: 'Robots' })).toHaveCount(0)
  isFailing = false
  await failing.getByRole('button', { name: 'Try again' }).click()
  // Everything is loaded anew, and a hundred rows are drawn: on a busy machine that takes its time.
  await expect(failing.getByRole('table', { name: 'Robots' }).getByRole('row').nth(1)).toBeVisible({ timeout: 40_000 })
  await failing.close()
})
