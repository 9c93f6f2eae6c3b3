/**
 * How the vault's master key is protected at rest. The host chooses: the OS key store in Electron, a
 * passphrase or a key file elsewhere. The vault itself (vault.ts) seals every secret with the master key.
 */
export const protectorKinds = ['os', 'passphrase', 'key-file'] as const

export interface KeyProtector {
  readonly kind: (typeof protectorKinds)[number]
  /** Makes the master key fit to be written to disk. */
  wrap(masterKey: Buffer): Promise<Buffer>
  /** The reverse. @throws AppError vault-locked when passphrase, key file or key store do not fit */
  unwrap(wrapped: Buffer): Promise<Buffer>
}

/** The system's key store, where the host has one. */
export interface SystemStore {
  /** `plain`: it would write secrets in a form that whoever reads the disk can read (Linux without a keyring). */
  readonly state: 'usable' | 'plain' | 'absent'
  readonly protector: KeyProtector
}
