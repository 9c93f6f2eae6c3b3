/** Which copies replace themselves, and what becomes of one that cannot. */
import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { replaceItself, updatesItself } from '../../../electron/desktop/updater.ts'
import { followUpdates, notesOf } from '../../../electron/desktop/updates.ts'
import { desktopSettingsSchema } from '../../../shared/contract/desktop.ts'
import { silentLog } from '../../support/fake-engine.ts'

vi.mock('electron', () => ({ app: {} }))

it('a copy replaces itself where it is packed, knows where from, and is not the system’s', () => {
  expect(updatesItself(true, true, 'win32', {})).toBe(true)
  expect(updatesItself(true, true, 'darwin', {})).toBe(true)
  expect(updatesItself(true, true, 'linux', { APPIMAGE: '/s.AppImage' })).toBe(true)
  expect(updatesItself(true, true, 'linux', {})).toBe(false)
  expect(updatesItself(false, true, 'win32', {})).toBe(false)
  expect(updatesItself(true, false, 'win32', {})).toBe(false)
})

it('the new one can take its place at once; where nothing comes of it, the old one starts again', () => {
  const order: string[] = []
  const updater = Object.assign(new EventEmitter(), {
    autoInstallOnAppQuit: true,
    quitAndInstall: (isSilent?: boolean, isRun?: boolean) => void order.push(`install ${isSilent} ${isRun}`),
  })
  const host = {
    releaseSingleInstanceLock: () => void order.push('let go'),
    relaunch: (options?: object) => void order.push(`relaunch ${JSON.stringify(options)}`),
    exit: (code?: number) => void order.push(`exit ${code}, installing ${updater.autoInstallOnAppQuit}`),
  }
  const again = { execPath: '/a/Switchboard.AppImage', args: ['--data', '/data'] }
  replaceItself(updater as never, host, again)
  expect(order).toEqual(['let go', 'install true true'])
  updater.emit('error', new Error('no'))
  expect(order.slice(2)).toEqual([`relaunch ${JSON.stringify(again)}`, 'exit 0, installing false'])
})

it('an installation that cannot see whether anything is being sent can be asked for again', async () => {
  const order: string[] = []
  const looks = [() => Promise.reject(new Error('the store is closed')), () => Promise.resolve(true)]
  const updater = Object.assign(new EventEmitter(), { checkForUpdates: () => Promise.resolve(null) })
  const updates = followUpdates({
    updater: updater as never,
    settings: () => desktopSettingsSchema.parse({}).updates,
    installsAtEnd: false,
    quiet: () => looks.shift()?.() ?? Promise.resolve(false),
    wake: () => void order.push('wake'),
    install: () => Promise.resolve(void order.push('install')),
    changed() {},
    log: { ...silentLog, fatal() {} } as never,
  })
  expect((updater as { autoInstallOnAppQuit?: boolean }).autoInstallOnAppQuit).toBe(false)
  updater.emit('update-downloaded', { version: '1.1.0', releaseNotes: '' })
  await updates.install()
  expect(order).toEqual([])
  expect(updates.state()).toMatchObject({ step: 'ready', version: '1.1.0', waits: null, waitedInVain: false })
  await updates.install()
  expect(order).toEqual(['install'])
  updates.end()
})

describe('looking by itself', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const follow = () => {
    let settings = desktopSettingsSchema.parse({}).updates
    const looks = vi.fn(() => Promise.resolve(null))
    const updater = Object.assign(new EventEmitter(), { checkForUpdates: looks })
    const updates = followUpdates({
      updater: updater as never,
      settings: () => settings,
      installsAtEnd: false,
      quiet: () => Promise.resolve(true),
      wake() {},
      install: () => Promise.resolve(),
      changed() {},
      log: { ...silentLog, fatal() {} } as never,
    })
    const set = (changes: Partial<typeof settings>): void => {
      settings = { ...settings, ...changes }
      updates.apply()
    }
    return { updater, updates, looks, set }
  }
  const day = 24 * 60 * 60_000

  it('goes on after a look that came while another version was being fetched', async () => {
    const { updater, updates, looks } = follow()
    updater.emit('update-available', { version: '1.1.0', releaseNotes: '' })
    await vi.advanceTimersByTimeAsync(120_000)
    expect(looks).not.toHaveBeenCalled()
    updater.emit('error', new Error('the network went'))
    await vi.advanceTimersByTimeAsync(day)
    expect(looks.mock.calls.length).toBeGreaterThan(2)
    updates.end()
  })

  it('is not moved by other settings, and begins anew with its own', async () => {
    const { updates, looks, set } = follow()
    await vi.advanceTimersByTimeAsync(61_000)
    expect(looks).toHaveBeenCalledTimes(1)
    set({})
    await vi.advanceTimersByTimeAsync(day / 8)
    expect(looks).toHaveBeenCalledTimes(1)
    set({})
    await vi.advanceTimersByTimeAsync(day / 8)
    expect(looks).toHaveBeenCalledTimes(2)
    set({ automatic: false })
    await vi.advanceTimersByTimeAsync(day)
    expect(looks).toHaveBeenCalledTimes(2)
    set({ automatic: true })
    await vi.advanceTimersByTimeAsync(61_000)
    expect(looks).toHaveBeenCalledTimes(3)
    set({ channel: 'beta' })
    await vi.advanceTimersByTimeAsync(61_000)
    expect(looks).toHaveBeenCalledTimes(4)
    updates.end()
  })
})

it('where the system takes the new version over and never says a word, the old one starts again', () => {
  vi.useFakeTimers()
  const order: string[] = []
  const host = {
    releaseSingleInstanceLock: () => {},
    relaunch: () => void order.push('relaunch'),
    exit: () => void order.push('exit'),
  }
  const updater = Object.assign(new EventEmitter(), { autoInstallOnAppQuit: false, quitAndInstall: () => {} })
  replaceItself(updater as never, host, {})
  vi.advanceTimersByTime(119_000)
  expect(order).toEqual([])
  vi.advanceTimersByTime(2000)
  expect(order).toEqual(['relaunch', 'exit'])
  vi.useRealTimers()
})

it('what was written about a version is plain text, whatever it was', () => {
  expect(notesOf('<p>One &amp; two</p><ul><li>a</li><li>b</li></ul>')).toBe('One & two\n- a\n- b')
  expect(
    notesOf([
      { version: '1.1.0', note: 'New' },
      { version: '1.0.1', note: null },
    ]),
  ).toBe('1.1.0\nNew\n\n1.0.1')
  expect(notesOf('&amp;lt;b&amp;gt;')).toBe('&lt;b&gt;')
  for (const nothing of [null, undefined, 7, {}]) expect(notesOf(nothing)).toBe('')
  expect(notesOf('x'.repeat(50_000))).toHaveLength(20_000)
  const begun = performance.now()
  for (const open of ['<', '<br', '<li ', '&lt', '\n\n']) notesOf(open.repeat(300_000))
  expect(performance.now() - begun).toBeLessThan(1000)
})
