/** What the settings of this machine become: proxies, the start with the session, keys, spelling, sleep and wake. */
import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { keepFewDumps } from '../../../electron/desktop/crash-dumps.ts'
import { readSettings, withChanges } from '../../../electron/desktop/desktop-settings.ts'
import { autostartEntry, autostartFile, loginItem, programOf } from '../../../electron/desktop/login-item.ts'
import { followPower } from '../../../electron/desktop/power.ts'
import { proxyConfig, proxyOf } from '../../../electron/desktop/proxy.ts'
import { makeShortcut } from '../../../electron/desktop/shortcut.ts'
import { makeSpelling } from '../../../electron/desktop/spelling.ts'
import { desktopChangesSchema, desktopSettingsSchema } from '../../../shared/contract/desktop.ts'
import { silentLog } from '../../support/fake-engine.ts'

const usual = desktopSettingsSchema.parse({})

describe('settings', () => {
  it('are the usual ones where the file has none, and one that is spoilt costs no other', () => {
    for (const nothing of [undefined, null, 'text', [], 7]) expect(readSettings(nothing)).toEqual(usual)
    expect(readSettings({ onClose: 'hide', shortcut: 'Q', proxy: { mode: 'own', server: 'a b' }, other: 1 })).toEqual({
      ...usual,
      onClose: 'hide',
    })
  })
  it('change by what is named, also inside', () => {
    const own = withChanges(usual, { proxy: { mode: 'own', server: 'p.example:3128' } })
    expect(withChanges(own, { proxy: { mode: 'none' }, updates: { channel: 'beta' } })).toEqual({
      ...usual,
      proxy: { mode: 'none', server: 'p.example:3128' },
      updates: { automatic: true, channel: 'beta' },
    })
  })
  it.each([
    { shortcut: 'S' },
    { shortcut: 'Shift+' },
    { shortcut: 'Control+Shift+Alt+Delete+X' },
    { proxy: { server: 'p.example' } },
    { proxy: { server: 'p.example:0' } },
    { proxy: { server: 'http://user:secret@p.example:80' } },
    { proxy: { server: 'p.example:80;DIRECT' } },
    { proxy: { server: 'file:///etc:80' } },
    { spellLanguages: ['../x'] },
    { onClose: 'explode' },
  ])('are refused from the window where they are none: %j', (changes) => {
    expect(desktopChangesSchema.safeParse(changes).success).toBe(false)
  })
  it('take keys and servers as people write them', () => {
    for (const shortcut of ['', 'CommandOrControl+Shift+S', 'Alt+F12', 'Super+Space']) {
      expect(desktopChangesSchema.safeParse({ shortcut }).success, shortcut).toBe(true)
    }
    for (const server of ['', '10.0.0.1:3128', 'https://p.example:443', 'socks5://[::1]:1080']) {
      expect(desktopChangesSchema.safeParse({ proxy: { server } }).success, server).toBe(true)
    }
  })
})

describe('the way to the network', () => {
  it('is the first that the client can go', () => {
    expect(proxyOf('DIRECT')).toBeNull()
    expect(proxyOf('PROXY p.example:3128')).toBe('http://p.example:3128')
    expect(proxyOf('HTTPS p.example:443; DIRECT')).toBe('https://p.example:443')
    expect(proxyOf('SOCKS old.example:1080;SOCKS4 old.example:1080; socks5 [::1]:1080')).toBe('socks5://[::1]:1080')
    expect(proxyOf('DIRECT; PROXY p.example:1')).toBeNull()
    expect(proxyOf(' PROXY  p.example:3128 ;')).toBe('http://p.example:3128')
  })
  it('is the direct one where an answer names none that there is', () => {
    for (const answer of ['', ';', 'PROXY', 'PROXY ://', 'SOCKS4 a:1', 'QUIC a:1', 'PROXY a b:c']) {
      expect(proxyOf(answer), answer).toBeNull()
    }
  })
  it('is asked of Chromium as the operator wants', () => {
    expect(proxyConfig({ mode: 'system', server: 'x:1' })).toEqual({ mode: 'system' })
    expect(proxyConfig({ mode: 'none', server: 'x:1' })).toEqual({ mode: 'direct' })
    expect(proxyConfig({ mode: 'own', server: '' })).toEqual({ mode: 'direct' })
    expect(proxyConfig({ mode: 'own', server: 'socks5://x:1' })).toMatchObject({
      mode: 'fixed_servers',
      proxyRules: 'socks5://x:1',
    })
  })
})

