/**
 * Finds a Chromium to test in. Playwright's own download is not used: browsers of the system are updated by
 * the system, and many offices allow no other download.
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const onPath = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge']

const usualPlaces = (env: NodeJS.ProcessEnv): Partial<Record<NodeJS.Platform, string[]>> => {
  const windows = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']]
    .filter((folder) => folder !== undefined)
    .flatMap((folder) => [
      join(folder, 'Google/Chrome/Application/chrome.exe'),
      join(folder, 'Microsoft/Edge/Application/msedge.exe'),
    ])
  return {
    linux: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/snap/bin/chromium', '/opt/google/chrome/chrome'],
    darwin: [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    ],
    win32: windows,
  }
}

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * The browser to test in: `CHROMIUM_PATH`, else one on the path, else one in a usual place.
 *
 * @returns its absolute path; undefined when there is none
 */
export function findChromium(env = process.env, platform = process.platform): string | undefined {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const candidates = [
    ...(env.CHROMIUM_PATH ? [env.CHROMIUM_PATH] : []),
    ...(platform === 'win32' ? [] : onPath.flatMap((name) => folders.map((folder) => join(folder, name)))),
    ...(usualPlaces(env)[platform] ?? []),
  ]
  return candidates.find(isExecutable)
}

/** Switches that keep the browser quiet on the network and, as root, let it start at all. */
export function chromiumArgs(isRoot = process.getuid?.() === 0): string[] {
  return [
    ...(isRoot ? ['--no-sandbox'] : []),
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--disable-quic',
    '--disable-gpu',
  ]
}
