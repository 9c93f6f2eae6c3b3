/** Any program that leads here from outside (cloudflared, frpc): run without a shell, its address read from its output. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import type { SettingsOf } from '#shared/contract/entries/reach.ts'
import { AppError } from '#shared/contract/errors.ts'
import { findUrl, lineLimit } from './find-url.ts'
import type { OpenWay, Way, WayTools } from './way.ts'

type Settings = SettingsOf<'command'>
type Child = ChildProcessByStdio<null, Readable, Readable>

/** How long it may take to print its address, and to end when it is asked to, in milliseconds. */
export interface CommandPatience {
  readonly urlMs: number
  readonly endMs: number
}
const usualPatience: CommandPatience = { urlMs: 60_000, endMs: 3000 }
/** How many of its last lines go to the log when it fails. */
const keptLines = 20

const programProblems: Readonly<Record<string, string>> = { ENOENT: 'program-absent', EACCES: 'program-forbidden' }

/** Its environment: this process's own, without what opens this application. */
function environment(settings: Settings, secret: string | null): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('SWITCHBOARD_'))
  const env = Object.fromEntries(own) as NodeJS.ProcessEnv
  return settings.secretName !== null && secret !== null ? { ...env, [settings.secretName]: secret } : env
}

/** Ends it with all that it started. */
function signalTree(child: Child, signal: NodeJS.Signals): void {
  const { pid } = child
  if (pid === undefined) return
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).on('error', () => {})
    return
  }
  try {
    // It leads a group of its own.
    process.kill(-pid, signal)
  } catch {
    // Nobody of it is left.
  }
}

/** Hears whole lines, each cut to what is looked at. */
function eachLine(stream: Readable, hear: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (piece: string) => {
    const lines = (rest + piece).split(/\r?\n|\r/)
    // A program that never ends its line takes no room.
    rest = (lines.pop() ?? '').slice(-lineLimit)
    for (const line of lines) hear(line.slice(0, lineLimit))
  })
  stream.on('end', () => rest && hear(rest))
  stream.on('error', () => undefined)
}

/** What it printed last, without what may be a secret: its arguments, and what was given to it. */
function withoutSecrets(lines: readonly string[], hidden: readonly string[]): string[] {
  const long = hidden.filter((text) => text.length >= 8)
  return lines.map((line) => long.reduce((text, secret) => text.replaceAll(secret, '***'), line))
}

export const commandWay = (settings: Settings, tools: WayTools, patience = usualPatience): Way => ({
  async open(signal): Promise<OpenWay> {
    const { port } = tools.door()
    const argv = settings.argv.map((argument) => argument.replaceAll('{port}', String(port)))
    const [program = '', ...args] = argv
    const command = basename(program)
    const secret = settings.secretName === null ? null : await tools.secret('commandSecret')
    if (settings.secretName !== null && secret === null) {
      throw new AppError('reach-secret-missing', { what: settings.secretName })
    }
    const child: Child = spawn(program, args, {
      env: environment(settings, secret),
      shell: false,
      detached: process.platform !== 'win32',
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said: string[] = []
    const { promise: url, resolve: found } = Promise.withResolvers<string>()
    const hear = (line: string): void => {
      said.push(line)
      if (said.length > keptLines) said.shift()
      const address = settings.pattern === null ? null : findUrl(settings.pattern, line)
      if (address !== null) found(address)
    }
    eachLine(child.stdout, hear)
    eachLine(child.stderr, hear)
    if (settings.publicUrl !== null && settings.pattern === null) {
      const { publicUrl } = settings
      child.once('spawn', () => found(publicUrl))
    }

    let hasEnded = false
    const ended = new Promise<AppError>((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        hasEnded = true
        resolve(new AppError('reach-command', { command, problem: programProblems[error.code ?? ''] ?? error.message }))
      })
      child.once('exit', (code, by) => {
        hasEnded = true
        // What it started and left behind goes with it.
        signalTree(child, 'SIGKILL')
        resolve(new AppError('reach-command', { command, problem: 'exited', code: String(by ?? code) }))
      })
    })
    const close = async (): Promise<void> => {
      if (hasEnded) return
      signalTree(child, 'SIGTERM')
      const late = setTimeout(() => signalTree(child, 'SIGKILL'), patience.endMs)
      await ended
      clearTimeout(late)
    }
    const fail = async (error: AppError): Promise<never> => {
      await close()
      const output = withoutSecrets(said, [...args, ...(secret === null ? [] : [secret])])
      tools.log.warn({ command, output }, 'the command of a way in did not lead here')
      throw error
    }

    const timer = new AbortController()
    const late = new Promise<'late'>((resolve) => {
      const limit = setTimeout(resolve, patience.urlMs, 'late')
      timer.signal.addEventListener('abort', () => clearTimeout(limit))
    })
    const unwanted = new Promise<AppError>((resolve) => {
      const abort = (): void => resolve(new AppError('reach-lost', { problem: 'ABORTED' }))
      if (signal.aborted) abort()
      signal.addEventListener('abort', abort, { once: true })
    })
    const outcome = await Promise.race([url, ended, unwanted, late])
    timer.abort()
    if (outcome instanceof AppError) return fail(outcome)
    if (outcome === 'late') {
      return fail(new AppError('reach-no-url', { command, seconds: Math.round(patience.urlMs / 1000) }))
    }
    return { publicUrl: outcome, ended, close }
  },
})
