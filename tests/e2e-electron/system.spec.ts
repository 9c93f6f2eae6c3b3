/** What the desktop application shows beside its window, and what it writes down; read on the stand-in for Electron. */
import { expect, test } from '@playwright/test'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canary, findCanaries, keyCanaries } from '../support/canaries.ts'
import { startOnStandIn, type RunningDesktop } from '../support/desktop-driver.ts'
import { callFromPage as call } from './bridge.ts'

let dataDir: string
let desktop: RunningDesktop | undefined

test.beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'switchboard-system-'))
})
test.afterEach(async () => {
  await desktop?.kill()
  desktop = undefined
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
})

test('tray and notifications tell of robots; locked, of nobody; and no secret is in the log or any file', async () => {
  desktop = await startOnStandIn({ dataDir })
  const { page, system } = desktop
  if (!system) throw new Error('the stand-in tells what the system shows')
  const secrets = {
    password: canary('password'),
    lock: canary('lock'),
    wrongLock: canary('wrong-lock'),
    webhook: canary('webhook'),
    cacheInfo: canary('cache-info'),
  }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { id: connectionId, callbackUrl } = await call<{ id: string; callbackUrl: string }>(page, 'connections.save', {
    name: 'C',
    // Nobody listens there: every call fails, and is logged.
    gatewayUrl: 'http://127.0.0.1:1/',
    appId: 'a',
    merchantNo: 'm',
    methodPrefix: 'xx.xx',
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  })
  const { id: robotId } = await call<{ id: string }>(page, 'robots.add', {
    connectionId,
    serialNo: '880001',
    name: '林先生门店',
  })
  let stamp = 1_793_000_000
  const platformSays = async (type: string, data: object): Promise<void> => {
    stamp += 1
    const header = { resultCode: '0', type, nTimeStamp: String(stamp), optvcRobotSerialNo: '880001' }
    const answer = await fetch(callbackUrl, { method: 'POST', body: JSON.stringify({ ...header, data }) })
    expect(answer.status).toBe(200)
  }
  const told = async (): Promise<string[]> => (await system.notifications()).map(({ title }) => title)

  await test.step('a customer writes, the robot is banned', async () => {
    // The operator turns to another program: what the window shows is told beside it.
    await system.command('blur')
    await platformSays('1001', { userId: 'me', cache_info: secrets.cacheInfo })
    await expect.poll(async () => (await system.tray()).image).toMatch(/^tray-calm/)
    await platformSays('1005', { FromUserId: 'u1', Content: '你好', nPlatformMsgType: '10' })
    await expect.poll(() => system.tray()).toMatchObject({ badge: 1, image: expect.stringMatching(/^tray-unread/) })
    await platformSays('1007', { nstate: 2, vcReason: '违规' })
    await expect.poll(told).toContain('林先生门店 is banned')
    const { image, menu, tooltip } = await system.tray()
    expect(image).toMatch(/^tray-attention/)
    expect(menu).toEqual([
      'Unread conversations: 1',
      'Robots: banned 1',
      '林先生门店 is banned',
      'separator',
      'Open Switchboard',
      'Quit Switchboard',
    ])
    expect(tooltip).toContain('林先生门店 is banned')
  })
  await test.step('locked: the window, the tray and what is told name nobody', async () => {
    const given = { username: 'u', password: secrets.password, remember: true }
    await call(page, 'robots.login', { robotId, method: 'password', ...given })
    await call(page, 'watch.set', { webhook: { url: 'http://127.0.0.1:1/', secret: secrets.webhook } })
    await call(page, 'watch.test')
    await call(page, 'lock.set', { next: secrets.lock })
    await call(page, 'lock.close')
    await expect(page.getByRole('main', { name: 'Switchboard is locked' })).toBeVisible()
    await platformSays('1007', { nstate: 0 })
    await expect.poll(told).toContain('Switchboard')
    const shown = await system.tray()
    expect(shown).toMatchObject({ badge: 0, image: expect.stringMatching(/^tray-calm/) })
    expect(shown.menu[0]).toBe('Locked')
    const drawn = await page.evaluate(() => `${document.documentElement.outerHTML} ${document.title}`)
    for (const words of [JSON.stringify(shown), drawn]) expect(words).not.toMatch(/林先生|880001|你好/)
    const last = (await system.notifications()).at(-1)
    expect(JSON.stringify(last)).not.toMatch(/林先生|880001/)
  })
  await test.step('unlocked by the passphrase it is all there again; a click on the tray brings the window', async () => {
    const field = page.getByRole('textbox', { name: 'Passphrase' })
    await field.fill(secrets.wrongLock)
    await page.getByRole('button', { name: 'Unlock' }).click()
    await expect(page.getByRole('alert')).toBeVisible()
    await field.fill(secrets.lock)
    await page.getByRole('button', { name: 'Unlock' }).click()
    await expect.poll(async () => (await system.tray()).badge).toBe(1)
    await system.minimize()
    await system.clickTray()
    await expect.poll(() => desktop?.isVisible()).toBe(true)
  })
  expect(await desktop?.quit()).toBe(0)
  const places = [{ name: 'standard error', bytes: Buffer.from(desktop?.stderr() ?? '') }]
  for (const file of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue
    const path = join(file.parentPath, file.name)
    places.push({ name: path.slice(dataDir.length), bytes: await readFile(path) })
  }
  expect(places.map(({ name }) => name)).toContain(join('/', 'logs', 'desktop.log'))
  expect(findCanaries({ ...secrets, ...keyCanaries('key', privateKey) }, places)).toEqual([])
})
