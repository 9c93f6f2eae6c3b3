/** What the desktop application shows beside its window, and what it writes down; read on the stand-in for Electron. */
import { expect, test } from '@playwright/test'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { unzipSync } from 'fflate'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findings } from '../support/accessibility.ts'
import { canary, findCanaries, keyCanaries } from '../support/canaries.ts'
import { startOnStandIn, type RunningDesktop } from '../support/desktop-driver.ts'
import { callFromPage as call } from './bridge.ts'

interface Host {
  readonly switchboard: { readonly desktop: { call(entry: string, input: object): Promise<{ result: object }> } }
}

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

test('a customer who writes calls through the system, and a click leads to what they wrote', async () => {
  desktop = await startOnStandIn({ dataDir })
  const { page, system } = desktop
  if (!system) throw new Error('the stand-in tells what the system shows')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { id: connectionId, callbackUrl } = await call<{ id: string; callbackUrl: string }>(page, 'connections.save', {
    ...{ name: 'C', gatewayUrl: 'http://127.0.0.1:1/', appId: 'a', merchantNo: 'm', methodPrefix: 'xx.xx' },
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  })
  const robot = { connectionId, serialNo: '880001', name: '门店' }
  const { id: robotId } = await call<{ id: string }>(page, 'robots.add', robot)
  let stamp = Math.floor(Date.now() / 1000)
  const says = async (userId: string, text: string): Promise<void> => {
    stamp += 1
    const header = { resultCode: '0', type: '1005', nTimeStamp: String(stamp), optvcRobotSerialNo: '880001' }
    const data = { FromUserId: userId, Content: text, nPlatformMsgType: '10' }
    const answer = await fetch(callbackUrl, { method: 'POST', body: JSON.stringify({ ...header, data }) })
    expect(answer.status).toBe(200)
  }
  const shown = async () => (await system.notifications()).filter(({ isShown }) => isShown)
  const bodies = async (): Promise<string[]> => (await shown()).map(({ body }) => body)
  const place = (userId: string) => ({ robotId, peer: { kind: 'friend', id: userId } })
  const window = async () => ((await system.command('windows')) as { flashes: boolean; isFocused: boolean }[])[0]

  await test.step('also while the window is hidden; the next one of the same takes its place', async () => {
    await desktop?.answerNext(0)
    await desktop?.closeWindow()
    await expect.poll(() => desktop?.isVisible()).toBe(false)
    await says('u1', '第一句')
    await expect.poll(bodies).toEqual(['第一句'])
    await says('u1', '第二句')
    await expect.poll(bodies).toEqual(['第二句'])
    expect((await window())?.flashes).toBe(true)
  })
  await test.step('a click brings the window back, on that conversation', async () => {
    const [{ title = '' } = {}] = await shown()
    expect(title).toContain('门店')
    await system.command('pressNotification', title)
    await expect(page.getByRole('region', { name: 'Messages' }).getByText('第二句', { exact: true })).toBeVisible()
    expect(await window()).toMatchObject({ isFocused: true, flashes: false })
    // It has been read: nothing of it is left to be told.
    await expect.poll(bodies).toEqual([])
  })
  await test.step('the one that is looked at does not call, others do', async () => {
    await says('u1', '第三句')
    await expect(page.getByRole('region', { name: 'Messages' }).getByText('第三句', { exact: true })).toBeVisible()
    await says('u2', '别人的话')
    await expect.poll(bodies).toEqual(['别人的话'])
    await system.command('blur')
    await says('u1', '第四句')
    await expect.poll(bodies).toEqual(['别人的话', '第四句'])
  })
  await test.step('the rules hold: muted, and without words', async () => {
    await call(page, 'conversations.update', { ...place('u2'), muted: true })
    await call(page, 'settings.set', { notificationPreview: false })
    await says('u2', '静音')
    await says('u3', '不给看')
    await expect
      .poll(async () => (await shown()).at(-1))
      .toMatchObject({ title: 'New message for 门店', body: 'Open it to read' })
    expect(JSON.stringify(await system.notifications())).not.toMatch(/静音|不给看/)
  })
})

