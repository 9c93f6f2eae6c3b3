/**
 * `npm start`: installs, builds and starts the application; in a window of its own where there is Electron and
 * a display, else in the browser. `--headless` asks for the latter, `--retry-electron` for another attempt at
 * the download, `--no-open` keeps the browser shut; everything else goes to the host.
 */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ensureBuilt } from './lib/build.mjs'
import { ensureElectron, obstacle } from './lib/electron.mjs'
import { ensureInstalled } from './lib/install.mjs'
import { inProject, projectNode, root, say, setupDir } from './lib/project.mjs'
import { runMain } from './lib/steps.mjs'

const own = ['--headless', '--retry-electron', '--no-open']
const args = process.argv.slice(2)
const rest = args.filter((arg) => !own.includes(arg))
const out = process.stdout

const hasDisplay = () =>
  process.platform !== 'linux' || Boolean(process.env.DISPLAY) || Boolean(process.env.WAYLAND_DISPLAY)

/**
 * Hands signals on to a child that is in a process group of its own, so that Ctrl+C reaches it once and not
 * once from the terminal and once from here.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
function passSignals(child) {
  process.on('SIGINT', () => child.kill('SIGINT'))
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.on('SIGHUP', () => child.kill('SIGTERM'))
}

/**
 * Runs the desktop application to its end.
 *
 * @param {string} electron
 * @returns {Promise<string | null>} why it could not be started at all; null: it ran, and this process ends with it
 */
function runDesktop(electron) {
  const env = { ...process.env }
  // Set by some editors' terminals: Electron would then be a plain Node.
  delete env.ELECTRON_RUN_AS_NODE
  return new Promise((resolve) => {
    const child = spawn(electron, [root, ...rest], { env, stdio: 'inherit', detached: process.platform !== 'win32' })
    passSignals(child)
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => {
      // 127: a system library that Electron needs is not there.
      if (code === 127) resolve(say('a system library is missing', '缺少系统库'))
      else process.exit(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1))
    })
  })
}

/** @param {string} url */
function openBrowser(url) {
  /** @type {Partial<Record<NodeJS.Platform, [string, string[]]>>} */
  const openers = { darwin: ['open', [url]], win32: ['cmd', ['/c', 'start', '""', url]] }
  const [command, commandArgs] = openers[process.platform] ?? ['xdg-open', [url]]
  const child = spawn(command, commandArgs, { stdio: 'ignore', detached: true, windowsVerbatimArguments: true })
  // The address is on the screen anyway.
  child.on('error', () => {})
  child.unref()
}

/** @param {string} line the host's ready line */
function announce(line) {
  /** @type {{ event?: string, url?: string }} */
  let ready
  try {
    ready = JSON.parse(line)
  } catch {
    return
  }
  if (ready.event !== 'ready' || !ready.url) return
  const opens = hasDisplay() && !args.includes('--no-open')
  out.write(
    [
      '',
      opens
        ? say(
            'Switchboard is running and opens in your browser. If it does not, open this link:',
            '总机已启动，正在浏览器中打开。若未打开，请访问：',
          )
        : say(
            'Switchboard is running. Open this link in a browser on this machine:',
            '总机已启动。请在本机浏览器中打开：',
          ),
      '',
      `  ${ready.url}`,
      '',
      say(
        'The link signs one browser in, once. Ctrl+C ends Switchboard.',
        '该链接只能登录一个浏览器一次。按 Ctrl+C 结束总机。',
      ),
      '',
    ].join('\n'),
  )
  if (opens) openBrowser(ready.url)
}

function runHeadless() {
  const log = join(setupDir, 'host.log')
  mkdirSync(setupDir, { recursive: true })
  writeFileSync(log, '', { mode: 0o600 })
  const child = spawn(projectNode, [inProject('out/main/headless.js'), '--with-parent', ...rest], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  })
  passSignals(child)
  createInterface(child.stdout).on('line', announce)
  createInterface(child.stderr).on('line', (line) => {
    // Its log is JSON; a plain line is a sentence for the operator.
    if (line.startsWith('{')) appendFileSync(log, `${line}\n`)
    else process.stderr.write(`${line}\n`)
  })
  child.once('close', (code, signal) => {
    const isFailure = code !== 0 && code !== 130 && code !== 143
    // A plain sentence stands above already; the log is for what has none.
    if (isFailure && statSync(log).size > 0) {
      process.stderr.write(say(`The log is in ${log}.\n`, `日志：${log}\n`))
    }
    process.exit(code ?? (signal ? 1 : 0))
  })
}

runMain(async () => {
  await ensureInstalled(out)
  await ensureBuilt(out)
  const isRoot = process.getuid?.() === 0
  let reason = obstacle({
    platform: process.platform,
    env: process.env,
    isRoot,
    headless: args.includes('--headless'),
  })
  if (reason === null) {
    const electron = await ensureElectron(out, { retry: args.includes('--retry-electron') })
    if ('path' in electron) {
      const problem = await runDesktop(electron.path)
      reason = say(
        `The desktop window could not be started (${problem}), so Switchboard opens in a browser.`,
        `无法启动桌面窗口（${problem}），总机改为在浏览器中使用。`,
      )
    } else {
      reason = electron.reason
    }
  }
  out.write(`${reason}\n`)
  runHeadless()
})
