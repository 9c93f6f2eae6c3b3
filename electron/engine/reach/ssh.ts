/**
 * A reverse tunnel: an SSH server of the operator's own listens for the platform and passes each connection on to the
 * listener here (RFC 4254 §7). The server's host key is pinned when it is first seen.
 */
import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type ssh2 from 'ssh2'
import type { Client, ClientChannel, ConnectConfig } from 'ssh2'
import type { SettingsOf } from '#shared/contract/entries/reach.ts'
import { AppError } from '#shared/contract/errors.ts'
import { inTime } from '../in-time.ts'
import { noticeSleep, usualSleep, type SleepOptions } from './sleep.ts'
import type { OpenWay, Way, WayTools } from './way.ts'

type Settings = SettingsOf<'ssh'>

/** How long connecting and logging in may take, in milliseconds. */
const readyMs = 20_000
/** A server that answers none of so many questions, one each so often, is gone. */
const keepAlive = { keepaliveInterval: 10_000, keepaliveCountMax: 3 }

/** The library is large and few need it. It does without its native parts, which are not built. */
const library = async (): Promise<typeof ssh2> => (await import('ssh2')).default

/** A key's fingerprint as `ssh-keygen -l` shows it. */
export const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

/**
 * Sees whether a private key can be used.
 *
 * @param mayBeClosed an encrypted one will do, though its passphrase is not here
 * @throws AppError reach-secret-unreadable
 */
export async function checkKey(text: string, passphrase: string | null, mayBeClosed = false): Promise<void> {
  const { utils } = await library()
  const parsed = utils.parseKey(text, passphrase ?? undefined)
  const first = Array.isArray(parsed) ? parsed[0] : parsed
  if (mayBeClosed && first instanceof Error && /encrypted/i.test(first.message)) return
  if (first instanceof Error) throw new AppError('reach-secret-unreadable', { problem: first.message })
  if (!first?.isPrivateKey()) throw new AppError('reach-secret-unreadable', { problem: 'key-is-public' })
}

/** Where an agent of the system listens. */
function agentOf(env = process.env): string | undefined {
  return env.SSH_AUTH_SOCK ?? (process.platform === 'win32' ? String.raw`\\.\pipe\openssh-ssh-agent` : undefined)
}

const missing = (what: string): AppError => new AppError('reach-secret-missing', { what })

/** How it logs in. @throws AppError reach-secret-missing, reach-secret-unreadable, vault-locked */
async function credentials({ auth }: Settings, tools: WayTools): Promise<Partial<ConnectConfig>> {
  if (auth === 'agent') {
    const agent = agentOf()
    if (agent === undefined) throw missing('SSH_AUTH_SOCK')
    return { agent }
  }
  if (auth === 'password') {
    const password = await tools.secret('sshPassword')
    if (password === null) throw missing('SSH password')
    return { password }
  }
  const privateKey = await tools.secret('sshKey')
  if (privateKey === null) throw missing('SSH key')
  const passphrase = await tools.secret('sshKeyPassphrase')
  await checkKey(privateKey, passphrase)
  return { privateKey, ...(passphrase !== null && { passphrase }) }
}

/** The network's codes that have words of their own where the other end is a server. */
const serverProblems: Readonly<Record<string, string>> = {
  ENOTFOUND: 'server-unknown',
  EAI_AGAIN: 'server-unknown',
  ECONNREFUSED: 'server-refuses',
  ETIMEDOUT: 'server-silent',
  EHOSTUNREACH: 'server-silent',
  ENETUNREACH: 'server-silent',
}

function problemOf(error: Error & { level?: string; code?: unknown }): string {
  if (error.level === 'client-timeout') return 'server-silent'
  const code = typeof error.code === 'string' ? error.code : null
  return (code && (serverProblems[code] ?? code)) ?? error.message
}

/** What an error of the library means before it is up. */
function openingFailure(error: Error & { level?: string }, server: string): AppError {
  if (error.level === 'client-authentication') return new AppError('reach-refused', { server }, { cause: error })
  return new AppError('reach-unreachable', { server, problem: problemOf(error) }, { cause: error })
}

/** Passes one connection of the server's on to the listener; either end that breaks ends the other. */
function passOn(channel: ClientChannel, tools: WayTools): void {
  let door
  try {
    door = tools.door()
  } catch {
    channel.destroy()
    return
  }
  const socket = connect({ ...door, noDelay: true })
  // What was not acknowledged is sent again: neither end needs to know why.
  socket.on('error', () => channel.destroy())
  channel.on('error', () => socket.destroy())
  socket.on('close', () => channel.end())
  channel.on('close', () => socket.destroy())
  channel.pipe(socket).pipe(channel)
}