describe('the start with the session', () => {
  const host = { execPath: '/opt/a b/switchboard', isPackaged: true, appPath: '/p' }
  it('starts what was started: an AppImage itself, the data folder that was named', () => {
    expect(programOf(host, {}, null)).toEqual({ path: '/opt/a b/switchboard', args: [] })
    expect(programOf(host, { APPIMAGE: '/home/li/S.AppImage' }, '/data')).toEqual({
      path: '/home/li/S.AppImage',
      args: ['--data=/data'],
    })
    expect(programOf({ ...host, isPackaged: false }, {}, null).args).toEqual(['/p'])
  })
  it('tells macOS and Windows what to start, and hidden where that is wanted', () => {
    const program = { path: '/s', args: ['--data=/d'] }
    expect(loginItem({ open: true, hidden: true }, program)).toEqual({
      openAtLogin: true,
      path: '/s',
      args: ['--data=/d', '--hidden'],
    })
    expect(loginItem({ open: false, hidden: false }, program)).toMatchObject({
      openAtLogin: false,
      args: ['--data=/d'],
    })
  })
  it('is a file where XDG has it, in which nothing is read by a shell', () => {
    expect(autostartFile({}, '/home/li')).toBe('/home/li/.config/autostart/switchboard.desktop')
    expect(autostartFile({ XDG_CONFIG_HOME: '/c' }, '/home/li')).toBe('/c/autostart/switchboard.desktop')
    expect(autostartFile({ XDG_CONFIG_HOME: 'c' }, '/home/li')).toBe('/home/li/.config/autostart/switchboard.desktop')
    const entry = autostartEntry({ open: true, hidden: true }, { path: '/a b/$x', args: ['--data=/100% "`\\'] })
    expect(entry.split('\n')).toContain(
      String.raw`Exec="/a b/\\$x" "--data=/100%% \\"\\` + '`' + String.raw`\\\\" "--hidden"`,
    )
    expect(entry).toMatch(/^\[Desktop Entry\]\nType=Application\n/)
    expect(autostartEntry({ open: true, hidden: false }, { path: '/s', args: [] })).toContain('Exec="/s"\n')
  })
})

describe('the keys that show the window', () => {
  const registry = (taken: string[] = []) => {
    const held = new Map<string, () => void>()
    return {
      held,
      register: (keys: string, pressed: () => void) => !taken.includes(keys) && Boolean(held.set(keys, pressed)),
      unregister: (keys: string) => void held.delete(keys),
      isRegistered: (keys: string) => held.has(keys),
    }
  }
  it('are taken, changed and let go', () => {
    const system = registry()
    const pressed = vi.fn()
    const shortcut = makeShortcut(system, pressed)
    expect(shortcut.state()).toBe('off')
    shortcut.apply('Alt+S')
    shortcut.apply('Alt+S')
    system.held.get('Alt+S')?.()
    expect([shortcut.state(), pressed.mock.calls.length]).toEqual(['works', 1])
    shortcut.apply('Alt+D')
    expect([...system.held.keys()]).toEqual(['Alt+D'])
    shortcut.apply('')
    expect([shortcut.state(), system.held.size]).toEqual(['off', 0])
  })
  it('are said to be taken where another program has them, and tried again when they are set again', () => {
    const taken = ['Alt+S']
    const shortcut = makeShortcut(registry(taken), vi.fn())
    shortcut.apply('Alt+S')
    expect(shortcut.state()).toBe('taken')
    taken.pop()
    shortcut.apply('Alt+S')
    expect(shortcut.state()).toBe('works')
  })
})

