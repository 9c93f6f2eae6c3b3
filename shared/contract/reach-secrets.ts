/** The secrets of the ways in: each way says which it has, and which it asks for as it is set. */

/** By what one signs in, and the secrets that this takes. */
const sshSecrets = { key: ['sshKey', 'sshKeyPassphrase'], password: ['sshPassword'] } as const
const relaySecrets = {
  none: [],
  token: ['natsToken'],
  password: ['natsPassword'],
  nkey: ['natsSeed'],
  creds: ['natsCreds'],
} as const

/** The secrets of each way; they lie in the vault and never come back. */
const waySecrets = {
  off: [],
  direct: [],
  ssh: [...sshSecrets.key, ...sshSecrets.password],
  ngrok: ['ngrokToken'],
  command: ['commandSecret'],
  relay: [...relaySecrets.token, ...relaySecrets.password, ...relaySecrets.nkey, ...relaySecrets.creds],
} as const
export type SecretOf<Way extends keyof typeof waySecrets> = (typeof waySecrets)[Way][number]
export type ReachSecret = SecretOf<keyof typeof waySecrets>
export const reachSecrets: readonly ReachSecret[] = Object.values(waySecrets).flat()

/** What of the settings says which secrets they ask for. */
type Asking =
  | { readonly way: 'off' | 'direct' | 'ngrok' }
  | { readonly way: 'ssh'; readonly auth: keyof typeof sshSecrets | 'agent' }
  | { readonly way: 'command'; readonly secretName: string | null }
  | { readonly way: 'relay'; readonly auth: keyof typeof relaySecrets }

/** The secrets that a way asks for as it is set. */
export function secretsFor(settings: Asking): readonly ReachSecret[] {
  // The system's agent keeps its own.
  if (settings.way === 'ssh') return settings.auth === 'agent' ? [] : sshSecrets[settings.auth]
  if (settings.way === 'relay') return relaySecrets[settings.auth]
  if (settings.way === 'command' && settings.secretName === null) return []
  return waySecrets[settings.way]
}
