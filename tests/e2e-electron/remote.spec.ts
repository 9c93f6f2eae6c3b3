/** The desktop application as a window on a server; on the stand-in for Electron, against a real headless host. */
import { expect, test, type Page } from '@playwright/test'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { picturePieceBytes } from '#shared/contract/entries/pictures.ts'
import { findings } from '../support/accessibility.ts'
import { findCanaries } from '../support/canaries.ts'
import { startOnStandIn, type RunningDesktop } from '../support/desktop-driver.ts'
import { type HostProcess, startHost } from '../support/headless-host.ts'
import { largeGif, pictureFile } from '../support/pictures.ts'
import { callFromPage as call } from './bridge.ts'

interface DesktopWindow {
  readonly switchboard: { readonly desktop: { call(entry: string, input: object): Promise<unknown> } }
}

let folder: string
let desktop: RunningDesktop | undefined
let host: HostProcess | undefined

test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-window-'))
})
test.afterEach(async () => {
  await desktop?.kill()
  host?.child.kill('SIGKILL')
  await host?.ended
  desktop = host = undefined
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
})

const dataDir = (): string => join(folder, 'desk')
// As a header can carry it.
const token = 'Kanari-server-token-0123456789'

async function startServer(port?: string, its = token): Promise<URL> {
  const kept = port === undefined ? [] : ['--port', port]
  host = startHost(['--data', join(folder, 'server'), '--token', its, ...kept])
  return new URL((await host.ready).url)
}

async function ask<Result>(server: URL, entry: string, input: object): Promise<Result> {
  const reply = await fetch(new URL(`/api/${entry}`, server), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })
  const answer = (await reply.json()) as { ok: boolean; result: Result }
  expect(answer, entry).toMatchObject({ ok: true })
  return answer.result
}

async function addRobot(server: URL): Promise<void> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { id: connectionId } = await ask<{ id: string }>(server, 'connections.save', {
    name: 'C',
    gatewayUrl: 'http://127.0.0.1:1/',
    appId: 'a',
    merchantNo: 'm',
    methodPrefix: 'xx.xx',
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  })
  await ask(server, 'robots.add', { connectionId, serialNo: '880001', name: '林先生门店' })
}

/** Has the desktop use a server from its next start on, and ends it. */
async function useServer(server: URL): Promise<void> {
  const own = await startOnStandIn({ dataDir: dataDir() })
  desktop = own
  await own.page.getByRole('button', { name: 'Start the sandbox' }).waitFor()
  await own.page.evaluate(
    (choice) => (globalThis as unknown as DesktopWindow).switchboard.desktop.call('server.use', choice),
    { address: server.origin, token, authority: '' },
  )
  expect(await own.quit()).toBe(0)
  await own.kill()
}

const section = (page: Page) => page.getByRole('region', { name: 'Connect to a server' })

