/** One connection to a server's `/ws`, from the handshake to its end; frames are those of shared/contract/frames.ts. */
import { WebSocket, type RawData } from 'ws'
import type { ServerChoice } from '#shared/contract/desktop.ts'
import { AppError, type Failure, type Locale } from '#shared/contract/errors.ts'
import { closeCodes, serverFrame, type ClientFrame, type ServerFrame } from '#shared/contract/frames.ts'
import { contractVersion } from '#shared/contract/version.ts'
import { failureOfError, failureOfStatus } from './troubles.ts'

/** In milliseconds and bytes. */
export interface ConnectLimits {
  /** From the first packet to the welcome. */
  readonly openMs: number
  /** Without a sign of life; the server pings twice a minute. */
  readonly silentMs: number
  readonly frameBytes: number
}
export const connectLimits: ConnectLimits = { openMs: 15_000, silentMs: 75_000, frameBytes: 64 * 1024 * 1024 }

/** Frames after the welcome. */
export type HeardFrame = Exclude<ServerFrame, { type: 'welcome' | 'refused' }>

export interface Connection {
  send(frame: ClientFrame): void
  /** Asks for a sign of life; without one within so many milliseconds it is ended. */
  probe(patienceMs: number): void
  /** Ends it. `ended` is heard. */
  close(): void
}

export interface ConnectOptions {
  readonly server: ServerChoice
  readonly locale: Locale
  /** Hears each frame, in order. */
  hear(frame: HeardFrame): void
  /** It was open and is no longer. */
  ended(failure: Failure): void
  readonly limits?: Partial<ConnectLimits>
  /** Gives up an attempt. */
  readonly signal?: AbortSignal
}

/** What certificates are held against: the authority that was given alone, else those of the application. Always. */
export const tlsOf = ({ authority }: Pick<ServerChoice, 'authority'>) => ({
  rejectUnauthorized: true,
  minVersion: 'TLSv1.2' as const,
  ...(authority === '' ? {} : { ca: authority }),
})

const textOf = (data: RawData): string =>
  (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString('utf8')

/* Null: none that this version knows. */
function readFrame(data: RawData, isBinary: boolean): ServerFrame | null {
  if (isBinary) return null
  try {
    return serverFrame.safeParse(JSON.parse(textOf(data))).data ?? null
  } catch {
    return null
  }
}

/* Of the two numbers in a refusal, the server's own is called the engine's. */
const theirVersion = (frame: Extract<ServerFrame, { type: 'refused' }>): string =>
  String(frame.error.params?.engine ?? '?')

/**
 * Opens a connection and says hello.
 *
 * @returns once the server has said welcome
 * @throws AppError server-unreachable, server-certificate, server-token, server-version, server-other, too-many-requests
 */
export function connect(options: ConnectOptions): Promise<Connection> {
  const { server, locale } = options
  const { openMs, silentMs, frameBytes } = { ...connectLimits, ...options.limits }
  const name = server.address
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${name.replace(/^http/, 'ws')}/ws`, {
      headers: { authorization: `Bearer ${server.token}` },
      handshakeTimeout: openMs,
      maxPayload: frameBytes,
      // Another address would be handed the token.
      followRedirects: false,
      perMessageDeflate: false,
      ...tlsOf(server),
    })
    let isWelcome = false
    let why: Failure | null = null
    let silence: NodeJS.Timeout | undefined

    const lost = (problem: string): Failure => ({ code: 'server-unreachable', params: { server: name, problem } })
    const give = (failure: Failure): void => {
      why ??= failure
      socket.terminate()
    }
    const opening = setTimeout(() => give(lost('server-silent')), openMs)
    const alive = (): void => {
      clearTimeout(silence)
      silence = setTimeout(() => give(lost('server-silent')), silentMs)
    }
    const abort = (): void => give(lost('ABORTED'))
    options.signal?.addEventListener('abort', abort, { once: true })
    const other = (problem: string): Failure => ({ code: 'server-other', params: { server: name, problem } })

    const connection: Connection = {
      send(frame) {
        socket.send(JSON.stringify(frame))
      },
      probe(patienceMs) {
        const patience = setTimeout(() => give(lost('server-silent')), patienceMs)
        socket.once('pong', () => clearTimeout(patience))
        socket.once('close', () => clearTimeout(patience))
        socket.ping()
      },
      close() {
        // It waits for no answer: what is behind it may be gone.
        socket.terminate()
      },
    }
    const greeted = (frame: ServerFrame): void => {
      if (frame.type === 'refused' && frame.error.code === 'unauthorized') {
        return give({ code: 'server-token', params: { server: name } })
      }
      const theirs = frame.type === 'welcome' ? String(frame.contractVersion) : null
      if (theirs === String(contractVersion)) {
        isWelcome = true
        clearTimeout(opening)
        return resolve(connection)
      }
      if (frame.type !== 'welcome' && frame.type !== 'refused') return give(other(frame.type))
      const version = frame.type === 'refused' ? theirVersion(frame) : theirs
      give({ code: 'server-version', params: { server: name, theirs: version ?? '?', ours: contractVersion } })
    }

    socket.on('open', () => {
      alive()
      connection.send({ type: 'hello', contractVersion, locale })
    })
    socket.on('ping', alive)
    socket.on('pong', alive)
    socket.on('message', (data, isBinary) => {
      alive()
      const frame = readFrame(data, isBinary)
      // A frame that cannot be read would leave a hole in the events: start afresh instead.
      if (!frame) give(other('unreadable frame'))
      else if (!isWelcome) greeted(frame)
      else if (frame.type !== 'welcome' && frame.type !== 'refused') options.hear(frame)
    })
    socket.on('unexpected-response', (request, response) => {
      request.destroy()
      give(failureOfStatus(response.statusCode ?? 0, name))
    })
    socket.on('error', (error) => {
      why ??= failureOfError(error, name)
    })
    socket.on('close', (code) => {
      clearTimeout(opening)
      clearTimeout(silence)
      options.signal?.removeEventListener('abort', abort)
      const failure =
        why ??
        (code === closeCodes.unauthorized
          ? { code: 'server-token' as const, params: { server: name } }
          : code === closeCodes.contractVersion
            ? { code: 'server-version' as const, params: { server: name, theirs: '?', ours: contractVersion } }
            : lost('closed'))
      if (isWelcome) options.ended(failure)
      else reject(new AppError(failure.code, failure.params))
    })
  })
}

/** Tries a server once. @throws AppError as `connect` does */
export async function tryServer(server: ServerChoice, locale: Locale): Promise<void> {
  const connection = await connect({ server, locale, hear: () => {}, ended: () => {} })
  connection.close()
}
