/**
 * What helps to find a fault, as files that the operator reads before giving them to anybody. Nothing in them may be a
 * secret, a person or a message: what is collected has none, and what is text of others goes through `withoutSecrets`.
 */
import { cpus, homedir, release, totalmem, type } from 'node:os'
import type { Settings, SystemInfo } from '#shared/contract/entries/system.ts'
import type { Health, Measures } from './types.ts'

export interface ReportFile {
  readonly name: string
  readonly content: string
}

export interface ReportSource {
  readonly info: SystemInfo
  /** Null while the data cannot be used. */
  readonly settings: Settings | null
  readonly dataDir: string
  health(): Promise<Health>
  measures(): Promise<Measures | null>
  readLog?(): Promise<string>
}

const gone = '***'

/* Each is a form in which something secret or personal may stand in a line of a log or the text of an error. */
const secretForms: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]+-----[\s\S]*?(-----END [A-Z ]+-----|$)/g, gone],
  [/\b(Bearer|Basic)\s+[\w+/=.~-]+/gi, `$1 ${gone}`],
  // The callback's secret is a part of its path, the sign-in's and the sandbox's of a query.
  [/(\/callback\/)[\w-]+/g, `$1${gone}`],
  [/([?&](?:token|key|secret|code|sign|password)=)[^&\s"'\\]+/gi, `$1${gone}`],
  [
    /((?:\\*")?(?:\w{0,40}(?:token|password|passphrase|secret|cookie|authorization|private_?key|cache_?info|signature|sign)\w{0,40})(?:\\*")?\s*[:=]\s*)(?:"(?:[^"\\]|\\.)*"|\\+"[\s\S]*?\\+"|[^\s,;}\]"]+)/gi,
    `$1"${gone}"`,
  ],
  // Names and numbers of people, and what they wrote.
  [
    /("(?:name|phone|content|text|title|note|remark|senderName|username|raw|body)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi,
    `$1"${gone}"`,
  ],
  [/\b1[3-9]\d{9}\b/g, gone],
  // Whoever else is reached: a scheme, a user, a host and a path tell who the operator works with.
  [/\b(https?|wss?|socks5?|ssh):\/\/(?!127\.0\.0\.1|localhost|\[::1\])[^\s"'\\<>]+/gi, `$1://${gone}`],
]

/** Takes out of a text what looks like a secret, a person or an address; the home folder becomes `~`. */
export function withoutSecrets(text: string, home: string = homedir()): string {
  const short = home.length > 1 ? text.replaceAll(home, '~').replaceAll(JSON.stringify(home).slice(1, -1), '~') : text
  return secretForms.reduce((clean, [form, instead]) => clean.replace(form, instead), short)
}

const asText = (value: unknown): string =>
  `${JSON.stringify(value, (_name, part: unknown) => (part instanceof Map ? Object.fromEntries(part) : part), 2)}\n`

/* Of what the process is made of, those that differ between systems and matter. */
const parts = ['electron', 'chrome', 'node', 'v8', 'uv', 'openssl', 'modules'] as const

/* What cannot be had is said, and costs no other part. */
async function tried(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

/** Collects the files. Never rejects. */
export async function makeReport(source: ReportSource): Promise<ReportFile[]> {
  const { info, settings } = source
  const [health, measures, log] = await Promise.all([
    tried(() => source.health()),
    tried(() => source.measures()),
    tried(() => source.readLog?.() ?? Promise.resolve(null)),
  ])
  const system = {
    madeAt: new Date().toISOString(),
    version: info.version,
    contractVersion: info.contractVersion,
    host: info.host,
    system: { platform: info.platform, type: type(), release: release(), arch: process.arch },
    processors: cpus().length,
    memoryBytes: totalmem(),
    versions: Object.fromEntries(parts.map((part) => [part, process.versions[part]])),
    startedAt: new Date(info.startedAt).toISOString(),
    dataDir: source.dataDir,
    vault: info.vault.kind,
    listener: info.listener.port !== null,
    sandbox: info.sandbox.state,
    notices: info.notices.map(({ code, since }) => ({ code, since: new Date(since).toISOString() })),
    rescue: info.rescue?.code ?? null,
    process: { memory: process.memoryUsage(), uptimeSeconds: Math.round(process.uptime()) },
  }
  const files: ReportFile[] = [
    { name: 'system.json', content: withoutSecrets(asText(system)) },
    // There is no secret among the settings, and none is taken for one: pace and limits are to be read.
    { name: 'settings.json', content: asText(settings) },
    { name: 'health.json', content: withoutSecrets(asText({ health, measures })) },
  ]
  if (typeof log === 'string') files.push({ name: 'log.txt', content: withoutSecrets(log) })
  else if (log !== null) files.push({ name: 'log.txt', content: withoutSecrets(asText(log)) })
  return files
}
