/**
 * A hostile web page in a real browser against the running host, in which the operator is signed in: from another
 * port of the same machine (the same site, so the browser sends the cookie along), from another site, and under a
 * name of its own that it lets point to the host (DNS rebinding). And how the operator sees and ends sign-ins.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import { chromiumArgs, findChromium } from '../support/chromium.ts'
import { contactOf, openOffice, write, type Office } from '../support/office.ts'

test.describe.configure({ mode: 'serial', timeout: 180_000 })
test.use({
  launchOptions: {
    executablePath: findChromium(),
    args: [...chromiumArgs(), '--host-resolver-rules=MAP *.evil.example 127.0.0.1'],
  },
})

let office: Office
let context: BrowserContext
let page: Page
let attacker: Server
let attackerPort = 0
let host: URL
/** What the attacker's server was asked for: where a secret would be carried off to. */
const carriedOff: string[] = []

test.beforeAll(async ({ browser }) => {
  test.setTimeout(120_000)
  office = await openOffice()
  await office.openForBusiness()
  host = new URL(office.ready.url)
  attacker = createServer((request, response) => {
    carriedOff.push(request.url ?? '')
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Prize</title><body></body>')
  })
  await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve))
  attackerPort = (attacker.address() as AddressInfo).port
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
  page = await context.newPage()
  await page.goto(office.ready.url)
  await expect(page.getByRole('navigation', { name: 'Sections' })).toBeVisible({ timeout: 60_000 })
})
test.afterAll(async () => {
  await context.close()
  attacker.close()
  await office.close()
})

/** Everything that a page can try against another origin; says what each try got. */
function tryEverything(target: string): Promise<Record<string, string>> {
  const socket = (url: string): Promise<string> =>
    new Promise((resolve) => {
      const opened = new WebSocket(url)
      opened.onmessage = (message) => resolve(`heard ${String(message.data)}`)
      opened.onopen = () => opened.send('{"type":"hello","contractVersion":1,"locale":"en"}')
      opened.onclose = ({ code }) => resolve(`closed ${code}`)
    })
  const element = (name: 'img' | 'script' | 'link', path: string): Promise<string> =>
    new Promise((resolve) => {
      const made = document.createElement(name)
      made.onload = () => resolve('loaded')
      made.onerror = () => resolve('refused')
      if (made instanceof HTMLLinkElement) Object.assign(made, { rel: 'stylesheet', href: target + path })
      else made.src = target + path
      document.body.append(made)
    })
  const ask = async (path: string, options: RequestInit): Promise<string> => {
    try {
      const answer = await fetch(target + path, { credentials: 'include', ...options })
      return `${answer.type} ${answer.status} ${(await answer.text()).slice(0, 40)}`
    } catch {
      return 'refused'
    }
  }
  const body = '{"theme":"dark"}'
  const framed = async (action?: string): Promise<string> => {
    const frame = document.createElement('iframe')
    frame.name = `frame${document.querySelectorAll('iframe').length}`
    if (action === undefined) frame.src = `${target}/inbox`
    document.body.append(frame)
    const loaded = new Promise((resolve) => (frame.onload = resolve))
    if (action !== undefined) {
      const form = document.createElement('form')
      Object.assign(form, { method: 'post', action: target + action, target: frame.name, enctype: 'text/plain' })
      const input = document.createElement('input')
      Object.assign(input, { name: '{"theme":"dark","x":"', value: '"}' })
      form.append(input)
      document.body.append(form)
      form.submit()
    }
    await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, 5000))])
    return `read ${frame.contentDocument?.body.textContent ?? 'nothing'}`
  }
  return (async () => ({
    read: await ask('/', {}),
    api: await ask('/api/robots.list', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
    bearer: await ask('/api/robots.list', { method: 'POST', headers: { authorization: 'Bearer guess' }, body: '{}' }),
    blind: await ask('/api/settings.set', { method: 'POST', mode: 'no-cors', body }),
    blindForm: await ask('/enter', { method: 'POST', mode: 'no-cors', body: new URLSearchParams({ token: 'guess' }) }),
    socket: await socket(`${target.replace('http', 'ws')}/ws`),
    picture: await element('img', '/media?robot=1&url=http%3A%2F%2Fx%2F'),
    script: await element('script', '/assets/index.js'),
    style: await element('link', '/assets/index.css'),
    frame: await framed(),
    form: await framed('/api/settings.set'),
  }))()
}

