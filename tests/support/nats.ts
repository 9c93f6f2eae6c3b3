/** A real NATS server with JetStream on a port and a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as connectTo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from './desk.ts'
import { freePort, requireServer, systemServers } from './servers.ts'

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connectTo(port, '127.0.0.1')
    // It speaks first: INFO.
    socket.once('data', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })

export interface NatsOptions {
  /** More lines of its configuration. */
  readonly config?: string
  /** Bytes of one message; 8 MiB unless given. */
  readonly maxPayload?: number
}

export class NatsServer {
  readonly port: number
  readonly #folder: string
  #child: ChildProcess | null = null

  private constructor(port: number, folder: string) {
    this.port = port
    this.#folder = folder
  }

  static async start({ config = '', maxPayload = 8 * 2 ** 20 }: NatsOptions = {}): Promise<NatsServer> {
    const folder = await mkdtemp(join(tmpdir(), 'switchboard-nats-'))
    const port = await freePort()
    const lines = [
      `listen: 127.0.0.1:${port}`,
      `max_payload: ${maxPayload}`,
      `jetstream { store_dir: "${join(folder, 'data')}" }`,
      config,
    ]
    await writeFile(join(folder, 'nats.conf'), lines.join('\n'))
    const server = new NatsServer(port, folder)
    await server.open()
    return server
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`
  }

  /** Starts it, again after it was killed: on what is on its disk. */
  async open(): Promise<void> {
    const child = spawn(requireServer(systemServers.nats), ['-c', join(this.#folder, 'nats.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000)
    })
    this.#child = child
    await until('NATS to answer', async () => {
      if (child.exitCode !== null) throw new Error(`nats-server ended: ${said}`)
      return answers(this.port)
    })
  }

  /** As a power cut of the process: no goodbye. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (!child || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  /** It keeps its connections and says nothing more, as behind a network that is gone. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  async close(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
