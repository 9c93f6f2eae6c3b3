/** Every state of “Way in and check”, for the pictures: values that the real ways and the real check give too. */
import type { Page } from '@playwright/test'
import type { Reach, ReachCheck, ReachSettings } from '../../shared/contract/entries/reach.ts'
import type { RelayRobot } from '../../shared/contract/entries/relay.ts'
import type { Failure, Locale } from '../../shared/contract/errors.ts'
import { describeReachFinding, reachFindingWords, type ReachFindingCode } from '../../shared/contract/reach-findings.ts'
import type { Answers } from './picture-bridge.ts'
import type { PictureWords } from './picture-parts.ts'

const at = Date.UTC(2026, 10, 23, 6, 32, 8)
const minute = 60_000

type Hop = ReachCheck['hops'][number]['hop']
type Finding = readonly [hop: Hop, code: ReachFindingCode, params?: Readonly<Record<string, string | number>>]

interface ReachPicture {
  readonly name: string
  readonly settings: ReachSettings
  readonly state: Partial<Omit<Reach, 'settings' | 'failure'>> & { readonly failure?: Failure | null }
  /** What the check finds; absent: it is not run. */
  readonly check?: {
    readonly verdict: ReachCheck['verdict']
    readonly found: readonly Finding[]
    readonly offset?: number
  }
  readonly robots?: readonly RelayRobot[]
  /** Whether the form is brought into view. */
  readonly showsForm?: true
}

const direct: ReachSettings = { way: 'direct', publicUrl: 'https://call.example.com' }
const ssh: ReachSettings = {
  ...{ way: 'ssh', host: 'server.example.com', port: 22, username: 'switchboard', auth: 'key' },
  ...{ remoteAddress: '127.0.0.1', remotePort: 8301, publicUrl: 'https://call.example.com' },
} as ReachSettings
const relay: ReachSettings = {
  ...{ way: 'relay', publicUrl: 'https://relay.example.com', servers: ['tls://nats.example.com:4222'] },
  ...{ auth: 'creds', username: null, ca: null, name: 'switchboard', trustAddress: true },
} as ReachSettings
const command: ReachSettings = {
  ...{ way: 'command', argv: ['cloudflared', 'tunnel', '--url', 'http://127.0.0.1:{port}'] },
  ...{ pattern: String.raw`https://[\w.-]+\.trycloudflare\.com`, publicUrl: null, secretName: null },
} as ReachSettings

const url = 'https://call.example.com'
const up = { state: 'up', publicUrl: url } as const
const down = (failure: Failure, retryAt: number | null) =>
  ({ state: 'failed', publicUrl: url, failure, retryAt }) as const
const host = 'call.example.com'
const address: Finding = ['address', 'address-public', { url }]
const dns: Finding = ['dns', 'dns-found', { host, addresses: '203.0.113.7' }]
const tcp: Finding = ['tcp', 'tcp-open', { port: 443, ms: 24 }]
const tls: Finding = ['tls', 'tls-good', { protocol: 'TLSv1.3', days: 71 }]
const http: Finding = ['http', 'http-answered', { status: 200, ms: 61 }]
const deaf: Finding = ['tcp', 'tcp-cannot-tell', { host, port: 443 }]
const works = [address, dns, tcp, tls, http, ['machine', 'machine-this'], ['secret', 'secret-right']] as const

const robots: readonly RelayRobot[] = (
  [
    ['here', '10485760023397719', 'shop-pc', 0],
    ['elsewhere', '10485760023397720', 'office-server', 3],
    ['handed-over', '10485760023397721', null, 12],
    ['asking', '10485760023397722', null, 0],
    ['nobody', '10485760023397723', null, 418],
  ] as const
).map(([standing, serialNo, hostName, waiting], index) => {
  return { robotId: standing === 'nobody' ? null : String(index + 1), serialNo, standing, hostName, since: at, waiting }
})

