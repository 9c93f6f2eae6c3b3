/** What protects private keys and passwords at rest. */
import { z } from 'zod'
import { done } from '../common.ts'
import { entry } from '../define.ts'

/** The system's key store, a passphrase that is given at the start, or a key file in the data folder. */
export const vaultKind = z.enum(['os', 'passphrase', 'key-file'])
export type VaultKind = z.output<typeof vaultKind>

/** Shortest passphrase of a vault. */
export const vaultPassphraseLength = 8

export const vaultSchema = z.object({
  kind: vaultKind,
  /** What it can be changed to here. */
  offers: z.array(vaultKind),
  /** The system's key store, where the host has one; `plain`: it would only hide secrets, and is not used. */
  systemStore: z.enum(['usable', 'plain', 'absent']).nullable(),
  /** Where the key file lies, if it is one. */
  keyFile: z.string().nullable(),
})

/** The present passphrase, where there is one. */
const current = z.string().max(200).optional()

export const vaultEntries = {
  'vault.get': entry('What protects private keys and passwords at rest.', z.object({}), vaultSchema),
  'vault.change': entry(
    'Changes what protects the vault, or its passphrase. Either all of it happens or nothing; no secret is touched.',
    z.discriminatedUnion('to', [
      z.object({ to: z.literal('passphrase'), passphrase: z.string().min(vaultPassphraseLength).max(200), current }),
      z.object({ to: z.literal('key-file'), current }),
      z.object({ to: z.literal('os'), current }),
    ]),
    done,
    ['not-available', 'wrong-passphrase', 'lock-wait', 'vault-locked'],
  ),
}
