/** The built desktop application's life on the stand-in: starts that fail, second starts, signals. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { StandInProcess } from '../../support/desktop-driver.ts'
import { callAsPage, desktopLife, quit } from '../../support/desktop-life.ts'

// Each test starts an application with a browser, some of them three times.
vi.setConfig({ testTimeout: 120_000 })

const { folder, start, started } = desktopLife()

describe('a start that fails', () => {
  const cannotStart = async (application: StandInProcess, sentence: RegExp): Promise<void> => {
    expect(await application.exited).toBe(1)
    expect(application.dialogs).toHaveLength(1)
    const [dialog] = application.dialogs
    expect(dialog?.content).toMatch(sentence)
    expect(dialog?.content).not.toMatch(/\bat .*:\d+|Error:/)
    expect(application.stderr()).toContain(dialog?.content)
  }

  it('names the data folder that cannot be made', async () => {
    writeFileSync(join(folder(), 'file'), '')
    await cannotStart(
      start(join(folder(), 'file/data')),
      /^The data folder .*file\/data cannot be written: ENOTDIR\. Check/,
    )
  })
  it('says so in Chinese on a Chinese system', async () => {
    writeFileSync(join(folder(), 'file'), '')
    const application = start(join(folder(), 'file/data'), { STAND_IN_LANGUAGES: 'zh-CN' })
    await cannotStart(application, /^数据目录 .*无法写入.*请检查权限/)
    expect(application.dialogs[0]?.title).toBe('总机无法启动')
  })
  it('says that the vault is locked when the key store is another one, and changes nothing', async () => {
    const first = await started()
    expect(await quit(first)).toBe(0)
    const vault = () => readFileSync(join(folder(), 'data/vault.json'), 'utf8')
    const before = vault()
    await cannotStart(
      start(undefined, { STAND_IN_KEY_STORE: 'none' }),
      /^The vault cannot be opened: .*key store.*not there now\. Check/,
    )
    expect(vault()).toBe(before)
    expect(await quit(await started())).toBe(0)
  })
})

describe('a listener’s port that another program has taken', () => {
  it('is said on the screen, while the history can be read', async () => {
    interface Info {
      result: { listener: { port: number }; notices: { code: string; params: object }[] }
    }
    const first = await started()
    const { port } = ((await callAsPage(first, 'system.info')) as Info).result.listener
    await quit(first)
    const holder = await new Promise<Server>((resolve) => {
      const server = createServer().listen(port, '127.0.0.1', () => {
        resolve(server)
      })
    })
    try {
      const second = await started()
      const { notices } = ((await callAsPage(second, 'system.info')) as Info).result
      expect(notices).toMatchObject([{ code: 'port-in-use', params: { port } }])
      expect(await callAsPage(second, 'conversations.list')).toMatchObject({ ok: true })
      expect(await quit(second)).toBe(0)
    } finally {
      holder.close()
    }
  })
})

describe('a second start', () => {
  it('shows the first one’s window and gives way', async () => {
    const first = await started()
    await first.command('minimize')
    const second = start()
    expect(await second.exited).toBe(0)
    expect(second.dialogs).toEqual([])
    await expect
      .poll(async () => (await first.command('windows')) as { isMinimized: boolean }[])
      .toMatchObject([{ isMinimized: false, isVisible: true }])
    expect(await quit(first)).toBe(0)
  })
  it('with another data folder runs beside the first', async () => {
    const first = await started()
    const other = await started(join(folder(), 'other'))
    expect([await quit(first), await quit(other)]).toEqual([0, 0])
  })
})

describe('a start', () => {
  it('opens the window before the engine runs, and takes no links away from an installed one', async () => {
    const application = await started()
    const log = application.stderr()
    expect(log.indexOf('"the window is open"')).toBeGreaterThan(0)
    expect(log.indexOf('"the window is open"')).toBeLessThan(log.indexOf('"msg":"started"'))
    expect(await application.command('told')).toEqual({ login: null, protocols: [] })
    expect(await quit(application)).toBe(0)
  })
  it('that is to be hidden shows nothing until somebody asks', async () => {
    const first = await started(undefined, {}, ['--hidden'])
    expect(await first.command('windows')).toMatchObject([{ isVisible: false }])
    expect(await start(undefined, {}, ['--hidden']).exited).toBe(0)
    await expect.poll(() => first.command('windows')).toMatchObject([{ isVisible: true, isFocused: true }])
    expect(await quit(first)).toBe(0)
  })
})

describe('the machine', () => {
  it('sleeps and wakes, and waits for the end of the application before it goes off', async () => {
    const application = await started()
    await application.command('power', 'suspend')
    await application.command('power', 'resume')
    expect(await callAsPage(application, 'system.info')).toMatchObject({ ok: true })
    expect(await application.command('power', 'shutdown')).toBe(true)
    expect(await application.exited).toBe(0)
    for (const words of ['goes to sleep', 'is awake', 'shuts down', '"msg":"stopped"']) {
      expect(application.stderr()).toContain(words)
    }
    // Closed in order: nothing is left to be gone through at the next start.
    expect(readdirSync(join(folder(), 'data')).filter((name) => name.endsWith('-wal'))).toEqual([])
  })
})

describe('what belongs to this machine', () => {
  it('is neither told nor changed while the application is locked', async () => {
    const application = await started()
    const desktop = (entry: string, input: object = {}) => callAsPage(application, entry, input, 'desktop-call')
    expect(await desktop('desktop.get')).toMatchObject({ ok: true, result: { settings: { onClose: 'ask' } } })
    expect(await desktop('desktop.set', { proxy: { server: 'x' } })).toMatchObject({
      ...{ ok: false, error: { code: 'invalid-input' } },
    })
    expect(await desktop('__proto__')).toMatchObject({ ok: false, error: { code: 'unknown-entry' } })
    expect(await callAsPage(application, 'lock.set', { next: 'a long passphrase' })).toMatchObject({ ok: true })
    expect(await callAsPage(application, 'lock.close')).toMatchObject({ ok: true })
    for (const entry of ['desktop.get', 'desktop.set', 'desktop.arrive', 'desktop.showLogs', 'updates.install']) {
      expect(await desktop(entry), entry).toMatchObject({ ok: false, error: { code: 'locked' } })
    }
    expect(await quit(application)).toBe(0)
  })
  it('shows the log in the file manager', async () => {
    const application = await started()
    await application.command('chooseMenu', 'Show Logs')
    expect(await application.command('shownItems')).toEqual([join(folder(), 'data/logs/desktop.log')])
    expect(readFileSync(join(folder(), 'data/logs/desktop.log'), 'utf8')).toContain('"msg":"started"')
    expect(await quit(application)).toBe(0)
  })
})

describe('its end', () => {
  it.skipIf(process.platform === 'win32')('comes cleanly with a signal', async () => {
    const application = await started()
    application.child.kill('SIGTERM')
    expect(await application.exited).toBe(0)
    expect(application.stderr()).toContain('"msg":"stopped"')
  })
  it('leaves no process behind, nor does that of a killed one', async () => {
    const application = await started()
    expect(await callAsPage(application, 'sandbox.start')).toMatchObject({ ok: true })
    const beneath = (): string[] =>
      spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter((line) => line.includes(join(folder(), 'data')) && line.includes('sandbox.js'))
    if (process.platform === 'linux') expect(beneath()).toHaveLength(1)
    application.child.kill('SIGKILL')
    await application.exited
    if (process.platform === 'linux') await expect.poll(beneath, { timeout: 5000 }).toEqual([])
    expect(await quit(await started())).toBe(0)
    if (process.platform === 'linux') await expect.poll(beneath, { timeout: 5000 }).toEqual([])
  })
})
