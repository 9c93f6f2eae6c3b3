/**
 * Protects the master key by the system's key store. Where a Linux desktop has none, Electron would encrypt
 * with a password that is in its source code; a key file that only its owner can read is the more honest
 * protection then, and it is what the headless host uses for the same folder.
 */
import { AppError } from '#shared/contract/errors.ts'
import type { KeyProtector, SystemStore } from '#engine/vault/protector.ts'

/** The part of Electron's safeStorage that is used. */
export interface KeyStore {
  isAsyncEncryptionAvailable(): Promise<boolean>
  encryptStringAsync(text: string): Promise<Buffer>
  decryptStringAsync(encrypted: Buffer): Promise<{ result: string }>
  getSelectedStorageBackend(): string
}

/* "SBO", format version 1. */
const magic = Buffer.from('SBO\u0001', 'latin1')

const locked = (problem: string, cause?: unknown): AppError => new AppError('vault-locked', { problem }, { cause })

/** Whether the system keeps a secret for us, and not just hides it. */
async function stateOf(store: KeyStore, platform: NodeJS.Platform): Promise<SystemStore['state']> {
  try {
    if (platform === 'linux' && ['basic_text', 'unknown'].includes(store.getSelectedStorageBackend())) return 'plain'
    return (await store.isAsyncEncryptionAvailable()) ? 'usable' : 'absent'
  } catch {
    return 'absent'
  }
}

/** Reads what `wrap` wrote. @throws AppError vault-locked */
async function decrypt(store: KeyStore, wrapped: Buffer): Promise<Buffer> {
  try {
    const { result } = await store.decryptStringAsync(wrapped.subarray(magic.length))
    return Buffer.from(result, 'base64')
  } catch (error) {
    throw locked('the system’s key store does not open it; it was closed by another user or machine', error)
  }
}

/** The system's key store as a protector. Ask after the application is ready: before, it does not answer. */
export async function systemStoreOf(store: KeyStore, platform: NodeJS.Platform): Promise<SystemStore> {
  const state = await stateOf(store, platform)
  return {
    state,
    protector: {
      kind: 'os',
      async wrap(masterKey) {
        const encrypted = await store.encryptStringAsync(masterKey.toString('base64'))
        const wrapped = Buffer.concat([magic, encrypted])
        // A key store that cannot read what it wrote would lock everything away at the next start.
        if (!(await decrypt(store, wrapped)).equals(masterKey)) throw locked('the system’s key store is out of order')
        return wrapped
      },
      async unwrap(wrapped) {
        if (state !== 'usable') throw locked('it was closed with the system’s key store, which is not there now')
        return decrypt(store, wrapped)
      },
    },
  }
}

/**
 * Chooses the protection for this machine. A vault says itself how it was closed: one that was closed with a key
 * file opens with it also where there is a key store.
 *
 * @param keyFile the protector to use where the system has no key store
 */
export const chooseProtector = (system: SystemStore, keyFile: KeyProtector): KeyProtector => ({
  kind: system.state === 'usable' ? 'os' : keyFile.kind,
  wrap: (masterKey) => (system.state === 'usable' ? system.protector : keyFile).wrap(masterKey),
  unwrap: (wrapped) => (wrapped.subarray(0, magic.length).equals(magic) ? system.protector : keyFile).unwrap(wrapped),
})