test('the menu leads to the report of a problem, which can be looked at and saved', async () => {
  desktop = await startOnStandIn({ dataDir })
  const { page, system } = desktop
  await page.getByRole('button', { name: 'Start the sandbox' }).waitFor()
  await system?.command('chooseMenu', 'Report a Problem…')
  await page.getByRole('button', { name: 'Collect…' }).click()
  const dialog = page.getByRole('dialog', { name: 'What the report holds' })
  await expect(dialog.getByRole('region', { name: 'Content of system.json' })).toContainText('"host": "desktop"')
  await dialog.getByRole('radio', { name: 'log.txt' }).check({ force: true })
  await expect(dialog.getByRole('region', { name: 'Content of log.txt' })).toContainText('"msg":"started"')
  const saving = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Save as zip' }).click()
  const file = await (await saving).path()
  const files = unzipSync(await readFile(file))
  expect(Object.keys(files)).toEqual(['system.json', 'settings.json', 'health.json', 'log.txt'])
  await dialog.getByRole('button', { name: 'Close' }).last().click()
})

test('an update is shown as it goes, with what was written about it as plain text', async () => {
  desktop = await startOnStandIn({ dataDir })
  const { page, system } = desktop
  if (!system) throw new Error('the stand-in tells what the system shows')
  await page.getByRole('button', { name: 'Start the sandbox' }).waitFor()
  await system.command('chooseMenu', 'Report a Problem…')
  const section = page.getByRole('region', { name: 'Updates' })
  await expect(section).toContainText('This copy does not update itself')

  const nothing = {
    step: 'idle',
    version: null,
    notes: '',
    percent: null,
    waits: null,
    waitedInVain: false,
    problem: null,
    checkedAt: null,
  }
  const become = async (update: object): Promise<void> => {
    const ours = await page.evaluate(() => (globalThis as never as Host).switchboard.desktop.call('desktop.get', {}))
    const data = { ...ours.result, update: { ...nothing, ...update } }
    await system.command('send', { channel: 'switchboard:desktop-event', payload: { event: 'desktop.changed', data } })
  }
  const now = section.getByRole('status')
  await become({})
  await expect(now).toHaveText('Not looked for yet')
  await expect(section.getByRole('button', { name: 'Look now' })).toBeEnabled()
  await become({ step: 'downloading', version: '1.1.0', percent: 40 })
  await expect(now).toHaveText('Downloading 1.1.0 (40%)')
  await expect(section.getByRole('button', { name: 'Look now' })).toBeDisabled()
  await become({
    step: 'ready',
    version: '1.1.0',
    notes: 'Fixed <img src=x onerror=alert(1)>',
    checkedAt: 1_793_000_000_000,
  })
  await expect(now).toHaveText('1.1.0 is ready. It is also installed when you quit.')
  await expect(section.getByText('Fixed <img src=x onerror=alert(1)>')).toBeVisible()
  await expect(section.getByRole('button', { name: 'Install now and restart' })).toBeEnabled()
  expect(await findings(page)).toEqual([])
  await become({ step: 'installing', version: '1.1.0', waits: { tasks: 2, until: 1_793_000_000_000 } })
  await expect(now).toContainText('Waits until 2 tasks are sent, no longer than until')
  expect(await findings(page)).toEqual([])
  // It can be called off as long as it waits, and no longer.
  await section.getByRole('button', { name: 'Not now' }).click()
  await become({ step: 'installing', version: '1.1.0' })
  await expect(section.getByRole('button', { name: 'Not now' })).toHaveCount(0)
  await expect(section.getByRole('button', { name: 'Look now' })).toBeDisabled()
  await become({ step: 'ready', version: '1.1.0', waitedInVain: true })
  await expect(now).toContainText('It was not installed: something was still being sent')
  await expect(section.getByRole('button', { name: 'Try again' })).toBeEnabled()
  await become({ step: 'failed', problem: 'sha512 checksum mismatch' })
  await expect(section).toContainText('sha512 checksum mismatch')
})

