/**
 * ngrok's way, against a stand-in of its library: the service itself is not asked. What the installed library says where
 * it reaches nobody is tried for real.
 */
import { describe, expect, it } from 'vitest'
import { ngrokWay, type NgrokSdk } from '#engine/reach/ngrok.ts'
import type { WayTools } from '#engine/reach/way.ts'
import { AppError } from '#shared/contract/errors.ts'
import { until } from '../../support/desk.ts'

const token = 'secret-token-0123456789'

const tools = (kept: string | null = token): WayTools => ({
  door: () => ({ host: '127.0.0.1', port: 4711 }),
  secret: (name) => Promise.resolve(name === 'ngrokToken' ? kept : null),
  pinnedKey: () => null,
  pin: () => Promise.resolve(),
  log: { debug() {}, info() {}, warn() {}, error() {} },
})

/** Where its service says nothing. */
type Silent = 'connect' | 'listen' | 'close'

/** The part of the library that is used, with what was asked of it. */
function standIn(url: string | null, failure: Error | null = null, silent: Silent | null = null) {
  const stuck = Promise.withResolvers<undefined>()
  const after = async <Result>(what: Silent, result: () => Result): Promise<Result> => {
    if (what === silent) await stuck.promise
    return result()
  }
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
          return after('listen', () => ({ url: () => url }))
        },
      }
      const session = {
        httpEndpoint: () => endpoint,
        close: () => {
          asked['closed'] = true
          return after('close', () => undefined)
        },
      }
      return after('connect', () => session)
    }
  }
  const sdk: NgrokSdk = { SessionBuilder }
  return { asked, heard, load: () => Promise.resolve(sdk), speak: () => stuck.resolve(undefined) }
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

  it.each(['connect', 'listen'] as const)(
    'says that its service is silent at %s, and leaves no session',
    async (where) => {
      const { asked, load, speak } = standIn('https://abc.ngrok.app', null, where)
      const way = ngrokWay({ way: 'ngrok', domain: null }, tools(), load, { answerMs: 50, closeMs: 50 })
      const error = await reason(way.open(never))
      expect(error.failure).toEqual({
        code: 'reach-unreachable',
        params: { server: 'ngrok', problem: 'server-silent' },
      })
      expect(error.message).toContain('it did not answer within the time allowed')
      speak()
      await until('its session to be closed', () => asked['closed'] === true)
    },
  )

  it.each(['connect', 'listen'] as const)('is given up at once while it waits at %s', async (where) => {
    const { asked, load, speak } = standIn('https://abc.ngrok.app', null, where)
    const end = new AbortController()
    const opening = reason(ngrokWay({ way: 'ngrok', domain: null }, tools(), load).open(end.signal))
    await until('it to wait', () => asked['token'] === token && (where === 'connect' || asked['to'] !== undefined))
    end.abort()
    expect((await opening).code).toBe('reach-lost')
    speak()
    await until('its session to be closed', () => asked['closed'] === true)
  })

  it('is left to itself where it does not end', async () => {
    const { asked, load } = standIn('https://abc.ngrok.app', null, 'close')
    const way = ngrokWay({ way: 'ngrok', domain: null }, tools(), load, { answerMs: 50, closeMs: 50 })
    const up = await way.open(never)
    await up.close()
    expect(asked['closed']).toBe(true)
  })

  it('leads to a listener that has an IPv6 address', async () => {
    const { asked, load } = standIn('https://abc.ngrok.app')
    const door = { ...tools(), door: () => ({ host: '::1', port: 4711 }) }
    await ngrokWay({ way: 'ngrok', domain: null }, door, load).open(never)
    expect(asked['to']).toBe('http://[::1]:4711')
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
