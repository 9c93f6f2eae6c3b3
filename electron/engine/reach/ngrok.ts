/** ngrok by its own library. Its native part is for some systems only: it is loaded when it is first asked for. */
import type { SettingsOf } from '#shared/contract/entries/reach.ts'
import { AppError } from '#shared/contract/errors.ts'
import { inUrl } from '../callbacks/entrance.ts'
import { inTime } from '../in-time.ts'
import type { OpenWay, Way, WayTools } from './way.ts'

/** The part of the library that is used (`@ngrok/ngrok`). */
export interface NgrokSdk {
  SessionBuilder: new () => NgrokSessionBuilder
}
interface NgrokSessionBuilder {
  authtoken(token: string): this
  metadata(text: string): this
  /** Returning true lets the session connect again by itself; false would throw where nobody catches. */
  handleDisconnection(handler: (address: string, error: string) => boolean): this
  connect(): Promise<NgrokSession>
}
interface NgrokSession {
  httpEndpoint(): NgrokEndpoint
  close(): Promise<void>
}
interface NgrokEndpoint {
  domain(domain: string): this
  listenAndForward(url: string): Promise<{ url(): string | null }>
}

/** @throws AppError reach-sdk-absent that says why */
async function loadSdk(): Promise<NgrokSdk> {
  try {
    const loaded = (await import('@ngrok/ngrok')) as unknown as { default: NgrokSdk }
    return loaded.default
  } catch (error) {
    const [problem = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new AppError('reach-sdk-absent', { problem: problem.slice(0, 300) }, { cause: error })
  }
}

/** The library's first sentence; the token never stands in an error that is shown. */
function refused(error: unknown, token: string): AppError {
  const text = error instanceof Error ? error.message : String(error)
  const problem = text.replaceAll(token, '***').replace(/\s+/g, ' ').slice(0, 300)
  return new AppError('reach-service', { service: 'ngrok', problem })
}

/** How long the service may take for each answer, and the library to put a session away, in milliseconds. */
export interface NgrokPatience {
  readonly answerMs: number
  readonly closeMs: number
}
const usualPatience: NgrokPatience = { answerMs: 30_000, closeMs: 2000 }

const silent = (): AppError => new AppError('reach-unreachable', { server: 'ngrok', problem: 'server-silent' })

/**
 * The library waits for its service as long as that takes, and hears no signal. So what it does is left behind when it is
 * no longer wanted, and a session that comes about after all is closed.
 *
 * @param load absent: the installed library
 */
export const ngrokWay = (
  { domain }: SettingsOf<'ngrok'>,
  tools: WayTools,
  load: () => Promise<NgrokSdk> = loadSdk,
  patience = usualPatience,
): Way => ({
  async open(signal): Promise<OpenWay> {
    const token = await tools.secret('ngrokToken')
    if (token === null) throw new AppError('reach-secret-missing', { what: 'ngrok token' })
    const { host, port } = tools.door()
    const { SessionBuilder } = await load()
    const { promise: ended, resolve: end } = Promise.withResolvers<AppError>()
    let session: NgrokSession | null = null
    const putAway = (one: NgrokSession): Promise<void> =>
      inTime(one.close(), { ms: patience.closeMs, late: silent }).catch(() => undefined)
    const close = async (): Promise<void> => {
      const present = session
      session = null
      if (present) await putAway(present)
    }
    const answered = { ms: patience.answerMs, signal, late: silent }
    try {
      const connecting = new SessionBuilder()
        .authtoken(token)
        .metadata('Switchboard')
        .handleDisconnection((_address, error) => {
          // Opened anew from here, so that state and pauses are those of every other way.
          end(new AppError('reach-lost', { problem: error.replaceAll(token, '***').slice(0, 300) }))
          return true
        })
        .connect()
      session = await inTime(connecting, { ...answered, tooLate: putAway })
      const endpoint = session.httpEndpoint()
      if (domain !== null) endpoint.domain(domain)
      const listener = await inTime(endpoint.listenAndForward(`http://${inUrl(host)}:${port}`), answered)
      const publicUrl = listener.url()
      if (publicUrl === null) throw new Error('ngrok gave no address')
      return { publicUrl: publicUrl.replace(/\/+$/, ''), ended, close }
    } catch (error) {
      await close()
      if (signal.aborted) throw new AppError('reach-lost', { problem: 'ABORTED' })
      throw error instanceof AppError ? error : refused(error, token)
    }
  },
})