describe('spelling', () => {
  const session = () => ({
    availableSpellCheckerLanguages: ['en-US', 'de'],
    setSpellCheckerEnabled: vi.fn(),
    setSpellCheckerLanguages: vi.fn(),
  })
  it('loads no dictionary before somebody has chosen a language', () => {
    const ours = session()
    const spelling = makeSpelling(ours, 'win32', usual)
    expect(ours.setSpellCheckerEnabled.mock.calls).toEqual([[false]])
    expect(ours.setSpellCheckerLanguages).not.toHaveBeenCalled()
    const chosen = { ...usual, spellLanguages: ['en-US'] }
    spelling.apply(chosen)
    // A page that was made without it has it from the next start on.
    expect(ours.setSpellCheckerEnabled).toHaveBeenLastCalledWith(false)
    expect(spelling.state(chosen)).toEqual({ bySystem: false, available: ['en-US', 'de'], needsRestart: true })
  })
  it('follows the choice, without what there is no dictionary for', () => {
    const ours = session()
    const spelling = makeSpelling(ours, 'linux', { ...usual, spellLanguages: ['en-US', 'xx'] })
    expect(ours.setSpellCheckerLanguages).toHaveBeenLastCalledWith(['en-US'])
    expect(ours.setSpellCheckerEnabled).toHaveBeenLastCalledWith(true)
    spelling.apply({ ...usual, spellLanguages: [] })
    expect(ours.setSpellCheckerEnabled).toHaveBeenLastCalledWith(false)
  })
  it('is left to the system on macOS', () => {
    const ours = session()
    const spelling = makeSpelling(ours, 'darwin', usual)
    spelling.apply({ ...usual, spellLanguages: ['de'] })
    expect(ours.setSpellCheckerEnabled).not.toHaveBeenCalled()
    expect(spelling.state(usual)).toEqual({ bySystem: true, available: [], needsRestart: false })
  })
})

describe('sleep, wake and shutdown', () => {
  it('rest the outbox, wake it, and end the application before the machine goes off', () => {
    const monitor = new EventEmitter()
    const engine = { rest: vi.fn(() => Promise.resolve()), wake: vi.fn() }
    const shutDown = vi.fn()
    const end = followPower(monitor as never, engine, { ...silentLog, fatal() {} } as never, shutDown)
    monitor.emit('suspend')
    expect([engine.rest.mock.calls.length, engine.wake.mock.calls.length]).toEqual([1, 0])
    monitor.emit('resume')
    expect(engine.wake).toHaveBeenCalledOnce()
    const event = { preventDefault: vi.fn() }
    monitor.emit('shutdown', event)
    expect(event.preventDefault).toHaveBeenCalledOnce()
    expect(shutDown).toHaveBeenCalledOnce()
    end()
    expect(monitor.eventNames()).toEqual([])
  })
})

describe('what is left of crashes', () => {
  it('is kept for the newest five, wherever Electron has put it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-dumps-'))
    try {
      mkdirSync(join(folder, 'completed'))
      for (let n = 1; n <= 8; n += 1) {
        const path = join(folder, 'completed', `${n}.dmp`)
        writeFileSync(path, '')
        utimesSync(path, n, n)
      }
      writeFileSync(join(folder, 'settings.dat'), '')
      keepFewDumps(folder)
      expect(readdirSync(join(folder, 'completed')).sort()).toEqual(['4.dmp', '5.dmp', '6.dmp', '7.dmp', '8.dmp'])
      expect(readdirSync(folder)).toContain('settings.dat')
      keepFewDumps(join(folder, 'nowhere'))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
