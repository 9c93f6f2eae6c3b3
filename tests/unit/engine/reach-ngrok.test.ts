/**
 * ngrok's way, against a stand-in of its library: the service itself is not asked. What the installed library says where
 * it reaches nobody is tried for real.
 */
import { describe, expect, it } from 'vitest'
import { ngrokWay, type NgrokSdk } from '#engine/reach/ngrok.ts'
import type { WayTools } from '#engine/reach/way.ts'
import { AppError } from '#shared/contract/errors.ts'

const token = 'secret-token-0123456789'

const tools = (kept: string | null = token): WayTools => ({
  door: () => ({ host: '127.0.0.1', port: 4711 }),
  secret: (name) => Promise.resolve(name === 'ngrokToken' ? kept : null),
  pinnedKey: () => null,
  pin: () => Promise.resolve(),
  log: { debug() {}, info() {}, warn() {}, error() {} },
})

/** The part of the library that is used, with what was asked of it. */
function standIn(url: string | null, failure: Error | null = null) {
  const asked: Record<string, unknown> = {}
  const heard: { disconnect?: (address: string, error: string) => boolean } = {}
  class SessionBuilder {
    authtoken(given: string): this {
      asked['token'] = given
      return this
    }
    metadata(): this {
      return this
    }
    handleDisconnection(handler: (address: string, error: string) => boolean): this {
      heard.disconnect = handler
      return this
    }
    connect() {
      if (failure) return Promise.reject(failure)
      const endpoint = {
        domain(domain: string) {
          asked['domain'] = domain
          return endpoint
        },
        listenAndForward: (to: string) => {
          asked['to'] = to
          return Promise.resolve({ url: () => url })
        },
      }
      return Promise.resolve({
        httpEndpoint: () => endpoint,
        close: async () => void (asked['closed'] = true),
      })
    }
  }
  const sdk: NgrokSdk = { SessionBuilder }
  return { asked, heard, load: () => Promise.resolve(sdk) }
}

const never = new AbortController().signal
const reason = (promise: Promise<unknown>): Promise<AppError> =>
  promise.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: unknown) => (error instanceof AppError ? error : Promise.reject(error as Error)),
  )

describe('ngrok', () => {
  it('leads to the listener at the address that it gives', async () => {
    const { asked, load } = standIn('https://abc.ngrok.app/')
    const up = await ngrokWay({ way: 'ngrok', domain: null }, tools(), load).open(never)
    expect(up.publicUrl).toBe('https://abc.ngrok.app')
    expect(asked).toEqual({ token, to: 'http://127.0.0.1:4711' })
    await up.close()
    expect(asked['closed']).toBe(true)
  })

  it('is asked for the reserved domain', async () => {
    const { asked, load } = standIn('https://shop.ngrok.app')
    await ngrokWay({ way: 'ngrok', domain: 'shop.ngrok.app' }, tools(), load).open(never)
    expect(asked['domain']).toBe('shop.ngrok.app')
  })

  it('ends when it is cut off, and is not left to throw', async () => {
    const { heard, load } = standIn('https://abc.ngrok.app')
    const up = await ngrokWay({ way: 'ngrok', domain: null }, tools(), load).open(never)
    expect(heard.disconnect?.('connect.ngrok-agent.com:443', 'reset by peer')).toBe(true)
    expect((await up.ended).failure).toEqual({ code: 'reach-lost', params: { problem: 'reset by peer' } })
  })

  it('says what the service refuses, never with the token', async () => {
    const { load } = standIn(null, new Error(`ERR_NGROK_105: The authtoken ${token}\nis not valid`))
    const error = await reason(ngrokWay({ way: 'ngrok', domain: null }, tools(), load).open(never))
    const problem = 'ERR_NGROK_105: The authtoken *** is not valid'
    expect(error.failure).toEqual({ code: 'reach-service', params: { service: 'ngrok', problem } })
  })

  it('says that there is no token, and that there is no library, with why', async () => {
    const { load } = standIn('https://abc.ngrok.app')
    const settings = { way: 'ngrok', domain: null } as const
    expect((await reason(ngrokWay(settings, tools(null), load).open(never))).code).toBe('reach-secret-missing')
    const absent = (): Promise<NgrokSdk> =>
      Promise.reject(new AppError('reach-sdk-absent', { problem: 'no native part for this system' }))
    expect((await reason(ngrokWay(settings, tools(), absent).open(never))).message).toContain('no native part')
  })

  it('of the installed library has the parts that are used', async () => {
    const sdk = (await import('@ngrok/ngrok')).default as unknown as NgrokSdk
    const builder = new sdk.SessionBuilder()
    for (const name of ['authtoken', 'metadata', 'handleDisconnection', 'connect'] as const) {
      expect(typeof builder[name]).toBe('function')
    }
    const { HttpListenerBuilder } = (await import('@ngrok/ngrok')).default as unknown as {
      HttpListenerBuilder: { prototype: object }
    }
    expect(Object.getOwnPropertyNames(HttpListenerBuilder.prototype)).toEqual(
      expect.arrayContaining(['domain', 'listenAndForward']),
    )
  })
})
