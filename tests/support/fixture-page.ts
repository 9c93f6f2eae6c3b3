/** Opens the built renderer over the fixture bridge, under the policy that the hosts give it. */
import { existsSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { installFixture } from './fixture-bridge.ts'
import { fixtureData, type FixtureData } from './fixture-data.ts'

const origin = 'http://fixture.test'
const root = fileURLToPath(new URL('../../out/renderer/', import.meta.url))
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="#b7d4d0"/><stop offset="1" stop-color="#f2e6cf"/></linearGradient></defs><rect width="400" height="300" fill="url(#g)"/><rect x="130" y="80" width="140" height="140" rx="24" fill="#fff" opacity=".8"/></svg>`

export interface FixtureOptions {
  language?: 'zh-CN' | 'en'
  theme?: 'light' | 'dark'
  path?: string
  /** Changes the data before the page sees it. */
  change?: (data: FixtureData) => void
}

/** @returns what the page's console and policy complained about, so far and from now on */
export async function openFixture(page: Page, options: FixtureOptions = {}): Promise<string[]> {
  const { language = 'zh-CN', theme = 'light', path = '/' } = options
  const complaints: string[] = []
  page.on('console', (line) => {
    if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  const data = fixtureData(language, theme)
  options.change?.(data)
  await page.addInitScript(installFixture, data)
  await page.route(`${origin}/**`, async (route) => {
    const { pathname, searchParams } = new URL(route.request().url())
    if (pathname === '/media') {
      const isGone = searchParams.get('url')?.includes('gone') ?? true
      await route.fulfill(isGone ? { status: 404 } : { contentType: 'image/svg+xml', body: picture })
      return
    }
    const file = join(root, pathname)
    const found = extname(pathname) !== '' && existsSync(file) ? file : join(root, 'index.html')
    await route.fulfill({
      contentType: types[extname(found)] ?? 'application/octet-stream',
      headers: { 'content-security-policy': policy },
      body: readFileSync(found),
    })
  })
  await page.goto(origin + path)
  return complaints
}
