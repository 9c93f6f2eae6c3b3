/** Any program that leads here from outside (cloudflared, frpc): run without a shell, its address read from its output. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { SettingsOf } from '#shared/contract/entries/reach.ts'
import { AppError } from '#shared/contract/errors.ts'
import { inUrl } from '../callbacks/entrance.ts'
import { AddressSearch } from './address-search.ts'
import { hideSecrets, secretsIn } from './hide-secrets.ts'
import { readLines } from './output.ts'
import { guardGroup, hasGroups, killGroup, signalGroup } from './process-group.ts'
import type { OpenWay, Way, WayTools } from './way.ts'

type Settings = SettingsOf<'command'>
type Child = ChildProcessByStdio<null, Readable, Readable>

/** How long it may take to print its address, and to end when it is asked to; how long one look may take, in milliseconds. */
export interface CommandPatience {
  readonly urlMs: number
  readonly endMs: number
  readonly lookMs?: number
}
const usualPatience: CommandPatience = { urlMs: 60_000, endMs: 3000 }
/** How many of the last lines of each of its outputs go to the log when it fails. */
const keptLines = 20
/** How long what it printed just before its end may take to be read, in milliseconds. */
const drainMs = 300

const programProblems: Readonly<Record<string, string>> = { ENOENT: 'program-absent', EACCES: 'program-forbidden' }

/** Its environment: this process's own, without what opens this application. */
function environment(settings: Settings, secret: string | null): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('SWITCHBOARD_'))
  const env = Object.fromEntries(own) as NodeJS.ProcessEnv
  return settings.secretName !== null && secret !== null ? { ...env, [settings.secretName]: secret } : env
}

/** What a command is run with. */
interface Run {
  readonly program: string
  readonly args: readonly string[]
  /** The value of the variable that was named; null where none was. */
  readonly secret: string | null
}

/** @throws AppError reach-secret-missing, reach-lost, vault-locked */
async function runOf(settings: Settings, tools: WayTools): Promise<Run> {
  const { host, port } = tools.door()
  const fill = (argument: string): string =>
    argument.replaceAll('{port}', String(port)).replaceAll('{host}', inUrl(host))
  const [program = '', ...args] = settings.argv.map(fill)
  const secret = settings.secretName === null ? null : await tools.secret('commandSecret')
  if (settings.secretName !== null && secret === null) {
    throw new AppError('reach-secret-missing', { what: settings.secretName })
  }
  return { program, args, secret }
}

function start({ program, args, secret }: Run, settings: Settings): Child {
  return spawn(program, args, {
    env: environment(settings, secret),
    shell: false,
    detached: hasGroups,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** A command that runs. */
class Running {
  readonly #child: Child
  readonly #run: Run
  readonly #tools: WayTools
  readonly #endMs: number
  /** What each of its outputs said last. */
  readonly #said: readonly string[][] = [[], []]
  #hasEnded = false
  #drained: Promise<unknown> = Promise.resolve()
  readonly command: string
  /** Resolves with why it ended. */
  readonly ended: Promise<AppError>
  /** Resolves when it runs. */
  readonly spawned: Promise<void>

  constructor(run: Run, child: Child, tools: WayTools, endMs: number) {
    this.#run = run
    this.#child = child
    this.#tools = tools
    this.#endMs = endMs
    const command = basename(run.program)
    this.command = command
    this.spawned = new Promise((resolve) => child.once('spawn', resolve))
    const release = guardGroup(child)
    this.ended = new Promise<AppError>((resolve) => {
      const end = (problem: string, params = {}): void => {
        release()
        resolve(new AppError('reach-command', { command, problem, ...params }))
      }
      child.once('error', (error: NodeJS.ErrnoException) => {
        this.#hasEnded = true
        end(programProblems[error.code ?? ''] ?? error.message)
      })
      child.once('exit', (code, by) => {
        this.#hasEnded = true
        // What it started and left behind goes with it.
        void killGroup(child).then(() => end('exited', { code: String(by ?? code) }))
      })
    })
  }

  /** Reads what it prints, for the search as long as that goes on. */
  read(search: AddressSearch | null): void {
    const reading = [this.#child.stdout, this.#child.stderr].map((stream, index) => {
      const said = this.#said[index] ?? []
      return readLines(stream, async (lines) => {
        said.push(...lines.slice(-keptLines))
        said.splice(0, said.length - keptLines)
        if (search && !search.isOver) await search.look(lines)
      })
    })
    this.#drained = Promise.all(reading)
  }

  /** Puts what it printed last into the log, once it has ended. */
  async tell(message: string): Promise<void> {
    await Promise.race([this.#drained, wait(drainMs, undefined, { ref: false })])
    const { args, secret } = this.#run
    const output = hideSecrets(this.#said.flat(), [...secretsIn(args), ...(secret === null ? [] : [secret])])
    this.#tools.log.warn({ command: this.command, output }, message)
  }

  readonly close = async (): Promise<void> => {
    if (this.#hasEnded) return void (await this.ended)
    signalGroup(this.#child, 'SIGTERM')
    const late = setTimeout(() => signalGroup(this.#child, 'SIGKILL'), this.#endMs)
    await this.ended
    clearTimeout(late)
  }
}

/** Resolves when a way is no longer wanted. */
const unwanted = (signal: AbortSignal): Promise<AppError> =>
  new Promise((resolve) => {
    const abort = (): void => resolve(new AppError('reach-lost', { problem: 'ABORTED' }))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
  })

export const commandWay = (settings: Settings, tools: WayTools, patience = usualPatience): Way => ({
  async open(signal): Promise<OpenWay> {
    const run = await runOf(settings, tools)
    if (signal.aborted) throw new AppError('reach-lost', { problem: 'ABORTED' })
    const running = new Running(run, start(run, settings), tools, patience.endMs)
    const { command, ended, close } = running
    const search = settings.pattern === null ? null : new AddressSearch(settings.pattern, patience.lookMs)
    running.read(search)

    const late = Promise.withResolvers<AppError>()
    const timer = setTimeout(() => {
      late.resolve(new AppError('reach-no-url', { command, seconds: Math.round(patience.urlMs / 1000) }))
    }, patience.urlMs)
    const known = running.spawned.then(() => ({ url: settings.publicUrl ?? '' }))
    const outcome = await Promise.race([search?.outcome ?? known, ended, unwanted(signal), late.promise])
    clearTimeout(timer)
    search?.end()
    if (outcome !== 'slow' && !(outcome instanceof AppError)) {
      let isUnwanted = false
      void ended.then(async () => {
        if (!isUnwanted) await running.tell('the command of a way in ended')
      })
      const end = (): Promise<void> => {
        isUnwanted = true
        return close()
      }
      return { publicUrl: outcome.url, ended, close: end }
    }
    await close()
    await running.tell('the command of a way in did not lead here')
    throw outcome === 'slow' ? new AppError('reach-command', { command, problem: 'pattern-slow' }) : outcome
  },
})
