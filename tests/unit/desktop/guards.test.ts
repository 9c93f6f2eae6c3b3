import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isDownloadAllowed,
  isNavigationAllowed,
  isPermissionAllowed,
  isRequestAllowed,
  isTrustedSender,
} from '../../../electron/desktop/guards.ts'
import { isOwnPage, startPage } from '../../../electron/desktop/origin.ts'

const own = ['app://switchboard/', 'app://switchboard/inbox/1?a=b#c', 'app://switchboard', 'APP://switchboard/x']
const foreign = [
  '',
  'app:',
  'app:switchboard',
  'app:/switchboard/',
  'app://',
  'app:///switchboard/',
  'app://switchboard.evil/',
  'app://evil/switchboard/',
  'app://switchboard:80/',
  'app://user@switchboard/',
  'app://user:pass@switchboard/',
  'app://switchboard@evil/',
  'app://evil#app://switchboard/',
  'app2://switchboard/',
  'xapp://switchboard/',
  'http://switchboard/',
  'https://switchboard/',
  'https://app//switchboard/',
  'file:///switchboard/',
  'file://switchboard/',
  'javascript:app://switchboard/',
  'data:text/html,app://switchboard/',
  'blob:app://switchboard/0',
  'filesystem:app://switchboard/temporary/x',
  'view-source:app://switchboard/',
  'about:blank',
  'devtools://devtools/',
  'chrome-extension://switchboard/',
  'app://Switchboard/',
  'app://switchboard%2eevil/',
  'app://switch\u0000board/',
]

describe('origin', () => {
  it.each(own)('takes %s for ours', (address) => {
    expect(isOwnPage(address)).toBe(true)
  })
  it.each(foreign)('takes %j for foreign', (address) => {
    expect(isOwnPage(address)).toBe(false)
  })
  it('never throws, and takes no address of another scheme or host for ours', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof isOwnPage(text) === 'boolean'))
    fc.assert(fc.property(fc.webUrl(), (address) => !isOwnPage(address)))
    fc.assert(fc.property(fc.domain(), (host) => !isOwnPage(`app://${host}/`)))
  })
  it('starts on a page of ours', () => {
    expect(isOwnPage(startPage)).toBe(true)
  })
})

describe('sender', () => {
  const page = { url: 'app://switchboard/inbox', parent: null }
  it('trusts the main frame of our page', () => {
    expect(isTrustedSender(page)).toBe(true)
  })
  it('trusts no frame inside it, none that has gone, none of another origin', () => {
    expect(isTrustedSender({ ...page, parent: {} })).toBe(false)
    expect(isTrustedSender(null)).toBe(false)
    for (const url of foreign) expect(isTrustedSender({ url, parent: null })).toBe(false)
  })
})

describe('navigation', () => {
  it('stays on our pages, in the main frame', () => {
    expect(isNavigationAllowed('app://switchboard/robots', true)).toBe(true)
    expect(isNavigationAllowed('app://switchboard/robots', false)).toBe(false)
    for (const url of foreign) expect(isNavigationAllowed(url, true)).toBe(false)
  })
})

describe('requests', () => {
  it.each([
    'app://switchboard/assets/a.js',
    'app://switchboard/media?robot=1&url=https%3A%2F%2Fexample.org%2F1.png',
    'blob:app://switchboard/2c1f',
    'data:image/png;base64,AAAA',
    'devtools://devtools/bundled/inspector.html',
  ])('lets %s through', (address) => {
    expect(isRequestAllowed(address)).toBe(true)
  })
  it.each([
    'https://example.org/',
    'http://127.0.0.1:8080/',
    'ws://127.0.0.1/',
    'wss://example.org/',
    'ftp://example.org/',
    'file:///etc/passwd',
    'blob:https://example.org/2c1f',
    'blob:null/2c1f',
    'blob:',
    'chrome-extension://abc/x.js',
    'app://evil/',
    'nonsense',
    '',
  ])('blocks %j', (address) => {
    expect(isRequestAllowed(address)).toBe(false)
  })
  it('blocks whatever is of the web', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => !isRequestAllowed(url)),
    )
  })
})

describe('downloads', () => {
  it('allows files that a page of ours made', () => {
    expect(isDownloadAllowed('blob:app://switchboard/2c1f')).toBe(true)
  })
  it.each(['app://switchboard/index.html', 'blob:https://example.org/2c1f', 'blob:null/2c1f', 'data:text/plain,x'])(
    'denies %s',
    (address) => {
      expect(isDownloadAllowed(address)).toBe(false)
    },
  )
})

describe('permissions', () => {
  it('allows what is on the list, for our main frame', () => {
    expect(isPermissionAllowed('clipboard-sanitized-write', 'app://switchboard', true)).toBe(true)
    expect(isPermissionAllowed('clipboard-sanitized-write', startPage, false)).toBe(false)
    expect(isPermissionAllowed('clipboard-sanitized-write', 'https://example.org/', true)).toBe(false)
  })
  it.each([
    'notifications',
    'media',
    'geolocation',
    'clipboard-read',
    'openExternal',
    'hid',
    'usb',
    'fileSystem',
    'unknown',
    '__proto__',
  ])('denies %s', (permission) => {
    expect(isPermissionAllowed(permission, startPage, true)).toBe(false)
  })
})