/* Sent, and its answer withheld even as an opaque one: by Cross-Origin-Resource-Policy. */
const blind = 'refused'
for (const [what, origin] of [
  ['another port of this machine', () => `http://127.0.0.1:${attackerPort}`],
  ['another site', () => `http://shop.evil.example:${attackerPort}`],
] as const) {
  test(`a page from ${what} reads nothing, changes nothing, and can show nothing of the host`, async () => {
    const hostile = await context.newPage()
    await hostile.goto(origin())
    const got = await hostile.evaluate(tryEverything, host.origin)
    test.info().annotations.push({ type: 'got', description: JSON.stringify(got) })
    expect(got).toEqual({
      read: 'refused',
      api: 'refused',
      bearer: 'refused',
      blind,
      blindForm: blind,
      socket: 'closed 1006',
      picture: 'refused',
      script: 'refused',
      style: 'refused',
      frame: 'read nothing',
      form: 'read nothing',
    })
    expect((await office.api('settings.get', {})).theme).toBe('system')
    // A window that it opens shows the host to the operator, and to the page it is closed.
    const opened = context.waitForEvent('page')
    await hostile.evaluate((url) => void Object.assign(window, { opened: window.open(url) }), `${host.origin}/inbox`)
    await (await opened).waitForURL(/\/inbox/)
    await expect
      .poll(() => hostile.evaluate(() => (window as unknown as { opened: Window }).opened.closed), { timeout: 30_000 })
      .toBe(true)
    await (await opened).close()
    await hostile.close()
  })
}

test('a name that is made to point here gets nothing, neither page nor API nor WebSocket', async () => {
  const rebound = `http://rebound.evil.example:${host.port}`
  const hostile = await context.newPage()
  const answer = await hostile.goto(rebound)
  expect([answer?.status(), await hostile.title()]).toEqual([403, ''])
  // To the browser it is now the page's own origin.
  const got = await hostile.evaluate(tryEverything, rebound)
  test.info().annotations.push({ type: 'got', description: JSON.stringify(got) })
  for (const name of ['read', 'api', 'bearer', 'blind', 'blindForm'])
    expect(got[name], name).toMatch(/^(basic|refused)( 403|$)/)
  expect(got).toMatchObject({ socket: 'closed 1006', picture: 'refused', script: 'refused', style: 'refused' })
  expect((await office.api('settings.get', {})).theme).toBe('system')
  await hostile.close()
  // The one-time link does not work under it either, and is not used up by the try.
  expect(carriedOff.join('\n')).not.toContain(office.ready.token)
})

test('the operator’s own page goes on meanwhile', async () => {
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Settings' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
})

test('the settings list who is signed in, and sign out another browser', async ({ browser }) => {
  const elsewhere = await browser.newContext({
    locale: 'en-GB',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  })
  const other = await elsewhere.newPage()
  await other.goto(`${host.origin}/enter`)
  await other.getByLabel('令牌 Token').fill(office.ready.token)
  await other.getByRole('button', { name: '登录 Sign in' }).click()
  await expect(other.getByRole('navigation', { name: 'Sections' })).toBeVisible({ timeout: 60_000 })
  await page.reload()
  const list = page.getByRole('list', { name: 'Signed-in browsers' })
  await expect(list.getByRole('listitem')).toHaveCount(2)
  await expect(list.getByRole('listitem').filter({ hasText: 'Firefox on Linux' })).toContainText('From 127.0.0.1')
  await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
  await expect(list.getByRole('listitem')).toHaveCount(1)
  await expect(other.getByRole('heading', { name: 'Sign in first' })).toBeVisible()
  await elsewhere.close()
})

test('the settings name every work that ships, with its licence', async () => {
  const section = page.getByRole('region', { name: 'Licences' })
  await section.getByText(/^\d+ works$/).click()
  await section.getByText(/^better-sqlite3/).click()
  await expect(section.getByText(/Joshua Wise/)).toBeVisible()
})

test('a link that looks like another is shown with where it leads', async () => {
  const customer = await contactOf(office, '小雅客服', '<b>')
  await write(office, customer, 'see https://bank.example@evil.example/\u202egpj.exe now')
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Inbox' }).click()
  await page.getByRole('link').filter({ hasText: '<b>王</b>' }).click()
  const said = page.getByRole('article').filter({ hasText: 'see https://bank' })
  await expect(said).toContainText('[U+202E]gpj.exe')
  await expect(said).toContainText('(leads to evil.example)')
})

test('who signs the own browser out is out', async () => {
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('button', { name: 'Sign out This browser' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('the token that the host gave')
  await dialog.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in first' })).toBeVisible()
})