interface Shown {
  /** The host key that was shown and is not the pinned one. */
  refused: string | null
}

/** A connection that is logged in. The library closes none that it has said goodbye on: its socket is kept for that. */
interface LoggedIn {
  readonly client: Client
  readonly socket: Socket
  readonly ended: Promise<AppError>
}

/** Connects and logs in. @throws AppError */
async function logIn(settings: Settings, tools: WayTools, server: string, signal: AbortSignal): Promise<LoggedIn> {
  const { host, port, username } = settings
  const login = await credentials(settings, tools)
  const { Client } = await library()
  const client = new Client()
  const shown: Shown = { refused: null }
  const pinned = tools.pinnedKey(server)
  if (signal.aborted) throw new AppError('reach-lost', { problem: 'ABORTED' })
  const socket = connect({ host, port, noDelay: true })
  signal.addEventListener('abort', () => socket.destroy(), { once: true })

  const ended = new Promise<AppError>((resolve) => {
    let problem = 'closed'
    client.on('error', (error: Error) => (problem = problemOf(error)))
    client.on('close', () => resolve(new AppError('reach-lost', { problem })))
  })
  const ready = new Promise<void>((resolve, reject) => {
    client.once('ready', resolve)
    client.once('error', (error) => reject(openingFailure(error, server)))
    client.once('close', () => reject(new AppError('reach-unreachable', { server, problem: 'closed' })))
  })
  client.connect({
    ...login,
    ...keepAlive,
    sock: socket,
    username,
    readyTimeout: readyMs,
    hostVerifier: (key: Buffer, verify: (fits: boolean) => void) => {
      const fingerprint = fingerprintOf(key)
      if (pinned === fingerprint) return verify(true)
      if (pinned !== null) {
        shown.refused = fingerprint
        return verify(false)
      }
      // On the disk before anything is told to the server.
      tools.pin(server, fingerprint).then(
        () => verify(true),
        () => verify(false),
      )
    },
  })
  try {
    await ready
  } catch (error) {
    socket.destroy()
    if (shown.refused === null) throw error
    throw new AppError('reach-host-key', { server, fingerprint: shown.refused, pinned: pinned ?? '' }, { cause: error })
  }
  return { client, socket, ended }
}

/** @returns the port that the server listens on @throws AppError reach-forward-refused */
const listenThere = (client: Client, { remoteAddress, remotePort }: Settings, server: string): Promise<number> =>
  new Promise((resolve, reject) => {
    client.once('close', () => reject(new AppError('reach-unreachable', { server, problem: 'closed' })))
    client.forwardIn(remoteAddress, remotePort, (error, bound) => {
      if (!error) return resolve(remotePort === 0 ? bound : remotePort)
      reject(new AppError('reach-forward-refused', { server, port: remotePort }, { cause: error }))
    })
  })

const closed = ({ client, socket }: LoggedIn): Promise<void> =>
  new Promise((resolve) => {
    const patience = setTimeout(() => socket.destroy(), 2000)
    client.once('close', () => {
      clearTimeout(patience)
      resolve()
    })
    client.end()
  })

export interface SshPatience {
  /** How long the server may take to say whether it listens, in milliseconds. */
  readonly forwardMs: number
  readonly sleep: SleepOptions
}
const usualPatience: SshPatience = { forwardMs: readyMs, sleep: usualSleep }

export const sshWay = (settings: Settings, tools: WayTools, patience = usualPatience): Way => ({
  async open(signal): Promise<OpenWay> {
    const server = `${settings.host}:${settings.port}`
    const connection = await logIn(settings, tools, server, signal)
    const { client, socket, ended } = connection
    client.on('tcp connection', (_from, accept) => passOn(accept(), tools))
    let isOver = false
    // The server gave a machine that slept up long ago; to find that out would take the better part of a minute.
    const wakeful = noticeSleep(() => socket.destroy(), patience.sleep)
    void ended.then(() => {
      isOver = true
      wakeful()
    })
    try {
      const late = (): AppError => new AppError('reach-unreachable', { server, problem: 'server-silent' })
      const port = await inTime(listenThere(client, settings, server), { ms: patience.forwardMs, signal, late })
      return {
        publicUrl: settings.publicUrl.replace('{port}', String(port)),
        ended,
        close: () => (isOver ? Promise.resolve() : closed(connection)),
      }
    } catch (error) {
      socket.destroy()
      throw error
    }
  },
})
