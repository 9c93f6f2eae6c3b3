/**
 * New versions on macOS: electron-updater's own part for it, against a real server. What the system does there
 * (Squirrel.Mac: fetches the version from electron-updater, keeps it ready, and puts it in at the next end of the
 * application, whichever that is) is a stand-in.
 */
import { EventEmitter } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MacUpdater } from 'electron-updater'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { replaceItself } from '../../../electron/desktop/updater.ts'
import { followUpdates, type Updates } from '../../../electron/desktop/updates.ts'
import { desktopSettingsSchema } from '../../../shared/contract/desktop.ts'
import { silentLog } from '../../support/fake-engine.ts'
import { NodeExecutor } from '../../support/node-executor.ts'
import { startUpdateServer, type UpdateServer } from '../../support/update-server.ts'

vi.mock('electron', () => ({ app: {} }))

class Squirrel extends EventEmitter {
  /** The version that the next end of the application puts in. */
  staged: Buffer | null = null
  asked = 0
  readonly quits: (Buffer | null)[] = []
  breaks = false
  #feed = { url: '', headers: {} as Record<string, string> }

  setFeedURL(feed: { url: string; headers: Record<string, string> }): void {
    this.#feed = feed
  }
  checkForUpdates(): void {
    this.asked += 1
    void this.#stage()
  }
  async #stage(): Promise<void> {
    const { url, headers } = this.#feed
    const { url: file } = (await (await fetch(url, { headers })).json()) as { url: string }
    const bytes = Buffer.from(await (await fetch(file, { headers })).arrayBuffer())
    if (this.breaks) return void this.emit('error', new Error('the signature is another'))
    this.staged = bytes
    this.emit('update-downloaded')
  }
  quitAndInstall(): void {
    this.quits.push(this.staged)
  }
}

const require = createRequire(import.meta.url)
let folder: string
let server: UpdateServer
let squirrel: Squirrel
let updater: MacUpdater
let updates: Updates
let order: string[]
let quiet: PromiseWithResolvers<boolean>

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-mac-'))
  server = await startUpdateServer()
  squirrel = new Squirrel()
  order = []
  quiet = Promise.withResolvers<boolean>()
  const electron = require.resolve('electron')
  require.cache[electron] = Object.assign(Object.create(null) as NodeJS.Module, {
    ...{ id: electron, filename: electron, loaded: true, exports: { autoUpdater: squirrel } },
  })
  const { MacUpdater: Updater } = require('electron-updater') as { MacUpdater: typeof MacUpdater }
  const app = {
    ...{ version: '1.0.0', name: 'Switchboard', isPackaged: true, appUpdateConfigPath: join(folder, 'app-update.yml') },
    ...{ userDataPath: folder, baseCachePath: join(folder, 'cache') },
    whenReady: () => Promise.resolve(),
    relaunch: () => expect.unreachable(),
    quit: () => expect.unreachable(),
    onQuit() {},
  }
  writeFileSync(app.appUpdateConfigPath, `provider: generic\nurl: ${server.url}\nupdaterCacheDirName: switchboard\n`)
  updater = new Updater(undefined, app)
  updater.logger = null
  Object.assign(updater, {
    httpExecutor: new NodeExecutor(),
    _testOnlyOptions: { platform: 'darwin', isUseDifferentialDownload: false },
  })
  updates = followUpdates({
    updater,
    settings: () => desktopSettingsSchema.parse({}).updates,
    // What the host says on macOS.
    installsAtEnd: false,
    quiet: () => quiet.promise,
    wake() {},
    install: () => {
      order.push('stopped')
      replaceItself(
        updater,
        {
          releaseSingleInstanceLock: () => void order.push('let go'),
          relaunch: () => void order.push('relaunch'),
          exit: () => void order.push('exit'),
        },
        {},
      )
      return Promise.resolve()
    },
    changed() {},
    log: { ...silentLog, fatal() {} } as never,
  })
})
afterEach(async () => {
  updates.end()
  ;(updater as unknown as { closeServerIfExists(): void }).closeServerIfExists()
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const content = Buffer.from(`a zip of version 1.1.0 ${'x'.repeat(200_000)}`)
const ready = async (): Promise<void> => {
  server.offer({ version: '1.1.0', content, system: 'mac' })
  await updates.check()
  await expect.poll(() => updates.state().step, { timeout: 10_000 }).toBe('ready')
}

it('is fetched and checked, and not handed to the system: no end of the application puts it in by itself', async () => {
  await ready()
  expect(server.asked).toContain('/latest-mac.yml')
  expect(readdirSync(join(folder, 'cache'), { recursive: true, encoding: 'utf8' }).join(' ')).toContain('1.1.0')
  // A crash now, the machine going off, or a quit in the middle of sending: nothing lies ready at the system.
  expect([squirrel.asked, squirrel.staged]).toEqual([0, null])
})

it('is handed over once nothing is being sent and all has been stopped, and put in then', async () => {
  await ready()
  const installing = updates.install()
  await expect.poll(() => updates.state().step).toBe('installing')
  expect([squirrel.asked, order]).toEqual([0, []])
  quiet.resolve(true)
  await installing
  await expect.poll(() => squirrel.quits.length).toBe(1)
  expect(order).toEqual(['stopped', 'let go'])
  expect(squirrel.quits[0]?.equals(content)).toBe(true)
})

it('that the system refuses is not put in: the old one starts again', async () => {
  await ready()
  squirrel.breaks = true
  quiet.resolve(true)
  await updates.install()
  await expect.poll(() => order).toEqual(['stopped', 'let go', 'relaunch', 'exit'])
  expect(squirrel.quits).toEqual([])
})
