/**
 * Draws the icons of `resources/` from their one source, `resources/icon.svg`: run it after changing that.
 * A browser draws them, since one is needed for the tests anyway. Those of the installers lie in `resources/package`.
 */
import { chromium, type Browser } from '@playwright/test'
import { readFile, writeFile } from 'node:fs/promises'
import { chromiumArgs, findChromium } from '../tests/support/chromium.ts'
import { icnsOf, icnsSizes, icoOf, icoSizes, type Picture } from './lib/icon-files.ts'

const resources = new URL('../resources/', import.meta.url)

interface Icon {
  readonly file: string
  /** Edge in pixels. */
  readonly size: number
  /** As it is drawn; without the margin; or the sign alone in black, which macOS colours to fit its menu bar; or a dot. */
  readonly form: 'whole' | 'icon' | 'template' | 'dot'
  readonly mark?: keyof typeof marks
}

/** What a tray's picture tells beside the sign: a dot where something is unread, a larger one for the watch. */
const marks = { unread: { radius: 150, fill: '#ffffff' }, attention: { radius: 190, fill: '#ff7a1a' } }

const icons: readonly Icon[] = [
  { file: 'icon.png', size: 1024, form: 'whole' },
  // For Linux a folder with a file for each size, named as its icon themes are.
  ...[16, 24, 32, 48, 64, 128, 256, 512].map((size): Icon => {
    return { file: `package/icons/${size}x${size}.png`, size, form: 'whole' }
  }),
  ...(['calm', 'unread', 'attention'] as const).flatMap((state): Icon[] => {
    const mark = state === 'calm' ? {} : { mark: state }
    return [
      { file: `tray/tray-${state}.png`, size: 16, form: 'icon', ...mark },
      { file: `tray/tray-${state}@2x.png`, size: 32, form: 'icon', ...mark },
      { file: `tray/tray-${state}Template.png`, size: 18, form: 'template', ...mark },
      { file: `tray/tray-${state}Template@2x.png`, size: 36, form: 'template', ...mark },
    ]
  }),
  // Laid over the icon in the task bar of Windows where something is unread.
  { file: 'tray/overlay.png', size: 32, form: 'dot' },
]

/** The source in the form that is wanted. */
function inForm(svg: string, { form, mark }: Icon): string {
  return mark === undefined ? plain(svg, form) : marked(plain(svg, form), form, mark)
}

/** With a dot at the lower right, and a ring of nothing around it that parts it from the sign. */
function marked(svg: string, form: Icon['form'], mark: keyof typeof marks): string {
  const { radius, fill } = marks[mark]
  const [left = 0, top = 0, width = 0, height = 0] = (/viewBox="([^"]+)"/.exec(svg)?.[1] ?? '').split(' ').map(Number)
  const at = `cx="${left + width - radius}" cy="${top + height - radius}"`
  const hole = `<mask id="hole-of-mark"><rect x="${left}" y="${top}" width="${width}" height="${height}" fill="#fff"/><circle ${at} r="${radius + 50}" fill="#000"/></mask>`
  const dot = `<circle ${at} r="${radius}" fill="${form === 'template' ? '#000000' : fill}"/>`
  return svg.replace(/(<svg[^>]*>)/, `$1${hole}<g mask="url(#hole-of-mark)">`).replace('</svg>', `</g>${dot}</svg>`)
}

function plain(svg: string, form: Icon['form']): string {
  if (form === 'whole') return svg
  if (form === 'dot') {
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="13" fill="${marks.attention.fill}"/></svg>`
  }
  // In a tray and on Windows there is no room for the margin that a dock wants around an icon.
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

async function drawAll(browser: Browser, svg: string, sizes: readonly number[]): Promise<Picture[]> {
  const pictures: Picture[] = []
  for (const size of sizes) pictures.push({ size, png: await draw(browser, svg, size) })
  return pictures
}

async function write(file: string, content: Buffer): Promise<void> {
  await writeFile(new URL(file, resources), content)
  process.stdout.write(`resources/${file}\n`)
}

const source = await readFile(new URL('icon.svg', resources), 'utf8')
const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs() })
try {
  for (const icon of icons) {
    await write(icon.file, await draw(browser, inForm(source, icon), icon.size))
  }
  await write('package/icon.ico', icoOf(await drawAll(browser, plain(source, 'icon'), icoSizes)))
  await write('package/icon.icns', icnsOf(await drawAll(browser, source, icnsSizes)))
} finally {
  await browser.close()
}
