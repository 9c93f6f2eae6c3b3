/** Makes sure that there is a browser to test in. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findChromium } from '../../tests/support/chromium.ts'
import { run, step, StepFailure } from './steps.mjs'

const missing =
  'There is no Chromium to test in. Install Chromium, Chrome or Edge (Debian and Ubuntu: sudo apt-get install chromium), or name one by CHROMIUM_PATH.'

const hasApt = (): boolean => {
  try {
    execFileSync('apt-get', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/* Without them Chinese, Thai and emoji names are boxes, and the pictures of a failed test say nothing. */
const fonts = ['fonts-noto-cjk', 'fonts-noto-color-emoji', 'fonts-thai-tlwg']

/**
 * Finds a browser, or installs one from the system's packages where that is allowed: as root, with apt.
 *
 * @param out where progress is shown
 * @returns its path
 * @throws StepFailure that says what to install
 */
export async function ensureBrowser(out: NodeJS.WriteStream): Promise<string> {
  const found = findChromium()
  if (found !== undefined) return found
  const mayInstall = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/etc/debian_version')
  if (!mayInstall || !hasApt()) throw new StepFailure(missing)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await step(out, 'Installing Chromium from the system’s packages', async () => {
    await run('apt-get', ['update'], { log: 'apt-update.log', env })
    const apt = ['install', '-y', '--no-install-recommends']
    const result = await run('apt-get', [...apt, 'chromium', ...fonts], { log: 'apt-install.log', env })
    // A distribution without one of the fonts still has the browser.
    if (result.code !== 0) await run('apt-get', [...apt, 'chromium'], { log: 'apt-install.log', env })
  })
  const installed = findChromium()
  if (installed === undefined) throw new StepFailure(missing)
  return installed
}
