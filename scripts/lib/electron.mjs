/** Whether the desktop window can be had here, and if not, why. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { inProject, projectNode, say, setupDir } from './project.mjs'
import { lastLines, run, step } from './steps.mjs'

const folder = inProject('node_modules', 'electron')
const memory = join(setupDir, 'electron.json')
const totalLimitMs = 60_000
const reachLimitMs = 4_000
const rememberMs = 7 * 24 * 3600_000

/** @type {Partial<Record<NodeJS.Platform, string>>} */
const executables = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }

/**
 * The Electron program, without asking the package for it: that would start a download.
 *
 * @returns {string | undefined} its path
 */
export function findElectron(env = process.env, packageFolder = folder) {
  const usual = executables[process.platform] ?? 'electron'
  const override = env.ELECTRON_OVERRIDE_DIST_PATH
  const pathFile = join(packageFolder, 'path.txt')
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : usual
  const path = override ? join(override, name) : join(packageFolder, 'dist', name)
  return existsSync(path) ? path : undefined
}

/**
 * Why no desktop window can be had here, whatever could be downloaded.
 *
 * @param {{ platform: NodeJS.Platform, env: NodeJS.ProcessEnv, isRoot: boolean, headless: boolean }} situation
 * @returns {string | null} a sentence; null when one could be
 */
export function obstacle({ platform, env, isRoot, headless }) {
  if (headless) return say('Starting without a desktop window, as asked.', '按要求不打开桌面窗口。')
  if (platform !== 'linux') return null
  if (!env.DISPLAY && !env.WAYLAND_DISPLAY) {
    return say(
      'There is no display here, so Switchboard opens in a browser instead of a window of its own.',
      '这里没有图形显示，总机将在浏览器中使用，而不是独立窗口。',
    )
  }
  if (isRoot) {
    return say(
      'As root Electron runs only without its sandbox, which Switchboard does not do; it opens in a browser instead.',
      '以 root 身份运行时 Electron 必须关闭沙盒，总机不这样做，改为在浏览器中使用。',
    )
  }
  return null
}

/** @typedef {{ version: string, problem: string, at: number }} Memory */

/**
 * Whether a failed download is recent enough not to be tried again.
 *
 * @param {Partial<Memory> | undefined} remembered
 * @param {string} version of Electron that is wanted
 * @param {number} now milliseconds
 */
export function isRecent(remembered, version, now) {
  if (!remembered || remembered.version !== version || typeof remembered.at !== 'number') return false
  return remembered.at <= now && now - remembered.at < rememberMs
}

/** @returns {Partial<Memory> | undefined} */
function recall() {
  try {
    return JSON.parse(readFileSync(memory, 'utf8'))
  } catch {
    return undefined
  }
}

/* The host that the download would come from. Behind a proxy there is nothing to be asked beforehand. */
function downloadHost() {
  const { env } = process
  if (env.HTTPS_PROXY || env.https_proxy || env.npm_config_https_proxy || env.ELECTRON_GET_USE_PROXY) return undefined
  const mirror = env.ELECTRON_MIRROR || env.npm_config_electron_mirror || 'https://github.com'
  try {
    const { hostname, port, protocol } = new URL(mirror)
    return { hostname, port: Number(port) || (protocol === 'http:' ? 80 : 443) }
  } catch {
    return undefined
  }
}

/* Downloaded before for another project: no network is needed. */
function isCached() {
  const places = [
    process.env.electron_config_cache,
    join(homedir(), '.cache', 'electron'),
    join(homedir(), 'Library', 'Caches', 'electron'),
    process.env.LOCALAPPDATA && join(process.env.LOCALAPPDATA, 'electron', 'Cache'),
  ]
  return places.some((place) => place && existsSync(place) && readdirSync(place).length > 0)
}

/**
 * @param {{ hostname: string, port: number }} host
 * @returns {Promise<string | null>} what is wrong; null when it answers
 */
function reach({ hostname, port }) {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port })
    /** @param {string | null} problem */
    const end = (problem) => {
      socket.destroy()
      resolve(problem)
    }
    socket.setTimeout(reachLimitMs, () => end(say(`${hostname} does not answer`, `${hostname} 没有应答`)))
    socket.once('connect', () => end(null))
    socket.once('error', () => end(say(`${hostname} cannot be reached`, `连不上 ${hostname}`)))
    // Names are looked up without a limit of their own.
    setTimeout(() => end(say(`${hostname} does not answer`, `${hostname} 没有应答`)), reachLimitMs).unref()
  })
}

/** @returns {Promise<string | null>} what went wrong; null when it is there now */
async function download() {
  const started = Date.now()
  const host = isCached() ? undefined : downloadHost()
  const unreachable = host && (await reach(host))
  if (unreachable) return unreachable
  const limitMs = totalLimitMs - (Date.now() - started)
  const { code, output, timedOut } = await run(projectNode, [join(folder, 'install.js')], {
    log: 'electron.log',
    limitMs,
  })
  if (timedOut) return say('the download took longer than a minute', '下载超过一分钟')
  if (code !== 0) {
    const cause = lastLines(output, 40)
      .split('\n')
      .find((line) => /error/i.test(line))
    return cause?.trim().slice(0, 160) ?? say('the download failed', '下载失败')
  }
  return null
}

/**
 * The Electron program, downloaded if need be: tried once, remembered for a week when it fails.
 *
 * @param {NodeJS.WriteStream} out where progress is shown
 * @param {{ retry: boolean }} options `retry`: whatever is remembered
 * @returns {Promise<{ path: string } | { reason: string }>}
 */
export async function ensureElectron(out, { retry }) {
  const found = findElectron()
  if (found) return { path: found }
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const remembered = recall()
  let problem = remembered?.problem
  if (retry || !problem || !isRecent(remembered, version, Date.now())) {
    const title = say('Downloading the desktop window (Electron, once)', '正在下载桌面窗口（Electron，仅一次）')
    problem = (await step(out, title, download)) ?? undefined
    const path = findElectron()
    if (path) return { path }
    problem ??= say('the download brought no program', '下载内容中没有程序')
    mkdirSync(setupDir, { recursive: true })
    writeFileSync(memory, JSON.stringify({ version, problem, at: Date.now() }))
  }
  return {
    reason: say(
      `Electron is not here and could not be downloaded (${problem}), so Switchboard opens in a browser. To try again: npm start -- --retry-electron`,
      `未安装 Electron 且无法下载（${problem}），总机改为在浏览器中使用。重试：npm start -- --retry-electron`,
    ),
  }
}
