/** The built desktop application's life on the stand-in: starts that fail, second starts, signals, the window's place. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { endProcess, spawnOnStandIn, type StandInProcess } from '../../support/desktop-driver.ts'

// Each test starts an application with a browser, some of them three times.
vi.setConfig({ testTimeout: 120_000 })

let folder: string
const running: StandInProcess[] = []

const start = (dataDir = join(folder, 'data'), env: Record<string, string> = {}): StandInProcess => {
  const application = spawnOnStandIn({ dataDir, env })
  running.push(application)
  return application
}
/** Starts and waits until everything runs. */
async function started(dataDir?: string, env?: Record<string, string>): Promise<StandInProcess> {
  const application = start(dataDir, env)
  await application.endpoint
  await expect.poll(() => application.stderr(), { timeout: 40_000 }).toContain('"msg":"started"')
  return application
}
async function quit(application: StandInProcess): Promise<number | null> {
  // The answer to the command is the end of the process.
  application.command('quit').catch(() => {})
  return application.exited
}

/** Calls an entry as the application's own page does. */
const call = (application: StandInProcess, entry: string): Promise<unknown> =>
  application.command('invokeAs', {
    channel: 'switchboard:call',
    payload: { entry, input: {}, locale: 'en' },
    url: 'app://switchboard/',
    isTop: true,
  })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-life-'))
})
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ child, exited }) => endProcess(child, exited)))
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
})

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
    writeFileSync(join(folder, 'file'), '')
    await cannotStart(
      start(join(folder, 'file/data')),
      /^The data folder .*file\/data cannot be written: ENOTDIR\. Check/,
    )
  })
  it('says so in Chinese on a Chinese system', async () => {
    writeFileSync(join(folder, 'file'), '')
    const application = start(join(folder, 'file/data'), { STAND_IN_LANGUAGES: 'zh-CN' })
    await cannotStart(application, /^数据目录 .*无法写入.*请检查权限/)
    expect(application.dialogs[0]?.title).toBe('总机无法启动')
  })
  it('says that the vault is locked when the key store is another one, and changes nothing', async () => {
    const first = await started()
    expect(await quit(first)).toBe(0)
    const vault = () => readFileSync(join(folder, 'data/vault.json'), 'utf8')
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
    const { port } = ((await call(first, 'system.info')) as Info).result.listener
    await quit(first)
    const holder = await new Promise<Server>((resolve) => {
      const server = createServer().listen(port, '127.0.0.1', () => {
        resolve(server)
      })
    })
    try {
      const second = await started()
      const { notices } = ((await call(second, 'system.info')) as Info).result
      expect(notices).toMatchObject([{ code: 'port-in-use', params: { port } }])
      expect(await call(second, 'conversations.list')).toMatchObject({ ok: true })
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
    const other = await started(join(folder, 'other'))
    expect([await quit(first), await quit(other)]).toEqual([0, 0])
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
    expect(await call(application, 'sandbox.start')).toMatchObject({ ok: true })
    const beneath = (): string[] =>
      spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter((line) => line.includes(join(folder, 'data')) && line.includes('sandbox.js'))
    if (process.platform === 'linux') expect(beneath()).toHaveLength(1)
    application.child.kill('SIGKILL')
    await application.exited
    if (process.platform === 'linux') await expect.poll(beneath, { timeout: 5000 }).toEqual([])
    expect(await quit(await started())).toBe(0)
    if (process.platform === 'linux') await expect.poll(beneath, { timeout: 5000 }).toEqual([])
  })
})

describe('what is kept', () => {
  it('is the window’s place', async () => {
    const first = await started()
    await first.command('setBounds', { x: 40, y: 30, width: 1100, height: 700 })
    await quit(first)
    const second = await started()
    expect(await second.command('windows')).toMatchObject([{ bounds: { x: 40, y: 30, width: 1100, height: 700 } }])
    await quit(second)
  })
  it('is not harmed by a damaged file', async () => {
    mkdirSync(join(folder, 'data/desktop'), { recursive: true })
    writeFileSync(join(folder, 'data/desktop/desktop.json'), '{"window": {"bounds":')
    const application = await started()
    expect(await application.command('windows')).toMatchObject([{ bounds: { width: 1440, height: 860 } }])
    expect(await quit(application)).toBe(0)
  })
  it('is protected by the key store, or by a key file where there is none', async () => {
    await quit(await started())
    expect(existsSync(join(folder, 'data/vault.key'))).toBe(false)
    await quit(await started(join(folder, 'plain'), { STAND_IN_KEY_STORE: 'none' }))
    expect(existsSync(join(folder, 'plain/vault.key'))).toBe(true)
    // The key file goes on to count when a key store appears.
    expect(await quit(await started(join(folder, 'plain')))).toBe(0)
  })
  it('is a log for its owner', async () => {
    await quit(await started())
    const lines = readFileSync(join(folder, 'data/logs/desktop.log'), 'utf8').trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(
      expect.arrayContaining(['starting', 'started', 'stopped']),
    )
  })
})
