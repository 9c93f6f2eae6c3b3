/**
 * How the vault's master key is protected at rest. The host chooses: the OS key store in Electron, a
 * passphrase or a key file elsewhere. The vault itself (vault.ts) seals every secret with the master key.
 */
export interface KeyProtector {
  readonly kind: 'os' | 'os-plain' | 'passphrase' | 'key-file'
  /** Makes the master key fit to be written to disk. */
  wrap(masterKey: Buffer): Promise<Buffer>
  /** The reverse. @throws AppError vault-locked when passphrase, key file or key store do not fit */
  unwrap(wrapped: Buffer): Promise<Buffer>
}