const pictures: readonly ReachPicture[] = [
  { name: 'off', settings: { way: 'off' }, state: {}, check: { verdict: 'fails', found: [['address', 'no-way']] } },
  { name: 'direct-works', settings: direct, state: up, check: { verdict: 'works', found: works } },
  {
    name: 'direct-wrong-secret',
    settings: direct,
    state: up,
    check: { verdict: 'fails', found: [...works.slice(0, 6), ['secret', 'secret-wrong']] },
  },
  {
    name: 'direct-wrong-machine',
    settings: direct,
    state: up,
    check: { verdict: 'fails', found: [...works.slice(0, 5), ['machine', 'machine-other', { status: 404 }]] },
  },
  {
    name: 'direct-dns',
    settings: direct,
    state: up,
    check: { verdict: 'fails', found: [address, ['dns', 'dns-unknown', { host }]] },
  },
  {
    name: 'direct-tls',
    settings: direct,
    state: up,
    check: {
      verdict: 'fails',
      found: [address, dns, tcp, ['tls', 'tls-other-name', { host, names: 'www.example.com, example.com' }]],
    },
  },
  {
    name: 'direct-tls-untrusted',
    settings: direct,
    state: up,
    check: {
      verdict: 'fails',
      found: [address, dns, tcp, ['tls', 'tls-untrusted', { problem: 'DEPTH_ZERO_SELF_SIGNED_CERT' }]],
    },
  },
  {
    name: 'direct-gateway',
    settings: direct,
    state: up,
    check: { verdict: 'fails', found: [address, dns, tcp, tls, ['http', 'http-gateway', { status: 502 }]] },
  },
  {
    name: 'direct-cannot-tell',
    settings: direct,
    state: { ...up, lastCallbackAt: at - 7 * minute },
    check: { verdict: 'cannot-tell', found: [address, dns, deaf, ['outside', 'outside-nobody']] },
  },
  {
    name: 'direct-seen-from-outside',
    settings: direct,
    state: up,
    check: { verdict: 'works', found: [address, dns, deaf, ['outside', 'outside-here']] },
  },
  {
    name: 'direct-listener-down',
    settings: direct,
    state: down({ code: 'reach-lost', params: { problem: 'listener-down' } }, at + minute),
    check: { verdict: 'fails', found: [['address', 'way-not-up']] },
  },
  {
    name: 'direct-clock',
    settings: direct,
    state: { ...up, lastCallbackAt: at - minute },
    check: { verdict: 'works', found: works, offset: -95_000 },
  },
  {
    name: 'ssh-up',
    settings: ssh,
    state: { ...up, hostKey: 'SHA256:Vb0cW7UoVq5XQk2nYyCw7n1aOtBqYtqk3bA0QvJ8x2E', kept: ['sshKey'] },
    check: { verdict: 'works', found: works },
  },
  {
    name: 'ssh-host-key',
    settings: ssh,
    state: {
      hostKey: 'SHA256:Vb0cW7UoVq5XQk2nYyCw7n1aOtBqYtqk3bA0QvJ8x2E',
      kept: ['sshKey'],
      ...down(
        {
          code: 'reach-host-key',
          params: {
            server: 'server.example.com',
            fingerprint: 'SHA256:3kqf0cZBN9mJYw1YkT2bqYx0wQhX8LrVn4sE6uPdG5o',
            pinned: 'SHA256:Vb0cW7UoVq5XQk2nYyCw7n1aOtBqYtqk3bA0QvJ8x2E',
          },
        },
        null,
      ),
    },
  },
  {
    name: 'ssh-gone',
    settings: ssh,
    state: {
      kept: ['sshKey'],
      ...down(
        { code: 'reach-unreachable', params: { server: 'server.example.com:22', problem: 'server-refuses' } },
        at + minute,
      ),
    },
    check: { verdict: 'fails', found: [['address', 'way-not-up']] },
  },
  { name: 'ssh-form', settings: ssh, state: { ...up, kept: ['sshKey'] }, showsForm: true },
  {
    name: 'command-no-url',
    settings: command,
    state: {
      ...down({ code: 'reach-no-url', params: { seconds: 60, command: 'cloudflared' } }, at + minute),
      publicUrl: null,
    },
  },
  {
    name: 'command-absent',
    settings: command,
    state: {
      ...down({ code: 'reach-command', params: { command: 'cloudflared', problem: 'program-absent' } }, at + minute),
      publicUrl: null,
    },
  },
  {
    name: 'command-form',
    settings: command,
    state: { ...up, publicUrl: 'https://a-b-c.trycloudflare.com' },
    showsForm: true,
  },
  {
    name: 'ngrok-no-token',
    settings: { way: 'ngrok', domain: null },
    state: { ...down({ code: 'reach-secret-missing', params: { what: 'ngrok token' } }, null), publicUrl: null },
    showsForm: true,
  },
  {
    name: 'relay-up',
    settings: relay,
    state: { ...up, publicUrl: 'https://relay.example.com', kept: ['natsCreds'] },
    robots,
  },
  {
    name: 'relay-nats-away',
    settings: relay,
    state: {
      kept: ['natsCreds'],
      ...down(
        { code: 'reach-unreachable', params: { server: 'tls://nats.example.com:4222', problem: 'ECONNREFUSED' } },
        at + minute,
      ),
      publicUrl: 'https://relay.example.com',
    },
  },
  { name: 'relay-form', settings: relay, state: { ...up, kept: ['natsCreds'] }, robots: [], showsForm: true },
  {
    name: 'connecting',
    settings: ssh,
    state: { state: 'connecting', kept: ['sshKey'] },
  },
]

const hopsOf = (found: readonly Finding[], locale: Locale): ReachCheck['hops'] =>
  found.map(([hop, code, params = {}]) => {
    const words = describeReachFinding(code, params, locale)
    return { hop, code, params, state: reachFindingWords[code].state, ...words }
  })

/** @param connectionId the connection whose page it is; its robots have the ids 1 to 3 */
export function reachPictures(
  connectionId: string,
  locale: Locale,
): readonly {
  readonly name: string
  readonly answers: Answers
  readonly open: (page: Page, say: PictureWords) => Promise<void>
}[] {
  return pictures.map(({ name, settings, state, check, robots: told, showsForm }) => {
    const { failure = null, ...rest } = state
    const item: Reach = {
      ...{ connectionId, settings, state: 'off', since: at, publicUrl: null, retryAt: null, kept: [], hostKey: null },
      leaving: [],
      ...{ lastCallbackAt: null, failure: failure && { code: failure.code, params: { ...failure.params } } },
      ...rest,
      callbackUrl: `${rest.publicUrl ?? 'http://127.0.0.1:8300'}/callback/q1Fz8XbN2mKJ4sWvT7yUeA3c`,
    }
    const hops = hopsOf(check?.found ?? [], locale)
    const offset = check?.offset ?? 1200
    return {
      name: `reach-${name}`,
      answers: {
        'reach.list': { items: [item], nextCursor: null },
        'reach.check': { verdict: check?.verdict ?? 'works', url: item.publicUrl, hops, clockOffsetMs: offset, at },
        'relay.robots': { items: [...(told ?? [])] },
      },
      async open(page, say) {
        if (check) {
          const region = page.getByRole('region', { name: say.reach.check.title, exact: true })
          await region.getByRole('button', { name: say.reach.check.button }).click()
          await region.getByText(say.reach.check[check.verdict], { exact: true }).waitFor()
        }
        if (showsForm)
          await page.getByRole('region', { name: say.reach.form.title }).evaluate((it) => it.scrollIntoView())
      },
    }
  })
}
