/**
 * The vault: secrets sealed at rest with a master key, which the host's protector wraps (DESIGN §2).
 * The secret's name is bound into the seal.
 */
import { randomBytes } from 'node:crypto'
import { AppError } from '#shared/contract/errors.ts'
import type { Store } from '../store/store.ts'
import type { KeyProtector } from './protector.ts'
import { seal, unseal } from './sealed.ts'
import { fileSteps, readVaultFile, vaultPath, writeVaultFile } from './vault-file.ts'

const keyBytes = 32

/** What stands before a sealed secret, protected with it: so that none can be put in another's place. */
const headerOf = (name: string): Buffer => Buffer.from(`switchboard secret 1 ${name}\n`)

const sealSecret = (key: Buffer, name: string, secret: string): Uint8Array =>
  seal(key, headerOf(name), Buffer.from(secret, 'utf8'))

/** @throws AppError vault-locked when key, name or content do not fit */
function openSecret(key: Buffer, name: string, sealed: Uint8Array): string {
  const header = headerOf(name)
  const whole = Buffer.from(sealed)
  const secret = whole.subarray(0, header.length).equals(header) ? unseal(key, header.length, whole) : null
  if (secret === null) {
    throw new AppError('vault-locked', { problem: `the secret ${name} is damaged or from another vault` })
  }
  return secret.toString('utf8')
}

export interface Vault {
  /** What protects the master key now. */
  readonly kind: KeyProtector['kind']
  /** @returns null when there is no such secret */
  get(name: string): Promise<string | null>
  put(name: string, secret: string): Promise<void>
  /** Seals without storing, for what is to be written together with something else. */
  sealed(name: string, secret: string): Uint8Array
  /** Lets something else protect the master key from now on; the secrets stay as they are. @throws AppError */
  protect(protector: KeyProtector): Promise<void>
  /** What protects the master key now. */
  readonly protector: KeyProtector
}

/**
 * Reads the vault's master key, or makes one on the first start.
 *
 * @throws AppError vault-locked when the protector does not fit the folder's vault
 */
export async function openVault(
  dataDir: string,
  protector: KeyProtector,
  steps = fileSteps,
): Promise<(store: Pick<Store, 'read' | 'write'>) => Vault> {
  const path = vaultPath(dataDir)
  const present = await readVaultFile(path)
  const key = present ? await existingKey(path, present.wrappedKey, protector) : randomBytes(keyBytes)
  // The file knows best: a key store that came about later does not protect what a key file closed.
  let kind = present?.protector ?? protector.kind
  let protectedBy = protector

  /** Never trusts what it wrote before it has read it. */
  const protect = async (next: KeyProtector): Promise<void> => {
    const wrappedKey = await next.wrap(key)
    if (!(await next.unwrap(wrappedKey)).equals(key)) {
      throw new AppError('vault-locked', { problem: 'what was closed does not open again' })
    }
    await writeVaultFile(path, { protector: next.kind, wrappedKey }, steps)
    kind = next.kind
    protectedBy = next
  }
  if (!present) await protect(protector)

  return (store) => ({
    get kind() {
      return kind
    },
    get: async (name) => {
      const sealed = await store.read('secrets.get', name)
      return sealed && openSecret(key, name, sealed)
    },
    put: (name, secret) => store.write('secrets.put', { name, sealed: sealSecret(key, name, secret) }),
    sealed: (name, secret) => sealSecret(key, name, secret),
    protect,
    get protector() {
      return protectedBy
    },
  })
}

async function existingKey(path: string, wrapped: Buffer, protector: KeyProtector): Promise<Buffer> {
  const key = await protector.unwrap(wrapped)
  if (key.length !== keyBytes) throw new AppError('vault-locked', { problem: `${path} holds no key` })
  return key
}