test('a desktop that is a window on a server shows its robots, says when it is away, and goes back to its own data', async () => {
  test.setTimeout(120_000)
  const server = await startServer()
  await addRobot(server)

  await test.step('the server is tried and kept; its token is in no file', async () => {
    desktop = await startOnStandIn({ dataDir: dataDir() })
    const { page, system } = desktop
    await page.getByRole('button', { name: 'Start the sandbox' }).waitFor()
    await system?.command('chooseMenu', 'Report a Problem…')
    await section(page).getByLabel('Address of the server').fill(server.origin)
    await section(page).getByLabel('Token', { exact: true }).fill('another')
    await section(page).getByRole('button', { name: 'Try it' }).click()
    await expect(section(page).getByRole('alert')).toContainText('does not accept the token')
    await section(page).getByLabel('Token', { exact: true }).fill(token)
    await section(page).getByRole('button', { name: 'Use this server' }).click()
    await expect(section(page).getByText(`From the next start on it uses the server ${server.origin}`)).toBeVisible()
    expect(await findings(page)).toEqual([])
    await section(page).getByRole('button', { name: 'Restart now' }).click()
    expect(await desktop.exited).toBe(0)
    expect(desktop.stderr()).toContain('relaunch {')
    await desktop.kill()
    const places = [{ name: 'standard error', bytes: Buffer.from(desktop.stderr()) }]
    for (const file of await readdir(dataDir(), { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue
      const path = join(file.parentPath, file.name)
      places.push({ name: path.slice(dataDir().length), bytes: await readFile(path) })
    }
    expect(places.map(({ name }) => name)).toContain(join('/', 'desktop', 'server.sealed'))
    expect(findCanaries({ token }, places)).toEqual([])
  })
  await test.step('the next start shows the server’s robots, and opens no data of its own', async () => {
    const before = await readFile(join(dataDir(), 'desktop/desktop.json'), 'utf8')
    expect(before).not.toContain(server.host)
    desktop = await startOnStandIn({ dataDir: dataDir() })
    const { page } = desktop
    await expect(page.getByRole('navigation', { name: 'Robots' })).toContainText('林先生门店', { timeout: 30_000 })
    expect(await call(page, 'system.info')).toMatchObject({ host: 'headless' })
    const own = await page.evaluate(() => JSON.stringify(Object.keys(globalThis)) + document.documentElement.outerHTML)
    expect(own).not.toContain(token)
    await expect.poll(async () => (await desktop?.system?.tray())?.menu.join('; ')).toMatch(/Robots/)
  })
  await test.step('what is away comes back', async () => {
    const { page } = desktop!
    host?.child.kill('SIGKILL')
    await host?.ended
    await expect(page.getByRole('status').filter({ hasText: 'Reconnecting' })).toBeVisible()
    await startServer(server.port)
    await expect(page.getByRole('status').filter({ hasText: 'Reconnecting' })).toHaveCount(0, { timeout: 30_000 })
    await expect(page.getByRole('navigation', { name: 'Robots' })).toContainText('林先生门店')
  })
  await test.step('without the server the window opens, says so, and offers the own data', async () => {
    expect(await desktop?.quit()).toBe(0)
    await desktop?.kill()
    host?.child.kill('SIGKILL')
    await host?.ended
    desktop = await startOnStandIn({ dataDir: dataDir() })
    const { page } = desktop
    await expect(page.getByRole('heading', { name: 'The server cannot be used now' })).toBeVisible()
    await expect(page.getByRole('alert')).toContainText(`${server.origin} cannot be reached: it refuses connections`)
    expect(await findings(page)).toEqual([])
    await page.getByRole('button', { name: 'Use this computer’s own data' }).click()
    expect(await desktop.exited).toBe(0)
    await desktop.kill()
    desktop = await startOnStandIn({ dataDir: dataDir() })
    await desktop.page.getByRole('button', { name: 'Start the sandbox' }).waitFor()
    expect(existsSync(join(dataDir(), 'desktop/server.sealed'))).toBe(true)
  })
})

test('a window that is locked when its server goes away, or takes another token, still has the ways back', async () => {
  test.setTimeout(120_000)
  const server = await startServer()
  await addRobot(server)
  await useServer(server)
  desktop = await startOnStandIn({ dataDir: dataDir() })
  const { page } = desktop
  await page.getByRole('navigation', { name: 'Robots' }).waitFor()
  await call(page, 'lock.set', { next: 'open sesame' })
  // The page starts over when it is locked, and has to be told so before the server is gone.
  const startsOver = page.waitForEvent('load')
  await call(page, 'lock.close')
  await startsOver
  const locked = page.getByRole('main', { name: 'Switchboard is locked' })
  await expect(locked).toBeVisible()
  const trouble = locked.getByRole('region', { name: 'The server cannot be used now' })
  await expect(trouble).toHaveCount(0)

  await test.step('away, it says so beside the lock', async () => {
    host?.child.kill('SIGKILL')
    await host?.ended
    await expect(trouble.getByRole('alert')).toContainText('it refuses connections')
    await trouble.getByRole('button', { name: 'Try again' }).click()
    await expect(trouble.getByRole('button', { name: 'Use this computer’s own data' })).toBeVisible()
    await expect(trouble.getByText('locked')).toHaveCount(0)
    expect(await findings(page)).toEqual([])
  })
  await test.step('with another token, that one can be given', async () => {
    const other = `${token}-new`
    await startServer(server.port, other)
    await expect(page.getByRole('heading', { name: 'The server cannot be used now', level: 1 })).toBeVisible({
      timeout: 30_000,
    })
    await page.getByRole('button', { name: 'Another server or token' }).click()
    await page.getByLabel('Token', { exact: true }).fill(other)
    await page.getByRole('button', { name: 'Try it' }).click()
    await expect(page.getByText('The server can be used.')).toBeVisible()
    await page.getByRole('button', { name: 'Use this computer’s own data' }).click()
    expect(await desktop?.exited).toBe(0)
  })
})

test('pictures of a server’s conversations are shown in the window, large ones, too; one that is refused says so', async () => {
  test.setTimeout(120_000)
  const server = await startServer()
  await addRobot(server)
  const robotId = '1'
  const send = async (content: string): Promise<void> => {
    await ask(server, 'messages.send', { robotId, peer: { kind: 'friend', id: 'u1' }, type: 'image', content })
  }
  const upload = async (bytes: Buffer): Promise<string> => {
    const { uploadId } = await ask<{ uploadId: string }>(server, 'pictures.begin', { robotId, bytes: bytes.length })
    for (let offset = 0; offset < bytes.length; offset += picturePieceBytes) {
      const data = bytes.subarray(offset, offset + picturePieceBytes).toString('base64')
      await ask(server, 'pictures.add', { uploadId, offset, data })
    }
    return (await ask<{ link: string }>(server, 'pictures.finish', { uploadId })).link
  }
  await send(await upload(pictureFile('screen.png')))
  await send(await upload(largeGif(9_500_000)))
  // Of the server's own network: its proxy asks for nothing there.
  await send(`${server.origin}/favicon.png`)
  const lost = await upload(pictureFile('still.webp'))
  await send(lost)
  const kept = join(folder, 'server/pictures')
  const [newest = ''] = (await readdir(kept))
    .map((name) => join(kept, name))
    .sort((one, other) => statSync(other).ctimeMs - statSync(one).ctimeMs)
  await rename(newest, join(folder, 'aside'))

  await useServer(server)
  desktop = await startOnStandIn({ dataDir: dataDir(), args: [`switchboard://conversation/${robotId}/friend/u1`] })
  const { page } = desktop
  const shown = page.getByRole('article').getByRole('img', { name: 'Picture that you sent' })
  const sizes = () =>
    shown.evaluateAll((images: HTMLImageElement[]) => images.map(({ naturalWidth }) => naturalWidth).filter(Boolean))
  await expect.poll(sizes, { timeout: 30_000 }).toHaveLength(2)
  await expect(page.getByRole('article').getByText('The picture cannot be shown')).toHaveCount(2)
  expect(await findings(page)).toEqual([])

  await test.step('what could not be had is asked for again when the server was away and is back', async () => {
    await rename(join(folder, 'aside'), newest)
    host?.child.kill('SIGKILL')
    await host?.ended
    await expect(page.getByRole('status').filter({ hasText: 'Reconnecting' })).toBeVisible()
    await startServer(server.port)
    await expect.poll(sizes, { timeout: 30_000 }).toHaveLength(3)
    await expect(page.getByRole('article').getByText('The picture cannot be shown')).toHaveCount(1)
  })
})
