/** Which copies replace themselves, and what becomes of one that cannot. */
import { EventEmitter } from 'node:events'
import { expect, it, vi } from 'vitest'
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

it('an installation that cannot see whether anything is being sent wakes the outbox, and can be asked for again', async () => {
  const order: string[] = []
  const looks = [Promise.resolve(false), Promise.reject(new Error('the store is closed'))]
  looks[1]?.catch(() => {})
  const updater = Object.assign(new EventEmitter(), { checkForUpdates: () => Promise.resolve(null) })
  const updates = followUpdates({
    updater: updater as never,
    settings: () => desktopSettingsSchema.parse({}).updates,
    isSending: () => looks.shift() ?? Promise.resolve(false),
    rest: () => Promise.resolve(void order.push('rest')),
    wake: () => void order.push('wake'),
    install: () => Promise.resolve(void order.push('install')),
    changed() {},
    log: { ...silentLog, fatal() {} } as never,
  })
  updater.emit('update-downloaded', { version: '1.1.0', releaseNotes: '' })
  await updates.install()
  expect(order).toEqual(['rest', 'wake'])
  expect(updates.state()).toMatchObject({ step: 'ready', version: '1.1.0', waits: false })
  await updates.install()
  expect(order.slice(2)).toEqual(['rest', 'install'])
  updates.end()
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
})
