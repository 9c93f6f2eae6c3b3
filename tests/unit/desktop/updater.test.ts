/** Which copies replace themselves, and what becomes of one that cannot. */
import { EventEmitter } from 'node:events'
import { expect, it, vi } from 'vitest'
import { replaceItself, updatesItself } from '../../../electron/desktop/updater.ts'
import { notesOf } from '../../../electron/desktop/updates.ts'

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
    quitAndInstall: (isSilent?: boolean, isRun?: boolean) => void order.push(`install ${isSilent} ${isRun}`),
  })
  const host = {
    releaseSingleInstanceLock: () => void order.push('let go'),
    relaunch: () => void order.push('relaunch'),
    exit: (code?: number) => void order.push(`exit ${code}`),
  }
  replaceItself(updater as never, host)
  expect(order).toEqual(['let go', 'install true true'])
  updater.emit('error', new Error('no'))
  expect(order.slice(2)).toEqual(['relaunch', 'exit 0'])
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
