/**
 * New versions from a real server by the real electron-updater, as an AppImage has them; only Electron's own part of it
 * (the application, its network) is Node here. What is fetched is a program that notes that it ran.
 */
import { AppImageUpdater } from 'electron-updater'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { followUpdates, type Updates } from '../../../electron/desktop/updates.ts'
import { desktopSettingsSchema, type UpdateState } from '../../../shared/contract/desktop.ts'
import { silentLog } from '../../support/fake-engine.ts'
import { NodeExecutor } from '../../support/node-executor.ts'
import { startUpdateServer, type UpdateServer } from '../../support/update-server.ts'

const now = '1.0.0'
let folder: string
let server: UpdateServer
let updates: Updates
let updater: AppImageUpdater
let settings = desktopSettingsSchema.parse({}).updates
/** What is under way; the fake engine rests once it is nothing. */
let sending = 0
let nudge: () => void = () => {}
const send = (n: number): void => {
  sending = n
  nudge()
}
let states: UpdateState[]
const install = vi.fn(() => Promise.resolve())
const quiet = vi.fn(async (signal: AbortSignal, told: (tasks: number) => void): Promise<boolean> => {
  for (; sending > 0 && !signal.aborted;) {
    told(sending)
    await new Promise<void>((resolve) => {
      nudge = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
  return !signal.aborted
})
const wake = vi.fn()

const image = (): string => join(folder, 'Switchboard.AppImage')
/** A program that says which version ran, and with what it was told. */
const program = (version: string): Buffer =>
  Buffer.from(`#!/bin/sh\necho "${version} $APPIMAGE_EXIT_AFTER_INSTALL" >> "${join(folder, 'ran')}"\n`)

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-updates-'))
  writeFileSync(image(), program(now))
  chmodSync(image(), 0o755)
  server = await startUpdateServer()
  vi.stubEnv('APPIMAGE', image())
  settings = desktopSettingsSchema.parse({}).updates
  sending = 0
  states = []
  for (const mock of [install, quiet, wake]) mock.mockClear()
  const app = {
    ...{ version: now, name: 'Switchboard', isPackaged: true, appUpdateConfigPath: join(folder, 'app-update.yml') },
    ...{ userDataPath: folder, baseCachePath: join(folder, 'cache') },
    whenReady: () => Promise.resolve(),
    relaunch: () => expect.unreachable(),
    quit: () => expect.unreachable(),
    onQuit() {},
  }
  writeFileSync(app.appUpdateConfigPath, `provider: generic\nurl: ${server.url}\nupdaterCacheDirName: switchboard\n`)
  updater = new AppImageUpdater(null, app)
  updater.logger = null
  Object.assign(updater, { httpExecutor: new NodeExecutor() })
  updates = followUpdates({
    updater,
    settings: () => settings,
    installsAtEnd: true,
    waitAtMostMs: 400,
    quiet,
    wake,
    install,
    changed: () => states.push(updates.state()),
    log: { ...silentLog, fatal() {} } as never,
  })
})
afterEach(async () => {
  updates.end()
  await server.close()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})
const step = async (wanted: UpdateState['step']): Promise<void> => {
  await expect.poll(() => updates.state().step, { timeout: 10_000 }).toBe(wanted)
}

/* The updater moves files by the commands that Linux has. */
describe.runIf(process.platform === 'linux')('a new version', () => {
  it('is fetched, checked, shown with its notes, and takes the place of the old one', async () => {
    const content = Buffer.concat([program('1.1.0'), Buffer.from(`# ${'x'.repeat(300_000)}\n`)])
    server.offer({ version: '1.1.0', content, notes: '<h2>Fixed</h2><ul><li>a &lt;b&gt;</li></ul><script>x</script>' })
    await updates.check()
    await step('ready')
    expect(updates.state()).toMatchObject({
      version: '1.1.0',
      notes: 'Fixed\n- a <b>\n\nx',
      problem: null,
      waits: null,
    })
    expect([...new Set(states.map((state) => state.step))]).toEqual(['checking', 'downloading', 'ready'])
    expect(readFileSync(image()).equals(program(now))).toBe(true)

    await updates.install()
    expect([install.mock.calls.length, quiet.mock.calls.length]).toEqual([1, 1])
    // What the host does then, once everything has been stopped.
    expect(updater.install(true, false)).toBe(true)
    expect(readFileSync(image()).equals(content)).toBe(true)
    expect(readFileSync(join(folder, 'ran'), 'utf8')).toBe('1.1.0 true\n')
  })

  it('is refused where its checksum is another, and nothing of it stays', async () => {
    server.offer({ version: '1.1.0', content: program('1.1.0'), sha512: Buffer.alloc(64).toString('base64') })
    await updates.check()
    await step('failed')
    expect(updates.state().problem).toMatch(/sha512/)
    await updates.install()
    expect(install).not.toHaveBeenCalled()
    const left = readdirSync(join(folder, 'cache'), { recursive: true, encoding: 'utf8' })
    expect(left.filter((name) => name.endsWith('.AppImage'))).toEqual([])
    expect(readFileSync(image()).equals(program(now))).toBe(true)
  })

  const ready = async (): Promise<void> => {
    server.offer({ version: '1.1.0', content: program('1.1.0') })
    await updates.check()
    await step('ready')
  }

  it('is not installed while something is being sent, but after; how much that is, is said', async () => {
    await ready()
    sending = 2
    const installing = updates.install()
    await expect.poll(() => updates.state()).toMatchObject({ step: 'installing', waits: { tasks: 2 } })
    expect((updates.state().waits?.until ?? 0) - Date.now()).toBeGreaterThan(0)
    send(1)
    await expect.poll(() => updates.state().waits?.tasks).toBe(1)
    expect(install).not.toHaveBeenCalled()
    send(0)
    await installing
    expect(install).toHaveBeenCalledOnce()
    expect(updates.state().waits).toBeNull()
  })

  it('is called off while it waits, and can be asked for again', async () => {
    await ready()
    sending = 1
    const installing = updates.install()
    await expect.poll(() => updates.state().waits).not.toBeNull()
    // Asking twice waits once.
    await updates.install()
    expect(quiet).toHaveBeenCalledOnce()
    updates.cancel()
    await installing
    expect(updates.state()).toMatchObject({ step: 'ready', version: '1.1.0', waits: null, waitedInVain: false })
    expect(install).not.toHaveBeenCalled()
    send(0)
    await updates.install()
    expect(install).toHaveBeenCalledOnce()
  })

  it('waits for no longer than it may, and asks again then', async () => {
    await ready()
    sending = 1
    await updates.install()
    expect(updates.state()).toMatchObject({ step: 'ready', waits: null, waitedInVain: true })
    expect(install).not.toHaveBeenCalled()
    const again = updates.install()
    expect(updates.state()).toMatchObject({ step: 'installing', waitedInVain: false })
    send(0)
    await again
    expect(install).toHaveBeenCalledOnce()
  })

  it('wakes the outbox where it came to rest in the moment in which it was called off', async () => {
    await ready()
    quiet.mockImplementationOnce(() => {
      updates.cancel()
      return Promise.resolve(true)
    })
    await updates.install()
    expect(wake).toHaveBeenCalledOnce()
    expect(updates.state().step).toBe('ready')
    expect(install).not.toHaveBeenCalled()
  })

  it('reaches first those whom its makers want it to reach', async () => {
    server.offer({ version: '1.1.0', content: program('1.1.0'), stagingPercentage: 0 })
    await updates.check()
    expect(updates.state()).toMatchObject({ step: 'idle', version: null })
    server.offer({ version: '1.1.0', content: program('1.1.0'), stagingPercentage: 100 })
    await updates.check()
    await step('ready')
  })

  it('comes from the channel that was chosen, and never goes back', async () => {
    server.offer({ version: '2.0.0-beta.1', channel: 'beta', content: program('2.0.0-beta.1') })
    server.offer({ version: '0.9.0', content: program('0.9.0') })
    await updates.check()
    expect(updates.state().step).toBe('idle')
    expect(server.asked).toEqual(['/latest-linux.yml'])
    settings = { ...settings, channel: 'beta' }
    updates.apply()
    await updates.check()
    await step('ready')
    expect(updates.state().version).toBe('2.0.0-beta.1')
    expect(server.asked).toContain('/beta-linux.yml')
  })

  it('that cannot be asked for is said, and asked for again', async () => {
    server.fail(500)
    await updates.check()
    await step('failed')
    expect(updates.state().problem).toMatch(/500/)
    server.fail(null)
    server.offer({ version: now, content: program(now) })
    await updates.check()
    expect(updates.state()).toMatchObject({ step: 'idle', problem: null })
    expect(updates.state().checkedAt).not.toBeNull()
  })
})

it('a copy that cannot replace itself says so and asks nobody', async () => {
  const others = { installsAtEnd: true, quiet, wake, install, changed() {} }
  const log = { ...silentLog, fatal() {} } as never
  const off = followUpdates({ updater: null, settings: () => settings, log, ...others })
  await off.check()
  await off.install()
  expect(off.state().step).toBe('off')
  expect([server.asked, install.mock.calls]).toEqual([[], []])
})
