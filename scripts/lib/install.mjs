/** Installs the packages that package-lock.json names, when they are not there already. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { withLock } from './lock.mjs'
import { inProject, root, say, setupDir } from './project.mjs'
import { lastLines, run, step, StepFailure } from './steps.mjs'

/**
 * @typedef {{ version?: string, link?: boolean, optional?: boolean, peer?: boolean }} LockedPackage
 * @typedef {{ packages: Record<string, LockedPackage> }} Lock
 */

/**
 * Whether what is installed is what the lock names. npm writes its own record last, so an installation that
 * was broken off has none; packages for other operating systems may be absent.
 *
 * @param {Lock} wanted package-lock.json
 * @param {Lock | undefined} installed node_modules/.package-lock.json
 */
export function isComplete(wanted, installed) {
  if (!installed) return false
  return Object.entries(wanted.packages).every(([path, { version, link, optional }]) => {
    if (path === '' || link) return true
    const found = installed.packages[path]
    return found ? found.version === version : optional === true
  })
}

/**
 * @param {string} path
 * @returns {Lock | undefined}
 */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** @param {string} folder the project's */
function isInstalled(folder) {
  const wanted = readLock(join(folder, 'package-lock.json'))
  const node = join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  return Boolean(
    wanted && existsSync(node) && isComplete(wanted, readLock(join(folder, 'node_modules/.package-lock.json'))),
  )
}

/* npm as it was called, on the Node outside of the folder that it is about to replace. */
function npmCommand() {
  const { npm_execpath: cli, npm_node_execpath: node } = process.env
  const isNpm = cli !== undefined && /^npm(-cli)?\.c?js$/.test(basename(cli))
  if (isNpm && node && existsSync(node) && !node.startsWith(inProject('node_modules'))) {
    return { command: node, first: [cli], shell: false }
  }
  // On Windows npm is a batch file, which only a shell can start.
  return { command: 'npm', first: [], shell: process.platform === 'win32' }
}

/* The project's own programs are about to be replaced: they must not be found while that happens. */
function outerEnvironment() {
  const own = inProject('node_modules', '.bin')
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== own)
  return { ...process.env, PATH: path.join(delimiter) }
}

/**
 * The lines that say what went wrong: npm's first ones, since pages of help may follow them.
 *
 * @param {string} output
 */
function causeIn(output) {
  const errors = lastLines(output, 10_000)
    .split('\n')
    .filter((line) => /^npm (error|ERR!)\s+\S/.test(line))
  return errors.length > 0 ? errors.slice(0, 12).join('\n') : lastLines(output, 15)
}

/** @param {string} output */
function explain(output) {
  const log = join(setupDir, 'install.log')
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH/.test(output)) {
    return say(
      `The packages could not be downloaded: the registry cannot be reached. Check the network or npm's proxy setting, and start again. (Everything: ${log})`,
      `无法下载依赖：连不上软件源。请检查网络或 npm 代理设置后重试。（完整记录：${log}）`,
    )
  }
  if (/ENOSPC/.test(output))
    return say('The disk is full. Free some space, and start again.', '磁盘已满，请清理后重试。')
  if (/EACCES|EPERM/.test(output)) {
    return say(
      `The packages could not be written into ${root}. Check the folder's permissions, and start again. (Everything: ${log})`,
      `无法写入 ${root}。请检查该目录的权限后重试。（完整记录：${log}）`,
    )
  }
  return say(
    `The packages could not be installed. The lines above say why; everything is in ${log}.`,
    `依赖安装失败，原因见上；完整记录：${log}`,
  )
}

async function install() {
  const { command, first, shell } = npmCommand()
  // Windows keeps a running program's file: `npm ci` could not remove the Node that runs this.
  const inPlace = process.platform === 'win32' && existsSync(inProject('node_modules'))
  const what = inPlace ? ['install', '--no-save'] : ['ci']
  const args = [...first, ...what, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const result = await run(command, args, { log: 'install.log', env: outerEnvironment(), shell }).catch((error) => {
    throw new StepFailure(
      say(
        `npm could not be started (${error.message}). Install Node.js with npm, and start again.`,
        `无法启动 npm(${error.message})。请安装带 npm 的 Node.js 后重试。`,
      ),
    )
  })
  if (result.code !== 0) throw new StepFailure(explain(result.output), causeIn(result.output))
  if (!isInstalled(root)) {
    throw new StepFailure(
      say(
        'npm ended well, but the packages are not complete. If npm is set to ignore install scripts, allow them (npm config set ignore-scripts false), and start again.',
        'npm 已结束，但依赖不完整。如果 npm 设置了忽略安装脚本，请执行 npm config set ignore-scripts false 后重试。',
      ),
      lastLines(result.output, 15),
    )
  }
}

/**
 * Installs what is missing; takes milliseconds when nothing is.
 *
 * @param {NodeJS.WriteStream} out where progress is shown
 * @throws {StepFailure}
 */
export async function ensureInstalled(out) {
  if (isInstalled(root)) return
  await withLock(async () => {
    if (isInstalled(root)) return
    await step(out, say('Installing packages (about a minute)', '正在安装依赖（约一分钟）'), install)
  })
}
