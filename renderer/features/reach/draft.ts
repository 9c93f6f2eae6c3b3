/** What the form of a way in holds, and its way into the contract's input. */
import {
  reachSettingsSchema,
  type ReachSecret,
  type ReachSettings,
  type WayName,
} from '#shared/contract/entries/reach.ts'
import type { EntryInput } from '#shared/contract/index.ts'
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
  secrets: { sshKey: '', sshKeyPassphrase: '', sshPassword: '', ngrokToken: '', commandSecret: '' },
})

export function draftOf(settings: ReachSettings): WayDraft {
  const draft = blank()
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
] as const

/** What is wrong with a field, in words. */
export function faultOf(field: string): string {
  const name = known.find((each) => each === field)
  return name ? t(`reach.errors.${name}`) : t('reach.errors.other')
}

const bySsh: Record<WayDraft['auth'], ReachSecret[]> = {
  key: ['sshKey', 'sshKeyPassphrase'],
  password: ['sshPassword'],
  agent: [],
}

/** The secrets that the chosen way asks for. */
function secretsOf({ way, auth, secretName }: WayDraft): ReachSecret[] {
  if (way === 'ssh') return bySsh[auth]
  if (way === 'ngrok') return ['ngrokToken']
  return way === 'command' && secretName.trim() !== '' ? ['commandSecret'] : []
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
    secretsOf(draft)
      .map((name) => [name, draft.secrets[name]] as const)
      .filter(([, text]) => text !== ''),
  )
  return { input: { connectionId, settings: checked.data, secrets } }
}
