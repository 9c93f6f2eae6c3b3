/** `utilityProcess`: a Node process whose only way to its parent is `process.parentPort`. */
import { spawn, type ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { app } from './app.ts'

interface ForkOptions {
  readonly serviceName?: string
  readonly stdio?: readonly ('ignore' | 'inherit' | 'pipe')[]
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
}

const parentPort = new URL('parent-port.ts', import.meta.url).href

class UtilityProcess extends EventEmitter {
  readonly #child: ChildProcess
  constructor(child: ChildProcess) {
    super()
    this.#child = child
    child.on('spawn', () => this.emit('spawn'))
    child.on('message', (message) => this.emit('message', message))
    child.on('error', (error) => this.emit('error', 'FatalError', '', error.message))
    child.on('exit', (code) => this.emit('exit', code ?? 15))
  }
  get pid(): number | undefined {
    return this.#child.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined
  }
  get stdout(): Readable | null {
    return this.#child.stdout
  }
  get stderr(): Readable | null {
    return this.#child.stderr
  }
  postMessage(message: unknown): void {
    if (this.#child.connected) this.#child.send({ message })
  }
  kill(): boolean {
    return this.#child.kill('SIGTERM')
  }
}

export const utilityProcess = {
  fork(modulePath: string, args: readonly string[] = [], options: ForkOptions = {}): UtilityProcess {
    app.demandReady('utilityProcess')
    const [stdin = 'ignore', stdout = 'inherit', stderr = 'inherit'] = options.stdio ?? []
    if (stdin !== 'ignore') throw new Error('stdin value other than ignore is not supported.')
    const child = spawn(process.execPath, ['--import', parentPort, modulePath, ...args], {
      stdio: [stdin, stdout, stderr, 'ipc'],
      serialization: 'advanced',
      env: options.env ?? process.env,
      cwd: options.cwd,
    })
    return new UtilityProcess(child)
  },
}
