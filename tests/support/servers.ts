/** Servers of the system that tests run as processes of their own: with their own configuration, keys and ports. */
import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'

/** A program that tests need, and the package of Debian and Ubuntu that has it. */
export interface SystemServer {
  readonly program: string
  readonly debian: string
}

export const systemServers = {
  sshd: { program: 'sshd', debian: 'openssh-server' },
  nginx: { program: 'nginx', debian: 'nginx-light' },
  caddy: { program: 'caddy', debian: 'caddy' },
  nats: { program: 'nats-server', debian: 'nats-server' },
  rclone: { program: 'rclone', debian: 'rclone' },
  // No server, but as independent: it reads what pictures say of themselves.
  exiftool: { program: 'exiftool', debian: 'libimage-exiftool-perl' },
} as const satisfies Record<string, SystemServer>

/** They are looked for on Linux alone; elsewhere what needs them is skipped. */
export const hasSystemServers = process.platform === 'linux'

/** @returns the program's path; undefined where it is not installed */
export function findServer({ program }: SystemServer, env = process.env): string | undefined {
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].filter((path) => path !== '')
  return folders
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** The program's path. @throws Error that says what to install */
export function requireServer(server: SystemServer): string {
  const found = findServer(server)
  if (found === undefined)
    throw new Error(`${server.program} is not installed (Debian: apt-get install ${server.debian})`)
  return found
}

/** A port of loopback that nobody has now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address ? address.port : 0
      probe.close(() => resolve(port))
    })
  })

/** This process's TCP sockets, as the kernel has them (Linux; elsewhere none are seen). */
function ownSockets(): { state: string; local: number; remote: number }[] {
  if (process.platform !== 'linux') return []
  const own = new Set(
    readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    }),
  )
  const portOf = (address = ''): number => parseInt(address.split(':')[1] ?? '', 16)
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , , , , , , , inode = '']) => own.has(inode))
      .map(([, local, remote, state = '']) => ({ state, local: portOf(local), remote: portOf(remote) })),
  )
}

/** The TCP ports that this process listens on. */
export const listeningPorts = (): number[] =>
  ownSockets()
    .filter(({ state }) => state === '0A')
    .map(({ local }) => local)

/** How many connections of this process lead to a port. */
export const connectionsTo = (port: number): number => ownSockets().filter(({ remote }) => remote === port).length

/** The processes that a process started, and those that they started (Linux). */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
    } catch {
      // It ended meanwhile.
    }
  }
  const found: number[] = []
  const add = (of: number): void => {
    for (const [child, parent] of parents) {
      if (parent !== of || found.includes(child)) continue
      found.push(child)
      add(child)
    }
  }
  add(pid)
  return found
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

/** A server that a test started. */
export class OwnServer {
  #child: ChildProcess | null = null
  readonly #path: string
  readonly #args: readonly string[]
  readonly #env: NodeJS.ProcessEnv
  output = ''

  /** @param env further variables of its environment */
  constructor(path: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#path = path
    this.#args = args
    this.#env = { ...process.env, ...env }
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Starts it; it is there when it takes connections. */
  start(): void {
    const child = spawn(this.#path, this.#args, { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    const hear = (piece: Buffer): void => void (this.output = (this.output + piece.toString()).slice(-20_000))
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
  }

  /** Lets it, and every process that it started, say nothing more. */
  freeze(): void {
    for (const pid of [this.pid, ...descendants(this.pid)]) process.kill(pid, 'SIGSTOP')
  }

  /** Kills it, and every process that it started, in the midst of whatever they do. */
  async kill(): Promise<void> {
    const child = this.#child
    if (!child?.pid || hasEnded(child)) return
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    for (const pid of [child.pid, ...descendants(child.pid)]) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended by itself.
      }
    }
    await ended
  }
}
