/** What the headless host is told by its command line and its environment. */
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { TlsFiles } from '#engine/callbacks/tls-files.ts'
import { defaultDataDir } from '#engine/data-folder.ts'
import type { LogFileOptions } from '#engine/log-file.ts'
import { checkSite, loopbackSite, type SiteOptions } from './site.ts'
import { AppError, type Locale } from '#shared/contract/errors.ts'

export interface HeadlessOptions {
  /** Absolute path. */
  readonly dataDir: string
  /** Port of the interface on loopback; 0 picks a free one. */
  readonly port: number
  /** Port, IP address and certificate of the callback listener; undefined leaves it to the settings. */
  readonly callbackPort: number | undefined
  readonly callbackAddress: string | undefined
  readonly callbackTls: TlsFiles | undefined
  /** Bearer token; undefined: a random one is made. */
  readonly token: string | undefined
  /** Bearer token for health and metrics alone; undefined: there is none. */
  readonly monitorToken: string | undefined
  readonly passphrase: string | undefined
  /** End when standard input closes, so as not to outlive the program that started this one. */
  readonly withParent: boolean
  readonly logLevel: string
  /** Where the log goes; null: standard error. */
  readonly logFile: LogFileOptions | null
  /** Forget the passphrase of the application lock. */
  readonly removeLock: boolean
  readonly site: SiteOptions
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent']

const invalid = (field: string, problem: string): AppError => new AppError('invalid-input', { field, problem })

function readPort(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65535) throw invalid(name, 'must be a number from 0 to 65535')
  return port
}

/* It travels in a header: what is not visible ASCII would never compare equal. */
function readToken(name: string, token: string | undefined): string | undefined {
  if (token === undefined || /^[\x21-\x7e]{8,512}$/.test(token)) return token
  throw invalid(name, 'must be 8 to 512 visible ASCII characters without blanks')
}

function readCount(name: string, text: string, most: number): number {
  const count = Number(text)
  if (!/^\d{1,6}$/.test(text) || count < 1 || count > most) throw invalid(name, `must be a number from 1 to ${most}`)
  return count
}

function readLogFile(values: ReturnType<typeof parse>): LogFileOptions | null {
  const path = values['log-file']
  if (path === undefined) {
    for (const name of ['log-megabytes', 'log-keep'] as const) {
      if (values[name] !== undefined) throw invalid(`--${name}`, 'goes together with --log-file')
    }
    return null
  }
  if (path === '') throw invalid('--log-file', 'must name a file')
  return {
    path: resolve(path),
    bytes: readCount('--log-megabytes', values['log-megabytes'] ?? '10', 10_000) * 1_000_000,
    keep: readCount('--log-keep', values['log-keep'] ?? '5', 1000),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        port: { type: 'string' },
        'callback-port': { type: 'string' },
        'callback-host': { type: 'string' },
        'callback-tls-cert': { type: 'string' },
        'callback-tls-key': { type: 'string' },
        token: { type: 'string' },
        host: { type: 'string' },
        'tls-cert': { type: 'string' },
        'tls-key': { type: 'string' },
        'trusted-proxy': { type: 'string', multiple: true },
        'public-url': { type: 'string' },
        'monitor-token': { type: 'string' },
        'log-file': { type: 'string' },
        'log-megabytes': { type: 'string' },
        'log-keep': { type: 'string' },
        'remove-lock': { type: 'boolean' },
        'with-parent': { type: 'boolean' },
      },
    }).values
  } catch (error) {
    throw invalid('command line', error instanceof Error ? error.message : String(error))
  }
}

function readCallbackAddress(address: string | undefined): string | undefined {
  if (address === undefined || isIP(address) !== 0) return address
  throw invalid('--callback-host', 'must be an IP address')
}

/** Both paths or neither. */
function readTlsFiles(values: ReturnType<typeof parse>, which: '' | 'callback-'): TlsFiles | undefined {
  const cert = values[`${which}tls-cert`]
  const key = values[`${which}tls-key`]
  if ((cert === undefined) !== (key === undefined)) {
    throw invalid(`--${which}tls-cert`, `goes together with --${which}tls-key`)
  }
  return cert === undefined || key === undefined ? undefined : { cert: resolve(cert), key: resolve(key) }
}

function readSite(values: ReturnType<typeof parse>): SiteOptions {
  const site: SiteOptions = {
    host: values.host ?? loopbackSite.host,
    tls: readTlsFiles(values, '') ?? null,
    trustedProxies: (values['trusted-proxy'] ?? []).flatMap((item) => item.split(',')),
    publicUrl: values['public-url'] ?? null,
  }
  checkSite(site)
  return site
}

/**
 * Reads the options. An argument goes before its environment variable.
 *
 * @param args without the program's own name
 * @throws AppError invalid-input that names the argument
 */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): HeadlessOptions {
  const values = parse(args)
  const token = readToken('--token', values.token ?? env.SWITCHBOARD_TOKEN)
  const monitorToken = readToken('--monitor-token', values['monitor-token'] ?? env.SWITCHBOARD_MONITOR_TOKEN)
  if (monitorToken !== undefined && monitorToken === token) {
    throw invalid('--monitor-token', 'must be another than --token: it is for programs that only look')
  }
  const data = values.data ?? env.SWITCHBOARD_DATA
  if (data === '') throw invalid('--data', 'must name a folder')
  const logLevel = env.SWITCHBOARD_LOG_LEVEL ?? 'info'
  if (!logLevels.includes(logLevel)) throw invalid('SWITCHBOARD_LOG_LEVEL', `must be one of ${logLevels.join(', ')}`)
  return {
    dataDir: data === undefined ? defaultDataDir(env) : resolve(data),
    port: readPort('--port', values.port) ?? 0,
    callbackPort: readPort('--callback-port', values['callback-port']),
    callbackAddress: readCallbackAddress(values['callback-host']),
    callbackTls: readTlsFiles(values, 'callback-'),
    token,
    monitorToken,
    passphrase: env.SWITCHBOARD_PASSPHRASE || undefined,
    withParent: values['with-parent'] ?? false,
    logLevel,
    logFile: readLogFile(values),
    removeLock: values['remove-lock'] ?? false,
    site: readSite(values),
  }
}

/** The language for what is printed at start: Chinese where the environment's locale says so. */
export function environmentLocale(env: NodeJS.ProcessEnv): Locale {
  const name = env.LC_ALL || env.LC_MESSAGES || env.LANG || ''
  return name.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'
}
