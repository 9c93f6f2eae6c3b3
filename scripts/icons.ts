/**
 * Draws the icons of `resources/` from their one source, `resources/icon.svg`: run it after changing that.
 * A browser draws them, since one is needed for the tests anyway.
 */
import { chromium, type Browser } from '@playwright/test'
import { readFile, writeFile } from 'node:fs/promises'
import { chromiumArgs, findChromium } from '../tests/support/chromium.ts'

const resources = new URL('../resources/', import.meta.url)

interface Icon {
  readonly file: string
  /** Edge in pixels. */
  readonly size: number
  /** The whole icon; or the sign alone in black, which macOS colours to fit its menu bar. */
  readonly form: 'icon' | 'template'
}

const icons: readonly Icon[] = [
  { file: 'icon.png', size: 1024, form: 'icon' },
  { file: 'tray/tray.png', size: 16, form: 'icon' },
  { file: 'tray/tray@2x.png', size: 32, form: 'icon' },
  { file: 'tray/trayTemplate.png', size: 18, form: 'template' },
  { file: 'tray/trayTemplate@2x.png', size: 36, form: 'template' },
]

/** The source in the form that is wanted. */
function inForm(svg: string, form: Icon['form']): string {
  // In a tray there is no room for the margin that a dock wants around an icon.
  const close = svg.replace('viewBox="0 0 1024 1024"', 'viewBox="88 88 848 848"')
  if (form === 'icon') return close
  return close
    .replace('viewBox="88 88 848 848"', 'viewBox="170 120 700 784"')
    .replace(/<rect [^>]*\/>/, '')
    .replaceAll('#ffffff', '#000000')
    .replace(/<circle id="hole"[^>]*\/>/, '')
}

/** Draws a picture with transparent ground. */
async function draw(browser: Browser, svg: string, size: number): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  await page.setContent(
    `<style>body { margin: 0 } svg { display: block; width: ${size}px; height: ${size}px }</style>${svg}`,
  )
  const picture = await page.screenshot({ omitBackground: true })
  await page.close()
  return picture
}

const source = await readFile(new URL('icon.svg', resources), 'utf8')
const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs() })
try {
  for (const { file, size, form } of icons) {
    const svg = file === 'icon.png' ? source : inForm(source, form)
    await writeFile(new URL(file, resources), await draw(browser, svg, size))
    process.stdout.write(`resources/${file}\n`)
  }
} finally {
  await browser.close()
}
