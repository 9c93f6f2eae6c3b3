/** `session`, `protocol`: what a page may ask for, and who answers. */
import { EventEmitter } from 'node:events'
import { carryScheme } from './addresses.ts'
import { app } from './app.ts'

type Handler = (request: Request) => Response | Promise<Response>
type CheckHandler = (contents: unknown, permission: string, origin: string, details: object) => boolean
type RequestListener = (details: object, callback: (response: { cancel?: boolean }) => void) => void

interface Scheme {
  readonly scheme: string
  readonly privileges?: Readonly<Record<string, boolean>>
}

const handlers = new Map<string, Handler>()
const registered = new Map<string, Scheme>()

export const protocol = {
  registerSchemesAsPrivileged(schemes: readonly Scheme[]): void {
    app.demandNotReady('protocol.registerSchemesAsPrivileged')
    for (const scheme of schemes) {
      if (!scheme.privileges?.standard || !scheme.privileges.secure || scheme.privileges.bypassCSP) {
        throw new Error('the stand-in carries standard, secure schemes that bypass nothing')
      }
      registered.set(scheme.scheme, scheme)
      carryScheme(scheme.scheme)
    }
  },
  handle(scheme: string, handler: Handler): void {
    app.demandReady('protocol.handle')
    if (!registered.has(scheme)) throw new Error(`the stand-in carries privileged schemes only, not ${scheme}`)
    if (handlers.has(scheme)) throw new Error(`The scheme has been registered: ${scheme}`)
    handlers.set(scheme, handler)
  },
}

/** Who answers for a scheme; undefined for those of the network. */
export const handlerOf = (scheme: string): Handler | undefined => handlers.get(scheme)

/** How the way to the network is found; "system" answers with STAND_IN_PROXY, as a PAC script would. */
interface ProxyConfig {
  readonly mode?: 'direct' | 'system' | 'fixed_servers' | 'auto_detect' | 'pac_script'
  readonly proxyRules?: string
}

const knownLanguages = ['de', 'en-GB', 'en-US', 'fr', 'zh-CN']

class Session extends EventEmitter {
  #proxy: ProxyConfig = { mode: 'system' }
  readonly spelling = { isOn: true, languages: ['en-US'], learnt: [] as string[] }
  readonly availableSpellCheckerLanguages = knownLanguages
  setSpellCheckerEnabled(isOn: boolean): void {
    this.spelling.isOn = isOn
  }
  setSpellCheckerLanguages(languages: string[]): void {
    const unknown = languages.find((language) => !knownLanguages.includes(language))
    if (unknown !== undefined)
      throw new Error(`Invalid language code provided: "${unknown}" is not a valid language code`)
    this.spelling.languages = languages
  }
  addWordToSpellCheckerDictionary(word: string): boolean {
    this.spelling.learnt.push(word)
    return true
  }
  setProxy(config: ProxyConfig): Promise<void> {
    this.#proxy = config
    return Promise.resolve()
  }
  /** Loopback is never proxied, unless a rule says so ("implicit bypass rules" of Chromium). */
  resolveProxy(url: string): Promise<string> {
    const { hostname } = new URL(url)
    const isLoopback = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
    if (isLoopback && process.env.STAND_IN_PROXY_FOR_LOOPBACK !== '1') return Promise.resolve('DIRECT')
    const { mode = 'system', proxyRules = '' } = this.#proxy
    if (mode === 'system') return Promise.resolve(process.env.STAND_IN_PROXY ?? 'DIRECT')
    if (mode !== 'fixed_servers') return Promise.resolve('DIRECT')
    const [, scheme = 'http', server = ''] = /^(?:(\w+):\/\/)?(.*)$/.exec(proxyRules) ?? []
    const words: Readonly<Record<string, string>> = { http: 'PROXY', https: 'HTTPS', socks5: 'SOCKS5' }
    return Promise.resolve(`${words[scheme] ?? 'PROXY'} ${server}`)
  }

  readonly protocol = protocol
  checkHandler: CheckHandler | null = null
  requestHandler: ((...args: never[]) => void) | null = null
  deviceHandler: (() => boolean) | null = null
  displayMediaHandler: ((...args: never[]) => void) | null = null
  beforeRequest: RequestListener | null = null

  setPermissionCheckHandler(handler: CheckHandler | null): void {
    this.checkHandler = handler
  }
  setPermissionRequestHandler(handler: ((...args: never[]) => void) | null): void {
    this.requestHandler = handler
  }
  setDevicePermissionHandler(handler: (() => boolean) | null): void {
    this.deviceHandler = handler
  }
  setDisplayMediaRequestHandler(handler: ((...args: never[]) => void) | null): void {
    this.displayMediaHandler = handler
  }
  readonly webRequest = {
    onBeforeRequest: (listener: RequestListener | null): void => {
      this.beforeRequest = listener
    },
  }
  /** Asks the application whether a request may go out. */
  async mayRequest(details: object): Promise<boolean> {
    const listener = this.beforeRequest
    if (!listener) return true
    const { cancel } = await new Promise<{ cancel?: boolean }>((resolve) => {
      listener(details, resolve)
    })
    return cancel !== true
  }
}

const defaultSession = new Session()
const partitions = new Map<string, Session>()

export const session = {
  get defaultSession(): Session {
    app.demandReady('session')
    return defaultSession
  },
  fromPartition(name: string, _options?: object): Session {
    app.demandReady('session')
    const partition = partitions.get(name) ?? new Session()
    partitions.set(name, partition)
    return partition
  },
}
