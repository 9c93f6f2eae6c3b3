/** ngrok by its own library. Its native part is for some systems only: it is loaded when it is first asked for. */
import type { SettingsOf } from '#shared/contract/entries/reach.ts'
import { AppError } from '#shared/contract/errors.ts'
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

/** @param load absent: the installed library */
export const ngrokWay = (
  { domain }: SettingsOf<'ngrok'>,
  tools: WayTools,
  load: () => Promise<NgrokSdk> = loadSdk,
): Way => ({
  async open(signal): Promise<OpenWay> {
    const token = await tools.secret('ngrokToken')
    if (token === null) throw new AppError('reach-secret-missing', { what: 'ngrok token' })
    const { host, port } = tools.door()
    const { SessionBuilder } = await load()
    const { promise: ended, resolve: end } = Promise.withResolvers<AppError>()
    let session: NgrokSession | null = null
    const close = async (): Promise<void> => {
      const present = session
      session = null
      await present?.close().catch(() => undefined)
    }
    try {
      session = await new SessionBuilder()
        .authtoken(token)
        .metadata('Switchboard')
        .handleDisconnection((_address, error) => {
          // Opened anew from here, so that state and pauses are those of every other way.
          end(new AppError('reach-lost', { problem: error.replaceAll(token, '***').slice(0, 300) }))
          return true
        })
        .connect()
      const endpoint = session.httpEndpoint()
      if (domain !== null) endpoint.domain(domain)
      const listener = await endpoint.listenAndForward(`http://${host}:${port}`)
      const publicUrl = listener.url()
      if (publicUrl === null) throw new Error('ngrok gave no address')
      if (signal.aborted) throw new Error('no longer wanted')
      return { publicUrl: publicUrl.replace(/\/+$/, ''), ended, close }
    } catch (error) {
      await close()
      throw refused(error, token)
    }
  },
})
