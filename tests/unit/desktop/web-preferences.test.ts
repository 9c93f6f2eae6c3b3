/** Electron's checklist where it is settings and lines of code: a change that weakens one of them fails here. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { webPreferences } from '../../../electron/desktop/web-preferences.ts'
import { root } from '../../../scripts/lib/project.mjs'
import { contentPolicy, securityHeaders } from '#shared/security/headers.ts'

it('a page has no Node, no Electron, no weakened rule, and its own world', () => {
  expect(webPreferences('/preload.cjs', false, false)).toEqual({
    preload: '/preload.cjs',
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInSubFrames: false,
    nodeIntegrationInWorker: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    devTools: false,
    spellcheck: false,
  })
  expect(webPreferences('', true, true)).toMatchObject({ devTools: true, spellcheck: true })
})

it('the policy lets scripts come from the application’s own files only, and nothing from elsewhere', () => {
  const rules = new Map(
    contentPolicy()
      .split('; ')
      .map((rule) => [rule.split(' ')[0] ?? '', rule.split(' ').slice(1)]),
  )
  expect(rules.get('default-src')).toEqual(["'none'"])
  expect(rules.get('script-src')).toEqual(["'self'"])
  expect(rules.get('connect-src')).toEqual(["'self'"])
  for (const name of ['base-uri', 'form-action', 'frame-ancestors']) expect(rules.get(name), name).toEqual(["'none'"])
  const allowed = new Set(["'none'", "'self'", "'unsafe-inline'", 'data:', 'blob:'])
  for (const [name, sources] of rules) {
    for (const source of sources) expect(allowed, name).toContain(source)
    if (name !== 'style-src') expect(sources, name).not.toContain("'unsafe-inline'")
  }
  expect(securityHeaders['content-security-policy']).toBe(contentPolicy())
})

describe('nowhere in the desktop host', () => {
  const folder = join(root, 'electron', 'desktop')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const)
  it.each([
    ['a link is handed to the system', /openExternal|openPath/],
    ['a certificate error is overridden', /certificate-error|setCertificateVerifyProc|ignore-certificate-errors/],
    [
      'a server’s certificate is not checked',
      /rejectUnauthorized: (?!true)|checkServerIdentity|TLS_REJECT_UNAUTHORIZED/,
    ],
    ['Blink’s features are switched', /enableBlinkFeatures|disable-site-isolation|--no-sandbox/],
    ['a page is loaded from a file', /loadFile|file:\/\//],
    ['a crash report is sent', /uploadToServer: (?!false)|submitURL/],
    ['the policy is bypassed', /bypassCSP|unsafe-eval/],
  ])('%s', (_what, words) => {
    for (const [name, text] of sources) expect(text, name).not.toMatch(words)
  })
})
