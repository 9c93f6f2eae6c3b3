/**
 * The vault: secrets sealed at rest with a master key, which the host's protector wraps (DESIGN §2).
 * AES-256-GCM; the secret's name is bound into the seal, so that none can be put in another's place.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import type { Store } from '../store/store.ts'
import type { KeyProtector } from './protector.ts'

const fileSchema = z.object({
  version: z.literal(1),
  protector: z.enum(['os', 'os-plain', 'passphrase', 'key-file']),
  wrappedKey: z.base64(),
})

const keyBytes = 32
const ivBytes = 12
const tagBytes = 16
const sealVersion = 1

/** Seals a secret. @returns version, IV, tag and ciphertext in one */
export function seal(key: Buffer, name: string, secret: string): Uint8Array {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(name))
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.from([sealVersion]), iv, cipher.getAuthTag(), sealed])
}

/** Opens a seal. @throws AppError vault-locked when key, name or content do not fit */
export function open(key: Buffer, name: string, sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed)
  try {
    if (bytes[0] !== sealVersion) throw new Error('unknown version')
    const iv = bytes.subarray(1, 1 + ivBytes)
    const tag = bytes.subarray(1 + ivBytes, 1 + ivBytes + tagBytes)
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(name)).setAuthTag(tag)
    return Buffer.concat([decipher.update(bytes.subarray(1 + ivBytes + tagBytes)), decipher.final()]).toString('utf8')
  } catch (error) {
    throw new AppError(
      'vault-locked',
      { problem: `the secret ${name} is damaged or from another vault` },
      { cause: error },
    )
  }
}

export interface Vault {
  readonly kind: KeyProtector['kind']
  /** @returns null when there is no such secret */
  get(name: string): Promise<string | null>
  put(name: string, secret: string): Promise<void>
  /** Seals without storing, for what is to be written together with something else. */
  sealed(name: string, secret: string): Uint8Array
}

/**
 * Reads the vault's master key, or makes one on the first start.
 *
 * @throws AppError vault-locked when the protector does not fit the folder's vault
 */
export async function openVault(dataDir: string, protector: KeyProtector): Promise<(store: Store) => Vault> {
  const path = join(dataDir, 'vault.json')
  const key = (await existingKey(path, protector)) ?? (await newKey(path, protector))
  return (store) => ({
    kind: protector.kind,
    get: async (name) => {
      const sealed = await store.read('secrets.get', name)
      return sealed && open(key, name, sealed)
    },
    put: (name, secret) => store.write('secrets.put', { name, sealed: seal(key, name, secret) }),
    sealed: (name, secret) => seal(key, name, secret),
  })
}

async function existingKey(path: string, protector: KeyProtector): Promise<Buffer | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  const file = fileSchema.safeParse(jsonOrNull(text))
  if (!file.success) throw new AppError('vault-locked', { problem: `${path} is damaged` })
  const key = await protector.unwrap(Buffer.from(file.data.wrappedKey, 'base64'))
  if (key.length !== keyBytes) throw new AppError('vault-locked', { problem: `${path} holds no key` })
  return key
}

const jsonOrNull = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function newKey(path: string, protector: KeyProtector): Promise<Buffer> {
  const key = randomBytes(keyBytes)
  const wrappedKey = (await protector.wrap(key)).toString('base64')
  const file: z.input<typeof fileSchema> = { version: 1, protector: protector.kind, wrappedKey }
  // Written whole or not at all: half a vault would lock every secret away for good.
  await writeFile(`${path}.new`, JSON.stringify(file, null, 2), { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
  return key
}
