/** The Chromium beneath the windows; started with the first one, its profile lies in `userData`. */
import { chromium, type BrowserContext } from '@playwright/test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { chromiumArgs, findChromium } from '../chromium.ts'
import { app } from './app.ts'

let running: Promise<BrowserContext> | undefined

async function start(): Promise<BrowserContext> {
  const profile = join(app.getPath('userData'), 'chromium')
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    // The traps of the tests listen on loopback, which Chromium alone would keep pages from; the application is to.
    args: [...chromiumArgs(), '--remote-debugging-port=0', '--disable-features=LocalNetworkAccessChecks'],
    viewport: null,
    locale: app.getLocale(),
    headless: true,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  })
  app.onExit(() => context.close())
  process.send?.({ event: 'browser', endpoint: await findEndpoint(profile) })
  return context
}

/** Where a test reaches the same browser. */
async function findEndpoint(profile: string): Promise<string> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const [port, path] = await readFile(join(profile, 'DevToolsActivePort'), 'utf8').then(
      (text) => text.trim().split('\n'),
      () => [],
    )
    if (port !== undefined && path !== undefined) return `ws://127.0.0.1:${port}${path}`
    await wait(100)
  }
  throw new Error('Chromium did not say where it listens')
}

/** The browser's context, started when first asked for. */
export function openBrowser(): Promise<BrowserContext> {
  running ??= start()
  return running
}