test('the settings of this computer change what the system does, and are kept', async () => {
  test.setTimeout(120_000)
  desktop = await startOnStandIn({
    dataDir,
    env: { XDG_CONFIG_HOME: join(dataDir, 'xdg'), STAND_IN_TAKEN_KEYS: 'Alt+T' },
  })
  const { system } = desktop
  let { page } = desktop
  if (!system) throw new Error('the stand-in tells what the system shows')
  const autostart = join(dataDir, 'xdg/autostart/switchboard.desktop')
  const section = () => page.getByRole('region', { name: 'This computer' })
  const choice = (label: string, value: string) =>
    section().getByRole('radiogroup', { name: label }).getByRole('radio', { name: value, exact: true })
  await page.getByRole('button', { name: 'Start the sandbox' }).waitFor()
  await system.command('chooseMenu', 'Report a Problem…')

  await test.step('closing, minimising and the start with the session', async () => {
    await choice('Closing the window', 'Keep running in the tray').check({ force: true })
    await choice('Minimise to the tray', 'Yes').check({ force: true })
    await choice('Start at log-in', 'Yes').check({ force: true })
    if (process.platform === 'linux') {
      await expect.poll(() => readFile(autostart, 'utf8').catch(() => '')).toContain('"--hidden"')
      await choice('Start in the tray', 'No').check({ force: true })
      await expect.poll(() => readFile(autostart, 'utf8')).not.toContain('"--hidden"')
    }
    await system.minimize()
    await expect.poll(() => desktop?.isVisible()).toBe(false)
    await system.clickTray()
    await expect.poll(() => desktop?.isVisible()).toBe(true)
    await desktop?.closeWindow()
    await expect.poll(() => desktop?.isVisible()).toBe(false)
    expect(await system.command('questions')).toEqual([])
  })
  await test.step('keys show the window from anywhere; taken ones are told', async () => {
    const field = section().getByRole('textbox', { name: 'Keys that show the window' })
    await section().getByRole('button', { name: 'Set' }).click()
    await field.press('Alt+t')
    await expect(section().getByRole('alert')).toHaveText(/Another program has these keys/)
    await section().getByRole('button', { name: 'Set' }).click()
    await field.press('Control+Shift+k')
    await expect(field).toHaveValue('Ctrl+Shift+K')
    await expect(section().getByRole('alert')).toHaveCount(0)
    expect(await system.command('pressKeys', 'Control+Shift+K')).toBe(true)
    await expect.poll(() => desktop?.isVisible()).toBe(true)
  })
  await test.step('a proxy that is none is refused with a sentence', async () => {
    await choice('Proxy to the platform', 'This one').check({ force: true })
    const server = section().getByRole('textbox', { name: 'Proxy server' })
    await server.fill('proxy')
    await server.press('Tab')
    await expect(section().getByRole('alert')).toHaveText(/server with its port/)
    expect(await findings(page)).toEqual([])
    await server.fill('127.0.0.1:9')
    await server.press('Tab')
    await expect(section().getByRole('alert')).toHaveCount(0)
  })
  await test.step('all of it is there at the next start', async () => {
    await system.command('setZoom', 2)
    expect(await desktop?.quit()).toBe(0)
    await desktop?.kill()
    desktop = await startOnStandIn({ dataDir, args: ['--hidden'], env: { XDG_CONFIG_HOME: join(dataDir, 'xdg') } })
    page = desktop.page
    await expect.poll(() => desktop?.stderr()).toContain('"msg":"started"')
    expect(await desktop.isVisible()).toBe(false)
    await desktop.system?.command('chooseMenu', 'Report a Problem…')
    await expect.poll(() => desktop?.isVisible()).toBe(true)
    await expect(choice('Closing the window', 'Keep running in the tray')).toBeChecked()
    await expect(choice('Proxy to the platform', 'This one')).toBeChecked()
    expect(await desktop.system?.command('pressKeys', 'Control+Shift+K')).toBe(true)
    await expect.poll(async () => ((await desktop?.system?.command('windows')) as { zoom: number }[])[0]?.zoom).toBe(2)
  })
})
