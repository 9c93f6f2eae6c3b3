/** Photographs what the user guide shows, in both languages, as it is on a small laptop; JPEG, since the application carries them. */
import type { Browser, BrowserContext, Page } from '@playwright/test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Contact, Office } from '../tests/support/office.ts'
import { endLogin, showQrLogin } from './login-pictures.ts'

type Session = Awaited<ReturnType<BrowserContext['storageState']>>

/* What a picture may cost: the whole guide stays well under a megabyte. */
const quality = 78

async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle').catch(() => undefined)
  await new Promise((resolve) => setTimeout(resolve, 600))
}

/**
 * @param shown the conversation that is open in the inbox
 * @param dir `<name>-<language>.jpg` are written there
 */
export async function photographGuide(
  browser: Browser,
  office: Office,
  session: Session,
  shown: Contact,
  dir: string,
): Promise<void> {
  mkdirSync(dir, { recursive: true })
  const origin = new URL(office.ready.url).origin
  for (const { serialNo } of (await office.api('robots.list', {})).items) {
    await office.sandbox(`robots/${serialNo}`, { state: 'online', reason: '', limits: [] })
  }
  for (const locale of ['zh-CN', 'en'] as const) {
    const context = await browser.newContext({
      locale,
      colorScheme: 'light',
      viewport: { width: 1280, height: 800 },
      storageState: session,
    })
    const page = await context.newPage()
    const take = async (name: string): Promise<void> => {
      await settle(page)
      await page.screenshot({ path: join(dir, `${name}-${locale}.jpg`), type: 'jpeg', quality })
    }
    await page.goto(`${origin}/inbox/${shown.robotId}/friend/${encodeURIComponent(shown.userId)}`)
    await take('inbox')
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('青瓷')
    await take('search')
    await page.goto(`${origin}/activity`)
    await take('activity')
    const robotId = (await office.api('robots.list', {})).items.at(-1)?.id ?? ''
    await showQrLogin(page, office, robotId)
    await take('login')
    await endLogin(office, robotId)
    await context.close()
  }
}
