/**
 * What the desktop application does, whatever runs it: `stand-in.spec.ts` and `real.spec.ts` give this
 * specification an application each. Nothing here knows which.
 */
import { expect, test, type Page } from '@playwright/test'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningDesktop, StartDesktop } from '../support/desktop-driver.ts'
import { callFromPage as call, type BridgeWindow as Window, type Call } from './bridge.ts'

interface Conversation {
  readonly robotId: string
  readonly peer: { readonly kind: string; readonly id: string; readonly name: string }
}

/** Lets a customer of the sandbox write. */
async function customerSays(page: Page, { robotId, peer }: Conversation, text: string): Promise<void> {
  const { sandbox } = await call<{ sandbox: { pageUrl: string } }>(page, 'system.info')
  const robots = await call<{ items: { id: string; serialNo: string }[] }>(page, 'robots.list')
  const { origin, searchParams } = new URL(sandbox.pageUrl)
  const response = await fetch(`${origin}/admin/people/say`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${searchParams.get('token') ?? ''}` },
    body: JSON.stringify({
      robotSerialNo: robots.items.find(({ id }) => id === robotId)?.serialNo,
      userId: peer.id,
      text,
    }),
  })
  expect(response.ok, await response.clone().text()).toBe(true)
}

/** A server that no page of ours may ever reach; it counts who tries. */
async function openTrap(): Promise<{ url: string; hits: string[]; close(): void }> {
  const hits: string[] = []
  const server = createServer((request, response) => {
    hits.push(request.url ?? '')
    response.end('<h1>elsewhere</h1>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    hits,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Declares the tests. */
export function describeDesktop(start: StartDesktop): void {
  let dataDir: string
  let desktop: RunningDesktop | undefined

  test.beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'switchboard-desktop-'))
  })
  test.afterEach(async () => {
    await desktop?.kill()
    desktop = undefined
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })
  const open = async (): Promise<Page> => {
    desktop = await start({ dataDir })
    return desktop.page
  }

  test('from the first start to an answer that arrived, and still there at the second', async () => {
    test.setTimeout(120_000)
    let page = await open()
    const question = '你好，这是现在写的一句话'
    const reply = `有货，今天就发 ${Date.now()}`
    let conversation: Conversation | undefined

    await test.step('the first start offers the sandbox; one click', async () => {
      await expect.poll(() => desktop?.isVisible()).toBe(true)
      await page.getByRole('button', { name: 'Start the sandbox' }).click()
      await expect(page.getByRole('navigation', { name: 'Robots' })).toBeVisible({ timeout: 30_000 })
      // Lists keep their order beneath the pointer.
      await page.mouse.move(1000, 500)
    })
    await test.step('customers write first', async () => {
      const list = () => call<{ items: Conversation[] }>(page, 'conversations.list')
      const friends = async () => (await list()).items.filter(({ peer }) => peer.kind === 'friend')
      await expect.poll(async () => (await friends()).length, { timeout: 30_000 }).toBeGreaterThan(0)
      conversation = (await friends())[0]
    })
    await test.step('what a customer writes appears by itself', async () => {
      await customerSays(page, conversation!, question)
      const row = page.getByRole('region', { name: 'Conversations' }).getByText(question)
      await expect(row).toBeVisible({ timeout: 15_000 })
      await row.click()
      await expect(page.getByRole('region', { name: 'Messages' }).getByText(question)).toBeVisible()
    })
    await test.step('the answer is sent and confirmed', async () => {
      const composer = page.getByRole('textbox', { name: /^Message to / })
      await composer.fill(reply)
      await composer.press('Enter')
      const messages = page.getByRole('region', { name: 'Messages' })
      await expect(messages.getByText(reply)).toBeVisible()
      const { robotId, peer } = conversation!
      const mine = async () => {
        const { items } = await call<{ items: { content: string; status: string }[] }>(page, 'messages.page', {
          robotId,
          peer: { kind: peer.kind, id: peer.id },
        })
        return items.find(({ content }) => content === reply)?.status
      }
      await expect.poll(mine, { timeout: 20_000 }).toBe('done')
      await expect(messages.getByText('Confirmed').last()).toBeVisible()
    })
    await test.step('it quits cleanly', async () => {
      expect(await desktop?.quit()).toBe(0)
      expect(desktop?.stderr()).toContain('"msg":"stopped"')
      expect(desktop?.stderr()).not.toMatch(/"level":(50|60)/)
    })
    await test.step('the second start shows the history', async () => {
      await desktop?.kill()
      page = await open()
      const list = page.getByRole('region', { name: 'Conversations' })
      await expect(list.getByRole('listitem').first().or(list.getByRole('option').first())).toBeVisible({
        timeout: 15_000,
      })
      const { robotId, peer } = conversation!
      const { items } = await call<{ items: { content: string }[] }>(page, 'messages.page', {
        robotId,
        peer: { kind: peer.kind, id: peer.id },
      })
      expect(items.map(({ content }) => content)).toEqual(expect.arrayContaining([question, reply]))
      await list.getByText(peer.name, { exact: true }).first().click()
      await expect(page.getByRole('region', { name: 'Messages' }).getByText(reply)).toBeVisible()
    })
  })

  test('the page has the bridge and nothing else of the host', async () => {
    const page = await open()
    const found = await page.evaluate(() => {
      const world = globalThis as unknown as Record<string, unknown> & { switchboard: Window['switchboard'] }
      const before = world.switchboard
      try {
        Object.assign(world, { switchboard: 'replaced' })
      } catch {
        // Strict code is told; what counts is that it is still there.
      }
      return {
        host: world.switchboard.host,
        isSame: world.switchboard === before,
        isFrozen: Object.isFrozen(before),
        names: Object.keys(before).sort(),
        others: [
          'require',
          'process',
          'module',
          'exports',
          'Buffer',
          'global',
          'ipcRenderer',
          'electron',
          '__dirname',
        ].filter((name) => name in globalThis),
      }
    })
    expect(found).toEqual({
      host: 'desktop',
      isSame: true,
      isFrozen: true,
      names: ['call', 'desktop', 'host', 'onEvents', 'onLink', 'setLocale'],
      others: [],
    })
    const hostile = await page.evaluate(async () => {
      const { switchboard } = globalThis as unknown as Window
      return Promise.all([
        switchboard.call('__proto__', {}),
        switchboard.call('messages.page', { robotId: 1 }),
        switchboard.call('no.such', {}),
      ])
    })
    expect(hostile.map(({ error }) => error?.code)).toEqual(['unknown-entry', 'invalid-input', 'unknown-entry'])
  })

  test('the page cannot leave, open windows, or reach anything outside', async () => {
    const page = await open()
    const trap = await openTrap()
    try {
      await page.getByRole('button', { name: 'Start the sandbox' }).waitFor()
      const home = page.url()
      await page.evaluate((url) => {
        const violations: string[] = []
        Object.assign(globalThis, { violations })
        document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective))
        window.open(`${url}/window`)
        window.open(`${url}/opener`, '_blank', 'noopener')
        const add = (name: string, attributes: Record<string, string>): HTMLElement => {
          const element = Object.assign(document.createElement(name), attributes)
          document.body.append(element)
          return element
        }
        add('img', { src: `${url}/picture.png` })
        add('iframe', { src: `${url}/frame` })
        add('script', { src: `${url}/script.js` })
        add('script', { textContent: 'globalThis.inline = true' })
        add('link', { rel: 'stylesheet', href: `${url}/style.css` })
        add('object', { data: `${url}/object` })
        fetch(`${url}/fetch`).catch(() => {})
        navigator.sendBeacon(`${url}/beacon`)
        new WebSocket(`${url.replace('http', 'ws')}/socket`)
      }, trap.url)
      await page.evaluate((url) => {
        const link = Object.assign(document.createElement('a'), { href: `${url}/blank`, target: '_blank' })
        document.body.append(link)
        link.click()
      }, trap.url)
      await page.evaluate((url) => {
        location.href = `${url}/navigation`
      }, trap.url)
      await page.waitForTimeout(1000)
      await page.evaluate((url) => {
        const form = Object.assign(document.createElement('form'), { action: `${url}/form`, method: 'post' })
        document.body.append(form)
        form.submit()
      }, trap.url)
      await page.waitForTimeout(1000)

      expect(trap.hits).toEqual([])
      expect(page.url()).toBe(home)
      await expect.poll(() => desktop?.countPages()).toBe(1)
      const violations = await page.evaluate(() => (globalThis as unknown as { violations: string[] }).violations)
      expect(violations).toEqual(expect.arrayContaining(['img-src', 'connect-src', 'frame-src', 'form-action']))
      expect(await page.evaluate(() => 'inline' in globalThis)).toBe(false)
      expect((await call<{ host: string }>(page, 'system.info')).host).toBe('desktop')
      expect(desktop?.stderr()).toContain('opening a window was denied')
    } finally {
      trap.close()
    }
  })

  test('the page gets no permission but those it needs', async () => {
    const page = await open()
    const states = await page.evaluate(async () => {
      const names = ['geolocation', 'camera', 'microphone', 'midi', 'notifications'] as PermissionName[]
      const found = await Promise.all(names.map((name) => navigator.permissions.query({ name })))
      return Object.fromEntries(found.map(({ state }, index) => [names[index], state]))
    })
    expect(states).toEqual({
      geolocation: 'denied',
      camera: 'denied',
      microphone: 'denied',
      midi: 'denied',
      // The host tells; the page itself need not.
      notifications: 'denied',
    })
  })

  test('no other frame or origin is heard over IPC', async () => {
    await open()
    const channel = 'switchboard:call'
    const payload = { entry: 'system.info', input: {}, locale: 'en' }
    const refused = { ok: false, error: { code: 'forbidden' } }
    for (const sender of [
      { url: 'https://evil.example/', isTop: true },
      { url: 'app://evil/', isTop: true },
      { url: 'app://switchboard/', isTop: false },
      { url: 'about:blank', isTop: true },
    ]) {
      expect(await desktop?.invokeAs({ channel, payload, ...sender })).toMatchObject(refused)
    }
    expect(await desktop?.invokeAs({ channel, payload, url: 'app://switchboard/', isTop: true })).toMatchObject({
      ok: true,
    })
    const hello = {
      channel: 'switchboard:hello',
      payload: { contractVersion: 0, locale: 'en' },
      url: 'app://switchboard/',
      isTop: true,
    }
    expect(await desktop?.invokeAs(hello)).toMatchObject({ accepted: false, error: { code: 'contract-version' } })
  })

  test('after a reload the page is served as before', async () => {
    const page = await open()
    for (let reload = 0; reload < 3; reload += 1) await page.reload()
    expect((await call<{ host: string }>(page, 'system.info')).host).toBe('desktop')
    await call(page, 'settings.set', { theme: 'dark' })
    const seen = await page.evaluate(
      () =>
        new Promise((resolve) => {
          interface Bridge {
            onEvents(listener: (events: { event: string; data: { theme?: string } }[]) => void): () => void
            call: Call
          }
          const { switchboard } = globalThis as unknown as { switchboard: Bridge }
          const themes: unknown[] = []
          switchboard.onEvents((events) => {
            for (const { event, data } of events) if (event === 'settings.changed') themes.push(data.theme)
          })
          void switchboard.call('settings.set', { theme: 'light' })
          setTimeout(resolve, 500, themes)
        }),
    )
    expect(seen).toEqual(['light'])
  })

  test('closing the window asks once, and then goes on in the tray or ends', async () => {
    test.skip(process.platform === 'darwin', 'on macOS it stays, as is usual there')
    await open()
    await expect.poll(() => desktop?.isVisible()).toBe(true)
    await desktop?.answerNext(0)
    await desktop?.closeWindow()
    await expect.poll(() => desktop?.isVisible()).toBe(false)
    // It was asked: from now on it hides by itself. A second start brings it back.
    await desktop?.startAgain([])
    await expect.poll(() => desktop?.isVisible()).toBe(true)
    await desktop?.closeWindow()
    await expect.poll(() => desktop?.isVisible()).toBe(false)
    expect(await desktop?.quit()).toBe(0)
  })

  test('whoever chose to quit ends it by closing the window', async () => {
    test.skip(process.platform === 'darwin', 'on macOS it stays, as is usual there')
    await open()
    await desktop?.answerNext(1)
    await desktop?.closeWindow()
    expect(await desktop?.exited).toBe(0)
    expect(desktop?.stderr()).toContain('"msg":"stopped"')
  })

  test('a link of ours opens its conversation, in the running application and at its start; others open nothing', async () => {
    test.setTimeout(120_000)
    let page = await open()
    await page.getByRole('button', { name: 'Start the sandbox' }).click()
    const friends = async (): Promise<Conversation[]> => {
      const { items } = await call<{ items: Conversation[] }>(page, 'conversations.list')
      return items.filter(({ peer }) => peer.kind === 'friend')
    }
    await expect.poll(async () => (await friends()).length, { timeout: 60_000 }).toBeGreaterThan(1)
    const [one, two] = await friends()
    const linkTo = ({ robotId, peer }: Conversation): string =>
      `switchboard://conversation/${robotId}/friend/${encodeURIComponent(peer.id)}`
    const headOf = ({ peer }: Conversation) => page.getByRole('textbox', { name: `Message to ${peer.name}` })

    expect(await desktop?.startAgain([linkTo(one!)])).toBe(0)
    await expect(headOf(one!)).toBeVisible()
    for (const other of ['switchboard://conversation/8/friend/', 'switchboard://lock/open', 'https://evil.example/']) {
      await desktop?.startAgain([other])
    }
    await expect(headOf(one!)).toBeVisible()
    expect(await desktop?.quit()).toBe(0)
    await desktop?.kill()

    desktop = await start({ dataDir, args: [linkTo(two!)] })
    page = desktop.page
    await expect(headOf(two!)).toBeVisible({ timeout: 20_000 })
  })

  test('a page that ends by itself is there again, where it was', async () => {
    const page = await open()
    await page.getByRole('button', { name: 'Start the sandbox' }).waitFor()
    await page.evaluate(() => {
      history.pushState({}, '', '/settings')
      dispatchEvent(new PopStateEvent('popstate', { state: {} }))
    })
    await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible()
    const next = await desktop!.crash()
    await expect(next.getByRole('heading', { name: 'Settings' })).toBeVisible({ timeout: 20_000 })
    expect(desktop?.stderr()).toContain('the window’s process ended')
    expect((await call<{ host: string }>(next, 'system.info')).host).toBe('desktop')
  })

  test('a page that answers nothing is loaded again, where it was', async () => {
    test.setTimeout(150_000)
    const page = await open()
    await page.getByRole('button', { name: 'Start the sandbox' }).waitFor()
    await page.evaluate(() => {
      history.pushState({}, '', '/settings')
      dispatchEvent(new PopStateEvent('popstate', { state: {} }))
    })
    await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible()
    const next = await desktop!.hang()
    await expect(next.getByRole('heading', { name: 'Settings' })).toBeVisible({ timeout: 20_000 })
    expect(desktop?.stderr()).toContain('the window answered nothing and is loaded again')
  })
}
