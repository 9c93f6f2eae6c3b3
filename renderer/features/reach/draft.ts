/** What the form of a way in holds, and its way into the contract's input. */
import {
  reachSettingsSchema,
  type ReachSettings,
  type SettingsOf,
  type WayName,
} from '#shared/contract/entries/reach.ts'
import type { EntryInput } from '#shared/contract/index.ts'
import { reachSecrets, secretsFor, type ReachSecret, type SecretOf } from '#shared/contract/reach-secrets.ts'
import { t } from '@/app/i18n/index.ts'

/** The fields of all ways: what was typed for one is there again after a look at another. */
export interface WayDraft {
  way: WayName
  publicUrl: string
  host: string
  port: string
  username: string
  auth: 'key' | 'password' | 'agent'
  remoteAddress: string
  remotePort: string
  domain: string
  argv: string
  pattern: string
  secretName: string
  /** Of a relay: one a line. */
  servers: string
  natsAuth: SettingsOf<'relay'>['auth']
  natsUsername: string
  ca: string
  relayName: string
  trustAddress: boolean
  secrets: Record<ReachSecret, string>
}

/** Messages by field. */
export type WayErrors = Partial<Record<string, string>>

const blank = (): WayDraft => ({
  way: 'off',
  publicUrl: '',
  host: '',
  port: '22',
  username: '',
  auth: 'key',
  remoteAddress: '127.0.0.1',
  remotePort: '',
  domain: '',
  argv: '',
  // What cloudflared, frpc and their like print.
  pattern: String.raw`https://[^\s|"]+`,
  secretName: '',
  servers: '',
  natsAuth: 'password',
  natsUsername: '',
  ca: '',
  relayName: 'switchboard',
  trustAddress: true,
  secrets: Object.fromEntries(reachSecrets.map((name) => [name, ''])) as Record<ReachSecret, string>,
})

export function draftOf(settings: ReachSettings): WayDraft {
  const draft = blank()
  if (settings.way === 'relay') {
    const { way, publicUrl, servers, auth, username, ca, name, trustAddress } = settings
    const nats = { servers: servers.join('\n'), natsAuth: auth, natsUsername: username ?? '', ca: ca ?? '' }
    return { ...draft, way, publicUrl, ...nats, relayName: name, trustAddress }
  }
  const { way, ...fields } = settings
  const texts = Object.entries(fields).map(([name, value]) => {
    const text = Array.isArray(value) ? value.join('\n') : String(value ?? '')
    return [name, text]
  })
  return { ...draft, ...(Object.fromEntries(texts) as Partial<WayDraft>), way }
}

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim())
const number = (text: string): number => (/^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN)

function settingsOf(draft: WayDraft): Record<string, unknown> {
  const { way, host, username, auth } = draft
  const publicUrl = draft.publicUrl.trim()
  switch (way) {
    case 'off':
      return { way }
    case 'direct':
      return { way, publicUrl }
    case 'ssh': {
      const remote = { remoteAddress: draft.remoteAddress, remotePort: number(draft.remotePort) }
      return { way, host, port: number(draft.port), username, auth, ...remote, publicUrl }
    }
    case 'ngrok':
      return { way, domain: orNull(draft.domain) }
    case 'command': {
      const argv = draft.argv.split('\n').filter((line, at, all) => line !== '' || at < all.length - 1)
      const rest = { publicUrl: orNull(publicUrl), secretName: orNull(draft.secretName) }
      return { way, argv, pattern: orNull(draft.pattern), ...rest }
    }
    case 'relay': {
      const servers = draft.servers.split(/[\n,]/).flatMap((line) => orNull(line) ?? [])
      const username = draft.natsAuth === 'password' ? orNull(draft.natsUsername) : null
      const nats = { servers, auth: draft.natsAuth, username, ca: orNull(draft.ca), name: draft.relayName.trim() }
      return { way, publicUrl, ...nats, trustAddress: draft.trustAddress }
    }
  }
}

const known = [
  'publicUrl',
  'host',
  'port',
  'remotePort',
  'remoteAddress',
  'username',
  'domain',
  'argv',
  'pattern',
  'secretName',
  'servers',
  'ca',
  'name',
] as const

/** What a secret is called at its field. */
export const secretLabel = (name: ReachSecret): string =>
  isRelays(name) ? t(`reach.form.natsSecrets.${name}`) : t(`reach.form.${name}`)

const isRelays = (name: ReachSecret): name is SecretOf<'relay'> => name.startsWith('nats')

/** What is wrong with a field, in words. */
export function faultOf(field: string): string {
  const name = known.find((each) => each === field)
  return name ? t(`reach.errors.${name}`) : t('reach.errors.other')
}

/** The contract's input, or what is wrong with the fields. */
export function inputOf(
  draft: WayDraft,
  connectionId: string,
): { input: EntryInput<'reach.save'> } | { errors: WayErrors } {
  const settings = settingsOf(draft)
  const checked = reachSettingsSchema.safeParse(settings)
  if (!checked.success) {
    const names = checked.error.issues.map(({ path }) => String(path[0] ?? 'way'))
    return { errors: Object.fromEntries(names.map((name) => [name, faultOf(name)])) }
  }
  // Only what stands on the screen: what was typed for another way is not sent unseen.
  const secrets = Object.fromEntries(
    secretsFor(checked.data)
      .map((name) => [name, draft.secrets[name]] as const)
      .filter(([, text]) => text !== ''),
  )
  return { input: { connectionId, settings: checked.data, secrets } }
}
